"""Convolution with a small kernel, and the blur behind unsharp masking."""

import cv2
import numpy as np

from degradekit.functional.kernels import Kernel64
from degradekit.image import Image


def convolve(image: Image, kernel: Kernel64) -> Image:
    """Filter every channel with one odd-sized kernel; the border reflects without repeating the edge pixel.

    The kernels of this library are point-symmetric, for which correlation and convolution are the same. Nothing is
    clipped: overshoot is part of the model.

    Args:
        image: (H, W, C) float32, any size from 1 x 1.
        kernel: (k, k), k odd; rounded to float32.
    """
    filtered: Image = cv2.filter2D(image, cv2.CV_32F, kernel.astype(np.float32), borderType=cv2.BORDER_REFLECT_101)
    return filtered.reshape(image.shape)


def gaussian_blur(image: Image, size: int) -> Image:
    """Gaussian blur with `size` taps per axis and sigma 0.3 ((size - 1) / 2 - 1) + 0.8, OpenCV's rule for a size."""
    blurred: Image = cv2.GaussianBlur(image, (size, size), 0, borderType=cv2.BORDER_REFLECT_101)
    return blurred.reshape(image.shape)


def unsharp_mask(image: Image, size: int, weight: float, threshold: float) -> Image:
    """Sharpen where the detail is strong: unsharp masking behind a soft mask.

    Args:
        image: (H, W, C) float32 in [0, 1].
        size: Taps of the Gaussian, odd; 51 gives sigma 8.0 px.
        weight: How much of the residual image - blur is added.
        threshold: Residuals above it, on the 0..255 scale and per channel, are sharpened.

    Source: spec section 7.
    """
    residual = image - gaussian_blur(image, size)
    mask = (np.abs(residual) * np.float32(255) > np.float32(threshold)).astype(np.float32)
    soft = gaussian_blur(mask, size)
    sharp = np.clip(image + np.float32(weight) * residual, np.float32(0), np.float32(1))
    mixed: Image = soft * sharp + (np.float32(1) - soft) * image
    return mixed
