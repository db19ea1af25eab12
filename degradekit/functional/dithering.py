"""Few levels for each channel: by rounding, with a threshold matrix, and with the error carried on to later pixels.

All of it is float32 in one fixed order without fused products, since a rounding that falls the other way moves every
pixel that the error reaches after it. An image is clipped to [0, 1] first.

Source: docs/model.md, section Levels and print.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.levels import clipped
from degradekit.types import Image

Taps: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]
"""Rows above, columns to the right, and weights of the pixels whose errors a pixel gets, in raster order."""

FILTERS: dict[str, tuple[int, tuple[tuple[int, ...], ...]]] = {
    "floyd_steinberg": (16, ((0, 0, 0, 7, 0), (0, 3, 5, 1, 0))),
    "jarvis_judice_ninke": (48, ((0, 0, 0, 7, 5), (3, 5, 7, 5, 3), (1, 3, 5, 3, 1))),
    "stucki": (42, ((0, 0, 0, 8, 4), (2, 4, 8, 4, 2), (1, 2, 4, 2, 1))),
    "atkinson": (8, ((0, 0, 0, 1, 1), (0, 1, 1, 1, 0), (0, 0, 1, 0, 0))),
    "burkes": (32, ((0, 0, 0, 8, 4), (2, 4, 8, 4, 2))),
    "sierra": (32, ((0, 0, 0, 5, 3), (2, 4, 5, 4, 2), (0, 2, 3, 2, 0))),
    "two_row_sierra": (16, ((0, 0, 0, 4, 3), (1, 2, 3, 2, 1))),
    "sierra_lite": (4, ((0, 0, 0, 2, 0), (0, 1, 1, 0, 0))),
}
"""Divisor and weights of each error diffusion: its pixel's row and those below, from two columns before the pixel."""

_0, _1, _HALF = np.float32(0), np.float32(1), np.float32(0.5)


def quantize(image: Image, levels: int) -> Image:
    """Round each channel to n levels, of which the first is 0 and the last is 1: floor(x (n - 1) + 1/2) / (n - 1).

    Args:
        image: (H, W, C) float32.
        levels: n >= 2.
    """
    flat = np.ascontiguousarray(image).reshape(-1)
    return _round(flat, levels).reshape(image.shape)


def dither_ordered(image: Image, levels: int, size: int) -> Image:
    """Round each channel with Bayer's thresholds M instead of one half: floor(x (n - 1) + M) / (n - 1).

    Args:
        image: (H, W, C) float32.
        levels: n >= 2.
        size: Side of the matrix, a power of two; it repeats from the top left pixel.
    """
    _, width, channels = image.shape
    flat = np.ascontiguousarray(image).reshape(-1)
    return _with_thresholds(flat, width, channels, bayer_matrix(size), levels).reshape(image.shape)


def bayer_matrix(size: int) -> NDArray[np.float32]:
    """Return Bayer's matrix of a side that is a power of two: 0, 1 / size^2, ... each once, far apart where close.

    The bits of row i and of i XOR j, from the highest, make the number from its lowest bit on.
    """
    i, j = np.indices((size, size))
    number = np.zeros((size, size), np.int64)
    for bit in range(size.bit_length() - 1):
        from_top = size.bit_length() - 2 - bit
        number |= (i >> from_top & 1) << 2 * bit | ((i ^ j) >> from_top & 1) << 2 * bit + 1
    return (number / size**2).astype(np.float32)


def diffuse(image: Image, levels: int, filter: str) -> Image:
    """Round each channel, carrying what rounding takes away or adds over to the pixels right and below (raster order).

    Args:
        image: (H, W, C) float32.
        levels: Levels of a channel, >= 2.
        filter: One of `FILTERS`.
    """
    return _diffuse(np.ascontiguousarray(image), levels, *taps_of(filter))


def taps_of(filter: str) -> Taps:
    """Return the taps of one of `FILTERS`; of any other name, none."""
    divisor, rows = FILTERS.get(filter, (1, ()))
    taps = [
        (down, 2 - column, weights[column] / divisor)
        for down, weights in reversed(list(enumerate(rows)))
        for column in reversed(range(5))
        if weights[column]
    ]
    up, right, weight = zip(*taps, strict=True) if taps else ((), (), ())
    return np.array(up, np.int64), np.array(right, np.int64), np.array(weight, np.float32)


def dither_riemersma(image: Image, levels: int, history: int, decay: float) -> Image:
    """Round each channel along a Hilbert curve, adding the errors of the last pixels before it.

    The error of a pixel is its difference from its level, without what was added to it. The last error counts once, the
    one before `decay^(1 / (history - 1))` times, and so on to `decay` times.

    Args:
        image: (H, W, C) float32.
        levels: Levels of a channel, >= 2.
        history: Errors that are kept, >= 2.
        decay: Weight of the oldest one, above 0.
    """
    height, width, channels = image.shape
    weights = np.array([decay ** (age / (history - 1)) for age in range(history)], np.float32)
    pixels = np.ascontiguousarray(image).reshape(-1, channels)
    return _along(pixels, hilbert_order(height, width), levels, weights[::-1].copy()).reshape(image.shape)


