"""Which files of a folder are pictures: the one rule, by names, and the one way to say what is left out.

A file that is named by itself, or by a list, needs no such rule: its content decides.
"""

import os
import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from degradekit.wording import printable

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        ".png": "PNG",
        ".jpg": "JPEG",
        ".jpeg": "JPEG",
        ".jfif": "JPEG",
        ".webp": "WEBP",
        ".tif": "TIFF",
        ".tiff": "TIFF",
        ".bmp": "BMP",
        ".avif": "AVIF",
    }
)
"""Pillow's name of the format that an extension stands for; capitals make no difference."""
DANGLING = "links that lead to no file"
SPECIAL = "pipes, sockets and devices"
HIDDEN = "hidden files"
"""Why a file is left out whose name nobody needs to see: programs have put it there."""
_SHOWN = 3
"""Names that are shown of the files that are left out for the same reason."""


def why_not_a_picture(path: str) -> str | None:
    """Return why a file of a folder is not taken for a picture, or None if it is.

    Args:
        path: Below the folder, with slashes.
    """
    if any(part.startswith(".") and part not in (".", "..") for part in path.split("/")):
        return HIDDEN
    extension = posixpath.splitext(path)[1].lower()  # pathlib takes four times as long, for each file of a scan
    if extension in FORMATS:
        return None
    if extension == ".gif":
        return "GIF files, which are taken only where they are named"
    return "not images by their names" if extension.strip(".") else "files without an extension"


class LeftOut(Counter[str]):
    """How many files are left out, or stand out, by reason, and the names of the first of each."""

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[str, list[str]] = {}

    def add(self, reason: str, name: str) -> None:
        """Count a file, by its path below the folder."""
        self[reason] += 1
        names = self._names.setdefault(reason, [])
        says_enough = reason == HIDDEN or reason.endswith(")")  # which names a folder
        if len(names) < _SHOWN and not says_enough:
            names.append(printable(name))

    def named(self) -> dict[str, int]:
        """Return the counts by reason, sorted, each reason with names: `hidden files (.a.png, .b.png, ...)`."""
        counts = {}
        for reason, count in sorted(self.items()):
            names = self._names.get(reason, [])
            more = [*names, "..."] if count > len(names) else names
            counts[f"{reason} ({', '.join(more)})" if names else reason] = count
        return counts


def left_out_lines(counts: Mapping[str, int]) -> list[str]:
    """Return a line for each reason for which files are left out."""
    return [f"left out {count}: {reason}" for reason, count in counts.items()]


def pictures_in(folder: Path, left_out: LeftOut, *, at_any_depth: bool = True) -> list[Path]:
    """Return the pictures in a folder, sorted.

    Args:
        folder: A folder on a disk.
        left_out: Counts all other files.
        at_any_depth: Look into folders in it too; links are followed, but no folder is entered twice.
    """
    pictures = []
    for path in sorted(_files(folder, left_out) if at_any_depth else folder.glob("*")):
        relative = path.relative_to(folder).as_posix()
        reason = why_not_a_picture(relative)
        if reason is None and not path.is_file():
            if path.is_dir():
                continue
            reason = DANGLING if path.is_symlink() else SPECIAL
        if reason is None:
            pictures.append(path)
        elif not path.is_dir():
            left_out.add(reason, relative)
    return pictures


def _files(base: Path, left_out: LeftOut) -> Iterator[Path]:
    def count_unreadable(error: OSError) -> None:
        left_out.add("folders that cannot be read", os.path.relpath(str(error.filename), base))

    entered = set()
    for folder, subfolders, files in os.walk(base, onerror=count_unreadable, followlinks=True):
        status = os.stat(folder)  # noqa: PTH116 - os.walk gives text
        if (status.st_dev, status.st_ino) in entered:
            subfolders.clear()
            continue
        entered.add((status.st_dev, status.st_ino))
        subfolders.sort()  # so that of two ways to a folder the same is taken each time
        yield from (Path(folder, file) for file in files)
