"""One photo that a build reads."""

import os
import posixpath
import unicodedata
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import IO, NamedTuple

from degradekit.errors import DatasetError, ImageError
from degradekit.limits import MAX_PHOTO_BYTES
from degradekit.retrying import unavailable_error, with_retries


@dataclass(frozen=True, slots=True)
class Source(ABC):
    """A photo that reads itself.

    Attributes:
        location: Where its kind of source reads it, such as a path or a URL.
        key: Its name in the dataset: root folder and path below it, the same on every machine.
        split: `train`, `validation` or `test`.
        size: Bytes when it was scanned, or None where that is not known.
    """

    location: str
    key: str
    split: str
    size: int | None

    @abstractmethod
    def fetch(self) -> bytes:
        """Return the bytes of the file.

        Raises:
            ImageError: What is wrong stands in the file itself.
            Exception: It cannot be read; disks and services raise errors of their own.
        """

    def read(self) -> bytes:
        """Return the bytes of the file that the scan has seen; a failure to read it is tried again.

        Raises:
            ImageError: The file itself is at fault, as one of too many bytes is.
            UnavailableError: It cannot be read now, or its size is not the one that the scan has seen.
            DatasetError: This user may not read it.
        """
        if self.size is not None and self.size > MAX_PHOTO_BYTES:
            raise ImageError(f"too many bytes: {self.size:,}, more than {MAX_PHOTO_BYTES:,}")
        try:
            return with_retries(self._fetch_unchanged)
        except (ImageError, MemoryError):
            raise
        except Exception as error:  # services raise exceptions of their own
            raise unavailable_error(f"source: {self.key!r} cannot be read", self.location, error) from error

    def _fetch_unchanged(self) -> bytes:
        data = self.fetch()
        if self.size is not None and len(data) != self.size:
            raise OSError(f"changed after the plan was made: {len(data)} bytes, {self.size} before")
        return data

    def is_same(self, other: "Source") -> bool:
        """Return whether another source is the same file."""
        return (type(self), self.location) == (type(other), other.location)


@dataclass(frozen=True, slots=True)
class FileSource(Source):
    """A file of its own, which may be an archive."""

    @abstractmethod
    def open(self) -> IO[bytes]:
        """Open the file to read it.

        Raises:
            Exception: It cannot be read.
        """

    @abstractmethod
    def fetch_range(self, start: int, end: int) -> bytes:
        """Return a part of the file, by the offsets of its first byte and of the one behind its last.

        Raises:
            Exception: It cannot be read.
        """


class Candidate(NamedTuple):
    """A file that a scan has come across.

    Attributes:
        relative: Path below the root, with slashes.
        location: Path or URL of the file.
        size: Bytes of the file, or None where that is not known.
    """

    relative: str
    location: str
    size: int | None


def refuse_dataset(root: str, holds_plan: bool) -> None:
    """Refuse the folder of a dataset as a root, because its pictures are tiles and LRs.

    Raises:
        DatasetError: It has a plan.
    """
    if holds_plan:
        raise DatasetError(f"source: is a degradekit dataset; `redegrade` degrades its HR tiles anew (got {root!r})")


def downward(name: str) -> str:
    """Return the name of a file in an archive as a path that leads nowhere but down: `a.png` for `./../a.png`."""
    return posixpath.normpath(f"/{name}").lstrip("/")


def portable(path: str) -> str:
    """Return a path as text that is the same on every system: NFC, slashes, undecodable bytes escaped."""
    if path.isascii():
        return path
    decodable = os.fsencode(path).decode("utf-8", "backslashreplace")
    return unicodedata.normalize("NFC", decodable)
