"""Walks through folders on a disk: sorted, with links followed, and with no folder entered twice.

`os.walk` and `Path.glob` leave out what they cannot read; these functions leave errors to the caller.
"""

import os
from collections.abc import Callable, Iterator

Listing = tuple[list[str], list[str]]
"""The names of the folders in a folder, and of everything else in it, both sorted."""


def list_folder(path: str) -> Listing:
    """Return what is in a folder; a link to a folder counts as a folder.

    Raises:
        OSError: The folder cannot be read.
    """
    folders: list[str] = []
    others: list[str] = []
    with os.scandir(path) as entries:
        for entry in entries:
            (folders if _is_folder(entry) else others).append(entry.name)
    return sorted(folders), sorted(others)


def files_below(
    folder: str, list_inner: Callable[[str], Listing], status_of_inner: Callable[[str], os.stat_result | None]
) -> Iterator[str]:
    """Yield everything below a folder that is not a folder; of two ways to a folder, the first in order is taken.

    Args:
        folder: Relative to a root, with slashes; empty for the root itself.
        list_inner: Returns what is in a folder of the root, as `list_folder` does.
        status_of_inner: Returns the status of a folder of the root, links followed, or None where it is not known.
    """
    entered: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        folder = waiting.pop()
        status = status_of_inner(folder)
        if status is not None:
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
        folders, others = list_inner(folder)
        yield from (joined(folder, name) for name in others)
        waiting += [joined(folder, name) for name in reversed(folders)]


def joined(folder: str, name: str) -> str:
    """Return the path of a name in a folder, which may be empty."""
    return f"{folder}/{name}" if folder else name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle
        return False
