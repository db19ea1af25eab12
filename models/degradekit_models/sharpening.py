"""Unsharp masking of training targets on the device, as `degradekit.Sharpen` does on the CPU; spec section 7."""

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

SIZE = 51
MARGIN = 2 * (SIZE // 2)
"""Pixels around a patch that its sharpening depends on: the image is blurred, and a mask of the result again."""


def sharpen(images: Tensor, weight: Tensor | float = 0.5, threshold: Tensor | float = 10.0) -> Tensor:
    """Sharpen patches that come with their margins.

    Args:
        images: (N, 3, H + 2 MARGIN, W + 2 MARGIN) float32 in [0, 1].
        weight: How much of the residual is added; one for all or (N, 1, 1, 1); 0 leaves a patch as it is.
        threshold: Residuals above it, on the 0..255 scale, are sharpened; one for all or (N, 1, 1, 1).

    Returns:
        (N, 3, H, W): what sharpening the whole picture gives there.
    """
    half = MARGIN // 2
    images = images.contiguous()  # of channels_last, cuDNN would round the factors to TF32's 10 bits
    inner = _cropped(images, half)
    residual = inner - _blur(images)
    mask = (residual.abs() * 255 > threshold).to(images.dtype)
    sharp = (inner + weight * residual).clamp(0, 1)
    soft = _blur(mask)
    return soft * _cropped(sharp, half) + (1 - soft) * _cropped(inner, half)


def without_margin(images: Tensor) -> Tensor:
    """The patches alone."""
    return _cropped(images, MARGIN)


def _cropped(images: Tensor, by: int) -> Tensor:
    return images[..., by:-by, by:-by]


def _blur(images: Tensor) -> Tensor:
    taps = _taps(images.device)
    channels = images.shape[1]
    rows = F.conv2d(images, taps.view(1, 1, -1, 1).expand(channels, 1, -1, 1), groups=channels)
    return F.conv2d(rows, taps.view(1, 1, 1, -1).expand(channels, 1, 1, -1), groups=channels)


@lru_cache
def _taps(device: torch.device) -> Tensor:
    sigma = 0.3 * ((SIZE - 1) * 0.5 - 1) + 0.8
    taps = torch.tensor([math.exp(-0.5 * ((i - SIZE // 2) / sigma) ** 2) for i in range(SIZE)], dtype=torch.float64)
    return (taps / taps.sum()).float().to(device)
