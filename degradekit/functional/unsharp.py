"""Unsharp masking through a soft mask, and the Gaussian blur that it uses.

Source: docs/model.md, section Sharpening.
"""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional import coarse_blur
from degradekit.functional.coarse_blur import MIXING
from degradekit.functional.compiled import compiled
from degradekit.functional.filtering import convolve_gaussian
from degradekit.functional.levels import clipped
from degradekit.types import Image

TOLERANCE = 0.25 / 255
"""The largest error of a pixel of the result, where no residual around it is at the threshold."""

_0, _1, _255 = np.float32(0), np.float32(1), np.float32(255)


def gaussian_blur(image: Image, size: int) -> Image:
    """Blur with a Gaussian of `size` taps, odd, and the sigma that OpenCV derives from the size.

    The sigma is 0.3 ((size - 1) / 2 - 1) + 0.8. Shapes and border are those of `convolve`.
    """
    sigma = 0.3 * ((size - 1) * 0.5 - 1) + 0.8
    return convolve_gaussian(image, size // 2, sigma)


def unsharp_mask(image: Image, size: int, weight: float, threshold: float) -> Image:
    """Sharpen an image where its detail is strong: unsharp masking through a soft mask.

    Args:
        image: (H, W, C) float32 in [0, 1].
        size: Taps of the Gaussian, odd; 51 means a sigma of 8.0 pixels.
        weight: How much of the residual, image - blur, is added.
        threshold: On the 0..255 scale; a channel is sharpened where the magnitude of its residual is above it.

    Returns:
        (H, W, C) float32 in [0, 1].

    Source: docs/model.md, section Sharpening.
    """
    image = np.ascontiguousarray(image)
    # An error of the blur counts times the weight, and one of the mask times the weight and the residual, at most 1.
    if size == coarse_blur.SIZE and 2 * weight * coarse_blur.ERROR < TOLERANCE:
        blurred = coarse_blur.coarse_blur(image)
        mask = _coarse_detail_mask(image, blurred, np.float32(threshold))
        soft = coarse_blur.coarse_blur(mask)
        _coarse_sharpen(mask, image, blurred, soft, np.float32(weight))
        return mask  # which holds the result now: new memory for a large image takes as long as sharpening it
    blurred = gaussian_blur(image, size)
    mask = _detail_mask(image, blurred, np.float32(threshold))
    return _sharpen(image, blurred, gaussian_blur(mask, size), np.float32(weight))


@compiled
def _masked(value: np.float32, blurred: np.float32, threshold: np.float32) -> np.float32:
    return _1 if abs(value - blurred) * _255 > threshold else _0


@compiled
def _sharpened(value: np.float32, blurred: np.float32, mask: np.float32, weight: np.float32) -> np.float32:
    sharp = min(max(value + weight * (value - blurred), _0), _1)
    soft = clipped(mask)  # as its taps may be negative, and their sums are rounded
    return soft * sharp + (_1 - soft) * value


@compiled
def _detail_mask(image: Image, blurred: Image, threshold: np.float32) -> Image:
    mask = np.empty_like(image)
    source, smooth, out = image.reshape(-1), blurred.reshape(-1), mask.reshape(-1)
    for i in range(source.size):
        out[i] = _masked(source[i], smooth[i], threshold)
    return mask


@compiled
def _sharpen(image: Image, blurred: Image, mask: Image, weight: np.float32) -> Image:
    result = np.empty_like(image)
    source, smooth, soft, out = image.reshape(-1), blurred.reshape(-1), mask.reshape(-1), result.reshape(-1)
    for i in range(source.size):
        out[i] = _sharpened(source[i], smooth[i], soft[i], weight)
    return result


@compiled
def _coarse_detail_mask(image: Image, blurred: NDArray[np.float32], threshold: np.float32) -> Image:
    """Return what `_detail_mask` returns; `blurred` is a result of `coarse_blur`."""
    height, n = image.shape[0], image.shape[1] * image.shape[2]
    mask = np.empty_like(image)
    source, rows, out = image.reshape(-1), blurred.reshape(-1), mask.reshape(-1)
    for y in range(height):
        to, a = np.uint64(y * n), np.uint64(y // 3 * blurred.shape[1])
        b, c = a + np.uint64(blurred.shape[1]), a + np.uint64(2 * blurred.shape[1])
        w0, w1, w2 = MIXING[y % 3, 0], MIXING[y % 3, 1], MIXING[y % 3, 2]
        for i in range(np.uint64(n)):
            smooth = (w0 * rows[a + i] + w1 * rows[b + i]) + w2 * rows[c + i]
            out[to + i] = _masked(source[to + i], smooth, threshold)
    return mask


@compiled
def _coarse_sharpen(
    result: Image, image: Image, blurred: NDArray[np.float32], mask: NDArray[np.float32], weight: np.float32
) -> None:
    """Write what `_sharpen` returns to `result`; `blurred` and `mask` are results of `coarse_blur`."""
    height, n = image.shape[0], image.shape[1] * image.shape[2]
    source, rows, mask_rows, out = image.reshape(-1), blurred.reshape(-1), mask.reshape(-1), result.reshape(-1)
    for y in range(height):
        to, a = np.uint64(y * n), np.uint64(y // 3 * blurred.shape[1])
        b, c = a + np.uint64(blurred.shape[1]), a + np.uint64(2 * blurred.shape[1])
        w0, w1, w2 = MIXING[y % 3, 0], MIXING[y % 3, 1], MIXING[y % 3, 2]
        for i in range(np.uint64(n)):
            smooth = (w0 * rows[a + i] + w1 * rows[b + i]) + w2 * rows[c + i]
            soft = (w0 * mask_rows[a + i] + w1 * mask_rows[b + i]) + w2 * mask_rows[c + i]
            out[to + i] = _sharpened(source[to + i], smooth, soft, weight)
