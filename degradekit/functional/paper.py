"""The texture of matte photo paper, as a scanner sees it: tiles of a simple shape, and grain.

Source: docs/model.md, section Other noise.
"""

import math

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.bits import sequence_start, uniform, word
from degradekit.functional.compiled import compiled
from degradekit.functional.normal import standard_normal
from degradekit.types import Image

_CONTRAST = np.float32(0.37)
"""What is left of a tile's contrast, 0 to 1, after noise of deviation 1 was added to it and clipped to [0, 1]."""
_GRAIN = 0.026
"""What is left of that noise, for each pixel of the period: the clipped noise has a deviation of 0.39, and a pixel
averages 15 x 15 / period^2 numbers of it."""


def paper_texture(
    shape: tuple[int, int, int],
    tile: str,
    period: float,
    sides: tuple[float, float],
    radius: float,
    theta: float,
    seed: int,
    *,
    inverted: bool,
) -> Image:
    """Return a texture of mean 0 whose tiles reach about from -0.37 to 0.37, with some grain.

    Args:
        shape: (H, W, P) of the result: P planes, which share the tiles and have grain of their own.
        tile: `circle` (an ellipse, if the sides differ), `rectangle`, or `checker`: rectangles in every other tile.
        period: Side of a tile in pixels.
        sides: Height and width of the shape, as fractions of the period.
        radius: Radius of a rectangle's corners, as a fraction of half its smaller side.
        theta: Rotation of the tiles in radians.
        seed: Seed of the tiles' offset and of the grain, >= 0.
        inverted: Make the shapes darker than what is between them, not brighter.

    Returns:
        (H, W, P) float32.
    """
    height, width, planes = shape
    half_y, half_x = sides[0] * period / 2, sides[1] * period / 2
    corner = radius * min(half_x, half_y)
    tiles = _tiles(
        height,
        width,
        seed,
        (math.cos(theta), math.sin(theta)),
        period,
        (half_x, half_y, corner),
        (tile == "circle", tile == "checker"),
    )
    grain = standard_normal(shape, seed)
    contrast = -2 * _CONTRAST if inverted else 2 * _CONTRAST
    return _textured(tiles, grain.reshape(-1), planes, contrast, np.float32(2 * _GRAIN * period)).reshape(shape)


@compiled
def _tiles(
    height: int,
    width: int,
    seed: int,
    turn: tuple[float, float],
    period: float,
    box: tuple[float, float, float],
    kind: tuple[bool, bool],
) -> NDArray[np.float32]:
    """Return how much of each pixel lies in a shape: the distance to its edge, from half outside to half inside."""
    start = word(sequence_start(seed), -1)
    offset_u, offset_v = uniform(start, 0), uniform(start, 1)
    (cos, sin), (half_x, half_y, corner), (is_ellipse, is_checker) = turn, box, kind
    result = np.empty(height * width, np.float32)
    for y in range(height):
        for x in range(width):
            u, v = (cos * x + sin * y) / period + offset_u, (cos * y - sin * x) / period + offset_v
            column, row = math.floor(u), math.floor(v)
            across, down = abs(u - column - 0.5) * period, abs(v - row - 0.5) * period
            if is_ellipse:
                outside = (math.sqrt((across / half_x) ** 2 + (down / half_y) ** 2) - 1.0) * min(half_x, half_y)
            else:
                from_x, from_y = across - half_x + corner, down - half_y + corner
                outside = math.sqrt(max(from_x, 0.0) ** 2 + max(from_y, 0.0) ** 2)
                outside += min(max(from_x, from_y), 0.0) - corner
            inside = min(max(0.5 - outside, 0.0), 1.0)
            result[y * width + x] = 0.0 if is_checker and (column + row) % 2 != 0 else inside
    return result


@compiled
def _textured(
    tiles: NDArray[np.float32],
    grain: NDArray[np.float32],
    planes: int,
    contrast: np.float32,
    grain_deviation: np.float32,
) -> NDArray[np.float32]:
    result = np.empty_like(grain)
    total = np.float64(0.0)
    for i in range(grain.size):
        result[i] = contrast * tiles[i // planes] + grain_deviation * grain[i]
        total += result[i]
    mean = np.float32(total / grain.size)
    for i in range(result.size):
        result[i] -= mean
    return result
