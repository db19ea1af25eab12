"""One row of a dataset: a pair with all that belongs to it. Its fields are the columns of every format."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Annotated, Any, NamedTuple, get_type_hints

import numpy as np
from pydantic import Field, Strict

from degradekit.dataset.pictures import decode, picture_size
from degradekit.dataset.stored import Key, StoredType, mapping
from degradekit.dataset.tiles import Tile
from degradekit.degradation import Degradation
from degradekit.errors import DatasetError, ImageError, RecordError
from degradekit.fields import Integer, Text
from degradekit.limits import MAX_RECORD_CHARACTERS, MAX_SCALE, MAX_VARIANTS
from degradekit.types import Pixels
from degradekit.wording import printable


class Row(NamedTuple):
    """One pair. A field of bytes is a picture, and a column of the same name in every format.

    Attributes:
        hr: The HR tile, as `pictures.encode` stores it.
        lr: The LR image.
        degradation: The record, JSON, for `Degradation.from_json`.
        key: The key of the photo.
        tile: The part of the photo.
        variant: Which of the degradations of the tile.
        scale: HR side / LR side.
        hr_usm: What the LR is made from, the HR tile after the sharpening of the record; empty in datasets that
            do not keep it.
    """

    hr: Annotated[bytes, Strict()]
    lr: Annotated[bytes, Strict()]
    degradation: Annotated[Text, Field(max_length=MAX_RECORD_CHARACTERS)]
    key: Key
    tile: Tile
    variant: Annotated[Integer, Field(ge=0, lt=MAX_VARIANTS)]
    scale: Annotated[Integer, Field(ge=1, le=MAX_SCALE)]
    hr_usm: Annotated[bytes, Strict()] = b""

    @property
    def name(self) -> str:
        """Which row it is, for messages."""
        return f"{printable(self.tile.key(self.key))}, variant {self.variant}"

    def facts(self) -> dict[str, Any]:
        """Return everything but the pictures as JSON-able data."""
        facts = {name: value for name, value in self._asdict().items() if name not in PICTURES}
        return facts | {"degradation": json.loads(self.degradation), "tile": self.tile._asdict()}

    @classmethod
    def load(cls, data: object, where: str) -> "Row":
        """Return a row that was read from a file: a mapping with the columns, and with the tile as a mapping.

        Args:
            data: What was read, of any kind.
            where: What an error names: the file, and which of its rows.

        Raises:
            DatasetError: A column is missing or unknown, or breaks its rule.
        """
        try:
            return _STORED.from_data(data)
        except DatasetError as error:
            raise DatasetError(f"{where}: {error}") from None

    @classmethod
    def from_facts(cls, facts: object, where: str, **pictures: bytes) -> "Row":
        """Return the row that `facts` were taken from; its record is written as `Degradation.to_json` writes it.

        Raises:
            DatasetError: As `load`.
        """
        if not isinstance(facts, dict):
            raise DatasetError(f"{where}: must be a mapping")
        record = json.dumps(facts.get("degradation"), separators=(",", ":"))
        return cls.load(facts | pictures | {"degradation": record}, where)

    def drawn_for(self) -> "DrawnFor":
        """Return size and scale of the record, without reading its steps, whose operators may not be installed.

        Raises:
            DatasetError: It does not, or is not the text that `Degradation.to_json` writes: formats that keep records
                as data would write another one, with another digest.
        """
        try:
            data = mapping(self.degradation.encode())
            if json.dumps(data, separators=(",", ":")) != self.degradation:
                raise DatasetError("must be JSON without spaces, written as Degradation.to_json writes it")
            return _DRAWN_FOR.from_data({name: data.get(name) for name in ("size", "scale")})
        except DatasetError as error:
            raise DatasetError(f"{self.name}: the record: {error}") from None

    def target(self) -> Degradation:
        """Return the leading steps of the record, which make the sharpened HR from the HR.

        Raises:
            DatasetError: It cannot be read.
        """
        try:
            return Degradation.target_from_json(self.degradation)
        except RecordError as error:
            raise DatasetError(f"{self.name}: the record: {error}") from None

    def refuse_contradiction(self) -> None:
        """Refuse a row whose pictures, tile, record and scale do not fit together, without decoding the pictures.

        Raises:
            DatasetError: They do not, or a picture is of another kind, or has too many pixels; the message names it.
        """
        try:
            hr, lr = picture_size(self.hr), picture_size(self.lr)
            hr_usm = picture_size(self.hr_usm) if self.hr_usm else hr
        except ImageError as error:
            raise DatasetError(f"{self.name}: a picture {error}") from None
        drawn_for, tile, scale = self.drawn_for(), self.tile, self.scale
        if lr != (hr[0] // scale, hr[1] // scale):
            rule = f"the LR must have {hr[1] // scale} x {hr[0] // scale} pixels (got {lr[1]} x {lr[0]})"
        elif hr_usm != hr:
            rule = f"the sharpened HR must have the size of the HR, {hr[1]} x {hr[0]} (got {hr_usm[1]} x {hr_usm[0]})"
        elif tile.height > hr[0] or tile.width > hr[1]:
            rule = f"the HR must hold its tile of {tile.width} x {tile.height} pixels (got {hr[1]} x {hr[0]})"
        elif tile.y + tile.height > tile.photo_height or tile.x + tile.width > tile.photo_width:
            rule = f"the tile must lie in its photo of {tile.photo_width} x {tile.photo_height} pixels"
        elif drawn_for.size != hr:
            height, width = drawn_for.size
            rule = f"the HR must have the size of its record, {width} x {height} (got {hr[1]} x {hr[0]})"
        elif drawn_for.scale != scale:
            rule = f"the record must have the row's scale, {scale} (got {drawn_for.scale})"
        else:
            return
        raise DatasetError(f"{self.name}: {rule}")

    def decode(self, picture: str) -> Pixels:
        """Return the pixels of `hr`, `lr` or `hr_usm`, (H, W, 3).

        Raises:
            ImageError: It cannot be decoded.
        """
        try:
            return decode(getattr(self, picture))
        except ImageError as error:
            raise ImageError(f"{self.name}: the {picture.upper()} {error}") from None

    def digest(self, hr: bytes, lr: bytes) -> bytes:
        """Return a SHA-256 of the content, in which neither the picture format nor the file format has a part.

        Args:
            hr: `pixel_digest` of the HR tile, which the variants of the tile share.
            lr: `pixel_digest` of the LR image.
        """
        facts = json.dumps([self.degradation, self.key, self.tile, self.variant, self.scale]).encode("ascii")
        return hashlib.sha256(hr + lr + facts).digest()


@dataclass(frozen=True)
class DrawnFor:
    """What a degradation was drawn for.

    Attributes:
        size: (height, width) of the HR.
        scale: HR side / LR side.
    """

    size: tuple[Annotated[Integer, Field(ge=1)], Annotated[Integer, Field(ge=1)]]
    scale: Annotated[Integer, Field(ge=1, le=MAX_SCALE)]


_STORED = StoredType(Row)
_DRAWN_FOR = StoredType(DrawnFor)


def pixel_digest(pixels: Pixels) -> bytes:
    """Return a SHA-256 of the shape and the values of (H, W, 3) uint8 pixels."""
    return hashlib.sha256(np.array(pixels.shape, "<u4").tobytes() + pixels.tobytes()).digest()


class DigestedTile(NamedTuple):
    """All rows of one tile, which share their HR, with the digest of each row."""

    rows: list[Row]
    digests: list[bytes]


def group_by_photo(rows: Iterable[Row]) -> Iterator[tuple[str, Iterator[list[Row]]]]:
    """Yield the rows of a shard as they were written: photo by photo, the rows of each tile in a list.

    Raises:
        DatasetError: The rows of a tile are not variants in ascending order, or do not share their HR.
    """
    for key, of_photo in groupby(rows, key=lambda row: row.key):
        yield key, (_variants(of_tile) for _, of_tile in groupby(of_photo, key=lambda row: row.tile))


def _variants(rows: Iterable[Row]) -> list[Row]:
    variants: list[Row] = []
    for row in rows:
        hr, last = (variants[0].hr, variants[-1].variant) if variants else (row.hr, -1)
        if row.variant <= last or row.hr != hr:  # a filter may have left variants out
            raise DatasetError(f"{row.name}: the rows of a tile must be its variants in order, and share their HR")
        variants.append(row._replace(hr=hr))  # the same object, not a copy for each
    return variants


_DTYPES = {str: "string", int: "int32", float: "float64"}


@cache
def _feature(kind: type) -> dict[str, Any]:
    """Return a Python type in the words of `datasets`."""
    if kind is bytes:
        return {"_type": "Image"}
    if kind in _DTYPES:
        return {"dtype": _DTYPES[kind], "_type": "Value"}
    return {name: _feature(inner) for name, inner in get_type_hints(kind).items()}


_FEATURES = _feature(Row)
PICTURES = tuple(name for name, feature in _FEATURES.items() if feature.get("_type") == "Image")
"""The columns that may hold pictures."""
FACTS = tuple(name for name in _FEATURES if name not in PICTURES)
"""The other columns, which every dataset has."""


def features(pictures: Sequence[str]) -> dict[str, Any]:
    """Return the columns of a dataset in the words of `datasets`.

    Args:
        pictures: The columns of pictures that it has; see `degradekit.dataset.training_target`.
    """
    return {name: _FEATURES[name] for name in (*pictures, *FACTS)}
