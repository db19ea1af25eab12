"""Film grain as random disks: a normal field with the variance that the Boolean model has at each gray value.

Source: docs/model.md, section Film grain.
"""

import math

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.filtering import convolve_separable
from degradekit.functional.levels import clipped
from degradekit.functional.normal import standard_normal
from degradekit.types import Image

_CELLS = 64
"""Parts of [0, 1] in which the variance runs on lines."""
_NODES = 32
_REACH = 3
"""Standard deviations to which the field's Gaussian goes."""
_0 = np.float32(0)


def boolean_grain(image: Image, radius: float, blur: float, seed: int) -> Image:
    """Add the grain of a film of disks to each channel of an image.

    Args:
        image: (H, W, C) float32.
        radius: Radius of the disks in pixels, > 0.
        blur: Standard deviation in pixels of the Gaussian through which a pixel sees the film, > 0.
        seed: Seed of the field, >= 0.

    Returns:
        (H, W, C) float32 in [0, 1].
    """
    # The autocovariance of disks is as wide, along an axis, as a Gaussian of variance radius^2 / 2; that of a filtered
    # white field has twice the filter's variance.
    taps = _unit_gaussian(math.sqrt(blur**2 + radius**2 / 4))
    half = taps.size // 2
    height, width, channels = image.shape
    white = standard_normal((height + 2 * half, width + 2 * half, channels), seed)
    field = convolve_separable(white, taps[np.newaxis], taps[np.newaxis])[half:, half:]
    table = variances(radius, blur, np.arange(_CELLS + 1) / _CELLS).astype(np.float32)
    return _add(image, field, table)


def variances(radius: float, blur: float, gray: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the variance of a pixel of the Boolean model at gray values in [0, 1].

    Two points at a distance r are both uncovered with probability (1 - u)^2 exp(rate A(r)), where A is the area in
    which two disks overlap; the rate is that of disks for each unit of area at which one point is uncovered with
    probability 1 - u. A pixel is the mean under a Gaussian, so its variance is the covariance's mean under one of twice
    the variance.
    """
    nodes, node_weights = np.polynomial.legendre.leggauss(_NODES)
    r = radius * (nodes + 1)  # the covariance is 0 from 2 radii on
    half = r / (2 * radius)
    overlap = 2 / math.pi * (np.arccos(half) - half * np.sqrt(1 - half * half))  # as a part of the disk
    density = r / (2 * blur**2) * np.exp(-(r * r) / (4 * blur**2)) * node_weights * radius
    uncovered = (1 - gray)[:, np.newaxis]
    # (1 - u)^2 (exp(rate A) - 1), and exp(-rate pi radius^2) is 1 - u
    covariance = uncovered ** (2 - overlap) - uncovered**2
    return np.array([math.fsum(row) for row in covariance * density])


def _unit_gaussian(sigma: float) -> NDArray[np.float64]:
    """Return a Gaussian whose squares have the sum 1, so that a filtered white field keeps its variance."""
    half = max(math.ceil(_REACH * sigma), 1)
    taps = np.array([math.exp(-0.5 * (i / sigma) ** 2) for i in range(-half, half + 1)])
    return taps / math.sqrt(math.fsum(taps * taps))


@compiled
def _add(image: Image, field: Image, variance: NDArray[np.float32]) -> Image:
    height, width, channels = image.shape
    result = np.empty((height, width, channels), np.float32)
    for y in range(height):
        for x in range(width):
            for c in range(channels):
                value = clipped(image[y, x, c])
                at = value * np.float32(_CELLS)
                cell = min(np.int32(at), np.int32(_CELLS - 1))
                low = variance[cell]
                sigma = np.sqrt(max(low + (variance[cell + 1] - low) * (at - np.float32(cell)), _0))
                result[y, x, c] = clipped(value + field[y, x, c] * sigma)
    return result
