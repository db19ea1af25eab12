"""Noise fields, before they are added: float32, zero mean, of the image's shape or (H, W, 1) for gray noise.

Source: spec section 4; channel-correlated and speckle noise: Zhang et al., BSRGAN (ICCV 2021), section 3.3, and its
published options.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.levels import to_pixels
from degradekit.functional.normal import standard_normal
from degradekit.functional.poisson import poisson_counts
from degradekit.types import Image

LUMA = np.array([0.2989, 0.587, 0.114], np.float32)


def gaussian_field(shape: tuple[int, int, int], sigma: float, gray: bool, seed: int) -> Image:
    """White Gaussian noise.

    Args:
        shape: (H, W, C) of the image.
        sigma: Standard deviation on the 0..255 scale.
        gray: One field for all channels, (H, W, 1).
        seed: Of the field.
    """
    height, width, channels = shape
    field = standard_normal((height, width, 1 if gray else channels), seed)
    field *= np.float32(sigma / 255)
    return field


def correlated_field(
    shape: tuple[int, int, int], sigma: float, mixing: tuple[tuple[float, ...], ...], seed: int
) -> Image:
    """Gaussian noise whose channels are correlated: sigma times `mixing` applied to white noise.

    Args:
        shape: (H, W, C) of the image; a gray one takes the first row.
        sigma: On the 0..255 scale.
        mixing: 3 x 3; the covariance is sigma^2 mixing mixing^T.
        seed: Of the field.
    """
    white = gaussian_field((shape[0], shape[1], 3), sigma, False, seed)
    field = np.zeros(shape, np.float32)
    for channel in range(shape[2]):
        for source in range(3):
            field[:, :, channel] += np.float32(mixing[channel][source]) * white[:, :, source]
    return field


def poisson_field(image: Image, scale: float, gray: bool, seed: int, peak: float | None = None) -> Image:
    """Poisson (shot) noise: scale (Poisson(q v) / v - q), q the image at 8-bit levels.

    Args:
        image: (H, W, C); clipped and rounded to 8-bit levels for q, or its luma for gray noise.
        scale: Factor of the field.
        gray: One field for all channels, (H, W, 1), made from the luma.
        seed: Of the field.
        peak: v, the mean count of white; by default 2^ceil(log2(number of distinct levels of q)).
    """
    levels = to_pixels(luma(image) if gray else image)
    if peak is None:
        peak = 2.0 ** math.ceil(math.log2(_distinct_to_half(levels.reshape(-1))))
    return poisson_counts(levels, peak, seed, per_count=scale / peak, per_level=scale / 255)


def luma(image: Image) -> Image:
    """(H, W, 1): .2989 R + .587 G + .114 B, or the gray image itself."""
    if image.shape[2] == 1:
        return image
    return _weighted(np.ascontiguousarray(image).reshape(-1)).reshape(*image.shape[:2], 1)


def add_clipped(image: Image, field: Image) -> Image:
    """The sum, clipped to [0, 1]; a field of one channel is added to all."""
    if field.shape != image.shape:
        field = cv2.cvtColor(field, cv2.COLOR_GRAY2RGB)  # the same value three times
    return _add(np.ascontiguousarray(image).reshape(-1), field.reshape(-1)).reshape(image.shape)


@compiled
def _add(image: NDArray[np.float32], field: NDArray[np.float32]) -> NDArray[np.float32]:
    result = np.empty_like(image)
    for i in range(image.size):
        result[i] = min(max(image[i] + field[i], np.float32(0)), np.float32(1))
    return result


@compiled
def _weighted(image: NDArray[np.float32]) -> NDArray[np.float32]:
    result = np.empty(image.size // 3, np.float32)
    red, green, blue = LUMA[0], LUMA[1], LUMA[2]
    for i in range(np.uint64(result.size)):
        at = i * np.uint64(3)
        result[i] = image[at] * red + image[at + np.uint64(1)] * green + image[at + np.uint64(2)] * blue
    return result


@compiled
def _distinct_to_half(levels: NDArray[np.uint8]) -> int:
    """The number of distinct levels, or one above 128 as soon as there are so many: the next power of two is 256."""
    seen = np.zeros(256, np.uint8)
    distinct = 0
    for first in range(0, levels.size, 4096):
        for i in range(first, min(first + 4096, levels.size)):
            seen[levels[i]] = 1
        distinct = 0
        for level in range(256):
            distinct += seen[level]
        if distinct > 128:
            break
    return distinct
