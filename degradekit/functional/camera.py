"""A photo taken again by a camera with noise: back to the sensor's linear colors, noise, and development.

The photo itself is kept: what is added is the noisy development minus the clean one, which is not mosaicked. So the
tables' rounding, clipped highlights and colors that the sensor cannot see change nothing, and without noise and mosaic
the result is the photo, bit for bit.

Source: docs/model.md, section Camera.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.demosaicing import RED_AT, demosaic, mosaic_of
from degradekit.functional.levels import clipped
from degradekit.functional.sensor_noise import SensorNoise, sensed
from degradekit.types import Image

Table = NDArray[np.float32]
Matrix = NDArray[np.float32]

_XYZ_TO_CAMERA = np.array(
    [
        [[1.0234, -0.2969, -0.2266], [-0.5625, 1.6328, -0.0469], [-0.0703, 0.2188, 0.6406]],
        [[0.4913, -0.0541, -0.0202], [-0.613, 1.3513, 0.2906], [-0.1564, 0.2151, 0.7183]],
        [[0.838, -0.263, -0.0639], [-0.2887, 1.0725, 0.2496], [-0.0627, 0.1427, 0.5438]],
        [[0.6596, -0.2079, -0.0562], [-0.4782, 1.3016, 0.1933], [-0.097, 0.1581, 0.5181]],
    ]
)
"""The color matrices of four cameras, as published by Brooks et al."""
_RGB_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
)
_CELLS = 4096
_GAMMA = 2.2
_0, _1 = np.float32(0), np.float32(1)
_HIGHLIGHT, _10 = np.float32(0.9), np.float32(10)


class Development(NamedTuple):
    """How colors go from the sensor to the photo and back.

    Attributes:
        color_weights: Weights of the four color matrices.
        gain: Brightening of all colors, above 0.
        red_gain, blue_gain: White balance, above 0.
        smoothstep: Apply the tone curve 3 t^2 - 2 t^3 after the gamma.
    """

    color_weights: Sequence[float]
    gain: float
    red_gain: float
    blue_gain: float
    smoothstep: bool


def photograph(
    image: Image, development: Development, noise: SensorNoise, bayer: str | None, malvar: bool = False
) -> Image:
    """Take a photo again.

    Args:
        image: (H, W, C) float32, which is clipped to [0, 1]. A gray one is seen by a sensor without color filters.
        development: The way from the sensor's colors to the photo's.
        noise: The sensor's noise.
        bayer: The pattern of the color filters, such as `RGGB`; None measures all colors at each pixel, and so do
            images of less than two pixels along a side.
        malvar: Fill in colors by Malvar's filters instead of bilinear ones.

    Returns:
        (H, W, C) float32 in [0, 1].
    """
    image = np.ascontiguousarray(image)
    height, width, channels = image.shape
    decode, encode = _curves(development.smoothstep)
    to_camera, to_rgb = color_matrices(development.color_weights)
    if channels == 1:
        to_camera = to_rgb = np.ones((1, 1), np.float32)
        balance = np.array([development.gain], np.float32)
    else:
        gain = development.gain
        balance = np.array([gain * development.red_gain, gain, gain * development.blue_gain], np.float32)
    raw = _raw(image, decode, to_camera, balance)
    if bayer is None or channels == 1 or min(height, width) < 2:
        noisy = sensed(raw.reshape(height, -1), noise).reshape(raw.shape)
        _balance(noisy, balance)
    else:
        red = RED_AT[bayer]
        measured = sensed(mosaic_of(raw, *red), noise)
        _balance_mosaic(measured, *red, balance)
        noisy = demosaic(measured, *red, malvar)
    return _changed(image, noisy, raw, balance, to_rgb, encode)


def color_matrices(weights: Sequence[float]) -> tuple[Matrix, Matrix]:
    """Return the 3 x 3 matrices from linear sRGB to the camera's colors, whose rows have the sum 1, and back."""
    total = sum(weights)
    mixed = [
        [sum(w / total * m[i, j] for w, m in zip(weights, _XYZ_TO_CAMERA, strict=True)) for j in range(3)]
        for i in range(3)
    ]
    camera = np.array([[sum(mixed[i][k] * _RGB_TO_XYZ[k, j] for k in range(3)) for j in range(3)] for i in range(3)])
    for row in camera:
        row /= row[0] + row[1] + row[2]
    return camera.astype(np.float32), _inverse(camera).astype(np.float32)


