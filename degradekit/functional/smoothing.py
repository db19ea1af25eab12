"""Smoothing that keeps edges: the median and the bilateral filter.

Source: docs/model.md, section Edge-preserving smoothing.
"""

import math
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.levels import to_float, to_pixels
from degradekit.functional.lines import reflect
from degradekit.types import Image, Pixels

Line = NDArray[np.uint8]
Level = TypeVar("Level", bound=np.generic)
_OPENCV_MEDIAN = 5
"""Up to this size OpenCV is the faster one, as it sorts; a median of levels is the same whoever finds it."""


def median(image: Image, size: int) -> Image:
    """Clip an image to [0, 1], round it to 8-bit levels, and replace each by the median of those around it.

    Args:
        image: (H, W, C) float32, C = 1 or 3.
        size: Side of the window in pixels, odd and at most 15; the border is reflected without repeating the edge
            pixel.

    Returns:
        (H, W, C) float32, multiples of 1 / 255 in [0, 1].
    """
    pixels = to_pixels(image)
    if size == 1:
        return to_float(pixels)
    height, width, channels = pixels.shape
    half = size // 2
    if size <= _OPENCV_MEDIAN:
        padded = cv2.copyMakeBorder(pixels, half, half, half, half, cv2.BORDER_REFLECT_101)
        return to_float(cv2.medianBlur(padded, size)[half:-half, half:-half].reshape(pixels.shape))
    lines = _reflected(pixels, half).reshape(height + size - 1, -1)
    return to_float(_medians(lines, height, width * channels, channels, size).reshape(pixels.shape))


@compiled
def _medians(lines: Pixels, height: int, n: int, channels: int, size: int) -> Pixels:
    """Return the median of each window, bit by bit: a bit is set where at least half of the window is not below it."""
    result = np.empty((height, n), np.uint8)
    level, guess, count = np.empty(n, np.uint8), np.empty(n, np.uint8), np.empty(n, np.uint8)
    half = np.uint8((size * size + 1) // 2)
    for y in range(height):
        level[:] = 0
        for shift in range(7, -1, -1):
            bit = np.uint8(1 << shift)
            for x in range(n):
                guess[x] = np.uint8(level[x] + bit)
                count[x] = np.uint8(0)
            for row in range(y, y + size):
                _count_three(count, lines[row], channels, guess)
                for column in range(3, size, 2):
                    _count_two(count, lines[row, column * channels :], channels, guess)
            for x in range(n):
                level[x] = np.uint8(level[x] + np.uint8(count[x] >= half) * bit)
        result[y] = level
    return result


@compiled
def _count_three(count: Line, line: Line, shift: int, guess: Line) -> None:
    """Count which of three neighbors, `shift` apart, are at least the guess."""
    s = np.uint64(shift)
    for x in range(np.uint64(count.size)):
        g = guess[x]
        count[x] = np.uint8(
            count[x] + np.uint8(line[x] >= g) + np.uint8(line[x + s] >= g) + np.uint8(line[x + s + s] >= g)
        )


@compiled
def _count_two(count: Line, line: Line, shift: int, guess: Line) -> None:
    """Count which of two neighbors, `shift` apart, are at least the guess."""
    s = np.uint64(shift)
    for x in range(np.uint64(count.size)):
        g = guess[x]
        count[x] = np.uint8(count[x] + np.uint8(line[x] >= g) + np.uint8(line[x + s] >= g))


def bilateral(image: Image, size: int, sigma_color: float, sigma_space: float) -> Image:
    """Average each pixel with those around it that are like it (Tomasi and Manduchi, 1998).

    The weight of a pixel is exp(-d^2 / (2 sigma_space^2)) exp(-D^2 / (2 sigma_color^2)), with d the distance in pixels
    and D the mean over the channels of the absolute difference to the middle, on the 0..255 scale.

    Args:
        image: (H, W, C) float32.
        size: Diameter in pixels, odd, of the circle that is averaged; the border is reflected without repeating the
            edge pixel.
        sigma_color: Standard deviation on the 0..255 scale, > 0.
        sigma_space: Standard deviation in pixels, > 0.

    Returns:
        (H, W, C) float32.
    """
    height, width, channels = image.shape
    half = size // 2
    planes = np.ascontiguousarray(_reflected(image, half).transpose(2, 0, 1))
    offsets, weights = _circle(half, sigma_space)
    scale = np.float32(0.5 * (255 / channels / sigma_color) ** 2 / 64)
    smooth = _bilateral(planes, height, width, half, offsets, weights, scale)
    return np.ascontiguousarray(smooth.transpose(1, 2, 0))


def _reflected(image: NDArray[Level], half: int) -> NDArray[Level]:
    rows, columns = (np.array([reflect(i, n) for i in range(-half, n + half)]) for n in image.shape[:2])
    reflected: NDArray[Level] = image[rows][:, columns]
    return reflected


def _circle(half: int, sigma: float) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    inside = [
        (row, column)
        for row in range(-half, half + 1)
        for column in range(-half, half + 1)
        if 0 < row * row + column * column <= half * half
    ]
    weights = [math.exp(-(row * row + column * column) / (2 * sigma * sigma)) for row, column in inside]
    return np.array(inside, np.int64).reshape(-1, 2), np.array(weights, np.float32)


@compiled
def _bilateral(
    planes: Image,
    height: int,
    width: int,
    half: int,
    offsets: NDArray[np.int64],
    weights: NDArray[np.float32],
    scale: np.float32,
) -> Image:
    """Return the smoothed planes; the middle itself has the weight 1.

    exp(-u) is (1 - v + v^2 / 2)^64 with v = u / 64, right to 6e-5 and without a mathematical library. Where all pixels
    are equal, nothing is added to them.
    """
    channels = planes.shape[0]
    result = np.empty((channels, height, width), np.float32)
    differences, sums = np.empty((channels, width), np.float32), np.empty((channels, width), np.float32)
    distance, total = np.empty(width, np.float32), np.empty(width, np.float32)
    one, half_one = np.float32(1), np.float32(0.5)
    for y in range(height):
        total[:] = one
        sums[:] = np.float32(0)
        for k in range(weights.size):
            row, column = y + half + offsets[k, 0], half + offsets[k, 1]
            distance[:] = np.float32(0)
            for c in range(channels):
                middle = planes[c, y + half, half : half + width]
                other, difference = planes[c, row, column : column + width], differences[c]
                for x in range(width):
                    d = other[x] - middle[x]
                    difference[x] = d
                    distance[x] += abs(d)
            weight = weights[k]
            for x in range(width):
                v = min(distance[x] * distance[x] * scale, one)
                p = one - v + half_one * v * v
                p *= p
                p *= p
                p *= p
                p *= p
                p *= p
                p *= p
                distance[x] = p * weight
                total[x] += p * weight
            for c in range(channels):
                difference, added = differences[c], sums[c]
                for x in range(width):
                    added[x] += distance[x] * difference[x]
        for c in range(channels):
            middle, added, out = planes[c, y + half, half : half + width], sums[c], result[c, y]
            for x in range(width):
                out[x] = middle[x] + added[x] / total[x]
    return result
