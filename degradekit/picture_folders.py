"""Which files of a folder are pictures: one rule, by their names, and one wording for what is left out.

Files that are given one by one, or in a list, need no such rule: their content decides.
"""

import os
import posixpath
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from degradekit.folder_walks import Listing, files_below, list_folder
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
BROKEN = "broken links"
SPECIAL = "pipes, sockets and devices"
UNREADABLE = "folders that cannot be read"
HIDDEN = "hidden files"
"""The reason that is given without names: programs have put these files there."""
_SHOWN = 3
"""Names that are shown of the files that are left out for the same reason."""


def why_not_a_picture(path: str) -> str | None:
    """Return why a file of a folder is not taken for a picture, or None if it is.

    Args:
        path: The file below the folder, with slashes.
    """
    if any(part.startswith(".") and part not in (".", "..") for part in path.split("/")):
        return HIDDEN
    extension = posixpath.splitext(path)[1].lower()  # pathlib takes four times as long, for each file of a scan
    if extension in FORMATS:
        return None
    if extension == ".gif":
        return "GIF files, which are taken only where they are named themselves or by a list"
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
        needs_no_names = reason == HIDDEN or reason.endswith(")")  # one that ends so names a folder
        if len(names) < _SHOWN and not needs_no_names:
            names.append(printable(name))

    def named(self) -> dict[str, int]:
        """Return the counts by reason, sorted, with names where they help: `GIF files (a.gif, b.gif, ...)`."""
        counts = {}
        for reason, count in sorted(self.items()):
            names = self._names.get(reason, [])
            more = [*names, "..."] if count > len(names) else names
            counts[f"{reason} ({', '.join(more)})" if names else reason] = count
        return counts


def left_out_lines(counts: Mapping[str, int]) -> list[str]:
    """Return a line for each reason for which files are left out."""
    return [f"left out {count}: {reason}" for reason, count in counts.items()]


def noted_lines(counts: Mapping[str, int]) -> list[str]:
    """Return a line for each reason for which files that are taken stand out."""
    return [f"noted {count}: {reason}" for reason, count in counts.items()]


def pictures_in(folder: Path, left_out: LeftOut, *, at_any_depth: bool = True) -> list[Path]:
    """Return the pictures in a folder, sorted.

    Args:
        folder: A folder on a disk.
        left_out: Counts all other files, and folders that cannot be read.
        at_any_depth: Look into folders in it too; links are followed, but no folder is entered twice.
    """

    def status_of_inner(inner: str) -> os.stat_result | None:
        try:
            return (folder / inner).stat()
        except OSError:
            return None

    def list_inner(inner: str) -> Listing:
        try:
            return list_folder(os.fspath(folder / inner))
        except OSError:
            left_out.add(UNREADABLE, inner or ".")
            return [], []

    names = files_below("", list_inner, status_of_inner) if at_any_depth else list_inner("")[1]
    pictures = []
    for path in sorted(folder / name for name in names):
        relative = path.relative_to(folder).as_posix()
        reason = why_not_a_picture(relative)
        if reason is None and not path.is_file():
            reason = BROKEN if path.is_symlink() else SPECIAL
        if reason is None:
            pictures.append(path)
        else:
            left_out.add(reason, relative)
    return pictures
