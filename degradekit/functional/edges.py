"""What is done to edges: halos of sharpening, and lines that get thicker.

Source: docs/model.md, section Halos.
"""

import math

import numpy as np

from degradekit.functional.compiled import compiled
from degradekit.functional.filtering import convolve_gaussian
from degradekit.functional.levels import clipped
from degradekit.functional.luma import luma_plane
from degradekit.types import Image

KINDS = ("unsharp_mask", "unsharp_gray", "unsharp_halo", "unsharp_dark")
"""What is added: all detail of each channel; the luma's, where it is bright; white where it is very bright; dark."""
_REACH = 4
"""Standard deviations to which the Gaussian goes."""


def add_halo(image: Image, kind: str, sigma: float, amount: float, threshold: float) -> Image:
    """Add detail, the difference from a Gaussian blur, and clip to [0, 1].

    Args:
        image: (H, W, C) float32.
        kind: One of KINDS.
        sigma: Standard deviation of the Gaussian in pixels, >= 0.
        amount: Factor of the detail.
        threshold: What is subtracted from the magnitude of the detail first, on the 0..255 scale.
    """
    if sigma == 0 or amount == 0:
        return np.clip(image, np.float32(0), np.float32(1))
    contiguous = np.ascontiguousarray(image)
    source = contiguous if kind == "unsharp_mask" else luma_plane(contiguous)
    blurred = convolve_gaussian(source, math.ceil(_REACH * sigma), sigma)
    return _add(contiguous, source, blurred, KINDS.index(kind), np.float32(amount), np.float32(threshold / 255))


@compiled
def _add(image: Image, source: Image, blurred: Image, kind: int, amount: np.float32, threshold: np.float32) -> Image:
    height, width, channels = image.shape
    planes = source.shape[2]
    result = np.empty_like(image)
    for y in range(height):
        for x in range(width):
            for c in range(channels):
                plane = min(c, planes - 1)
                detail = source[y, x, plane] - blurred[y, x, plane]
                excess = amount * max(abs(detail) - threshold, np.float32(0))
                if kind == 2:
                    added = np.float32(1) if detail > 0 and excess > np.float32(254 / 255) else np.float32(0)
                elif detail > 0:
                    added = excess if kind != 3 else np.float32(0)
                else:
                    added = -excess if kind != 1 else np.float32(0)
                result[y, x, c] = clipped(image[y, x, c] + added)
    return result


def thicken(image: Image, strength: float) -> Image:
    """Return (1 - strength) times the image plus strength times its darkest value in 3 x 3 pixels, per channel."""
    return _thicken(np.ascontiguousarray(image), np.float32(strength))


@compiled
def _thicken(image: Image, strength: np.float32) -> Image:
    height, width, channels = image.shape
    row, rest = np.uint64(width * channels), np.float32(1) - strength
    result = np.empty_like(image)
    lines, out = image.reshape(height, -1), result.reshape(height, -1)
    columns = np.empty((width + 2) * channels, np.float32)  # the first and the last pixel twice
    inner, middle, last = columns[channels:], np.uint64(channels), np.uint64(2 * channels)
    for y in range(height):
        above, own, below = lines[max(y - 1, 0)], lines[y], lines[min(y + 1, height - 1)]
        for i in range(row):
            inner[i] = min(min(above[i], own[i]), below[i])
        for c in range(channels):
            columns[c] = inner[c]
            columns[(width + 1) * channels + c] = columns[width * channels + c]
        line = out[y]
        for i in range(row):
            darkest = min(min(columns[i], columns[i + middle]), columns[i + last])
            line[i] = rest * own[i] + strength * darkest
    return result
