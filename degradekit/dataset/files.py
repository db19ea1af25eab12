"""Publishing files so that a reader, or the next run, sees a whole one or none."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TEMPORARY = ".tmp"


def temporary(path: Path) -> Path:
    """Where a file is written before it is published."""
    return path.with_name(path.name + TEMPORARY)


def publish(path: Path) -> None:
    """Move the finished temporary file of `path` into place, once its bytes are on the disk."""
    with temporary(path).open("rb+") as file:
        os.fsync(file.fileno())
    temporary(path).replace(path)


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Whether this process alone has the file, until the end of the block or of the process, however it ends."""
    with path.open("rb") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # Windows has no such lock
            pass
        except OSError:
            yield False
            return
        yield True


def write(path: Path, text: str) -> None:
    """Write a small text file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary(path).write_text(text, encoding="utf-8", newline="\n")
    publish(path)
