"""Fractal noise: a sum of Perlin's gradient noise (SIGGRAPH 1985; fade of SIGGRAPH 2002) at several frequencies.

Each octave has a lattice of unit vectors of its own, in one of 256 directions, and an offset of its own against the
pixels, all from the counter-based generator.

Source: docs/model.md, section Other noise.
"""

import math

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.bits import sequence_start, word
from degradekit.functional.compiled import compiled
from degradekit.types import Image

_DIRECTIONS = np.array([[math.cos(math.pi * k / 128), math.sin(math.pi * k / 128)] for k in range(256)], np.float32)
_UNIT = 2.0**-53
_1, _6, _10, _15 = (np.float32(n) for n in (1, 6, 10, 15))
_SCALE = math.sqrt(2)
"""The most that gradient noise of unit vectors reaches is 1 / sqrt(2)."""
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
    total: NDArray[np.float32],
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
    offset_u, offset_v = (word(start, 0) >> np.uint64(11)) * _UNIT, (word(start, 1) >> np.uint64(11)) * _UNIT
    # The corners of the image bound its coordinates: u = along x + across y, v = along y - across x.
    ux, uy, vx, vy = along * (width - 1), across * (height - 1), -across * (width - 1), along * (height - 1)
    first_u = math.floor(offset_u + min(0.0, ux) + min(0.0, uy))
    first_v = math.floor(offset_v + min(0.0, vx) + min(0.0, vy))
    columns = math.floor(offset_u + max(0.0, ux) + max(0.0, uy)) - first_u + 3
    rows = math.floor(offset_v + max(0.0, vx) + max(0.0, vy)) - first_v + 3
    slopes = np.empty(rows * columns * planes * 2, np.float32)
    for k in range(rows * columns * planes):
        direction = word(start, k + 2) >> np.uint64(56)
        slopes[2 * k], slopes[2 * k + 1] = _DIRECTIONS[direction, 0], _DIRECTIONS[direction, 1]
    u_of_first, v_of_first = offset_u - first_u, offset_v - first_v
    corners, parts = np.empty(width, np.uint32), np.empty((4, width), np.float32)
    for y in range(height):
        _locate(corners, parts, u_of_first + across * y, v_of_first + along * y, along, across, columns)
        _add_line(total[y * width * planes : (y + 1) * width * planes], slopes, corners, parts, planes, columns, weight)


@compiled
def _locate(
    corners: NDArray[np.uint32],
    parts: NDArray[np.float32],
    u_of_first: float,
    v_of_first: float,
    along: float,
    across: float,
    columns: int,
) -> None:
    """Write each pixel's cell, its coordinates in the cell, and their fades."""
    for x in range(corners.size):
        u, v = u_of_first + along * x, v_of_first - across * x
        j, i = np.int32(u), np.int32(v)
        du, dv = np.float32(u - j), np.float32(v - i)
        corners[x] = i * columns + j
        parts[0, x], parts[1, x] = du, dv
        parts[2, x] = du * du * du * (du * (du * _6 - _15) + _10)
        parts[3, x] = dv * dv * dv * (dv * (dv * _6 - _15) + _10)


@compiled
def _add_line(
    total: NDArray[np.float32],
    slopes: NDArray[np.float32],
    corners: NDArray[np.uint32],
    parts: NDArray[np.float32],
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
def _slope(slopes: NDArray[np.float32], corner: np.uint64, du: np.float32, dv: np.float32) -> np.float32:
    slope: np.float32 = slopes[corner] * du + slopes[corner + np.uint64(1)] * dv
    return slope
