"""Photos on the disks of this machine."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from degradekit.dataset.layout import PLAN
from degradekit.dataset.sources.base import Candidate, FileSource, Source, refuse_dataset
from degradekit.dataset.sources.disks import DiskTree, status_of
from degradekit.dataset.sources.globs import WILDCARD, fixed_part
from degradekit.dataset.sources.sieve import Sieve
from degradekit.errors import DatasetError, UnavailableError
from degradekit.limits import MAX_PHOTO_BYTES
from degradekit.picture_folders import DANGLING, SPECIAL
from degradekit.regular_files import open_regular, read_regular


@dataclass(frozen=True, slots=True)
class PathSource(FileSource):
    """A file on a disk, by its path."""

    def fetch(self) -> bytes:
        """Return the bytes of the file."""
        return read_regular(self.location, MAX_PHOTO_BYTES)

    def open(self) -> BinaryIO:
        """Open the file to read it."""
        return open_regular(self.location)

    def fetch_range(self, start: int, end: int) -> bytes:
        """Return a part of the file."""
        with self.open() as file:
            file.seek(start)
            return file.read(end - start)

    def is_same(self, other: Source) -> bool:
        """Return whether another source is the same file, perhaps by another spelling or a link."""
        try:
            return isinstance(other, PathSource) and Path(self.location).samefile(other.location)
        except OSError:
            return self.location == other.location


def find_paths(text: str, sieve: Sieve) -> tuple[str, Iterable[Candidate]]:
    """Return the name of the root, and the photos below a folder, in a glob, or the one file.

    Args:
        text: A path, which may contain wildcards.
        sieve: Decides what is taken.

    Raises:
        DatasetError: There is no such folder or file, or this user may not read it.
        UnavailableError: It cannot be read now.
    """
    root, status = Path(text), status_of(text)
    if _is_folder(status):
        refuse_dataset(text, (root / PLAN).exists())
        paths = filter(sieve.takes, DiskTree(os.fspath(root), sieve).below(""))
        return _name(root), _candidates(root, paths, sieve)
    if status is not None:
        return _name(root.parent), _candidates(root.parent, filter(sieve.takes_named, [root.name]), sieve)
    if WILDCARD.search(text):
        base = fixed_part(text)
        pattern = os.path.relpath(text, base)
        matching = DiskTree(base, sieve).matching(pattern) if _is_folder(status_of(base)) else ()
        return _name(Path(base)), _candidates(Path(base), filter(sieve.takes, matching), sieve)
    raise DatasetError(f"source: no such folder or file (got {text!r})")


def _is_folder(status: os.stat_result | None) -> bool:
    return status is not None and stat.S_ISDIR(status.st_mode)


def _name(folder: Path) -> str:
    return Path(os.path.abspath(folder)).name  # noqa: PTH100 - resolving links would rename the root


def _candidates(folder: Path, paths: Iterable[str], sieve: Sieve) -> Iterator[Candidate]:
    for path in paths:
        location = f"{folder}/{path}"
        status = status_of(location)
        if status is not None and stat.S_ISREG(status.st_mode):
            yield Candidate(path, location, status.st_size)
        elif status is not None:
            sieve.leave_out(SPECIAL, path)
        elif Path(location).is_symlink():
            sieve.leave_out(DANGLING, path)
        else:
            raise UnavailableError(
                f"source: a file vanished while its folder was scanned; run the same command again (got {location!r})"
            )
