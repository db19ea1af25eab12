"""Where numba's machine code is kept on the disk, and which sources it was compiled from.

numba's own choice of a folder is not safe: for a user without a home it takes a folder named `~` in the working
directory, and it takes the user-wide cache even if others can write to it, although it loads and runs what lies there.
And it looks at one source file only, whereas the machine code of a function contains the functions that it calls.
"""

import contextlib
import hashlib
import logging
import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Self

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, NullCache

from degradekit.functional.own_folders import own_folder, takes_files
from degradekit.locks import locked

COMPILING = "compiling for this machine, once, for some seconds; degradekit.warm_up() does it ahead of time"
COMPILING_ALWAYS = (
    "compiling in every process, because no folder for machine code is writable; set NUMBA_CACHE_DIR to one that is"
)
_A_FEW = 4
"""Functions that take only a moment to compile; more of them take seconds."""
_LONGEST_WAIT_S = 30
"""How long to wait for a process that compiles the same function; after that it seems to have stopped."""
_POLL_S = 0.02
_SOURCES = Path(__file__).parent


def machine_code_of(function: Callable[..., object]) -> Any:
    """Return numba's cache for a function, which keeps nothing where no folder is writable."""
    try:
        return _OnDisk(function)
    except (RuntimeError, OSError):
        return _Nowhere()


class _Locator:
    """The folder and the sources of a function, as numba asks for them."""

    def __init__(self, folder: Path, stamp: bytes, first_line: int) -> None:
        self._folder, self._stamp, self._first_line = folder, stamp, first_line

    @classmethod
    def from_function(cls, function: Any, source: str) -> Self | None:
        folder = _folder(source, numba.config.CACHE_DIR)
        return None if folder is None else cls(folder, _stamp(source), function.__code__.co_firstlineno)

    def ensure_cache_path(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)

    def get_cache_path(self) -> str:
        return str(self._folder)

    def get_source_stamp(self) -> bytes:
        return self._stamp

    def get_disambiguator(self) -> str:
        return str(self._first_line)


class _CacheImpl(CompileResultCacheImpl):  # type: ignore[misc]
    _locator_classes = (_Locator,)


class _OnDisk(FunctionCache):  # type: ignore[misc]
    """Machine code in files; one that is damaged or does not fit on the disk counts as missing."""

    _impl_class = _CacheImpl

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self._lock = contextlib.ExitStack()

    def load_overload(self, *args: Any) -> Any:
        if (kept := self._load(*args)) is None:
            self._wait_for_lock()
            kept = self._load(*args)  # another process may have compiled it meanwhile
        if kept is None:
            _notice.count(COMPILING)
        else:
            self._lock.close()
        return kept

    def save_overload(self, *args: Any) -> None:
        with contextlib.suppress(Exception):  # the machine code is in memory, and that is enough
            super().save_overload(*args)
        self._lock.close()

    def _load(self, *args: Any) -> Any:
        with contextlib.suppress(Exception):  # disks fail, and a pickle that was cut off raises nearly anything
            return super().load_overload(*args)

    def _wait_for_lock(self) -> None:
        """Lock the function until its machine code is saved: one process compiles it, and others wait for it."""
        self._lock.close()  # of an earlier compilation that failed
        end = time.monotonic() + _LONGEST_WAIT_S
        with contextlib.suppress(OSError):
            while time.monotonic() < end:
                with contextlib.ExitStack() as stack:
                    lock = Path(self._cache_file._index_path).with_suffix(".compiling")
                    if stack.enter_context(locked(lock, shared=False)):
                        self._lock = stack.pop_all()
                        return
                time.sleep(_POLL_S)


class _Nowhere(NullCache):  # type: ignore[misc]
    def load_overload(self, *_: Any) -> None:
        _notice.count(COMPILING_ALWAYS)


class _Notice:
    """A warning, once in a process, that functions are being compiled for longer than a moment."""

    def __init__(self) -> None:
        self._functions = 0

    def count(self, text: str) -> None:
        """Count a function that is about to be compiled, and log the text when there are more than a few."""
        self._functions += 1
        if self._functions == _A_FEW + 1:
            logging.getLogger("degradekit").warning(text)

    def waive(self) -> None:
        """Log nothing from now on, because another process has."""
        self._functions = _A_FEW + 1


_notice = _Notice()
waive_notice = _notice.waive


@cache
def _stamp(source: str) -> bytes:
    """Return a hash of a source file and of all files beside this one, whose functions its machine code may contain."""
    stamp = hashlib.sha256()
    for path in (Path(source), *sorted(_SOURCES.glob("*.py"))):
        stamp.update(hashlib.sha256(path.read_bytes()).digest())
    return stamp.digest()


@cache
def _folder(source: str, chosen: str) -> Path | None:
    """Return the first writable folder of these: the chosen one, `__pycache__`, the user's cache, a temporary one.

    Args:
        source: The source file.
        chosen: NUMBA_CACHE_DIR; empty if it is not set.
    """
    parent = Path(source).resolve().parent
    name = f"{parent.name}_{hashlib.sha256(os.fsencode(parent)).hexdigest()[:16]}"
    if chosen and takes_files(folder := Path(chosen).absolute() / name):
        return folder
    if not chosen and takes_files(folder := parent / "__pycache__"):
        return folder
    return own_folder("numba", name)
