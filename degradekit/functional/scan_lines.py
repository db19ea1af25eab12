"""What lines of a picture show: two fields of different moments, and stripes.

Source: docs/model.md, section Lines.
"""

import math

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.types import Image


def comb(image: Image, motion: float, kept: int) -> Image:
    """Shift every other line to the right.

    Args:
        image: (H, W, C) float32.
        motion: Shift in pixels; below 0 to the left.
        kept: 0 to keep the first line, the third and so on; 1 to keep the others.
    """
    result = image.copy()
    result[1 - kept :: 2] = move(np.ascontiguousarray(image[1 - kept :: 2]), motion)
    return result


def blend_fields(image: Image, motion: float) -> Image:
    """Return the mean of the image and of the image shifted to the right."""
    return (image + move(np.ascontiguousarray(image), motion)) * np.float32(0.5)


def double_field(image: Image, kept: int) -> Image:
    """Keep every other line, and make those between of the mean of their neighbors; at the border, of the one.

    Args:
        image: (H, W, C) float32.
        kept: 0 to keep the first line, the third and so on; 1 to keep the others, of an image that has others.
    """
    result, height = image.copy(), image.shape[0]
    if height == 1:
        return result
    made = np.arange(1 - kept, height, 2)
    above, below = np.where(made == 0, 1, made - 1), np.where(made == height - 1, height - 2, made + 1)
    result[made] = (image[above] + image[below]) * np.float32(0.5)
    return result


@compiled
def move(image: Image, motion: float) -> Image:
    """Shift an image to the right, bilinear, with the edge pixels repeated."""
    height, width, channels = image.shape
    result = np.empty_like(image)
    whole = math.floor(-motion)
    fraction = np.float32(-motion - whole)
    for y in range(height):
        for x in range(width):
            first, second = min(max(x + whole, 0), width - 1), min(max(x + whole + 1, 0), width - 1)
            for c in range(channels):
                value = image[y, first, c]
                result[y, x, c] = value + fraction * (image[y, second, c] - value)
    return result


def stripe(image: Image, depth: float, period: float, phase: float, across: bool) -> Image:
    """Multiply by 1 + depth sin(2 pi i / period + phase), and clip to [0, 1].

    Args:
        image: (H, W, C) float32.
        depth: Amplitude of the factor; 0 only clips.
        period: Distance between stripes in pixels.
        phase: Phase of the first row or column, in radians.
        across: i is a column, else a row.
    """
    length = image.shape[1 if across else 0]
    waves: NDArray[np.float32] = np.array(
        [1 + depth * math.sin(2 * math.pi * i / period + phase) for i in range(length)], np.float32
    )
    gains = waves[None, :, None] if across else waves[:, None, None]
    result: Image = np.clip(image * gains, np.float32(0), np.float32(1))
    return result
