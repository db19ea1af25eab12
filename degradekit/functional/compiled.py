"""The one place that knows numba.

No fastmath and no parallel loops: a compiled function does the same IEEE operations in the same order on every machine.
"""

from collections.abc import Callable
from typing import TypeVar

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile with numba on first call, and keep the machine code in numba's cache for later processes."""
    jitted: F = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return jitted
