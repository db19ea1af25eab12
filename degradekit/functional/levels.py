"""Conversion between float images and 8-bit levels, in one pass each, and clipping to the range of an image."""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled, inlined
from degradekit.types import Image, Pixels

_FIRST_BITS, _OTHER_BITS = np.float32(257 / 65536), np.float32(1 / (255 * 65536))


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


@inlined
def level_float(level: np.int32) -> np.float32:
    """Return level / 255, correctly rounded, of a level from 0 to 255.

    It is two products, the first of which is exact, as 1 / 255 = 257 / 65536 + 1 / (255 * 65536); dividing would take
    three times as long.
    """
    value = np.float32(level)
    return value * _FIRST_BITS + value * _OTHER_BITS


@compiled
def _divide(floats: NDArray[np.float32], levels: NDArray[np.uint8]) -> None:
    for i in range(levels.size):
        floats[i] = level_float(np.int32(levels[i]))


@inlined
def level(value: np.float32) -> np.int32:
    """Return the level, 0 to 255, of a value, which is clipped to [0, 1] and rounded half to even."""
    return np.int32(np.rint(clipped(value) * np.float32(255)))


@compiled
def _round(levels: NDArray[np.uint8], values: NDArray[np.float32]) -> None:
    for i in range(values.size):
        levels[i] = np.uint8(level(values[i]))
