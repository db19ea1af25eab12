"""Cuts photos into HR tiles."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from degradekit.types import Pixels, Size

_SHORT_SIDE = 400
_FACTORS = (0.75, 0.5, 1 / 3)


class Tile(NamedTuple):
    """The part of a photo that a tile shows, in pixels; what is missing to the tile's size is reflected padding.

    Attributes:
        y, x: Of the upper left corner.
        height, width: Of the part.
        factor: By how much the photo was resized before it was cut (multi-scale); 1 if not at all.
    """

    y: int
    x: int
    height: int
    width: int
    factor: float = 1.0

    def key(self, photo: str) -> str:
        """What the tile is called where its degradations are drawn."""
        resized = f"~{self.factor!r}" if self.factor != 1 else ""
        return f"{photo}{resized}@{self.y},{self.x},{self.height}x{self.width}"


def tiles(size: Size, side: int, step: int, scale: int, keep_small: bool = False) -> Iterator[Tile]:
    """The tiles of a photo, row by row.

    Args:
        size: (height, width) of the photo.
        side: Of a tile, a multiple of the scale; 0 for the whole photo, cropped at the bottom and right to
            multiples of the scale.
        step: Distance between tiles; the last row and column end at the photo's edge.
        scale: HR side / LR side.
        keep_small: Where the photo is smaller than a tile, make the tile smaller (a multiple of the scale), instead
            of leaving the rest to padding.
    """
    height, width = size
    whole = height - height % scale, width - width % scale
    if side == 0:
        yield Tile(0, 0, *whole)
        return
    tall, wide = (min(side, length) for length in (whole if keep_small else size))
    # One along a side that is shorter than a tile's, where keeping crops it: not two, less than `scale` pixels apart.
    for y in _starts(height, tall, step) if height > side else [0]:
        for x in _starts(width, wide, step) if width > side else [0]:
            yield Tile(y, x, tall, wide)


def cut(photo: Pixels, tile: Tile, side: int) -> Pixels:
    """The pixels of a tile, padded by reflection at the bottom and right to `side` where the photo is smaller."""
    part = photo[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
    below, beside = max(0, side - tile.height), max(0, side - tile.width)
    return np.ascontiguousarray(np.pad(part, ((0, below), (0, beside), (0, 0)), mode="reflect"))


def sizes(photo: Pixels, multiscale: bool) -> Iterator[tuple[float, Pixels]]:
    """The photo, and with `multiscale` its smaller versions, each with its factor.

    By Pillow's Lanczos filter to 0.75, 0.5, 1/3 and to a short side of 400 pixels, what is no smaller left out.
    Source: spec section 8 (Real-ESRGAN's multi-scale DF2K).
    """
    yield 1.0, photo
    if not multiscale:
        return
    from PIL import Image

    height, width = photo.shape[:2]
    factors = {*_FACTORS, _SHORT_SIDE / min(height, width)}
    for factor in sorted((f for f in factors if f < 1), reverse=True):
        # The short side by this factor is 400 but for rounding; floor would make some of them 399.
        small = math.floor(width * factor + 1e-6), math.floor(height * factor + 1e-6)
        if min(small) >= 1:
            yield factor, np.asarray(Image.fromarray(photo).resize(small, Image.Resampling.LANCZOS))


def detail(tile: Pixels) -> float:
    """How much there is to see: the variance of the Laplacian of the luma on the 0..255 scale."""
    luma = cv2.cvtColor(tile, cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(luma, cv2.CV_16S).var(dtype=np.float64))


def _starts(length: int, side: int, step: int) -> list[int]:
    last = max(0, length - side)
    starts = list(range(0, last + 1, step))
    return starts if starts[-1] == last else [*starts, last]
