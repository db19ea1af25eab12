"""The arithmetic of lenses and of misaligned sensors: light that falls off, and colors that are displaced.

A lens is given by its center, in pixels of the image, and its radius: half the diagonal of the photo. Whatever depends
on it is computed from the distance to the center alone, so that parts of a photo get what the photo gets, to the bit.
Beyond the border, the edge pixel is repeated.

Source: docs/model.md, section Lens.
"""

import math

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.curves import apply_curve, from_light, to_light
from degradekit.functional.levels import clipped
from degradekit.functional.luma import BT601
from degradekit.types import Image

PLANES = {
    "red": ((1.0, 0.0, 0.0), (1.0, 0.0, 0.0)),
    "green": ((0.0, 1.0, 0.0), (0.0, 1.0, 0.0)),
    "blue": ((0.0, 0.0, 1.0), (0.0, 0.0, 1.0)),
    "luma": (BT601, (1.0, 1.0, 1.0)),
    "cb": ((-BT601[0], -BT601[1], 1 - BT601[2]), (0.0, -BT601[2] / BT601[1], 1.0)),
    "cr": ((1 - BT601[0], -BT601[1], -BT601[2]), (1.0, -BT601[0] / BT601[1], 0.0)),
}
"""How each plane is made of red, green and blue, and what these gain when it gains 1 and the other two stay.

The planes Cb and Cr are blue and red less the luma; how they are scaled makes no difference to what is shifted.
"""


def vignette(image: Image, center_y: float, center_x: float, radius: float, falloff: float) -> Image:
    """Multiply the light by (1 + (falloff rho)^2)^-2, by the curve of sRGB; the result is clipped to [0, 1].

    Args:
        image: (H, W, C) float32.
        center_y: Row of the lens's center.
        center_x: Column of the lens's center.
        radius: The distance in pixels where rho is 1.
        falloff: Tangent of the angle at which light arrives there, >= 0; 0 only clips.
    """
    if falloff == 0:
        return np.clip(image, np.float32(0), np.float32(1))
    light = apply_curve(np.ascontiguousarray(image), to_light("srgb"))
    return apply_curve(_dim(light, center_y, center_x, (falloff / radius) ** 2), from_light("srgb"))


@compiled
def _dim(light: Image, center_y: float, center_x: float, slope: float) -> Image:
    height, width, channels = light.shape
    result = np.empty_like(light)
    for y in range(height):
        dy = y - center_y
        for x in range(width):
            dx = x - center_x
            fall = 1.0 + slope * (dy * dy + dx * dx)
            gain = np.float32(1.0 / (fall * fall))
            for c in range(channels):
                result[y, x, c] = clipped(gain * light[y, x, c])
    return result


@compiled
def disperse(image: Image, center_y: float, center_x: float, radius: float, factors: NDArray[np.float64]) -> Image:
    """Magnify each channel by a factor of its own that depends on the distance to the center.

    A channel shows at p, from the center, what lay at p (1 + k1 rho^2 + k2 rho^4).

    Args:
        image: (H, W, C) float32, contiguous.
        center_y: Row of the lens's center.
        center_x: Column of the lens's center.
        radius: The distance in pixels where rho is 1.
        factors: (C, 2), k1 and k2 of each channel; where both are 0 the channel is copied.
    """
    height, width, channels = image.shape
    result = np.empty_like(image)
    for c in range(channels):
        k1, k2 = factors[c, 0] / radius**2, factors[c, 1] / radius**4
        if k1 == 0.0 and k2 == 0.0:
            result[:, :, c] = image[:, :, c]
            continue
        for y in range(height):
            dy = y - center_y
            for x in range(width):
                dx = x - center_x
                square = dy * dy + dx * dx
                moved = square * (k1 + k2 * square)
                result[y, x, c] = _sample(image, c, y, x, dy * moved, dx * moved)
    return result


def shift_plane(image: Image, plane: str, dy: float, dx: float) -> Image:
    """Shift one plane of a color image and leave the other two of red, green and blue, or of luma, Cb and Cr.

    Args:
        image: (H, W, 3) float32.
        plane: A name of PLANES.
        dy: Shift down, in pixels.
        dx: Shift to the right, in pixels.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    weights, gains = (np.array(row, np.float32) for row in PLANES[plane])
    values = np.ascontiguousarray(image)
    return _shift(values, _plane(values, weights), gains, dy, dx)


@compiled
def _plane(image: Image, weights: NDArray[np.float32]) -> Image:
    height, width, _ = image.shape
    result = np.empty((height, width, 1), np.float32)
    for y in range(height):
        for x in range(width):
            result[y, x, 0] = image[y, x, 0] * weights[0] + image[y, x, 1] * weights[1] + image[y, x, 2] * weights[2]
    return result


@compiled
def _shift(image: Image, plane: Image, gains: NDArray[np.float32], dy: float, dx: float) -> Image:
    height, width, channels = image.shape
    result = np.empty_like(image)
    for y in range(height):
        for x in range(width):
            gained = _sample(plane, 0, y, x, -dy, -dx) - plane[y, x, 0]
            for c in range(channels):
                result[y, x, c] = clipped(image[y, x, c] + gains[c] * gained)
    return result


@compiled
def _sample(image: Image, channel: int, y: int, x: int, dy: float, dx: float) -> np.float32:
    """Return one channel at (y + dy, x + dx), bilinear, with the edge pixels repeated beyond the border."""
    height, width = image.shape[0], image.shape[1]
    dy, dx = min(max(dy, -height), height), min(max(dx, -width), width)  # beyond all integers with a lens far away
    above, left = math.floor(dy), math.floor(dx)
    down, right = np.float32(dy - above), np.float32(dx - left)
    top, bottom = min(max(y + above, 0), height - 1), min(max(y + above + 1, 0), height - 1)
    first, second = min(max(x + left, 0), width - 1), min(max(x + left + 1, 0), width - 1)
    upper: np.float32 = image[top, first, channel]
    upper += right * (image[top, second, channel] - upper)
    lower: np.float32 = image[bottom, first, channel]
    lower += right * (image[bottom, second, channel] - lower)
    return upper + down * (lower - upper)
