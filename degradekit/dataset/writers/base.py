"""What every output format takes and does."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from degradekit.dataset.tiles import Tile


class Row(NamedTuple):
    """One pair with all that belongs to it."""

    hr: bytes
    """PNG of the HR tile."""
    lr: bytes
    """PNG of the LR image."""
    degradation: str
    """The record, JSON."""
    key: str
    """Of the photo."""
    tile: Tile
    variant: int
    scale: int

    def digest(self) -> bytes:
        """SHA-256 of the content, which no file format has a part in."""
        facts = json.dumps([self.degradation, self.key, self.tile, self.variant, self.scale]).encode("ascii")
        whole = hashlib.sha256()
        for part in (self.hr, self.lr, facts):
            whole.update(hashlib.sha256(part).digest())
        return whole.digest()


class Writer(ABC):
    """Writes the rows of one shard; the file appears under its name only when it is whole."""

    extension: str

    @abstractmethod
    def __init__(self, path: Path) -> None:
        """Open a shard that will be called `path`."""

    @abstractmethod
    def add(self, rows: Sequence[Row]) -> None:
        """Take all rows of one tile, which share their HR."""

    @abstractmethod
    def close(self) -> None:
        """Write what is left and publish the file."""

    @abstractmethod
    def discard(self) -> None:
        """Close without publishing, and leave nothing behind."""
