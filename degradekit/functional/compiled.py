"""Compilation with numba, the same way for all functions.

There is no fast math and there are no parallel loops, so a compiled function does the same IEEE 754 operations in the
same order on every machine (docs/model.md, section The same pixels on every machine).
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numba

from degradekit.functional.machine_code import machine_code_of

F = TypeVar("F", bound=Callable[..., object])

_OPTIONS = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
"""Without the wrapper for calls from C, which nobody makes and which would take time to compile."""


def compiled(function: F) -> F:
    """Compile a function with numba when it is first called, and keep the machine code on the disk for later processes.

    Where no folder is writable, each process compiles for itself.
    """
    jitted: Any = numba.njit(**_OPTIONS)(function)
    if hasattr(jitted, "enable_caching"):  # numba is not switched off
        jitted._cache = machine_code_of(function)
    return jitted  # type: ignore[no-any-return]


def inlined(function: F) -> F:
    """Inline a function into each compiled function that calls it.

    It is compiled as a part of its callers only, whereas a compiled function is compiled by itself and again within
    each of its callers.
    """
    return numba.njit(inline="always", **_OPTIONS)(function)  # type: ignore[no-any-return]


def cache_folder(function: Any) -> Path | None:
    """Return the folder that keeps a compiled function's machine code; None if there is none."""
    path = function.stats.cache_path if hasattr(function, "stats") else None
    return path and Path(path)


def is_cached(function: Any) -> bool:
    """Return whether an earlier process has kept machine code of a compiled function that fits its present source."""
    with suppress(Exception):  # private to numba: without it, nobody learns that it compiles
        return bool(function._cache._cache_file._load_index())
    return True
