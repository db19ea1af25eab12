"""Colors of every pixel: levels, saturation, hue, contrast and casts.

Images come in as (H, W, C) float32 and go out in [0, 1]; what is computed in HSV is clipped first.

Source: docs/model.md, section Color.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.curves import apply_curve, from_light, gamma_curve, to_light
from degradekit.functional.levels import clipped
from degradekit.functional.luma import luma_of, luma_plane
from degradekit.types import Image

Flat = NDArray[np.float32]
_ZERO, _ONE = np.float32(0), np.float32(1)


def grayscale(image: Image) -> Image:
    """Return the luma in all channels."""
    if image.shape[2] == 1:
        return np.clip(image, _ZERO, _ONE)
    return _gray(_flat(image)).reshape(image.shape)


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
        factor: Factor of the saturation; below 0, colors turn into their opposites.
        hsv: Multiply the saturation of HSV, which ends at 1; otherwise the distance to the luma.
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
def _rgb_at(i: Any) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Return where red, green and blue of a pixel are; loops over unsigned integers vectorize."""
    red = i * np.uint64(3)
    return red, red + np.uint64(1), red + np.uint64(2)


@compiled
def _gray(pixels: Flat) -> Flat:
    result = np.empty_like(pixels)
    for i in range(np.uint64(pixels.size // 3)):
        r, g, b = _rgb_at(i)
        result[r] = result[g] = result[b] = clipped(luma_of(pixels[r], pixels[g], pixels[b]))
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
    for i in range(np.uint64(pixels.size // 3)):
        r, g, b = _rgb_at(i)
        red, green, blue = pixels[r], pixels[g], pixels[b]
        toward = (_ONE - factor) * luma_of(red, green, blue)
        result[r] = clipped(factor * red + toward)
        result[g] = clipped(factor * green + toward)
        result[b] = clipped(factor * blue + toward)
    return result


@compiled
def _saturate_hsv(pixels: Flat, factor: np.float32) -> Flat:
    result = np.empty_like(pixels)
    for i in range(np.uint64(pixels.size // 3)):
        r, g, b = _rgb_at(i)
        red, green, blue = clipped(pixels[r]), clipped(pixels[g]), clipped(pixels[b])
        value = max(max(red, green), blue)
        chroma = value - min(min(red, green), blue)
        most = value / (chroma if chroma > _ZERO else _ONE)
        least = min(factor, most) if chroma > _ZERO else _ONE
        toward = (_ONE - least) * value
        result[r] = clipped(least * red + toward)
        result[g] = clipped(least * green + toward)
        result[b] = clipped(least * blue + toward)
    return result


@compiled
def _turn_hue(pixels: Flat, sixths: np.float32) -> Flat:
    result = np.empty_like(pixels)
    for i in range(np.uint64(pixels.size // 3)):
        r, g, b = _rgb_at(i)
        red, green, blue = clipped(pixels[r]), clipped(pixels[g]), clipped(pixels[b])
        value = max(max(red, green), blue)
        chroma = value - min(min(red, green), blue)
        difference = green - blue if value == red else blue - red if value == green else red - green
        third = _ZERO if value == red else np.float32(2) if value == green else np.float32(4)
        hue = sixths + (difference / (chroma if chroma > _ZERO else _ONE) + third)
        result[r] = _channel(value, chroma, hue + np.float32(5))
        result[g] = _channel(value, chroma, hue + np.float32(3))
        result[b] = _channel(value, chroma, hue + np.float32(1))
    return result


@compiled
def _channel(value: np.float32, chroma: np.float32, sixth: np.float32) -> np.float32:
    """Return a channel from value and chroma: full for a third of the turn, none for another, straight between."""
    sixth -= np.float32(6) * np.floor(sixth / np.float32(6))
    return clipped(value - chroma * clipped(min(sixth, np.float32(4) - sixth)))


@compiled
def _tint(image: Image, gains: Flat, offsets: Flat) -> Image:
    height, width, channels = image.shape
    result = np.empty_like(image)
    lines, out = image.reshape(height, -1), result.reshape(height, -1)
    factors, added = np.empty(width * channels, np.float32), np.empty(width * channels, np.float32)
    for x in range(width * channels):
        factors[x], added[x] = gains[x % channels], offsets[x % channels]
    for y in range(height):
        for x in range(width * channels):
            out[y, x] = clipped(lines[y, x] * factors[x] + added[x])
    return result
