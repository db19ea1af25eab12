"""Streams that are closed, full or read no longer: what a command makes decides its end, not what it prints."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from small_datasets import contents

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
COMMAND = f"{shlex.quote(sys.executable)} -m degradekit_cli"
STREAMS = [
    "<&- >&- 2>&-",
    ">/dev/full 2>&1",
    *(
        pytest.param(streams, marks=pytest.mark.slow)
        for streams in ("<&-", ">&-", "2>&-", ">/dev/full", "2>/dev/full", "| true", "2>&1 | true")
    ),
]


def shell(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line in bash; the exit status is that of the first command in it."""
    script = f"{line}; exit ${{PIPESTATUS[0]}}"
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False, env=os.environ | environment
    )


@pytest.fixture(scope="module")
def whole(photos, tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("whole")
    assert shell(f"{COMMAND} synth {shlex.quote(str(photos))} shards --tile 96 --workers 0", folder).returncode == 0
    return contents(folder / "shards")


@pytest.mark.parametrize("streams", STREAMS)
@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.slow)])
def test_a_dataset_is_built_whatever_the_streams_are(streams, workers, whole, photos, tmp_path):
    done = shell(f"{COMMAND} synth {shlex.quote(str(photos))} shards --tile 96 --workers {workers} {streams}", tmp_path)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert contents(tmp_path / "shards") == whole


@pytest.mark.slow
@pytest.mark.parametrize("streams", STREAMS)
@pytest.mark.parametrize(
    "command",
    [
        "synth {photos} shards --tile 96 --workers 0",
        "verify shards --workers 0",
        "export shards folder --format folder --workers 0",
        "redegrade shards again --seed 3 --workers 0",
        "preview {photos} -o sheet.png",
        "finalize shards",
        "inspect shards --html page.html | true",
    ],
)
def test_other_commands_end_well_too(command, streams, photos, tmp_path):
    assert shell(f"{COMMAND} synth {shlex.quote(str(photos))} shards --tile 96 --workers 0", tmp_path).returncode == 0
    done = shell(f"{COMMAND} {command.format(photos=shlex.quote(str(photos)))} {streams}", tmp_path)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


def test_a_command_that_only_prints_fails_where_that_is_not_possible(tmp_path):
    done = shell(f"{COMMAND} recipe show bicubic >/dev/full", tmp_path)
    assert (done.returncode, done.stderr) == (1, "error: stdout: cannot be written: No space left on device\n")
    done = shell(f"{COMMAND} recipe schema | head -c 1", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "{", "")


def test_what_was_lost_is_said_where_there_is_a_stream_left(photos, tmp_path):
    done = shell(f"{COMMAND} preview {shlex.quote(str(photos))} -o sheet.png >/dev/full", tmp_path)
    assert (done.returncode, done.stderr) == (0, "note: stdout: cannot be written: No space left on device\n")


def test_names_that_the_terminal_cannot_show_are_escaped(photos, tmp_path):
    (tmp_path / "fotos").mkdir()
    (tmp_path / "fotos" / "gut.png").write_bytes((photos / "chelsea.png").read_bytes())
    (tmp_path / "fotos" / "日.png").write_text("no image")
    done = shell(f"{COMMAND} synth fotos shards --tile 96 --workers 0", tmp_path, PYTHONIOENCODING="latin-1")
    assert done.returncode == 3
    assert "skipped: fotos/\\u65e5.png: not an image" in done.stdout
