"""What every output format takes and does."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, ClassVar, NamedTuple

from degradekit.dataset.tiles import Tile
from degradekit.storage import Folder


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

    def facts(self) -> dict[str, Any]:
        """All but the pictures, JSON-able."""
        return {
            "degradation": json.loads(self.degradation),
            "key": self.key,
            "tile": self.tile._asdict(),
            "variant": self.variant,
            "scale": self.scale,
        }

    @classmethod
    def of(cls, hr: bytes, lr: bytes, facts: dict[str, Any]) -> "Row":
        """From pictures and `facts`."""
        record = json.dumps(facts["degradation"], separators=(",", ":"))
        return cls(hr, lr, record, facts["key"], Tile(**facts["tile"]), facts["variant"], facts["scale"])


def by_photo(rows: Iterable[Row]) -> Iterator[tuple[str, Iterator[list[Row]]]]:
    """A shard's rows as they were written: photo by photo, and of each tile by tile."""
    for key, of_photo in groupby(rows, key=lambda row: row.key):
        yield key, (list(of_tile) for _, of_tile in groupby(of_photo, key=lambda row: row.tile))


class Format(ABC):
    """Writes the rows of one shard, and reads them back; a shard's file appears only when it is whole."""

    extension: ClassVar[str]
    """Of the shard's file, below `data/`."""
    opens_with_datasets: ClassVar[bool] = False
    """Whether `datasets.load_dataset` opens the folder by its card."""
    keeps_rows: ClassVar[bool] = True
    """Whether `read` gives back what `add` took."""

    def __init__(self, folder: Folder, shard: str) -> None:
        """Open a shard of this name."""
        self.folder, self.shard = folder, shard

    @classmethod
    def file(cls, shard: str) -> str:
        """The file that tells of a shard's rows, relative to the dataset's folder."""
        return f"data/{shard}{cls.extension}"

    @abstractmethod
    def add(self, rows: Sequence[Row]) -> None:
        """Take all rows of one tile, which share their HR."""

    @abstractmethod
    def close(self) -> tuple[int, str]:
        """Write what is left and publish the file; its bytes and SHA-256."""

    @abstractmethod
    def discard(self) -> None:
        """Close without publishing, and leave nothing behind."""

    @staticmethod
    @abstractmethod
    def read(folder: Folder, file: str) -> Iterator[Row]:
        """The rows of a shard, in order."""

    @classmethod
    def read_facts(cls, folder: Folder, file: str) -> Iterator[dict[str, Any]]:
        """`Row.facts` of a shard's rows, without their pictures where the format allows."""
        return (row.facts() for row in cls.read(folder, file))

    @classmethod
    def finish(cls, folder: Folder, split: str, shards: Sequence[str]) -> None:
        """Write what a split has besides its shards, once all are there."""
        return
