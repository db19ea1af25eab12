"""Where the crops of a photo begin that stand for all of it."""

import math

from degradekit.types import Size

_BLOCK = 8
"""Side of the blocks of JPEG and of most video codecs; crops begin where blocks do."""


def crop_corners(size: Size, side: int, most: int) -> list[tuple[int, int]]:
    """Return where crops of a photo begin: rows of them, spread over all of it, that do not overlap.

    Args:
        size: (height, width) of the photo.
        side: Side of a crop in pixels.
        most: Number of crops, at least 1; there are fewer where there is no room for them.

    Returns:
        The (top, left) of each, multiples of 8, which is where the blocks of a JPEG begin; none if the photo has a
        side shorter than a crop's.
    """
    height, width = size
    if min(size) < side:
        return []
    rows_at_most, columns_at_most = (max(1, length // _BLOCK // -(-side // _BLOCK)) for length in size)
    rows = min(rows_at_most, max(round(math.sqrt(most * height / width)), -(-most // columns_at_most), 1), most)
    return [
        (top, left)
        for row, top in enumerate(_starts(height, side, rows))
        for left in _starts(width, side, min(columns_at_most, (most + row) // rows))
    ]


def _starts(length: int, side: int, count: int) -> list[int]:
    """Return where the crops of a row or a column begin: each in the middle of its share of the length."""
    blocks, half = length // _BLOCK, -(-side // _BLOCK) // 2
    starts = ((2 * index + 1) * blocks // (2 * count) - half for index in range(count))
    return [min(start, (length - side) // _BLOCK) * _BLOCK for start in starts]
