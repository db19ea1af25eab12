"""Cuts photos into HR tiles."""

import math
from collections.abc import Iterator
from typing import Annotated, NamedTuple

import cv2
import numpy as np
from pydantic import Field

from degradekit.fields import Integer, Number
from degradekit.types import Frame, Pixels, Size

MAX_COORDINATE = 2**31 - 1
"""The largest coordinate that the columns of a dataset hold, which have 32 bits."""
_SHORT_SIDE = 400
_FACTORS = (0.75, 0.5, 1 / 3)


class Tile(NamedTuple):
    """The part of a photo that a tile shows, in pixels; the rest of the tile is reflected padding.

    Attributes:
        y, x: The upper left corner of the part.
        height, width: The size of the part.
        photo_height, photo_width: The size of the photo, as resized before it was cut.
        factor: Factor by which the photo was resized before it was cut (multi-scale); 1 if it was not resized.
    """

    y: Annotated[Integer, Field(ge=0, le=MAX_COORDINATE)]
    x: Annotated[Integer, Field(ge=0, le=MAX_COORDINATE)]
    height: Annotated[Integer, Field(ge=1, le=MAX_COORDINATE)]
    width: Annotated[Integer, Field(ge=1, le=MAX_COORDINATE)]
    photo_height: Annotated[Integer, Field(ge=1, le=MAX_COORDINATE)]
    photo_width: Annotated[Integer, Field(ge=1, le=MAX_COORDINATE)]
    factor: Annotated[Number, Field(gt=0, le=1)] = 1.0

    @property
    def frame(self) -> Frame:
        """Where the tile lies in the photo, as `Operator.sample` takes it."""
        return Frame(self.y, self.x, self.photo_height, self.photo_width)

    def key(self, photo: str) -> str:
        """Return the name under which the degradations of the tile are drawn."""
        resized = f"~{self.factor!r}" if self.factor != 1 else ""
        return f"{photo}{resized}@{self.y},{self.x},{self.height}x{self.width}"


class Grid(NamedTuple):
    """How photos are cut into HR tiles.

    Attributes:
        side: Side of a tile in pixels, a multiple of the scale; 0 for whole photos, cropped at the bottom and right to
            multiples of the scale.
        step: Distance between tiles in pixels; the last row and column end at the edge of the photo.
        scale: HR side / LR side.
        keep_small: Where the photo is smaller than a tile, make the tile smaller (a multiple of the scale), instead
            of leaving the rest to padding.
    """

    side: int
    step: int
    scale: int
    keep_small: bool = False

    def tiles(self, size: Size) -> Iterator[Tile]:
        """Yield the tiles of a photo of this (height, width), row by row."""
        height, width = size
        whole = height - height % self.scale, width - width % self.scale
        if self.side == 0:
            yield Tile(0, 0, *whole, *size)
            return
        tall, wide = (min(self.side, length) for length in (whole if self.keep_small else size))
        columns = self._starts(width)
        for y in self._starts(height):
            for x in columns:
                yield Tile(y, x, tall, wide, *size)

    def count(self, size: Size) -> int:
        """Return the number of tiles of a photo of this (height, width)."""
        return math.prod(len(self._starts(length)) for length in size) if self.side else 1

    def cut(self, photo: Pixels, tile: Tile) -> Pixels:
        """Return the pixels of a tile, padded by reflection at the bottom and right unless small ones are kept."""
        part = photo[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
        if not self.keep_small:
            below, right = max(0, self.side - tile.height), max(0, self.side - tile.width)
            part = np.pad(part, ((0, below), (0, right), (0, 0)), mode="reflect")
        return np.ascontiguousarray(part)

    def _starts(self, length: int) -> list[int]:
        last = length - self.side
        if last <= 0:  # one, where keeping a small photo crops it: not two that are less than `scale` pixels apart
            return [0]
        starts = list(range(0, last + 1, self.step))
        return starts if starts[-1] == last else [*starts, last]


def pyramid(size: Size, multiscale: bool) -> Iterator[tuple[float, Size]]:
    """Yield the size of a photo, and with `multiscale` those of its smaller versions, each after its factor.

    The factors are 0.75, 0.5, 1/3, and the one that makes the short side 400 pixels if that is below 1.

    Source: Real-ESRGAN's multi-scale DF2K; docs/datasets.md.
    """
    yield 1.0, size
    if not multiscale:
        return
    height, width = size
    factors = {*_FACTORS, _SHORT_SIDE / min(size)}
    for factor in sorted((f for f in factors if f < 1), reverse=True):
        # The short side by this factor is 400 but for rounding; floor would make some of them 399.
        smaller = math.floor(height * factor + 1e-6), math.floor(width * factor + 1e-6)
        if min(smaller) >= 1:
            yield factor, smaller


def resized(photo: Pixels, size: Size) -> Pixels:
    """Return a photo in one of the sizes of its `pyramid`, by Pillow's Lanczos filter."""
    if photo.shape[:2] == size:
        return photo
    from PIL import Image

    smaller = np.empty((*size, photo.shape[2]), np.uint8)
    for channel in range(photo.shape[2]):  # one at a time, as Pillow holds four bytes a pixel of all three
        plane = Image.fromarray(np.ascontiguousarray(photo[..., channel]))
        smaller[..., channel] = np.asarray(plane.resize(size[::-1], Image.Resampling.LANCZOS))
    return smaller


def detail(tile: Pixels) -> float:
    """Return the variance of the Laplacian of the luma on the 0..255 scale, which is small for flat tiles."""
    luma = cv2.cvtColor(tile, cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(luma, cv2.CV_16S).var(dtype=np.float64))
