"""The `degradekit` command in a process of its own."""

import subprocess
import sys
from pathlib import Path


def degradekit(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command and return its output and exit status."""
    command = [sys.executable, "-m", "degradekit_cli", *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)
