"""How many processors this process may use."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

from degradekit.control_groups import ROOT, control_groups, kernel_text


def processors(root: Path = ROOT) -> int:
    """Return the number of processors that this process may use, by its affinity and the limits of its control groups.

    A control group limits time: one that grants the time of 2.5 processors counts as 3.

    Args:
        root: Where /proc and /sys are.
    """
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min([count, *(max(1, math.ceil(limit)) for limit in _limits(root))])


def _limits(root: Path) -> Iterator[float]:
    """Yield the limit of each control group that has one, in processors."""
    for folder, version in control_groups("cpu", root):
        files = ("cpu.max",) if version == 2 else ("cpu.cfs_quota_us", "cpu.cfs_period_us")
        numbers = " ".join(kernel_text(folder / name) for name in files).split()
        if len(numbers) == 2 and all(map(str.isdecimal, numbers)) and int(numbers[1]):  # neither `max` nor -1
            yield int(numbers[0]) / int(numbers[1])
