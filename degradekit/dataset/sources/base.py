"""One photo that a build reads."""

import os
import unicodedata
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Source(ABC):
    """A photo that reads itself.

    Attributes:
        location: Where its kind of source finds it, such as a path or a URL.
        key: Its name in the dataset: root folder and path below it, the same on every machine.
        split: `train`, `validation` or `test`.
        size: Bytes when it was found, or None where that could not be seen.
    """

    location: str
    key: str
    split: str
    size: int | None

    @abstractmethod
    def fetch(self) -> bytes:
        """Return the bytes of the file.

        Raises:
            OSError: It cannot be read.
        """

    def read(self) -> bytes:
        """Return the bytes of the file that the scan found.

        Raises:
            OSError: It cannot be read, or its size has changed since the scan.
        """
        data = self.fetch()
        if self.size is not None and len(data) != self.size:
            raise OSError(f"changed after the plan was made: {len(data)} bytes, {self.size} before")
        return data

    def is_same(self, other: "Source") -> bool:
        """Return whether another source is the same file."""
        return (type(self), self.location) == (type(other), other.location)


class Candidate(NamedTuple):
    """A file that a scan has come across.

    Attributes:
        relative: Path below the root, with slashes.
        location: Where it is.
        size: In bytes, or None where that cannot be seen.
    """

    relative: str
    location: str
    size: int | None


def portable(path: str) -> str:
    """Return a path as text that is the same on every system: NFC, slashes, undecodable bytes escaped."""
    if path.isascii():
        return path
    decodable = os.fsencode(path).decode("utf-8", "backslashreplace")
    return unicodedata.normalize("NFC", decodable)
