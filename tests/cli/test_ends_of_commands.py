"""How commands end that cannot do what they are asked for, or are asked to stop."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from command_tree import commands
from terminal import degradekit, handles_signals

from degradekit_cli.commands import Command
from degradekit_cli.main import main


@pytest.mark.parametrize("words", commands())
def test_empty_arguments_are_refused_everywhere(words):
    """They come of shell variables that are not set, and would be the current folder."""
    for arguments, which in ([""], ""), (["photos", ""], "after photos "), (["--out="], "--out= "):
        done = CliRunner().invoke(main, [*words.split(), *arguments])
        assert done.exit_code == 2
        assert f"an argument {which}is empty; is it a shell variable that is not set?" in done.stderr


@pytest.mark.parametrize("words", commands())
def test_every_command_is_stopped_in_words(words):
    assert isinstance(commands()[words], Command)


def test_a_command_that_is_stopped_says_so():
    @click.command(cls=Command)
    def wait() -> None:
        raise KeyboardInterrupt

    done = CliRunner().invoke(wait)
    assert (done.exit_code, done.stderr) == (130, "stopped\n")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
@pytest.mark.parametrize("arguments", ["verify shards --sample 1", "preview photos -o sheet.png --variants 50"])
@pytest.mark.slow
def test_other_commands_stop_too(number, arguments, photos, tmp_path):
    (tmp_path / "photos").symlink_to(photos)
    assert (
        degradekit("synth", "photos", "shards", "--tile", 96, "--step", 4, "--workers", 0, cwd=tmp_path).returncode == 0
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "degradekit_cli", *arguments.split()],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not handles_signals(process):
        time.sleep(0.01)
    time.sleep(1)
    for _ in range(2):
        process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, "stopped\n")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_requests_that_the_caller_ignores_are_ignored(photos, tmp_path):
    """As below nohup, and of a background job of a script."""
    script = (
        f"trap '' HUP INT; {sys.executable} -m degradekit_cli synth {photos} shards --tile 96 --variants 9 --workers 1"
    )
    process = subprocess.Popen(["bash", "-c", f"{script}; exit $?"], cwd=tmp_path, start_new_session=True)
    while not (tmp_path / "shards" / "meta" / "photos.parquet").exists():
        assert process.poll() is None
        time.sleep(0.01)
    for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        subprocess.run(["kill", "-HUP", child], check=True)
        subprocess.run(["kill", "-INT", child], check=True)
    assert process.wait(60) == 0


@pytest.mark.parametrize("limit", [8, 20, 40])
@pytest.mark.parametrize("workers", [0, 4])
@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")
@pytest.mark.slow
def test_too_few_file_descriptors_end_in_words_or_in_a_dataset(limit, workers, photos, tmp_path):
    line = f"{sys.executable} -m degradekit_cli synth {photos} shards --tile 96 --workers {workers}"
    done = subprocess.run(
        ["bash", "-c", f"ulimit -n {limit}; exec {line}"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 0 or done.stderr.startswith("error: ")
