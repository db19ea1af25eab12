"""Unsharp masking of training targets on the device, as `degradekit.Sharpen` does it on the CPU.

Source: docs/model.md, section Sharpening.
"""

import math
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from degradekit.types import Pixels

SIZE = 51
"""Taps of the Gaussian."""
MARGIN = 2 * (SIZE // 2)
"""Pixels around a patch that its sharpening depends on: the image is blurred, and then a mask of the result."""


def with_margin(hr: Pixels, y: int, x: int, side: int) -> Pixels:
    """Cut a patch with its margins out of a tile.

    Args:
        hr: (H, W, 3) uint8.
        y: Row of the patch's upper left corner.
        x: Column of the patch's upper left corner.
        side: Side of the patch in pixels.

    Returns:
        (side + 2 MARGIN, side + 2 MARGIN, 3); beyond the tile's border it is mirrored about the edge pixels.
    """
    top, left = max(0, y - MARGIN), max(0, x - MARGIN)
    inside = hr[top : y + side + MARGIN, left : x + side + MARGIN]
    above, before = top - (y - MARGIN), left - (x - MARGIN)
    full = side + 2 * MARGIN
    below, behind = full - above - inside.shape[0], full - before - inside.shape[1]
    padded: Any = cv2.copyMakeBorder(inside, above, below, before, behind, cv2.BORDER_REFLECT_101)
    return np.asarray(padded)


def sharpen(images: Tensor, weight: Tensor | float = 0.5, threshold: Tensor | float = 10.0) -> Tensor:
    """Sharpen patches that have margins.

    Args:
        images: (N, 3, H + 2 MARGIN, W + 2 MARGIN) float32 in [0, 1].
        weight: Factor of the residual that is added; one number or (N, 1, 1, 1); 0 leaves a patch as it is.
        threshold: Residuals above it are sharpened, on the 0..255 scale; one number or (N, 1, 1, 1).

    Returns:
        (N, 3, H, W): what sharpening the whole picture gives there.
    """
    half = MARGIN // 2
    images = images.contiguous()
    inner = _cropped(images, half)
    residual = inner - _blur(images)
    mask = (residual.abs() * 255 > threshold).to(images.dtype)
    sharp = (inner + weight * residual).clamp(0, 1)
    soft = _blur(mask)
    return soft * _cropped(sharp, half) + (1 - soft) * _cropped(inner, half)


def without_margin(images: Tensor) -> Tensor:
    """Return patches without their margins, (N, 3, H, W)."""
    return _cropped(images, MARGIN)


def _cropped(images: Tensor, by: int) -> Tensor:
    return images[..., by:-by, by:-by]


def _blur(images: Tensor) -> Tensor:
    """Blur as a product of matrices, which is faster than a convolution with so many taps."""
    by_rows, by_columns = (_blurring(side, images.device) for side in images.shape[-2:])
    return by_rows @ images @ by_columns.T


@lru_cache
def _blurring(side: int, device: torch.device) -> Tensor:
    """Return the matrix that blurs columns of so many pixels, (side - SIZE + 1, side)."""
    sigma = 0.3 * ((SIZE - 1) * 0.5 - 1) + 0.8
    taps = torch.tensor([math.exp(-0.5 * ((i - SIZE // 2) / sigma) ** 2) for i in range(SIZE)], dtype=torch.float64)
    matrix = torch.zeros(side - SIZE + 1, side)
    matrix.as_strided((side - SIZE + 1, SIZE), (side + 1, 1)).copy_(taps / taps.sum())  # each row one pixel on
    return matrix.to(device)
