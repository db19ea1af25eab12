"""One row of a dataset: a pair with all that belongs to it. Its fields are the columns of every format."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple, get_type_hints

import numpy as np

from degradekit.dataset.tiles import Tile
from degradekit.types import Pixels


class Row(NamedTuple):
    """One pair. A field of bytes is a picture, and a column of the same name in every format.

    Attributes:
        hr: PNG of the HR tile.
        lr: PNG of the LR image.
        degradation: The record, JSON, for `Degradation.from_json`.
        key: The key of the photo.
        tile: The part of the photo.
        variant: Which of the degradations of the tile.
        scale: HR side / LR side.
    """

    hr: bytes
    lr: bytes
    degradation: str
    key: str
    tile: Tile
    variant: int
    scale: int

    def facts(self) -> dict[str, Any]:
        """Return everything but the pictures as JSON-able data."""
        facts = {name: value for name, value in self._asdict().items() if name not in PICTURES}
        return facts | {"degradation": json.loads(self.degradation), "tile": self.tile._asdict()}

    @classmethod
    def from_facts(cls, facts: dict[str, Any], **pictures: bytes) -> "Row":
        """Return the row that `facts` were taken from; its record is written as `Degradation.to_json` writes it."""
        record = json.dumps(facts["degradation"], separators=(",", ":"))
        columns = {name: facts[name] for name in cls._fields if name not in PICTURES}
        return cls(**columns | pictures | {"degradation": record, "tile": Tile(**facts["tile"])})

    def digest(self, hr: bytes, lr: bytes) -> bytes:
        """Return a SHA-256 of the content, in which neither the picture format nor the file format has a part.

        Args:
            hr: `pixel_digest` of the HR tile, which the variants of the tile share.
            lr: `pixel_digest` of the LR image.
        """
        facts = json.dumps([self.degradation, self.key, self.tile, self.variant, self.scale]).encode("ascii")
        return hashlib.sha256(hr + lr + facts).digest()


def pixel_digest(pixels: Pixels) -> bytes:
    """Return a SHA-256 of the shape and the values of (H, W, 3) uint8 pixels."""
    return hashlib.sha256(np.array(pixels.shape, "<u4").tobytes() + pixels.tobytes()).digest()


class DigestedTile(NamedTuple):
    """All rows of one tile, which share their HR, with the digest of each row."""

    rows: list[Row]
    digests: list[bytes]


def group_by_photo(rows: Iterable[Row]) -> Iterator[tuple[str, Iterator[list[Row]]]]:
    """Yield the rows of a shard as they were written: photo by photo, the rows of each tile in a list."""
    for key, of_photo in groupby(rows, key=lambda row: row.key):
        yield key, (list(of_tile) for _, of_tile in groupby(of_photo, key=lambda row: row.tile))


_DTYPES = {str: "string", int: "int32", float: "float64"}


@cache
def _feature(kind: type) -> dict[str, Any]:
    """Return a Python type in the words of `datasets`."""
    if kind is bytes:
        return {"_type": "Image"}
    if kind in _DTYPES:
        return {"dtype": _DTYPES[kind], "_type": "Value"}
    return {name: _feature(inner) for name, inner in get_type_hints(kind).items()}


FEATURES = _feature(Row)
"""The columns in the words of `datasets`."""
PICTURES = tuple(name for name, feature in FEATURES.items() if feature.get("_type") == "Image")
"""The columns that hold pictures."""
