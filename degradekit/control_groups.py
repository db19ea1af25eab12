"""The control groups of this process, by which Linux and containers limit what it may take, and files of the kernel."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/")
"""Where /proc and /sys are."""


def control_groups(controller: str, root: Path = ROOT) -> Iterator[tuple[Path, int]]:
    """Yield the folder of each control group that this process is in, up to the topmost one, and its version, 1 or 2.

    Args:
        controller: What the groups limit, such as `memory`.
        root: Where /proc and /sys are.
    """
    for line in kernel_text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        mount = root / "sys/fs/cgroup" / (controller if controllers else "")
        group = mount / path.lstrip("/")
        for folder in (group, *group.parents):
            if folder.is_relative_to(mount):
                yield folder, 1 if controllers else 2


def kernel_text(path: Path) -> str:
    """Return a file of the kernel, or nothing where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
