"""Detail-preserving image downscaling (Weber, Waechter, Amend, Guthe and Goesele, SIGGRAPH Asia 2016).

Source: docs/model.md, section Resizing.
"""

import math

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.types import Image


@compiled
def dpid(image: Image, height: int, width: int, detail: float) -> Image:
    """Resample to height x width pixels; a pixel counts for more the less it is like the mean around it.

    Args:
        image: (H, W, C) float32.
        height: Height of the result, >= 1.
        width: Width of the result, >= 1.
        detail: The power of the distance between a pixel and the smoothed mean that weighs the pixel, >= 0.

    Returns:
        (height, width, C) float32.
    """
    n, m, channels = image.shape
    result = np.empty((height, width, channels), np.float32)
    means = np.zeros((height, width, channels))
    for y in range(height):
        for x in range(width):
            total = 0.0
            for i in range(y * n // height, ((y + 1) * n + height - 1) // height):
                for j in range(x * m // width, ((x + 1) * m + width - 1) // width):
                    share = _overlap(i, y, n, height) * _overlap(j, x, m, width)
                    total += share
                    for c in range(channels):
                        means[y, x, c] += share * image[i, j, c]
            for c in range(channels):
                means[y, x, c] /= total
    guide, sums = np.empty(channels), np.empty(channels)
    for y in range(height):
        for x in range(width):
            _smooth(means, y, x, guide)
            total = 0.0
            sums[:] = 0.0
            for i in range(y * n // height, ((y + 1) * n + height - 1) // height):
                for j in range(x * m // width, ((x + 1) * m + width - 1) // width):
                    squared = 0.0
                    for c in range(channels):
                        squared += (image[i, j, c] - guide[c]) ** 2
                    weight = math.pow(squared, 0.5 * detail) if detail > 0 else 1.0
                    weight *= _overlap(i, y, n, height) * _overlap(j, x, m, width)
                    total += weight
                    for c in range(channels):
                        sums[c] += weight * image[i, j, c]
            for c in range(channels):
                result[y, x, c] = sums[c] / total if total > 0 else guide[c]
    return result


@compiled
def _overlap(i: int, cell: int, n: int, m: int) -> float:
    """Return the part of input i that lies in a cell, one of m equal parts of n inputs; integers keep it exact."""
    return (min((i + 1) * m, (cell + 1) * n) - max(i * m, cell * n)) / m


@compiled
def _smooth(means: NDArray[np.float64], y: int, x: int, out: NDArray[np.float64]) -> None:
    """Write the mean of the 3 x 3 cells around one to `out`, with the weights 1 2 1 along both axes."""
    total = 0.0
    out[:] = 0.0
    for row in range(max(y - 1, 0), min(y + 2, means.shape[0])):
        for column in range(max(x - 1, 0), min(x + 2, means.shape[1])):
            weight = (2.0 - abs(row - y)) * (2.0 - abs(column - x))
            total += weight
            for c in range(out.size):
                out[c] += weight * means[row, column, c]
    for c in range(out.size):
        out[c] /= total
