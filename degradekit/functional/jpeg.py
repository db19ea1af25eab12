"""JPEG: what compressing and decompressing leaves of an image.

The pixels are those of libjpeg-turbo, to the bit. Entropy coding loses nothing, so it is left out. No library takes
part, and all numbers are integers but those of the image itself.

Source: docs/model.md, section Compression.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from degradekit.functional.jpeg_blocks import Divisors, code_blocks, divisors, line_length
from degradekit.functional.jpeg_colors import Layout, merge, split
from degradekit.functional.jpeg_tables import CHROMA, LUMA, scaled
from degradekit.functional.levels import to_float, to_pixels
from degradekit.functional.sides import require_sides
from degradekit.types import Image

_FACTORS = {"4:2:0": (2, 2), "4:2:2": (1, 2), "4:4:4": (1, 1), "4:4:0": (2, 1), "4:1:1": (1, 4)}
"""How many rows and columns of luma there are for each of chroma."""
_MAX_SIDE = 65_500


def jpeg(image: Image, quality: int, subsampling: str, top: int = 0, left: int = 0) -> Image:
    """Compress an image to a JPEG and decompress it; the image is clipped and rounded half to even to 8 bits first.

    The grid of blocks may begin outside of the image: then rows above it and columns to its left repeat the edge, and
    are cut off after decoding, so that the image keeps its size and its pixels their positions.

    Args:
        image: (H, W, C) float32, C = 1 or 3; a gray image has no chroma to subsample.
        quality: 1..100; it scales the standard's tables.
        subsampling: Chroma subsampling, "4:2:0", "4:2:2", "4:4:4", "4:4:0" or "4:1:1".
        top: How many rows are added above, 0..7.
        left: How many columns are added to the left, 0..7.

    Returns:
        (H, W, C) float32, multiples of 1 / 255 in [0, 1].

    Raises:
        ImageError: A side has more than 65,500 pixels, with the rows or columns added.
    """
    return _round_trip(image, _standard_divisors(quality), subsampling, top, left)


def jpeg_with_tables(image: Image, luma: Sequence[int], chroma: Sequence[int], subsampling: str) -> Image:
    """Compress an image to a JPEG with quantization tables of one's own.

    Args:
        image: (H, W, C) float32; result and errors are those of `jpeg`.
        luma: The 64 divisors of a block's coefficients, row by row, 1..255.
        chroma: Those of the chroma, which a gray image does without.
        subsampling: Chroma subsampling, as in `jpeg`.
    """
    return _round_trip(image, (divisors(luma), divisors(chroma)), subsampling, 0, 0)


@lru_cache(maxsize=100)
def _standard_divisors(quality: int) -> tuple[Divisors, Divisors]:
    return divisors(scaled(LUMA, quality)), divisors(scaled(CHROMA, quality))


def _round_trip(image: Image, tables: tuple[Divisors, Divisors], subsampling: str, top: int, left: int) -> Image:
    height, width = image.shape[0] + top, image.shape[1] + left
    require_sides((height, width), _MAX_SIDE, "JPEG")
    if image.shape[2] == 1:
        return _gray_round_trip(image, tables[0], top, left)
    rows, columns = _FACTORS[subsampling]
    luma_stride, chroma_stride = -(-width // 8) * 8, -(-width // (8 * columns)) * 16
    luma = np.empty((8, line_length(-(-height // 8), luma_stride)), np.uint8)
    chroma = np.empty((8, line_length(-(-height // (8 * rows)), chroma_stride)), np.uint8)
    result = np.empty(image.shape, np.float32)
    layout = Layout(luma_stride, chroma_stride // 2, rows, columns, top, left, image.shape[1])
    split(np.ascontiguousarray(image).reshape(-1), luma, chroma, layout)
    code_blocks((luma, tables[0]), (chroma, tables[1]))
    merge(luma, chroma, result.reshape(-1), layout)
    return result


def _gray_round_trip(image: Image, table: Divisors, top: int, left: int) -> Image:
    height, width = image.shape[:2]
    padding = ((top, -(top + height) % 8), (left, -(left + width) % 8))
    plane = np.pad(to_pixels(image)[:, :, 0], padding, mode="edge")
    block_rows, stride = plane.shape[0] // 8, plane.shape[1]
    lines = np.empty((8, line_length(block_rows, stride)), np.uint8)
    used = lines[:, : block_rows * stride]
    used[:] = plane.reshape(block_rows, 8, stride).transpose(1, 0, 2).reshape(used.shape)
    code_blocks((lines, table))
    plane = used.reshape(8, block_rows, stride).transpose(1, 0, 2).reshape(plane.shape)
    return to_float(plane[top : top + height, left : left + width, None])
