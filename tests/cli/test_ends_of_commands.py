"""How commands end that cannot do what they are asked for, or are asked to stop."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from command_tree import commands
from terminal import HANG_SECONDS, start, wait_for_handlers

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


AT_WORK = """
import os
from degradekit import Degradation
from degradekit_cli.main import main

apply = Degradation.apply

def interrupted(*arguments):
    for _ in range(2):
        os.kill(os.getpid(), {number})
    return apply(*arguments)

Degradation.apply = interrupted
main()
"""


of_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
of_each_signal = pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name
)
of_other_commands = pytest.mark.parametrize(
    "arguments", ["verify shards --sample 1 --workers 0", "preview photos -o sheet.png"]
)


@pytest.fixture
def folder_of_both(small_pairs, tmp_path) -> Path:
    for name in ("photos", "shards"):
        (tmp_path / name).symlink_to(small_pairs.parent / name)
    return tmp_path


@of_linux
@of_each_signal
@of_other_commands
@pytest.mark.slow
def test_other_commands_are_stopped_while_they_start(number, arguments, folder_of_both):
    command = [sys.executable, "-m", "degradekit_cli", *arguments.split()]
    process = start(command, cwd=folder_of_both, stderr=subprocess.PIPE, text=True)
    wait_for_handlers(process)
    for _ in range(2):
        process.send_signal(number)
    _, errors = process.communicate(timeout=HANG_SECONDS)
    assert (process.returncode, errors) == (130, "stopped\n")


@of_linux
@of_each_signal
@of_other_commands
@pytest.mark.slow
def test_other_commands_are_stopped_at_work(number, arguments, folder_of_both):
    (folder_of_both / "program.py").write_text(AT_WORK.format(number=int(number)))
    process = start(
        [sys.executable, "-m", "program", *arguments.split()], cwd=folder_of_both, stderr=subprocess.PIPE, text=True
    )
    _, errors = process.communicate(timeout=HANG_SECONDS)
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "stopped"
    assert "Traceback" not in errors


@of_linux
def test_requests_that_the_caller_ignores_are_ignored(photos, tmp_path):
    """As below nohup, and of a background job of a script."""
    script = (
        f"trap '' HUP INT; {shlex.quote(sys.executable)} -m degradekit_cli synth {shlex.quote(str(photos))} shards"
        " --tile 96 --variants 9 --workers 1"
    )
    process = subprocess.Popen(["bash", "-c", f"{script}; exit $?"], cwd=tmp_path)
    while not (tmp_path / "shards" / "meta" / "photos.parquet").exists():
        assert process.poll() is None
        time.sleep(0.01)
    for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        for number in (signal.SIGHUP, signal.SIGINT):
            with contextlib.suppress(ProcessLookupError):  # the build may have ended
                os.kill(int(child), number)
    assert process.wait(HANG_SECONDS) == 0


@pytest.mark.parametrize("limit", [8, 20, 40])
@pytest.mark.parametrize("workers", [0, 4])
@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")
@pytest.mark.slow
def test_too_few_file_descriptors_end_in_words_or_in_a_dataset(limit, workers, photos, tmp_path):
    words = [sys.executable, "-m", "degradekit_cli", "synth", str(photos), "shards", "--tile", "96"]
    line = shlex.join([*words, "--workers", str(workers)])
    done = subprocess.run(
        ["bash", "-c", f"ulimit -n {limit}; exec {line}"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 0 or done.stderr.startswith("error: ")