@compiled
def _put(square: NDArray[np.int64], y: int, x: int, ay: int, ax: int, by: int, bx: int, side: int) -> None:
    """Note a square of the curve: its first pixel, the directions of its first and second sides, and their length."""
    square[0], square[1], square[2], square[3], square[4], square[5], square[6] = y, x, ay, ax, by, bx, side


@compiled
def _take(square: NDArray[np.int64]) -> tuple[int, int, int, int, int, int, int]:
    return square[0], square[1], square[2], square[3], square[4], square[5], square[6]


@compiled
def hilbert_order(height: int, width: int) -> NDArray[np.int64]:
    """Return the indices of all pixels in the order of a Hilbert curve, without what lies outside of the image.

    A square of the curve starts in one corner and ends at the far end of its first side; it is four squares of half
    the side, the first and the last of them mirrored.
    """
    side = 1
    while side < max(height, width):
        side *= 2
    order = np.empty(height * width, np.int64)
    waiting = np.empty((64, 7), np.int64)  # three squares for each of the 17 times at most that the side is halved
    _put(waiting[0], 0, 0, 0, 1, 1, 0, side)
    n, count = 0, 1
    while count > 0:
        count -= 1
        y, x, ay, ax, by, bx, side = _take(waiting[count])
        far_y, far_x = y + (side - 1) * (ay + by), x + (side - 1) * (ax + bx)
        if min(y, far_y) >= height or min(x, far_x) >= width:
            continue
        if side == 1:
            order[n] = y * width + x
            n += 1
            continue
        half = side // 2
        last_y, last_x = y + (side - 1) * ay + (half - 1) * by, x + (side - 1) * ax + (half - 1) * bx
        _put(waiting[count], last_y, last_x, -by, -bx, -ay, -ax, half)
        _put(waiting[count + 1], y + half * (ay + by), x + half * (ax + bx), ay, ax, by, bx, half)
        _put(waiting[count + 2], y + half * by, x + half * bx, ay, ax, by, bx, half)
        _put(waiting[count + 3], y, x, by, bx, ay, ax, half)
        count += 4
    return order


@compiled
def _level(value: np.float32, steps: np.float32, threshold: np.float32) -> np.float32:
    """Return a multiple of 1 / steps in [0, 1]."""
    return np.float32(min(max(np.floor(value * steps + threshold), _0), steps) / steps)


@compiled
def _round(values: NDArray[np.float32], levels: int) -> NDArray[np.float32]:
    result, steps = np.empty_like(values), np.float32(levels - 1)
    for i in range(values.size):
        result[i] = _level(clipped(values[i]), steps, _HALF)
    return result


@compiled
def _with_thresholds(
    values: NDArray[np.float32], width: int, channels: int, thresholds: NDArray[np.float32], levels: int
) -> Image:
    result, steps, size = np.empty_like(values), np.float32(levels - 1), thresholds.shape[0]
    row = width * channels
    for start in range(0, values.size, row):
        y = start // row % size
        for x in range(width):
            threshold = thresholds[y, x % size]
            for i in range(start + x * channels, start + (x + 1) * channels):
                result[i] = _level(clipped(values[i]), steps, threshold)
    return result


@compiled
def _diffuse(
    image: Image, levels: int, up: NDArray[np.int64], right: NDArray[np.int64], weights: NDArray[np.float32]
) -> Image:
    height, width, channels = image.shape
    result, steps = np.empty_like(image), np.float32(levels - 1)
    errors = np.zeros((3, width + 4, channels), np.float32)  # of three rows, with two columns of zeros at each end
    rows = np.empty_like(up)
    for y in range(height):
        for tap in range(up.size):
            rows[tap] = (y + 3 - up[tap]) % 3
        for x in range(width):
            for channel in range(channels):
                error = _0
                for tap in range(up.size):
                    error += errors[rows[tap], x + 2 + right[tap], channel] * weights[tap]
                value = clipped(image[y, x, channel]) + error
                level = _level(value, steps, _HALF)
                errors[y % 3, x + 2, channel] = value - level
                result[y, x, channel] = level
    return result


@compiled
def _along(
    pixels: NDArray[np.float32], order: NDArray[np.int64], levels: int, weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    channels, history = pixels.shape[1], weights.size
    result, steps = np.empty_like(pixels), np.float32(levels - 1)
    errors = np.zeros((channels, 2 * history), np.float32)  # each is kept twice, so that the last ones lie in a row
    for step in range(order.size):
        oldest = step % history
        for channel in range(channels):
            value = clipped(pixels[order[step], channel])
            error = _0
            for i in range(history):
                error += errors[channel, oldest + i] * weights[i]
            level = _level(value + error, steps, _HALF)
            errors[channel, oldest] = errors[channel, oldest + history] = value - level
            result[order[step], channel] = level
    return result
