"""Compilation with numba, the same way for all functions.

There is no fast math and there are no parallel loops, so a compiled function does the same IEEE 754 operations in the
same order on every machine (docs/model.md, section The same pixels on every machine).
"""

from collections.abc import Callable
from typing import TypeVar

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile a function with numba when it is first called, and cache the machine code on disk for later processes."""
    jitted: F = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return jitted
