"""Things that go wrong in every way that a fuzz suite must see."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import judging
from fuzzed import Kind, Uses

from degradekit import DegradekitError

NAMES = (
    "used", "refused", "another error", "a warning", "an odd message", "a file elsewhere", "a process", "a wait",
    "endless work", "memory",
)  # fmt: skip


class Traps(Kind):
    """Uses that go wrong in the ways of their names, but for the first two."""

    names = NAMES

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        judging.CPU_SECONDS = 1

    def make(self, draw: random.Random, folder: Path) -> Path:
        """Return nothing but the folder."""
        return folder

    def uses(self, made: Path) -> Uses:
        """Step into each trap."""
        yield from ((name, _TRAPS[name]) for name in self.names)


class Crash(Traps):
    """The trap after which there is no process."""

    names = ("a crash",)


def _refuse(message: str) -> None:
    raise DegradekitError(message)


def _look_up() -> None:
    raise KeyError("hr")


def _write_elsewhere() -> None:
    (Path(tempfile.gettempdir()).parent / "trap").write_text("")  # beside the folder of the process


def _wait() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0.1)  # or it would take ten minutes
    time.sleep(5)


def _work() -> None:
    while True:
        pass


_TRAPS: dict[str, Callable[[], object]] = {
    "used": lambda: None,
    "refused": lambda: _refuse("size: must be >= 1 (got 0)"),
    "another error": _look_up,
    "a warning": lambda: warnings.warn("look", UserWarning, stacklevel=1),
    "an odd message": lambda: _refuse("1 validation error for Row"),
    "a file elsewhere": _write_elsewhere,
    "a process": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
    "a wait": _wait,
    "endless work": _work,
    "memory": lambda: bytearray(2**40),
    "a crash": os.abort,
}
