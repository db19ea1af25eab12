"""Memory of this process: how much it may still take, and keeping what it frees."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from degradekit.control_groups import ROOT, control_groups, kernel_text
from degradekit.errors import MemoryShortageError
from degradekit.wording import byte_size

_NO_LIMIT = 2**60
"""Groups without a limit report one that no machine reaches."""
_SMALL_BYTES = 2**26
"""Work that needs less is not refused."""


def require_memory(needed_bytes: int, purpose: str, cure: str) -> None:
    """Refuse work that needs more memory than is free, before the system kills the process for it.

    Args:
        needed_bytes: About how many bytes the work takes.
        purpose: What the memory is for, such as `to decode 200 x 100 pixels`.
        cure: What the user can do.

    Raises:
        MemoryShortageError: Less memory is free.
    """
    if needed_bytes < _SMALL_BYTES:
        return
    free = available_bytes()
    if free is not None and needed_bytes > free:
        raise MemoryShortageError(
            f"needs about {byte_size(needed_bytes)} of memory {purpose}, and {byte_size(free)} are free; {cure}"
        )


def available_bytes(root: Path = ROOT) -> int | None:
    """Return how many more bytes this process can allocate before it is refused memory or killed; None if unknown.

    It is the least of the machine's available memory and what is left of the limits of each control group and of the
    process itself. Only Linux states these.

    Args:
        root: Where /proc and /sys are.
    """
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    shared = [*_free_in_machine(root), *_free_in_groups(root)]
    return min([*(free // processes for free in shared), *_free_in_process(root)], default=None)


def keep_freed_memory() -> None:
    """Make the GNU C library keep freed blocks of up to 32 MiB instead of returning them to the system.

    Every step makes a few images of some megabytes and frees them. If they are returned to the system, their pages come
    back one page fault at a time, which can take longer than the step itself. The GNU C library learns from the largest
    block that is freed how much to keep, so a large block that was never touched is freed. With other C libraries the
    function has no effect.
    """
    block = np.empty(31 * 2**20, np.uint8)
    del block


def _free_in_machine(root: Path) -> Iterator[int]:
    if kilobytes := re.search(r"^MemAvailable:\s*(\d+) kB", kernel_text(root / "proc/meminfo"), re.MULTILINE):
        yield 1024 * int(kilobytes[1])


def _free_in_groups(root: Path) -> Iterator[int]:
    """Yield what is left of the limits of this process's control groups."""
    for folder, version in control_groups("memory", root):
        limit, usage = (
            ("memory.max", "memory.current") if version == 2 else ("memory.limit_in_bytes", "memory.usage_in_bytes")
        )
        yield from _left(folder, limit, usage)


def _left(folder: Path, limit: str, usage: str) -> Iterator[int]:
    most, used = (kernel_text(folder / name).strip() for name in (limit, usage))
    if most.isdigit() and used.isdigit() and int(most) < _NO_LIMIT:
        cached = re.search(r"^(?:total_)?inactive_file (\d+)", kernel_text(folder / "memory.stat"), re.MULTILINE)
        yield max(0, int(most) - int(used) + int(cached[1] if cached else 0))


def _free_in_process(root: Path) -> Iterator[int]:
    """Yield what is left of the limit of the address space, such as `ulimit -v` sets it."""
    if sys.platform == "win32":
        return
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    used = re.search(r"^VmSize:\s*(\d+) kB", kernel_text(root / "proc/self/status"), re.MULTILINE)
    if limit != resource.RLIM_INFINITY and used:
        yield max(0, limit - 1024 * int(used[1]))