def _inverse(m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the inverse of a 3 x 3 matrix by its cofactors, which needs no linear algebra library."""
    cofactors = np.empty((3, 3))
    for i in range(3):
        for j in range(3):
            a, b, c, d = (i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3
            cofactors[j, i] = m[a, c] * m[b, d] - m[a, d] * m[b, c]
    determinant = float(m[0, 0] * cofactors[0, 0] + m[0, 1] * cofactors[1, 0] + m[0, 2] * cofactors[2, 0])
    return cofactors / determinant


@lru_cache(maxsize=2)
def _curves(smoothstep: bool) -> tuple[Table, Table]:
    """Return tables over [0, 1]: from the photo's value to linear light, and from its square root to the value.

    The last entry stands twice, so that an index of 1 needs no exception.
    """
    x = np.minimum(np.arange(_CELLS + 2) / _CELLS, 1.0)
    gamma = 0.5 - np.sin(np.arcsin(1 - 2 * x) / 3) if smoothstep else x
    decode = gamma**_GAMMA
    t = (x * x) ** (1 / _GAMMA)
    encode = t * t * (3 - 2 * t) if smoothstep else t
    decode[0] = encode[0] = 0
    decode[-2:] = encode[-2:] = 1
    return decode.astype(np.float32), encode.astype(np.float32)


@compiled
def _look_up(table: Table, x: np.float32) -> np.float32:
    """Return the table's value at x in [0, 1], between its entries on a line."""
    at = x * np.float32(_CELLS)
    index = np.uint64(np.uint32(np.int32(at)))
    low = table[index]
    return np.float32(low + (table[index + np.uint64(1)] - low) * (at - np.float32(np.int32(at))))


@compiled
def _raw(image: Image, decode: Table, to_camera: Matrix, balance: Table) -> Image:
    """Return the sensor's colors: linear, through the color matrix, and with the gains taken back.

    In highlights the gains fade out, so that white stays white on the sensor.
    """
    height, width, channels = image.shape
    raw = np.empty_like(image)
    linear, camera = np.empty((channels, width), np.float32), np.empty((channels, width), np.float32)
    mask = np.empty(width, np.float32)
    for y in range(height):
        line = image[y]
        for c in range(channels):
            for x in range(width):
                linear[c, x] = _look_up(decode, clipped(line[x, c]))
        _mix(camera, to_camera, linear)
        for x in range(width):
            total = _0
            for c in range(channels):
                total += camera[c, x]
            above = max(total / np.float32(channels) - _HIGHLIGHT, _0) * _10
            mask[x] = above * above
        for c in range(channels):
            inverse = _1 / balance[c]
            for x in range(width):
                raw[y, x, c] = clipped(camera[c, x] * max(mask[x] + (_1 - mask[x]) * inverse, inverse))
    return raw


@compiled
def _mix(target: Table, matrix: Matrix, source: Table) -> None:
    """Multiply the colors of a line, (C, W), by a matrix."""
    for c in range(target.shape[0]):
        out = target[c]
        for x in range(out.size):
            out[x] = matrix[c, 0] * source[0, x]
        for k in range(1, target.shape[0]):
            weight, add = matrix[c, k], source[k]
            for x in range(out.size):
                out[x] += weight * add[x]


@compiled
def _balance(colors: Image, balance: Table) -> None:
    height, width, channels = colors.shape
    for y in range(height):
        for x in range(width):
            for c in range(channels):
                colors[y, x, c] = clipped(colors[y, x, c] * balance[c])


@compiled
def _balance_mosaic(mosaic: Table, red_row: int, red_column: int, balance: Table) -> None:
    height, width = mosaic.shape
    for y in range(height):
        row = (y + red_row) & 1
        for x in range(width):
            mosaic[y, x] = clipped(mosaic[y, x] * balance[row + ((x + red_column) & 1)])


@compiled
def _changed(image: Image, noisy: Image, raw: Image, balance: Table, to_rgb: Matrix, encode: Table) -> Image:
    """Return the image plus the difference of two developments, of noisy balanced colors and of clean raw ones."""
    height, width, channels = image.shape
    result = np.empty_like(image)
    sensor = np.empty((channels, width), np.float32)
    noisy_roots, clean_roots = np.empty((channels, width), np.float32), np.empty((channels, width), np.float32)
    for y in range(height):
        for c in range(channels):
            for x in range(width):
                sensor[c, x] = noisy[y, x, c]
        _develop(noisy_roots, sensor, to_rgb)
        for c in range(channels):
            for x in range(width):
                sensor[c, x] = clipped(raw[y, x, c] * balance[c])
        _develop(clean_roots, sensor, to_rgb)
        for c in range(channels):
            for x in range(width):
                change = _look_up(encode, noisy_roots[c, x]) - _look_up(encode, clean_roots[c, x])
                result[y, x, c] = clipped(clipped(image[y, x, c]) + change)
    return result


@compiled
def _develop(roots: Table, sensor: Table, to_rgb: Matrix) -> None:
    """Write the square roots of the linear colors of a line, by which the tone curve is looked up."""
    _mix(roots, to_rgb, sensor)
    for c in range(roots.shape[0]):
        for x in range(roots.shape[1]):
            roots[c, x] = np.sqrt(clipped(roots[c, x]))
