"""Luma and chroma: conversion by the matrices of video, subsampled chroma, and limited-range 8-bit planes.

A color image is three planes, each (H, W, 1) float32: luma Y in [0, 1], and the color differences Cb and Cr in
[-1/2, 1/2]. Sums have a fixed order.

Source: docs/model.md, section Chroma.
"""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.resizing import resize
from degradekit.types import Image, Pixels

MATRICES = {
    "bt601": (0.299, 0.114),
    "bt709": (0.2126, 0.0722),
    "bt2020": (0.2627, 0.0593),
    "smpte240m": (0.212, 0.087),
}
"""The weights of red and blue in the luma; green has the rest."""

FACTORS = {
    "4:4:4": (1, 1),
    "4:4:0": (2, 1),
    "4:2:2": (1, 2),
    "4:2:0": (2, 2),
    "4:1:1": (1, 4),
    "4:1:0": (2, 4),
}
"""How many rows and columns of luma there are for each of chroma."""

BLACK, LUMA_STEPS = 16, 219
"""The level of black in limited range, and how many levels there are from it to white."""
NEUTRAL, CHROMA_STEPS = 128, 224
"""The level of no color, and how many levels there are from the lowest color difference to the highest."""

RANGE_MISTAKES = {
    "none": (1.0, 0.0, 1.0),
    "limited_as_full": (LUMA_STEPS / 255, BLACK / 255, CHROMA_STEPS / 255),
    "full_as_limited": (255 / LUMA_STEPS, -BLACK / LUMA_STEPS, 255 / CHROMA_STEPS),
}
"""Levels written in one range and read in another: gain and offset of the luma, and the gain of the chroma."""

Planes = tuple[Image, Image, Image]


def split(image: Image, matrix: str) -> Planes:
    """Return Y, Cb and Cr of an RGB image, by one of `MATRICES`."""
    red, blue = MATRICES[matrix]
    return _split(np.ascontiguousarray(image), np.float32(red), np.float32(blue))


def merge(planes: Planes, matrix: str) -> Image:
    """Return the RGB image of Y, Cb and Cr, clipped to [0, 1]."""
    red, blue = MATRICES[matrix]
    return _merge(*planes, np.float32(red), np.float32(blue))


def subsample(plane: Image, subsampling: str, filter: str, left: bool) -> Image:
    """Return a plane of chroma with fewer samples, one of `FACTORS`, after repeating the last rows and columns.

    Args:
        plane: (H, W, 1).
        subsampling: How many samples are kept.
        filter: A filter of `resize`.
        left: Whether a sample lies on the first of its columns of luma instead of amid them.
    """
    rows, columns = FACTORS[subsampling]
    padded = pad_to_multiples(plane, rows, columns)
    height, width = padded.shape[0] // rows, padded.shape[1] // columns
    return resize(padded, height, width, filter, shift=(0.0, (1 - columns) / 2 if left else 0.0))


def restore(samples: Image, subsampling: str, filter: str, left: bool, height: int, width: int) -> Image:
    """Return a plane of chroma at the size of the luma; arguments are those of `subsample`."""
    rows, columns = FACTORS[subsampling]
    shift = (0.0, (columns - 1) / (2 * columns) if left else 0.0)
    whole = resize(samples, samples.shape[0] * rows, samples.shape[1] * columns, filter, shift=shift)
    return np.ascontiguousarray(whole[:height, :width])


def pad_to_multiples(image: Image, rows: int, columns: int) -> Image:
    """Repeat the last row and column until the sides are multiples of `rows` and `columns`."""
    height, width = image.shape[:2]
    padding = ((0, -height % rows), (0, -width % columns), (0, 0))
    return np.pad(image, padding, mode="edge") if padding[0][1] or padding[1][1] else image


def to_limited(plane: Image, steps: int, zero: int) -> Pixels:
    """Return a plane as limited-range levels, `zero + steps * plane` rounded half to even, (H, W) uint8."""
    levels = _to_levels(np.ascontiguousarray(plane).reshape(-1), np.float32(steps), np.float32(zero))
    return levels.reshape(plane.shape[:2])


def from_limited(levels: Pixels, steps: int, zero: int) -> Image:
    """Return the plane (H, W, 1) of limited-range levels."""
    plane = _from_levels(np.ascontiguousarray(levels).reshape(-1), np.float32(steps), np.float32(zero))
    return plane.reshape(*levels.shape, 1)


def with_range_mistake(planes: Planes, mistake: str) -> Planes:
    """Return Y, Cb and Cr as they are read after one of `RANGE_MISTAKES`."""
    if mistake == "none":
        return planes
    gain, offset, chroma_gain = (np.float32(value) for value in RANGE_MISTAKES[mistake])
    luma, cb, cr = planes
    return luma * gain + offset, cb * chroma_gain, cr * chroma_gain


@compiled
def _split(image: Image, red: np.float32, blue: np.float32) -> Planes:
    height, width, _ = image.shape
    pixels = image.reshape(-1)
    n = height * width
    y, cb, cr = np.empty(n, np.float32), np.empty(n, np.float32), np.empty(n, np.float32)
    one, half = np.float32(1), np.float32(0.5)
    green, to_cb, to_cr = one - red - blue, half / (one - blue), half / (one - red)
    for i in range(n):
        r, g, b = pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]
        luma = (red * r + green * g) + blue * b
        y[i], cb[i], cr[i] = luma, (b - luma) * to_cb, (r - luma) * to_cr
    return y.reshape(height, width, 1), cb.reshape(height, width, 1), cr.reshape(height, width, 1)


@compiled
def _merge(luma: Image, cb: Image, cr: Image, red: np.float32, blue: np.float32) -> Image:
    height, width, _ = luma.shape
    image = np.empty((height, width, 3), np.float32)
    pixels, y, u, v = image.reshape(-1), luma.reshape(-1), cb.reshape(-1), cr.reshape(-1)
    zero, one, two = np.float32(0), np.float32(1), np.float32(2)
    green, of_blue, of_red = one - red - blue, two * (one - blue), two * (one - red)
    from_cb, from_cr = of_blue * blue / green, of_red * red / green
    for i in range(y.size):
        pixels[3 * i] = min(max(y[i] + of_red * v[i], zero), one)
        pixels[3 * i + 1] = min(max(y[i] - (from_cb * u[i] + from_cr * v[i]), zero), one)
        pixels[3 * i + 2] = min(max(y[i] + of_blue * u[i], zero), one)
    return image


@compiled
def _to_levels(plane: NDArray[np.float32], steps: np.float32, zero: np.float32) -> NDArray[np.uint8]:
    levels = np.empty(plane.size, np.uint8)
    for i in range(plane.size):
        level = min(max(zero + steps * plane[i], np.float32(0)), np.float32(255))
        levels[i] = np.uint8(np.int32(np.rint(level)))
    return levels


@compiled
def _from_levels(levels: NDArray[np.uint8], steps: np.float32, zero: np.float32) -> NDArray[np.float32]:
    plane = np.empty(levels.size, np.float32)
    for i in range(levels.size):
        plane[i] = (np.float32(np.int32(levels[i])) - zero) / steps
    return plane
