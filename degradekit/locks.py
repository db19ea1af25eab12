"""Locks on folders, which end with the process that holds them, however it ends."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_handles: set[int] = set()


@contextmanager
def locked(folder: Path, *, shared: bool) -> Iterator[bool]:
    """Lock a folder until the end of the block or of the process; yield False where another process has it.

    The folder and its parents are made where they are missing; those that this has made and that are empty at the end
    are removed. Where a system or a disk cannot lock, this always yields True.

    Raises:
        OSError: The folder cannot be made or opened.
    """
    missing = [each for each in (folder, *folder.parents) if not os.path.lexists(each)]
    handle = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if sys.platform == "win32":
            yield True
        else:
            handle, acquired = _lock(folder, shared)
            yield acquired
    finally:
        if handle is None or _flock(handle, shared=False):  # or another process is about to write there
            for each in missing:
                with suppress(OSError):  # it is not empty
                    each.rmdir()
        if handle in _handles:
            _handles.remove(handle)
            os.close(handle)


def _lock(folder: Path, shared: bool) -> tuple[int, bool]:
    """Return a handle of the folder, and whether the lock on it was acquired."""
    while True:
        handle = os.open(folder, os.O_RDONLY)
        _handles.add(handle)
        acquired = _flock(handle, shared)
        with suppress(FileNotFoundError):
            if not acquired or os.path.samestat(os.fstat(handle), folder.stat()):
                return handle, acquired
        # Whoever had the lock before has removed the folder.
        _handles.remove(handle)
        os.close(handle)
        folder.mkdir(parents=True, exist_ok=True)


def _flock(handle: int, shared: bool) -> bool:
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a disk that cannot lock
        return True
    return True


def _close_locks() -> None:
    """Let a lock end with the process that took it, and not with the last of its forked children."""
    for handle in _handles:
        os.close(handle)
    _handles.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_locks)
