"""Measures single photos: which parts to look at, and what the header of a JPEG file shows."""

import io
import math

from degradekit.containers import strip_metadata
from degradekit.decoders import open_header
from degradekit.statistics import jpeg_quality_of_tables
from degradekit.types import Size

_BLOCK = 8
"""Side of the blocks of JPEG and of most video codecs; crops begin where blocks do."""

Tables = tuple[tuple[int, ...], tuple[int, ...] | None]
"""The quantization tables of luma and chroma, 64 divisors each, row by row; no second one if channels share it."""


def crops(size: Size, side: int, most: int) -> list[tuple[int, int]]:
    """Return where crops of a photo begin: rows of them, spread over all of it, that do not overlap.

    Args:
        size: (height, width) of the photo.
        side: Side of a crop in pixels.
        most: At most this many crops, at least 1; fewer where there is no room for them.

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


def header_tables(data: bytes) -> Tables | None:
    """Return the quantization tables in the header of a JPEG file, or None for a file of another format.

    Args:
        data: The file's bytes; no pixel is decoded.
    """
    parts = strip_metadata(data)
    if parts.format != "JPEG":
        return None
    try:
        with open_header(io.BytesIO(parts.pixels), "JPEG") as picture:
            tables = picture.quantization  # type: ignore[attr-defined]
            luma, *others = (tuple(tables[component[3]]) for component in picture.layer)  # type: ignore[attr-defined]
    except Exception:  # Pillow raises nearly anything on damaged files
        return None
    return luma, others[0] if others and others[0] != luma else None  # CMYK, and some encoders, have one for all


def header_quality(data: bytes) -> float | None:
    """Return the quality, 1 to 100, that the header of a JPEG file shows.

    Args:
        data: The file's bytes; no pixel is decoded.

    Returns:
        None for files of other formats, and where the tables are not the standard's, scaled by a quality.
    """
    tables = header_tables(data)
    if tables is None:
        return None
    nearest = jpeg_quality_of_tables(*tables)
    return float(nearest.quality) if nearest.is_standard else None
