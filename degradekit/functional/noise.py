"""Noise fields and how they are added: float32, zero mean, of the image's shape, or (H, W, 1) for gray noise.

The same seed and shape give the same field. Source: docs/model.md, section Noise.
"""

import math

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.levels import clipped, to_pixels
from degradekit.functional.normal import standard_normal
from degradekit.functional.poisson import poisson_counts
from degradekit.types import Image

_RED_OF_LUMA, _GREEN_OF_LUMA, _BLUE_OF_LUMA = (np.float32(f) for f in (0.2989, 0.587, 0.114))
_RED_OF_CR, _GREEN_OF_CB, _GREEN_OF_CR, _BLUE_OF_CB = (np.float32(f) for f in (1.402, -0.344136, -0.714136, 1.772))
"""How the chroma of JPEG's YCbCr (ITU-T T.871) becomes RGB."""


def gaussian_field(shape: tuple[int, int, int], sigma: float, gray: bool, seed: int) -> Image:
    """Return white Gaussian noise.

    Args:
        shape: (H, W, C) of the image.
        sigma: Standard deviation on the 0..255 scale, >= 0.
        gray: Make one field for all channels, (H, W, 1).
        seed: Seed of the field, >= 0.
    """
    height, width, channels = shape
    field = standard_normal((height, width, 1 if gray else channels), seed)
    field *= np.float32(sigma / 255)
    return field


def correlated_field(
    shape: tuple[int, int, int], sigma: float, mixing: tuple[tuple[float, ...], ...], seed: int
) -> Image:
    """Return Gaussian noise whose channels are correlated: `mixing` times white noise of three channels.

    Args:
        shape: (H, W, C) of the image; for a gray image the first row of `mixing` is used.
        sigma: Standard deviation of the white noise on the 0..255 scale, >= 0.
        mixing: 3 x 3 matrix M; the covariance of the channels is sigma^2 M M^T.
        seed: Seed of the field, >= 0.
    """
    white = gaussian_field((shape[0], shape[1], 3), sigma, False, seed)
    field = np.zeros(shape, np.float32)
    for channel in range(shape[2]):
        for source in range(3):
            field[:, :, channel] += np.float32(mixing[channel][source]) * white[:, :, source]
    return field


def chroma_field(shape: tuple[int, int, int], sigma: float, seed: int) -> Image:
    """Return Gaussian noise of the chroma alone: sigma is that of Cb and of Cr.

    Args:
        shape: (H, W, C) of the image; a gray image has no chroma, and its field is 0.
        sigma: Standard deviation on the 0..255 scale, >= 0.
        seed: Seed of the field, >= 0.
    """
    return chroma_to_rgb(gaussian_field((shape[0], shape[1], 2), sigma, False, seed), shape[2])


def chroma_to_rgb(planes: Image, channels: int) -> Image:
    """Return planes for Cb and Cr of JPEG's YCbCr as what is added to the channels, which leaves the luma alone.

    Args:
        planes: (H, W, 2) float32.
        channels: C of the image; a gray image has no chroma, and nothing is added to it.

    Returns:
        (H, W, 3) float32, or zeros of (H, W, 1).
    """
    if channels == 1:
        return np.zeros((*planes.shape[:2], 1), np.float32)
    colors = np.empty((*planes.shape[:2], 3), np.float32)
    _chroma_to_rgb(colors.reshape(-1), planes.reshape(-1))
    return colors


def poisson_field(image: Image, scale: float, gray: bool, seed: int, peak: float | None = None) -> Image:
    """Return Poisson (shot) noise: scale (Poisson(q v) / v - q), where q is the image at 8-bit levels over 255.

    Args:
        image: (H, W, C) float32, which is clipped and rounded to 8-bit levels for q.
        scale: Factor of the field, >= 0.
        gray: Make one field for all channels, (H, W, 1), from the luma of the image.
        seed: Seed of the field, >= 0.
        peak: The mean count of white, v, in (0, 1e6]; by default 2^ceil(log2(number of distinct levels of q)).
    """
    levels = to_pixels(luma(image) if gray else image)
    if peak is None:
        peak = 2.0 ** math.ceil(math.log2(_count_distinct(levels.reshape(-1), np.zeros(256, np.uint8))))
    return poisson_counts(levels, peak, seed, per_count=scale / peak, per_level=scale / 255)


def luma(image: Image) -> Image:
    """Return 0.2989 R + 0.587 G + 0.114 B as (H, W, 1), or a gray image itself."""
    if image.shape[2] == 1:
        return image
    luma = np.empty((*image.shape[:2], 1), np.float32)
    _luma(luma.reshape(-1), np.ascontiguousarray(image).reshape(-1))
    return luma


def add_clipped(image: Image, field: Image) -> Image:
    """Return the sum of an image and a field, clipped to [0, 1]; a field of one channel is added to all channels."""
    total = np.empty(image.shape, np.float32)
    add = _add if field.shape == image.shape else _add_to_three
    add(total.reshape(-1), np.ascontiguousarray(image).reshape(-1), field.reshape(-1))
    return total


@compiled
def _add(result: NDArray[np.float32], image: NDArray[np.float32], field: NDArray[np.float32]) -> None:
    for i in range(image.size):
        result[i] = clipped(image[i] + field[i])


@compiled
def _add_to_three(result: NDArray[np.float32], image: NDArray[np.float32], field: NDArray[np.float32]) -> None:
    for i in range(np.uint64(field.size)):
        for channel in range(np.uint64(3)):
            value = i * np.uint64(3) + channel
            result[value] = clipped(image[value] + field[i])


@compiled
def _luma(result: NDArray[np.float32], image: NDArray[np.float32]) -> None:
    for i in range(np.uint64(result.size)):
        start = i * np.uint64(3)
        red_and_green = image[start] * _RED_OF_LUMA + image[start + np.uint64(1)] * _GREEN_OF_LUMA
        result[i] = red_and_green + image[start + np.uint64(2)] * _BLUE_OF_LUMA


@compiled
def _chroma_to_rgb(result: NDArray[np.float32], planes: NDArray[np.float32]) -> None:
    for i in range(planes.size // 2):
        cb, cr = planes[2 * i], planes[2 * i + 1]
        result[3 * i] = _RED_OF_CR * cr
        result[3 * i + 1] = _GREEN_OF_CB * cb + _GREEN_OF_CR * cr
        result[3 * i + 2] = _BLUE_OF_CB * cb


@compiled
def _count_distinct(levels: NDArray[np.uint8], seen: NDArray[np.uint8]) -> int:
    """Return the number of distinct levels, or any number above 128 as soon as that many were seen.

    The power of two at or above all of these is 256, so the rest need not be looked at. `seen` is 0 for each level.
    """
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
