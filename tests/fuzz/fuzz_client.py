"""Asks a process of its own to use fuzzed things, and reads what came of it."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SCRIPT = Path(__file__).with_name("fuzz_process.py")


class FuzzClient:
    """A process that uses fuzzed things; a new one where it has died of one.

    Args:
        folder: Where it may write.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._errors: Any = None

    def failures(self, kind: str, seed: str, first: int, count: int) -> tuple[list[str], int]:
        """Return what is wrong with cases, a line for each, and how many of them were taken by some use."""
        failures, taken, stop = [], 0, first + count
        while first < stop:
            index = first
            for index, used, faults in self._answers(kind, seed, first, stop - first):
                taken += used > 0
                failures += [f"{kind} {seed} {index}: {fault}" for fault in faults]
                first = index + 1
            if first < stop:
                failures.append(f"{kind} {seed} {first}: the process died: {self._last_words()}")
                first += 1
                self.close()
        return failures, taken

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate()  # it ends when its input does
            self._errors.close()
        self._process = None

    def _answers(self, kind: str, seed: str, first: int, count: int) -> Iterator[tuple[int, int, list[str]]]:
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{kind} {seed} {first} {count}\n")
        process.stdin.flush()
        for line in process.stdout:
            answer = json.loads(line)
            if isinstance(answer, list):
                yield answer[0], answer[1], answer[2]
                if answer[0] == first + count - 1:
                    return

    def _started(self) -> "subprocess.Popen[str]":
        if self._process is None:
            paths = os.pathsep.join(path for path in sys.path if path)
            self._errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - closed with the process
            self._process = subprocess.Popen(
                [sys.executable, str(_SCRIPT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                text=True,
                env=os.environ | {"PYTHONPATH": paths, "TMPDIR": str(self._folder)},
            )
        return self._process

    def _last_words(self) -> str:
        assert self._process is not None
        code = self._process.wait()
        self._errors.seek(0)
        return f"exit {code}, {self._errors.read()[-1500:]!r}"
