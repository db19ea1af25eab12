"""Conversion between float images and 8-bit levels, in one pass each, and clipping to the range of an image."""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled, inlined
from degradekit.types import Image, Pixels


def to_float(pixels: Pixels) -> Image:
    """Return 8-bit levels as float32, levels / 255, in the same shape."""
    floats = np.empty(pixels.shape, np.float32)
    _divide(floats.reshape(-1), np.ascontiguousarray(pixels).reshape(-1))
    return floats


def to_pixels(image: Image) -> Pixels:
    """Clip a float32 image to [0, 1] and round it half to even to 8-bit levels, in the same shape."""
    levels = np.empty(image.shape, np.uint8)
    _round(levels.reshape(-1), np.ascontiguousarray(image).reshape(-1))
    return levels


@inlined
def clipped(value: np.float32) -> np.float32:
    """Return a value clipped to [0, 1]."""
    return min(max(value, np.float32(0)), np.float32(1))


@compiled
def _divide(floats: NDArray[np.float32], levels: NDArray[np.uint8]) -> None:
    for i in range(levels.size):
        floats[i] = np.float32(np.int32(levels[i])) / np.float32(255)


@inlined
def _level(value: np.float32) -> np.uint8:
    return np.uint8(np.int32(np.rint(clipped(value) * np.float32(255))))


@compiled
def _round(levels: NDArray[np.uint8], values: NDArray[np.float32]) -> None:
    for i in range(values.size):
        levels[i] = _level(values[i])
