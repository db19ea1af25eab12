"""Conversion between float images and 8-bit levels, in one pass each, and clipping to the range of an image."""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.types import Image, Pixels


def to_float(pixels: Pixels) -> Image:
    """Return 8-bit levels as float32, levels / 255, in the same shape."""
    return _floats(np.ascontiguousarray(pixels).reshape(-1)).reshape(pixels.shape)


def to_pixels(image: Image) -> Pixels:
    """Clip a float32 image to [0, 1] and round it half to even to 8-bit levels, in the same shape."""
    return _round(np.ascontiguousarray(image).reshape(-1)).reshape(image.shape)


@compiled
def clipped(value: np.float32) -> np.float32:
    """Return a value clipped to [0, 1]."""
    return min(max(value, np.float32(0)), np.float32(1))


@compiled
def _floats(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    floats = np.empty(levels.size, np.float32)
    for i in range(levels.size):
        floats[i] = np.float32(np.int32(levels[i])) / np.float32(255)
    return floats


@compiled
def _level(value: np.float32) -> np.uint8:
    return np.uint8(np.int32(np.rint(clipped(value) * np.float32(255))))


@compiled
def _round(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    levels = np.empty(values.size, np.uint8)
    for i in range(values.size):
        levels[i] = _level(values[i])
    return levels
