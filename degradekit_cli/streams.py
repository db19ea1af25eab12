"""The standard streams of a command, which may be closed, full, or read no longer."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_STREAMS = (("stdin", 0), ("stdout", 1), ("stderr", 2))


class _Output(io.FileIO):
    """A stream that goes on without its reader.

    Attributes:
        error: Why something was not written, if something was not.
    """

    error: OSError | None = None

    def write(self, data: Any) -> int:
        """Write data, or drop them once writing has failed."""
        if self.error is None:
            try:
                return super().write(data)
            except OSError as error:
                self.error = error
        return memoryview(data).nbytes


@contextmanager
def lasting_streams() -> Iterator[None]:
    """Give a command streams that cannot end it in a block.

    Streams that are closed lead nowhere, or else files that are opened would get their descriptors. What cannot be
    written is dropped, and characters that the encoding does not have are escaped.
    """
    before = {name: getattr(sys, name) for name, _ in _STREAMS}
    for name, descriptor in _STREAMS:
        if before[name] is None:
            opened = os.open(os.devnull, os.O_RDWR)  # gets the lowest that is free: this one
            before[name] = open(opened, "r" if name == "stdin" else "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, before[name])
        if name != "stdin" and _descriptor(before[name]) == descriptor:
            raw, old = _Output(descriptor, "w", closefd=False), before[name]
            buffer = io.BufferedWriter(raw)
            setattr(sys, name, io.TextIOWrapper(buffer, old.encoding, "backslashreplace", line_buffering=True))
    try:
        yield
    finally:
        for name, stream in before.items():
            getattr(sys, name).flush()
            setattr(sys, name, stream)


def lost_output() -> OSError | None:
    """Return why something that was printed did not reach stdout, or None."""
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return raw.error if isinstance(raw, _Output) else None


def _descriptor(stream: Any) -> int | None:
    """Return the descriptor of a stream that is a file, but for the console of Windows, which takes no bytes."""
    try:
        descriptor = int(stream.fileno())
    except (AttributeError, OSError, ValueError):
        return None
    return None if sys.platform == "win32" and os.isatty(descriptor) else descriptor
