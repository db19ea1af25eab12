"""Builds that are killed at random moments, and the first build on a machine."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_datasets import RECIPE, contents

from degradekit.dataset import Options, synthesize

pytestmark = pytest.mark.slow


def test_the_first_build_on_a_machine_says_that_it_compiles(whole_photos, tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "degradekit_cli", "synth", str(whole_photos / "chelsea.png")]
    notes = [
        subprocess.run(
            [*command, str(tmp_path / name)], check=True, capture_output=True, text=True, env=environment
        ).stderr
        for name in ("first", "second")
    ]
    assert "compiling for this machine, once" in notes[0]
    assert "compiling" not in notes[1]


@pytest.mark.parametrize(("format", "kills"), [("parquet", 34), ("folder", 8), ("webdataset", 8)])
def test_a_build_killed_at_random_moments_ends_as_one_that_was_not(format, kills, whole_photos, tmp_path):
    """kill -9 of parent and workers, and each time the next run ends with the same files and no others."""
    options = ["--step", "400", "--variants", "4", "--shard-size", "1", "--workers", "2", "--format", format]
    _kill_at_random_moments(["synth", str(whole_photos), "TARGET", *options], tmp_path, random.Random(format), kills)


def test_an_export_with_both_hrs_killed_at_random_moments_ends_as_one_that_was_not(whole_photos, tmp_path):
    options = Options(step=400, variants=4, shard_size=1)
    synthesize(whole_photos, tmp_path / "shards", RECIPE, options)
    words = [
        "export",
        str(tmp_path / "shards"),
        "TARGET",
        "--format",
        "folder",
        "--training-target",
        "both",
        "--workers",
        "2",
    ]
    _kill_at_random_moments(words, tmp_path, random.Random(0), kills=6)


def _kill_at_random_moments(words: list[str], tmp_path: Path, moments: random.Random, kills: int) -> None:
    """Kill a command that makes the folder TARGET at random moments, run it again, and compare the result."""

    def command(target: Path) -> list[str]:
        return [sys.executable, "-m", "degradekit_cli", *(str(target) if word == "TARGET" else word for word in words)]

    def started(target: Path) -> subprocess.Popen:
        """Return the command after it has planned its work."""
        process = subprocess.Popen(command(target), stdout=subprocess.DEVNULL, start_new_session=True)
        while process.poll() is None and not (target / "meta" / "plan.json").exists():
            time.sleep(0.001)
        return process

    assert started(tmp_path / "whole").wait() == 0
    whole, target = contents(tmp_path / "whole"), tmp_path / "killed"
    midway = 0
    for _ in range(kills):
        shutil.rmtree(target, ignore_errors=True)
        process = started(target)
        size = moments.uniform(0, size_of(tmp_path / "whole"))  # rather than a time, which other work would change
        while process.poll() is None and size_of(target) < size:
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.1))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        midway += not (target / "README.md").exists()
        subprocess.run(command(target), check=True, capture_output=True)
        assert contents(target) == whole
    assert midway > kills / 4  # the others had ended before the signal came


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder, which a process may be writing."""
    size = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            size += path.stat().st_size
    return size
