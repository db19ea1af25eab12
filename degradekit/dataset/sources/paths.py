"""Photos on the disks of this machine."""

import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from degradekit.dataset.sources.base import Candidate, Source, portable
from degradekit.errors import DatasetError

WILDCARD = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class PathSource(Source):
    """A file on a disk, by its path."""

    def fetch(self) -> bytes:
        """Return the bytes of the file."""
        path = Path(self.location)
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError("not a regular file")  # reading a named pipe would wait for ever
        return path.read_bytes()

    def is_same(self, other: Source) -> bool:
        """Return whether another source is the same file, perhaps by another spelling or a link."""
        try:
            return isinstance(other, PathSource) and Path(self.location).samefile(other.location)
        except OSError:
            return self.location == other.location


def find_paths(text: str, left_out: Counter[str]) -> tuple[str, Iterable[Candidate]]:
    """Return the name of the root, and the files below a folder, in a glob, or the one file.

    Args:
        text: A path, which may contain wildcards.
        left_out: Counts folders that cannot be read.

    Raises:
        DatasetError: There is no such folder or file.
    """
    root = Path(text)
    if root.is_dir():
        return _name(root), (_candidate(root, path) for path in _files(os.fspath(root), left_out))
    if root.exists():
        return _name(root.parent), [_candidate(root.parent, root.name)]
    if WILDCARD.search(text):
        base = Path(fixed_part(text))
        paths: set[str] = set()
        for match in base.glob(os.path.relpath(text, base)):
            relative = match.relative_to(base).as_posix()
            inner = _files(os.fspath(match), left_out) if match.is_dir() else None
            paths.update([relative] if inner is None else (f"{relative}/{path}" for path in inner))
        return _name(base), [_candidate(base, path) for path in sorted(paths)]
    raise DatasetError(f"source: no such folder or file (got {text!r})")


def fixed_part(pattern: str) -> str:
    """Return the folders before the first part with a wildcard."""
    parts = pattern.split("/")
    fixed = next(index for index, part in enumerate(parts) if WILDCARD.search(part))
    return "/".join(parts[:fixed]) or ("/" if pattern.startswith("/") else ".")


def size_of(path: str) -> int | None:
    """Return the number of bytes of a file, or None where it will turn out unreadable."""
    try:
        return os.stat(path).st_size  # noqa: PTH116 - called for each photo, and twice as fast
    except OSError:
        return None


def _name(folder: Path) -> str:
    return Path(os.path.abspath(folder)).name  # noqa: PTH100 - resolving links would rename the root


def _candidate(folder: Path, relative: str) -> Candidate:
    location = f"{folder}/{relative}"
    return Candidate(relative, location, size_of(location))


def _files(base: str, left_out: Counter[str]) -> Iterator[str]:
    """Yield all files below a folder by relative path; links are followed, but no folder is entered twice."""

    def count_unreadable(error: OSError) -> None:
        left_out[f"folder that cannot be read: {portable(os.path.relpath(str(error.filename), base))}"] += 1

    entered: set[tuple[int, int]] = set()
    for folder, subfolders, files in os.walk(base, onerror=count_unreadable, followlinks=True):
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in entered:
            subfolders.clear()
            continue
        entered.add((status.st_dev, status.st_ino))
        subfolders.sort()
        relative = os.path.relpath(folder, base)
        yield from sorted(files) if relative == "." else (f"{relative}/{file}" for file in sorted(files))
