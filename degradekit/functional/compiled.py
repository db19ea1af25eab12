"""Compilation with numba, the same way for all functions.

There is no fast math and there are no parallel loops, so a compiled function does the same IEEE 754 operations in the
same order on every machine (docs/model.md, section The same pixels on every machine).
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile a function with numba when it is first called, and cache the machine code on disk for later processes.

    Where there is no folder to write to, as for a user without a home and an installation that is read-only, each
    process compiles for itself; so it does where the cache is damaged or its disk is full.
    """
    jitted: Any = numba.njit(nogil=True, error_model="numpy")(function)
    if hasattr(jitted, "enable_caching"):  # numba is not switched off
        with suppress(RuntimeError, OSError):  # numba finds no folder
            jitted.enable_caching()
            cache = jitted._cache
            cache.load_overload, cache.save_overload = _forgiving(cache.load_overload), _forgiving(cache.save_overload)
    return jitted  # type: ignore[no-any-return]


def inlined(function: F) -> F:
    """Make a function a part of each compiled function that calls it.

    So it is compiled with them, once, where a compiled function is compiled for itself and again within every function
    above it.
    """
    return numba.njit(inline="always")(function)  # type: ignore[no-any-return]


def cache_folder(function: Any) -> Path | None:
    """Return where a compiled function's machine code is kept; None where it is not."""
    path = function.stats.cache_path if hasattr(function, "stats") else None
    return path and Path(path)


def is_cached(function: Any) -> bool:
    """Return whether an earlier process has left machine code of a compiled function, made from the source of today."""
    with suppress(Exception):  # it is numba that knows which source the code is from, and it tells nobody
        return bool(function._cache._cache_file._load_index())
    return True


def _forgiving(access: Callable[..., Any]) -> Callable[..., Any]:
    """Return an access to the cache that does nothing, and returns None, where it fails."""

    def try_access(*args: Any) -> Any:
        with suppress(Exception):  # of disks, and of pickles that were cut off
            return access(*args)

    return try_access
