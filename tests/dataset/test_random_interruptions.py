"""Builds that are interrupted at random moments, in all ways that there are, and resumed.

However a build is interrupted, it ends, prints no traceback, and leaves no process and no lock; and the same command
ends with the same files as a build that was not interrupted, and no others.
"""

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_datasets import KEEPING, contents, degradekit, temporaries
from terminal import HANG_SECONDS, start, wait_for_group, wait_for_handlers

from degradekit.storage import Folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def arguments(photos: Path, target: Path, kind: str, workers: int) -> list[str]:
    options = f"--tile 96 --step 24 --variants 3 --shard-size 1 --workers {workers} --format {kind}"
    return ["synth", str(photos), str(target), *options.split()]


def command(*inputs: Any) -> list[str]:
    return [sys.executable, "-m", "degradekit_cli", *arguments(*inputs)]


def workers_of(process: subprocess.Popen) -> list[int]:
    """Return the workers, which are children of the fork server, a child of the command."""
    with contextlib.suppress(OSError):
        for child in children_of(process.pid):
            if b"forkserver" in Path(f"/proc/{child}/cmdline").read_bytes():
                return children_of(child)
    return []


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kill_a_worker(process: subprocess.Popen, moments: random.Random) -> None:
    workers = workers_of(process)
    if workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(moments.choice(workers), signal.SIGKILL)


def to_all(number: signal.Signals, times: int = 1) -> Callable[[subprocess.Popen, random.Random], None]:
    """As a terminal or a scheduler sends it."""

    def send(process: subprocess.Popen, moments: random.Random) -> None:
        for _ in range(times):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            time.sleep(moments.uniform(0, 0.5))

    return send


def to_parent(number: signal.Signals) -> Callable[[subprocess.Popen, random.Random], None]:
    return lambda process, _: process.send_signal(number)


INTERRUPTIONS: dict[str, tuple[Callable[[subprocess.Popen, random.Random], None], set[int]]] = {
    "kill -9 of a worker": (kill_a_worker, {1}),
    "kill -9 of all": (to_all(signal.SIGKILL), {-9}),
    "kill -9 of the parent": (to_parent(signal.SIGKILL), {-9}),
    "SIGTERM": (to_parent(signal.SIGTERM), {130}),
    "SIGTERM to all": (to_all(signal.SIGTERM), {130}),
    "SIGINT": (to_all(signal.SIGINT), {130}),
    "SIGINT twice": (to_all(signal.SIGINT, times=2), {130}),
    "SIGHUP": (to_all(signal.SIGHUP), {130}),
}
"""Each with the exit statuses that it may have, besides that of a build that had just ended."""


@pytest.fixture(scope="module")
def wholes(photos, tmp_path_factory) -> dict[str, tuple[dict[str, str], float]]:
    """The files of a build in each format, and the seconds that it takes."""
    folder, built = tmp_path_factory.mktemp("wholes"), {}
    for kind in KEEPING:
        started = time.monotonic()
        subprocess.run(command(photos, folder / kind, kind, 2), check=True, capture_output=True)
        built[kind] = contents(folder / kind), time.monotonic() - started
    return built


START_CUT_SHORT = re.compile(r'Traceback .*\n  File "<string>", line 1(?s:.)*?_serve_one(?s:.)*?\nEOFError: .*\n')
"""What multiprocessing prints for a process that was starting when its parent was killed, before any code of ours."""


@pytest.mark.parametrize(
    "seed",
    [pytest.param(seed, marks=pytest.mark.slow if seed < 24 else pytest.mark.nightly) for seed in range(200)],
)
def test_a_build_that_is_interrupted_ends_and_resumes_to_the_same_files(seed, photos, wholes, tmp_path):
    moments, target = random.Random(seed), tmp_path / "shards"
    interruption = list(INTERRUPTIONS)[seed % len(INTERRUPTIONS)]
    kind, workers = KEEPING[seed // len(INTERRUPTIONS) % len(KEEPING)], moments.choice([0, 1, 2])
    whole, seconds = wholes[kind]
    interrupt, statuses = INTERRUPTIONS[interruption]
    process = start(
        command(photos, target, kind, workers), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_for_handlers(process)
        time.sleep(moments.uniform(0, 0.7 * seconds))
        interrupt(process, moments)
        _, errors = process.communicate(timeout=HANG_SECONDS)
        wait_for_group(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode in statuses | {0}, errors
    if -9 in statuses:
        errors = START_CUT_SHORT.sub("", errors)
    assert "Traceback" not in errors
    assert "Exception" not in errors
    if -9 not in statuses:
        assert not temporaries(target)
    if target.exists():
        with Folder.of(target).locked() as is_free:
            assert is_free
    assert degradekit(*arguments(photos, target, kind, 0)).exit_code == 0
    assert contents(target) == whole
    assert not [path for path in target.rglob("*") if path.is_dir() and not any(path.iterdir())]
    print(f"{seed}: {interruption}, {kind}, {workers} workers: {process.returncode}")
