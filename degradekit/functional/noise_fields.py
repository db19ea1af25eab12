"""What the noise models share: uniform fields, planes of noise spread over channels, and adding only where wanted.

A field of noise is made as planes, (H, W, P) float32: one for each channel, one for all, or two for the chroma.

Source: docs/model.md, section Other noise.
"""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.bits import sequence_start, word
from degradekit.functional.compiled import compiled
from degradekit.functional.levels import clipped
from degradekit.functional.luma import luma_of
from degradekit.functional.noise import add_clipped, chroma_to_rgb
from degradekit.types import Image

_UNIT = np.float32(2.0**-31)


def planes_of(channels: str, image_channels: int) -> int:
    """Return how many planes of noise are made for an image: `color`, `gray`, `luma` or `chroma`."""
    return {"color": image_channels, "chroma": 2}.get(channels, 1)


def spread(planes: Image, channels: str, image_channels: int) -> Image:
    """Return planes of noise as what is added to the channels, (H, W, C), or (H, W, 1) for all of them.

    Args:
        planes: (H, W, P) float32, as many as `planes_of` returns.
        channels: `color`, `gray`, `luma` or `chroma`. Only the two planes of `chroma` have to be converted: adding one
            plane to Y is adding it to all channels.
        image_channels: C of the image.
    """
    return chroma_to_rgb(planes, image_channels) if channels == "chroma" else planes


def uniform_field(shape: tuple[int, ...], seed: int) -> Image:
    """Return independent numbers, uniform in [-1, 1], as float32; the same shape and seed give the same field."""
    return _uniform(int(np.prod(shape)), seed).reshape(shape)


def add_where(
    image: Image, field: Image, above: float | None, below: float | None, *, in_shadows: bool, offset: float
) -> Image:
    """Return the sum of an image and a field, clipped to [0, 1], where the image's luma lets the field through.

    Args:
        image: (H, W, C) float32.
        field: (H, W, C) float32, or (H, W, 1) for all channels.
        above: Add only where the luma, 0.299 R + 0.587 G + 0.114 B on the 0..255 scale, is above this; None for
            everywhere.
        below: Add only where it is below this; None for everywhere.
        in_shadows: Scale the field by 1.2 (1 - mean of the channels).
        offset: What is added to the field first, on the 0..255 scale.
    """
    low, high = -np.inf if above is None else above / 255, np.inf if below is None else below / 255
    if above is None and below is None and not in_shadows and not offset:
        return add_clipped(image, field)
    flat = np.ascontiguousarray(image).reshape(-1)
    limits = np.float32(low), np.float32(high)
    result = _add_where(
        flat, image.shape[2], field.reshape(-1), field.shape[2], limits, in_shadows, np.float32(offset / 255)
    )
    return result.reshape(image.shape)


@compiled
def _uniform(n: int, seed: int) -> NDArray[np.float32]:
    start = sequence_start(seed)
    field = np.empty(2 * ((n + 1) // 2), np.float32)
    for i in range(field.size // 2):
        w = word(start, i)
        field[2 * i] = np.float32(np.int32(w)) * _UNIT
        field[2 * i + 1] = np.float32(np.int32(w >> np.uint64(32))) * _UNIT
    return field[:n]


@compiled
def _add_where(
    image: NDArray[np.float32],
    channels: int,
    field: NDArray[np.float32],
    field_channels: int,
    limits: tuple[np.float32, np.float32],
    in_shadows: bool,
    offset: np.float32,
) -> NDArray[np.float32]:
    result = np.empty_like(image)
    zero, one = np.float32(0), np.float32(1)
    for i in range(image.size // channels):
        first = i * channels
        if channels == 3:
            red, green, blue = image[first], image[first + 1], image[first + 2]
            luma = luma_of(red, green, blue)
            mean = (red + green + blue) / np.float32(3)
        else:
            luma = mean = image[first]
        weight = one if limits[0] < luma < limits[1] else zero
        if in_shadows:
            weight *= np.float32(1.2) * (one - clipped(mean))
        for c in range(channels):
            noise = field[i * field_channels + (c if field_channels == channels else 0)]
            result[first + c] = clipped(image[first + c] + weight * (noise + offset))
    return result
