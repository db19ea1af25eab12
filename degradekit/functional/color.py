"""Colors of every pixel: levels, saturation, hue, contrast and casts.

Images come in as (H, W, C) float32 and go out in [0, 1]; what is computed in HSV is clipped first. The luma is
0.299 R + 0.587 G + 0.114 B, computed so that it is exactly the level of a gray pixel.

Source: docs/model.md, section Color.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.curves import apply_curve, from_light, gamma_curve, to_light
from degradekit.types import Image

Flat = NDArray[np.float32]
_ZERO, _ONE = np.float32(0), np.float32(1)
_RED, _BLUE = np.float32(0.299), np.float32(0.114)


@compiled
def clipped(value: np.float32) -> np.float32:
    """Return a value clipped to [0, 1]."""
    return min(max(value, _ZERO), _ONE)


@compiled
def luma_of(red: np.float32, green: np.float32, blue: np.float32) -> np.float32:
    """Return the luma of one pixel."""
    return green + _RED * (red - green) + _BLUE * (blue - green)


def luma_plane(image: Image) -> Image:
    """Return the luma as (H, W, 1), or a gray image itself."""
    if image.shape[2] == 1:
        return image
    return _luma(_flat(image)).reshape(*image.shape[:2], 1)


def grayscale(image: Image) -> Image:
    """Return the luma in all channels."""
    luma: Image = np.clip(luma_plane(image), _ZERO, _ONE)
    return np.repeat(luma, image.shape[2], axis=2)


def levels(image: Image, low: tuple[float, float], high: tuple[float, float], gamma: float) -> Image:
    """Move one level to another, and a second one to another; what lies between follows, then is raised to a power.

    Args:
        image: (H, W, C) float32.
        low: The first level, before and after, on the 0..255 scale.
        high: The second level, before and after.
        gamma: The exponent, > 0, of what is left after clipping to [0, 1].
    """
    scale = (high[1] - low[1]) / (high[0] - low[0])
    offset = (low[1] - low[0] * scale) / 255
    result = _scaled(_flat(image), np.float32(scale), np.float32(offset)).reshape(image.shape)
    return result if gamma == 1 else apply_curve(result, gamma_curve(gamma))


def blend_with(image: Image, factor: float, level: float) -> Image:
    """Return factor times the image, plus (1 - factor) times one level."""
    return _scaled(_flat(image), np.float32(factor), np.float32((1 - factor) * level)).reshape(image.shape)


def mean_luma(image: Image) -> float:
    """Return the mean of the luma of the image clipped to [0, 1], added up line by line in float64."""
    return _mean(_flat(luma_plane(np.clip(image, _ZERO, _ONE))))


def saturate(image: Image, factor: float, hsv: bool) -> Image:
    """Multiply the saturation: of HSV, which keeps the largest channel, or the distance to the luma, which it keeps.

    Args:
        image: (H, W, C) float32; a gray one is only clipped.
        factor: Below 0, colors turn into their opposites.
        hsv: The first of the two; the saturation of HSV ends at 1.
    """
    if image.shape[2] == 1:
        return np.clip(image, _ZERO, _ONE)
    pixels = _flat(image)
    saturated = _saturate_hsv(pixels, np.float32(factor)) if hsv else _saturate(pixels, np.float32(factor))
    return saturated.reshape(image.shape)


def turn_hue(image: Image, turns: float) -> Image:
    """Add to the hue of HSV, in turns; a gray image is only clipped."""
    if image.shape[2] == 1 or turns == 0:
        return np.clip(image, _ZERO, _ONE)
    return _turn_hue(_flat(image), np.float32(turns * 6)).reshape(image.shape)


def cast(image: Image, gains: Sequence[float], offsets: Sequence[float]) -> Image:
    """Multiply the light of each channel, by the curve of sRGB, then add to its levels, and clip after each.

    Args:
        image: (H, W, C) float32.
        gains: Factor of each channel's light, >= 0.
        offsets: What is added to each channel, on the 0..255 scale.
    """
    channels = image.shape[2]
    factors, added = (np.array(values[:channels], np.float32) for values in (gains, offsets))
    added /= np.float32(255)
    tinted = np.ascontiguousarray(image)
    if (factors != 1).any():
        light = _tint(apply_curve(tinted, to_light("srgb")), factors, np.zeros_like(added))
        tinted = apply_curve(light, from_light("srgb"))
    return _tint(tinted, np.ones_like(added), added)


def _flat(image: Image) -> Flat:
    return np.ascontiguousarray(image).reshape(-1)


@compiled
def _luma(pixels: Flat) -> Flat:
    result = np.empty(pixels.size // 3, np.float32)
    for i in range(np.uint64(result.size)):
        start = i * np.uint64(3)
        result[i] = luma_of(pixels[start], pixels[start + np.uint64(1)], pixels[start + np.uint64(2)])
    return result


@compiled
def _mean(values: Flat) -> float:
    total = 0.0
    for value in values:
        total += np.float64(value)
    return total / values.size


@compiled
def _scaled(values: Flat, scale: np.float32, offset: np.float32) -> Flat:
    result = np.empty_like(values)
    for i in range(values.size):
        result[i] = clipped(values[i] * scale + offset)
    return result


@compiled
def _saturate(pixels: Flat, factor: np.float32) -> Flat:
    result = np.empty_like(pixels)
    for start in range(0, pixels.size, 3):
        red, green, blue = pixels[start], pixels[start + 1], pixels[start + 2]
        toward = (_ONE - factor) * luma_of(red, green, blue)
        result[start] = clipped(factor * red + toward)
        result[start + 1] = clipped(factor * green + toward)
        result[start + 2] = clipped(factor * blue + toward)
    return result


@compiled
def _saturate_hsv(pixels: Flat, factor: np.float32) -> Flat:
    result = np.empty_like(pixels)
    for start in range(0, pixels.size, 3):
        red, green, blue = clipped(pixels[start]), clipped(pixels[start + 1]), clipped(pixels[start + 2])
        value = max(red, green, blue)
        chroma = value - min(red, green, blue)
        least = min(factor, value / chroma) if chroma > _ZERO else _ONE
        toward = (_ONE - least) * value
        result[start] = clipped(least * red + toward)
        result[start + 1] = clipped(least * green + toward)
        result[start + 2] = clipped(least * blue + toward)
    return result


@compiled
def _turn_hue(pixels: Flat, sixths: np.float32) -> Flat:
    result = np.empty_like(pixels)
    for start in range(0, pixels.size, 3):
        red, green, blue = clipped(pixels[start]), clipped(pixels[start + 1]), clipped(pixels[start + 2])
        value = max(red, green, blue)
        chroma = value - min(red, green, blue)
        hue = sixths
        if chroma > _ZERO:
            if value == red:
                hue += (green - blue) / chroma
            elif value == green:
                hue += (blue - red) / chroma + np.float32(2)
            else:
                hue += (red - green) / chroma + np.float32(4)
        result[start] = _channel(value, chroma, hue + np.float32(5))
        result[start + 1] = _channel(value, chroma, hue + np.float32(3))
        result[start + 2] = _channel(value, chroma, hue + np.float32(1))
    return result


@compiled
def _channel(value: np.float32, chroma: np.float32, sixth: np.float32) -> np.float32:
    """Return a channel from value and chroma: full for a third of the turn, none for another, straight between."""
    sixth -= np.float32(6) * np.floor(sixth / np.float32(6))
    return clipped(value - chroma * clipped(min(sixth, np.float32(4) - sixth)))


@compiled
def _tint(image: Image, gains: Flat, offsets: Flat) -> Image:
    result, channels = np.empty_like(image), image.shape[2]
    flat, out = image.reshape(-1), result.reshape(-1)
    for start in range(0, flat.size, channels):
        for c in range(channels):
            out[start + c] = clipped(flat[start + c] * gains[c] + offsets[c])
    return result
