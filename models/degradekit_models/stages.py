"""Applies a generator to a picture stage by stage, and each stage tile by tile, as if to the whole picture at once.

All layers together see hundreds of pixels far, so tiles of a picture that pass through all of them have seams. One
stage, which is a residual block or what comes after the last of them, sees a few pixels: its tiles take as many from
the features of the whole picture, and nothing is missing.
"""

from collections.abc import Callable, Iterator
from types import EllipsisType
from typing import TypeAlias

import torch
from torch import Tensor

from degradekit_models.generator import BLOCK_REACH, END_REACH, RRDBNet

Tile: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
"""Rows and columns of a tile, each from and to."""
_Index: TypeAlias = tuple[EllipsisType, slice, slice]


def tiles(height: int, width: int, side: int) -> Iterator[Tile]:
    """Yield the rows and columns of each tile of a picture; a side of 0 makes one tile of it."""
    side = side or max(height, width)
    for y in range(0, height, side):
        for x in range(0, width, side):
            yield (y, min(y + side, height)), (x, min(x + side, width))


def count_tiles(blocks: int, height: int, width: int, side: int) -> int:
    """Return the number of tiles that all stages have together, for features of a size."""
    return (blocks + 1) * sum(1 for _ in tiles(height, width, side))


def by_stages(
    generator: RRDBNet, image: Tensor, side: int, start_tile: Callable[[], object]
) -> Iterator[tuple[slice, slice, Tensor]]:
    """Enlarge an image.

    Args:
        generator: On the device of `image`, in its precision.
        image: (1, 3, H, W), H and W multiples of the pixel-unshuffle's factor.
        side: Side of the tiles in pixels of the features, without what they see around them; 0 makes one tile.
        start_tile: Is called before each tile of each stage.

    Yields:
        Rows, columns and values of the parts of the result, which is enlarged 4 times from the features.
    """
    first = features = generator.first_features(image)
    height, width = first.shape[2:]
    for block in generator.body:
        made = torch.empty_like(first)
        for tile in tiles(height, width, side):
            start_tile()
            seen, kept = _around(tile, BLOCK_REACH)
            made[(..., *_slices(tile))] = block(features[seen])[kept]
        features = made
    for (y0, y1), (x0, x1) in tiles(height, width, side):
        start_tile()
        # The end makes 16 pixels of one, so that its tiles have half the side.
        for (top, bottom), (left, right) in tiles(y1 - y0, x1 - x0, -(-side // 2)):
            tile = (y0 + top, y0 + bottom), (x0 + left, x0 + right)
            seen, kept = _around(tile, END_REACH, 4)
            yield *_slices(tile, 4), generator.enlarged(first[seen], features[seen])[kept]


def _around(tile: Tile, reach: int, factor: int = 1) -> tuple[_Index, _Index]:
    """Return the index of a tile with what it sees around it, and that of the tile in what is made of this."""
    (y0, y1), (x0, x1) = tile
    top, left = max(0, y0 - reach), max(0, x0 - reach)
    inner = (y0 - top, y1 - top), (x0 - left, x1 - left)
    return (..., slice(top, y1 + reach), slice(left, x1 + reach)), (..., *_slices(inner, factor))


def _slices(tile: Tile, factor: int = 1) -> tuple[slice, slice]:
    rows, columns = (slice(start * factor, end * factor) for start, end in tile)
    return rows, columns
