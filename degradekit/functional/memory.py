"""Keeps freed memory in the process, for processes that do nothing but degrade images."""

import numpy as np


def keep_freed_memory() -> None:
    """Let the C library keep freed blocks of up to 32 MiB instead of returning them to the system.

    Every step makes a few images of some megabytes and frees them. Returned to the system, their pages come back one
    fault at a time, which can take longer than the step. The GNU C library learns from the largest block that is
    freed how much to keep; this frees one that was never touched. Elsewhere it does nothing.
    """
    block = np.empty(31 * 2**20, np.uint8)
    del block
