"""The `degradekit` command, and Python, as a person types them."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from click.testing import CliRunner

HANG_SECONDS = 600
"""What has not ended after these hangs; on a busy machine, work takes 20 times as long as on an idle one."""


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


def start(command: Sequence[object], **settings: Any) -> subprocess.Popen:
    """Start a command in a group of processes of its own, which hears SIGHUP even if the tests run below nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        return subprocess.Popen([str(word) for word in command], start_new_session=True, **settings)
    finally:
        signal.signal(signal.SIGHUP, before)


def wait_for_handlers(process: subprocess.Popen) -> None:
    """Wait until a command has set its handlers of all signals, which Python's start takes a while to reach."""
    while process.poll() is None and not _handles_signals(process):
        time.sleep(0.001)


def _handles_signals(process: subprocess.Popen) -> bool:
    with contextlib.suppress(OSError):
        status = Path(f"/proc/{process.pid}/status").read_text()
        handled, ignored = (int(status.partition(f"{name}:")[2].split()[0], 16) for name in ("SigCgt", "SigIgn"))
        return all((handled | ignored) >> (each - 1) & 1 for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    return False


def wait_for_group(process: subprocess.Popen) -> None:
    """Wait for the end of all processes of the group of one that has ended; those that go on are a failure."""
    deadline = time.monotonic() + HANG_SECONDS
    while living := _living(process.pid):
        if time.monotonic() > deadline:
            os.killpg(process.pid, signal.SIGKILL)
            raise AssertionError(f"processes go on: {living}")
        time.sleep(0.05)


def _living(group: int) -> list[str]:
    """Return the command lines of a group, without processes that have ended and that nobody has waited for.

    Orphans are such where the first process of a container waits for none.
    """
    living = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, _, its_group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                living.append((folder / "cmdline").read_text())
    return living
