"""Unsharp masking through a soft mask, and the Gaussian blur that it takes.

Source: docs/model.md, section Sharpening.
"""

import math

import numpy as np

from degradekit.functional.compiled import compiled
from degradekit.functional.filtering import convolve_separable
from degradekit.types import Image


def gaussian_blur(image: Image, size: int) -> Image:
    """Blur with a Gaussian of `size` taps, odd, and the sigma that OpenCV derives from the size.

    The sigma is 0.3 ((size - 1) / 2 - 1) + 0.8. Shapes and border are those of `convolve`.
    """
    sigma = 0.3 * ((size - 1) * 0.5 - 1) + 0.8
    taps = np.array([[math.exp(-0.5 * ((i - size // 2) / sigma) ** 2) for i in range(size)]])
    taps /= taps.sum()
    return convolve_separable(np.ascontiguousarray(image), taps, taps)


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
    blurred = gaussian_blur(image, size)
    mask = _detail_mask(image, blurred, np.float32(threshold))
    return _sharpen(image, blurred, gaussian_blur(mask, size), np.float32(weight))


@compiled
def _detail_mask(image: Image, blurred: Image, threshold: np.float32) -> Image:
    mask = np.empty_like(image)
    source, smooth, out = image.reshape(-1), blurred.reshape(-1), mask.reshape(-1)
    for i in range(source.size):
        out[i] = np.float32(1) if abs(source[i] - smooth[i]) * np.float32(255) > threshold else np.float32(0)
    return mask


@compiled
def _sharpen(image: Image, blurred: Image, mask: Image, weight: np.float32) -> Image:
    result = np.empty_like(image)
    source, smooth, soft, out = image.reshape(-1), blurred.reshape(-1), mask.reshape(-1), result.reshape(-1)
    for i in range(source.size):
        sharp = min(max(source[i] + weight * (source[i] - smooth[i]), np.float32(0)), np.float32(1))
        out[i] = soft[i] * sharp + (np.float32(1) - soft[i]) * source[i]
    return result
