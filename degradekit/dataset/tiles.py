"""Cuts photos into HR tiles."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from degradekit.types import Pixels, Size


class Tile(NamedTuple):
    """The part of a photo that a tile shows, in pixels; what is missing to the tile's size is reflected padding."""

    y: int
    x: int
    height: int
    width: int

    def key(self, photo: str) -> str:
        """What the tile is called where its degradations are drawn."""
        return f"{photo}@{self.y},{self.x},{self.height}x{self.width}"


def tiles(size: Size, tile: int, step: int, scale: int) -> Iterator[Tile]:
    """The tiles of a photo, row by row.

    Args:
        size: (height, width) of the photo.
        tile: Side of a tile, a multiple of the scale; 0 for the whole photo, cropped at the bottom and right to
            multiples of the scale.
        step: Distance between tiles; the last row and column end at the photo's edge.
        scale: HR side / LR side.
    """
    height, width = size
    if tile == 0:
        yield Tile(0, 0, height - height % scale, width - width % scale)
        return
    for y in _starts(height, tile, step):
        for x in _starts(width, tile, step):
            yield Tile(y, x, min(tile, height), min(tile, width))


def cut(photo: Pixels, tile: Tile, side: int) -> Pixels:
    """The pixels of a tile, padded by reflection at the bottom and right to `side` where the photo is smaller."""
    part = photo[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
    below, beside = max(0, side - tile.height), max(0, side - tile.width)
    return np.ascontiguousarray(np.pad(part, ((0, below), (0, beside), (0, 0)), mode="reflect"))


def _starts(length: int, tile: int, step: int) -> list[int]:
    last = max(0, length - tile)
    starts = list(range(0, last + 1, step))
    return starts if starts[-1] == last else [*starts, last]
