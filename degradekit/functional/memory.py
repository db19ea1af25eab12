"""Memory settings for processes that do little but degrade images."""

import numpy as np


def keep_freed_memory() -> None:
    """Make the GNU C library keep freed blocks of up to 32 MiB instead of returning them to the system.

    Every step makes a few images of some megabytes and frees them. If they are returned to the system, their pages come
    back one page fault at a time, which can take longer than the step itself. The GNU C library learns from the largest
    block that is freed how much to keep, so a large block that was never touched is freed. With other C libraries the
    function has no effect.
    """
    block = np.empty(31 * 2**20, np.uint8)
    del block
