"""Normal noise that is not white: made at another size, blurred, sharpened, or of two sizes; and where it is kept.

All fields are (H, W, P) float32, P independent planes. Source: docs/model.md, section Other noise.
"""

import math

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.bits import mix, sequence_start, uniform
from degradekit.functional.compiled import compiled
from degradekit.functional.filtering import convolve_gaussian
from degradekit.functional.lines import reflect
from degradekit.functional.normal import standard_normal
from degradekit.functional.resizing import resize
from degradekit.types import Image, Size

STEPS_OF_LINES = {"horizontal": (0, 1), "vertical": (1, 0), "falling": (1, 1), "rising": (1, -1)}
"""Rows and columns from a pixel to its neighbor along a line, by the line's direction as one sees it."""


def resized_normal(
    shape: tuple[int, int, int],
    factors: tuple[float, float],
    filter: str,
    seed: int,
    *,
    blur_sigma: float = 0.0,
    line: float = 0.0,
    direction: str = "horizontal",
) -> Image:
    """Return standard normal noise of ceil(side / factor), blurred and then resized up.

    Args:
        shape: (H, W, P) of the result.
        factors: How many times the noise is enlarged along rows and columns of pixels, (vertical, horizontal), >= 1.
        filter: The filter of `degradekit.functional.resizing`.
        seed: Seed of the field, >= 0.
        blur_sigma: Standard deviation of a Gaussian, in pixels before the enlargement; 0 for none.
        line: The weight of each of two neighbors along a line, the pixel's own being 1 - 2 line; 0 for none.
        direction: The line's, a name in `STEPS_OF_LINES`.
    """
    height, width, planes = shape
    small = math.ceil(height / factors[0]), math.ceil(width / factors[1])
    field = standard_normal((*small, planes), seed)
    if line:
        field = _blur_along_line(field, *STEPS_OF_LINES[direction], np.float32(line))
    if blur_sigma:
        field = gaussian_blurred(field, blur_sigma)
    return field if small == (height, width) else resize(field, height, width, filter)


def gaussian_blurred(field: Image, sigma: float) -> Image:
    """Blur with a Gaussian that is cut off at 3 sigma; the border is reflected without repeating the edge pixel."""
    return convolve_gaussian(field, math.ceil(3 * sigma), sigma)


def sharpened(field: Image, amount: float, sigma: float) -> Image:
    """Return field + amount (field - Gaussian blur of the field)."""
    blurred = gaussian_blurred(field, sigma)
    return _extrapolated(field.reshape(-1), blurred.reshape(-1), np.float32(amount)).reshape(field.shape)


def normalized(field: Image) -> Image:
    """Return a field divided by its root mean square, or as it is where that is 0."""
    power = _mean_square(field.reshape(-1))
    return field * np.float32(1 / math.sqrt(power)) if power else field


def two_grains(shape: tuple[int, int, int], fine: float, coarse: float, filter: str, seed: int) -> Image:
    """Return normal noise of the pixels and of half their size, added up and divided by the largest magnitude.

    Args:
        shape: (H, W, P) of the result.
        fine: Weight of the noise of the pixels.
        coarse: Weight of the noise that is made at (H // 2, W // 2), at least one pixel, and resized up.
        filter: What it is resized with.
        seed: Seed of both, >= 0.
    """
    height, width, planes = shape
    small: Size = max(1, height // 2), max(1, width // 2)
    pixels = height * width * planes
    numbers = standard_normal((pixels + small[0] * small[1] * planes,), seed)
    large = resize(numbers[pixels:].reshape(*small, planes), height, width, filter)
    return _weighted_sum(numbers[:pixels], large.reshape(-1), np.float32(fine), np.float32(coarse)).reshape(shape)


def keep_in_blocks(field: Image, coverage: float, block: int, seed: int) -> Image:
    """Return a field that is zero outside of random squares.

    Args:
        field: (H, W, P) float32.
        coverage: Probability of a square to keep its noise.
        block: Side of the squares in pixels, from the upper left corner on; 1 decides for each pixel.
        seed: Seed of the choice, >= 0; it may be that of the field, as other words of its sequence are used.
    """
    return _keep_in_blocks(field, coverage, block, seed)


@compiled
def _blur_along_line(field: Image, down: int, right: int, side: np.float32) -> Image:
    height, width, planes = field.shape
    n, shift, center = width * planes, right * planes, np.float32(1) - np.float32(2) * side
    flat, result = field.reshape(-1), np.empty(height * width * planes, np.float32)
    edge = min(abs(right), width)
    for y in range(height):
        line, above, below = y * n, reflect(y - down, height) * n, reflect(y + down, height) * n
        for x in range(width):
            if edge <= x < width - edge:
                continue
            before, after = above + reflect(x - right, width) * planes, below + reflect(x + right, width) * planes
            for p in range(planes):
                i = line + x * planes + p
                result[i] = center * flat[i] + side * (flat[before + p] + flat[after + p])
        inner = edge * planes
        own, before, after = np.uint64(line + inner), np.uint64(above + inner - shift), np.uint64(below + inner + shift)
        for k in range(np.uint64(max(n - 2 * inner, 0))):
            result[own + k] = center * flat[own + k] + side * (flat[before + k] + flat[after + k])
    return result.reshape(height, width, planes)


@compiled
def _extrapolated(field: NDArray[np.float32], blurred: NDArray[np.float32], amount: np.float32) -> NDArray[np.float32]:
    result = np.empty_like(field)
    for i in range(field.size):
        result[i] = field[i] + amount * (field[i] - blurred[i])
    return result


@compiled
def _mean_square(field: NDArray[np.float32]) -> float:
    total = 0.0
    for value in field:
        total += np.float64(value) * np.float64(value)
    return total / field.size


@compiled
def _weighted_sum(
    small: NDArray[np.float32], large: NDArray[np.float32], fine: np.float32, coarse: np.float32
) -> NDArray[np.float32]:
    result = np.empty_like(small)
    highest = np.float32(0)
    for i in range(small.size):
        result[i] = fine * small[i] + coarse * large[i]
        highest = max(highest, abs(result[i]))
    if highest > 0:
        for i in range(result.size):
            result[i] /= highest
    return result


@compiled
def _keep_in_blocks(field: Image, coverage: float, block: int, seed: int) -> Image:
    height, width, planes = field.shape
    start, columns = mix(sequence_start(seed)), (width + block - 1) // block
    keep = np.empty(columns, np.bool_)
    n = width * planes
    flat, result = field.reshape(-1), np.zeros(height * n, np.float32)
    for y in range(height):
        if y % block == 0:
            for column in range(columns):
                keep[column] = uniform(start, y // block * columns + column) < coverage
        for column in range(columns):
            if keep[column]:
                first = y * n + column * block * planes
                for i in range(first, min(first + block * planes, (y + 1) * n)):
                    result[i] = flat[i]
    return result.reshape(height, width, planes)
