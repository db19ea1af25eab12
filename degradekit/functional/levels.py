"""Conversion between float images and 8-bit levels, in one pass each, and clipping to the range of an image."""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled, inlined
from degradekit.types import Image, Pixels

_FIRST_BITS, _OTHER_BITS = np.float32(257 / 65536), np.float32(1 / (255 * 65536))


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


@inlined
def level_float(level: np.int32) -> np.float32:
    """Return level / 255, correctly rounded, of a level from 0 to 255.

    It is two products, the first of which is exact, as 1 / 255 = 257 / 65536 + 1 / (255 * 65536); dividing would take
    three times as long.
    """
    value = np.float32(level)
    return value * _FIRST_BITS + value * _OTHER_BITS


@compiled
def _floats(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    floats = np.empty(levels.size, np.float32)
    for i in range(levels.size):
        floats[i] = level_float(np.int32(levels[i]))
    return floats


@inlined
def level(value: np.float32) -> np.int32:
    """Return the level, 0 to 255, of a value, which is clipped to [0, 1] and rounded half to even."""
    return np.int32(np.rint(clipped(value) * np.float32(255)))


@compiled
def _round(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    levels = np.empty(values.size, np.uint8)
    for i in range(values.size):
        levels[i] = np.uint8(level(values[i]))
    return levels
