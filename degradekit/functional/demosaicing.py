"""The color filter array of a sensor, and how the missing two thirds of the colors are filled in.

Every pixel of a Bayer mosaic has one color. These filters give four estimates at each pixel, named by where the
samples lie that they rest on: in the *cross* (above, below, left and right), in the *row*, in the *column* and on the
*diagonals*. At a red pixel, green comes from the cross and blue from the diagonals; at a green one, the color of the
row's other pixels comes from the row, the third color from the column; blue is as red. Edges are reflected without
repeating the edge pixel, which keeps the pattern.

Source: docs/model.md, section Camera.
"""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.lines import reflect
from degradekit.types import Image

Plane = NDArray[np.float32]

RED_AT = {"RGGB": (0, 0), "GRBG": (0, 1), "GBRG": (1, 0), "BGGR": (1, 1)}
"""The row and the column of the first red pixel, by the pattern's first two rows."""

_REACH = 2
_2, _4, _5, _6 = np.float32(2), np.float32(4), np.float32(5), np.float32(6)
_HALF, _QUARTER, _EIGHTH, _3_HALVES = np.float32(0.5), np.float32(0.25), np.float32(0.125), np.float32(1.5)


@compiled
def mosaic_of(image: Image, red_row: int, red_column: int) -> Plane:
    """Return the one color of each pixel that the sensor measures, (H, W), from an RGB image."""
    height, width, _ = image.shape
    mosaic = np.empty((height, width), np.float32)
    for y in range(height):
        row = (y + red_row) & 1
        for x in range(width):
            mosaic[y, x] = image[y, x, row + ((x + red_column) & 1)]
    return mosaic


@compiled
def demosaic(mosaic: Plane, red_row: int, red_column: int, malvar: bool) -> Image:
    """Fill in the missing colors.

    Args:
        mosaic: (H, W) float32, both sides at least 2.
        red_row: The row of the first red pixel, 0 or 1.
        red_column: The column of that pixel, 0 or 1.
        malvar: Use the gradient-corrected filters of Malvar, He and Cutler (ICASSP 2004); otherwise bilinear ones.

    Returns:
        (H, W, 3) float32; Malvar's filters may overshoot.
    """
    height, width = mosaic.shape
    padded = _padded(mosaic)
    result = np.empty((height, width, 3), np.float32)
    cross, row = np.empty(width, np.float32), np.empty(width, np.float32)
    column, diagonal = np.empty(width, np.float32), np.empty(width, np.float32)
    for y in range(height):
        nn, n, center, s, ss = padded[y], padded[y + 1], padded[y + 2], padded[y + 3], padded[y + 4]
        if malvar:
            _malvar(nn, n, center, s, ss, cross, row, column, diagonal)
        else:
            _bilinear(n, center, s, cross, row, column, diagonal)
        own = ((y + red_row) & 1) * 2  # the color, beside green, that this row has
        first = (red_column + own // 2) & 1  # its first column
        out = result[y]
        for x in range(first, width, 2):
            out[x, own], out[x, 1], out[x, 2 - own] = center[x + _REACH], cross[x], diagonal[x]
        for x in range(1 - first, width, 2):
            out[x, own], out[x, 1], out[x, 2 - own] = row[x], center[x + _REACH], column[x]
    return result


@compiled
def _padded(mosaic: Plane) -> Plane:
    height, width = mosaic.shape
    padded = np.empty((height + 2 * _REACH, width + 2 * _REACH), np.float32)
    for y in range(height + 2 * _REACH):
        source = mosaic[reflect(y - _REACH, height)]
        for x in range(width):
            padded[y, x + _REACH] = source[x]
        for x in range(_REACH):
            padded[y, x] = source[reflect(x - _REACH, width)]
            padded[y, x + width + _REACH] = source[reflect(x + width, width)]
    return padded


@compiled
def _bilinear(n: Plane, c: Plane, s: Plane, cross: Plane, row: Plane, column: Plane, diagonal: Plane) -> None:
    for x in range(cross.size):
        sides, ends = c[x + 1] + c[x + 3], n[x + 2] + s[x + 2]
        cross[x], row[x], column[x] = (sides + ends) * _QUARTER, sides * _HALF, ends * _HALF
        diagonal[x] = ((n[x + 1] + n[x + 3]) + (s[x + 1] + s[x + 3])) * _QUARTER


@compiled
def _malvar(
    nn: Plane, n: Plane, c: Plane, s: Plane, ss: Plane, cross: Plane, row: Plane, column: Plane, diagonal: Plane
) -> None:
    for x in range(cross.size):
        sides, ends = c[x + 1] + c[x + 3], n[x + 2] + s[x + 2]
        far_sides, far_ends = c[x] + c[x + 4], nn[x + 2] + ss[x + 2]
        corners = (n[x + 1] + n[x + 3]) + (s[x + 1] + s[x + 3])
        own = c[x + 2]
        cross[x] = (_4 * own + _2 * (sides + ends) - (far_sides + far_ends)) * _EIGHTH
        row[x] = (_5 * own + _4 * sides - corners - far_sides + _HALF * far_ends) * _EIGHTH
        column[x] = (_5 * own + _4 * ends - corners - far_ends + _HALF * far_sides) * _EIGHTH
        diagonal[x] = (_6 * own + _2 * corners - _3_HALVES * (far_sides + far_ends)) * _EIGHTH
