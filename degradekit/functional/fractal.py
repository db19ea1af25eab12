"""Fractal noise: a sum of Perlin's gradient noise (SIGGRAPH 1985; fade of SIGGRAPH 2002) at several frequencies.

Each octave has a lattice of unit vectors of its own, in one of 256 directions, and an offset of its own against the
pixels, all from the counter-based generator.

Source: docs/model.md, section Other noise.
"""

import math

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.bits import sequence_start, uniform, word
from degradekit.functional.compiled import compiled
from degradekit.types import Image

Flat = NDArray[np.float32]
_DIRECTIONS = np.array([[math.cos(math.pi * k / 128), math.sin(math.pi * k / 128)] for k in range(256)], np.float32)
_1, _6, _10, _15 = (np.float32(n) for n in (1, 6, 10, 15))
_SCALE = math.sqrt(2)
"""The most that gradient noise of unit vectors reaches is 1 / sqrt(2)."""
_ROW = 2**20
"""More than twice the longest diagonal of an image, in cells."""
_TILE = 128
"""Side of the tiles in pixels."""
_NYQUIST = 1.0
"""Cells per pixel above which an octave would only alias."""


def fractal_field(
    shape: tuple[int, int, int], octaves: int, frequency: float, lacunarity: float, theta: float, seed: int
) -> Image:
    """Return a sum of octaves k of 2^-k N(frequency lacunarity^k (x, y)), divided by the sum of their weights.

    N is Perlin's noise times sqrt(2), in [-1, 1]. Octaves above one cell per pixel are left out, but for the first.

    Args:
        shape: (H, W, P): P independent planes.
        octaves: How many, >= 1.
        frequency: Cells per pixel of the first octave, in (0, 1].
        lacunarity: The ratio of an octave's frequency to the one before it, > 0.
        theta: Rotation of the lattices in radians.
        seed: Seed of the field, >= 0.

    Returns:
        (H, W, P) float32.
    """
    height, width, planes = shape
    total = np.zeros(height * width * planes, np.float32)
    weights = 0.0
    for k in range(octaves):
        cells = frequency * lacunarity**k
        if k == 0 or cells <= _NYQUIST:
            weights += 2.0**-k
            turned = cells * math.cos(theta), cells * math.sin(theta)
            _add_octave(total, height, width, planes, k, seed, *turned, np.float32(2.0**-k))
    return (total * np.float32(_SCALE / weights)).reshape(shape)


@compiled
def _add_octave(
    total: Flat,
    height: int,
    width: int,
    planes: int,
    octave: int,
    seed: int,
    along: float,
    across: float,
    weight: np.float32,
) -> None:
    start = word(sequence_start(seed), octave)
    offset_u, offset_v = uniform(start, 0), uniform(start, 1)
    corners, parts = np.empty(_TILE, np.uint32), np.empty((4, _TILE), np.float32)
    # The lattice is made for one tile of the image at a time: that of a long, thin image that is rotated would be huge.
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            lines, length = min(_TILE, height - top), min(_TILE, width - left)
            u, v = offset_u + along * left + across * top, offset_v + along * top - across * left
            # The tile's corners bound its coordinates; one more cell on each side leaves room for rounding.
            ux, uy, vx, vy = along * (length - 1), across * (lines - 1), -across * (length - 1), along * (lines - 1)
            j, i = math.floor(u + min(0.0, ux) + min(0.0, uy)) - 1, math.floor(v + min(0.0, vx) + min(0.0, vy)) - 1
            columns = math.floor(u + max(0.0, ux) + max(0.0, uy)) - j + 3
            rows = math.floor(v + max(0.0, vx) + max(0.0, vy)) - i + 3
            slopes = _slopes(word(start, 2), i, j, rows, columns, planes)
            for y in range(lines):
                at = u + across * y - j, v + along * y - i
                _locate(corners[:length], parts, at, along, across, columns)
                first = ((top + y) * width + left) * planes
                line = total[first : first + length * planes]
                _add_line(line, slopes, corners[:length], parts, planes, columns, weight)


@compiled
def _slopes(start: np.uint64, first_row: int, first_column: int, rows: int, columns: int, planes: int) -> Flat:
    """Return the unit vectors of a part of the lattice, whose points are numbered as if a row had `_ROW` of them."""
    slopes = np.empty(rows * columns * planes * 2, np.float32)
    n = 0
    for row in range(first_row, first_row + rows):
        index = (row * _ROW + first_column) * planes
        for k in range(columns * planes):
            direction = word(start, index + k) >> np.uint64(56)
            slopes[n], slopes[n + 1] = _DIRECTIONS[direction, 0], _DIRECTIONS[direction, 1]
            n += 2
    return slopes


@compiled
def _locate(
    corners: NDArray[np.uint32],
    parts: Flat,
    at: tuple[float, float],
    along: float,
    across: float,
    columns: int,
) -> None:
    """Write each pixel's cell, its coordinates in the cell, and their fades."""
    for x in range(corners.size):
        u, v = at[0] + along * x, at[1] - across * x
        j, i = np.int32(u), np.int32(v)
        du, dv = np.float32(u - j), np.float32(v - i)
        corners[x] = i * columns + j
        parts[0, x], parts[1, x] = du, dv
        parts[2, x] = du * du * du * (du * (du * _6 - _15) + _10)
        parts[3, x] = dv * dv * dv * (dv * (dv * _6 - _15) + _10)


@compiled
def _add_line(
    total: Flat,
    slopes: Flat,
    corners: NDArray[np.uint32],
    parts: Flat,
    planes: int,
    columns: int,
    weight: np.float32,
) -> None:
    right, below = np.uint64(2 * planes), np.uint64(2 * planes * columns)
    for p in range(planes):
        for x in range(corners.size):
            du, dv, fade_u, fade_v = parts[0, x], parts[1, x], parts[2, x], parts[3, x]
            corner = np.uint64(corners[x]) * right + np.uint64(2 * p)
            top, top_right = _slope(slopes, corner, du, dv), _slope(slopes, corner + right, du - _1, dv)
            corner += below
            bottom, last = _slope(slopes, corner, du, dv - _1), _slope(slopes, corner + right, du - _1, dv - _1)
            top += fade_u * (top_right - top)
            bottom += fade_u * (last - bottom)
            total[x * planes + p] += weight * (top + fade_v * (bottom - top))


@compiled
def _slope(slopes: Flat, corner: np.uint64, du: np.float32, dv: np.float32) -> np.float32:
    slope: np.float32 = slopes[corner] * du + slopes[corner + np.uint64(1)] * dv
    return slope
