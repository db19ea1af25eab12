"""The `degradekit` command in a process of its own."""

import contextlib
import signal
import subprocess
import sys
from pathlib import Path


def degradekit(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command and return its output and exit status."""
    command = [sys.executable, "-m", "degradekit_cli", *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def handles_signals(process: subprocess.Popen) -> bool:
    """Return whether the command has set its handlers of signals, which Python's start takes a while to reach."""
    with contextlib.suppress(OSError):
        status = Path(f"/proc/{process.pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        return bool(caught >> (signal.SIGTERM - 1) & 1)
    return False
