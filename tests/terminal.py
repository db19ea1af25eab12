"""The `degradekit` command, and Python, as a person types them."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from click.testing import CliRunner


def degradekit(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own and return its output and exit status."""
    command = [sys.executable, "-m", "degradekit_cli", *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def degradekit_in_process(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command as `degradekit` does, but in this process, which has imported what it needs."""
    from degradekit_cli.main import main

    words = [str(argument) for argument in arguments]
    with contextlib.chdir(cwd or Path.cwd()):
        done = CliRunner().invoke(main, words, catch_exceptions=False)
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


def python(*arguments: object, cwd: Path, also: Sequence[Path] = ()) -> str:
    """Run Python with the packages of this process, and those of other folders, and return what it prints."""
    folders = [*filter(None, sys.path), *map(str, also)]
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(folders)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def handles_signals(process: subprocess.Popen) -> bool:
    """Return whether the command has set its handlers of signals, which Python's start takes a while to reach."""
    with contextlib.suppress(OSError):
        status = Path(f"/proc/{process.pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        return bool(caught >> (signal.SIGTERM - 1) & 1)
    return False
