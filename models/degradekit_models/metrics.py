"""PSNR and SSIM as papers report them: of RGB or of Y, on 8-bit levels, borders cropped."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

SSIM_WINDOW = 11
"""Side of the window of SSIM in pixels, and so the smallest side of a picture."""
_Y = (65.481, 128.553, 24.966)
"""Limited-range BT.601: Y = 16 + these times R, G, B in [0, 1]."""


def luma(images: Tensor) -> Tensor:
    """Return the luma Y of (N, 3, H, W) RGB in [0, 1], as (N, 1, H, W) in 16..235."""
    weights = images.new_tensor(_Y).view(1, 3, 1, 1)
    return (images * weights).sum(1, keepdim=True) + 16


def levels(images: Tensor) -> Tensor:
    """Clip images in [0, 1] and round them to 8-bit levels, in float64."""
    return (images.double().clamp(0, 1) * 255).round()


def psnr(one: Tensor, other: Tensor) -> float:
    """Return the peak signal-to-noise ratio of two batches of levels, 0..255, in dB; infinite where they are equal."""
    error = F.mse_loss(one.double(), other.double()).item()
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def ssim(one: Tensor, other: Tensor) -> float:
    """Return the structural similarity of two batches of levels, 0..255, (N, C, H, W), with sides >= 11.

    It is the mean over channels and pixels with a Gaussian window of 11 taps and sigma 1.5 inside the image, K1 = 0.01,
    K2 = 0.03, population statistics.
    Source: Wang et al., Image quality assessment: from error visibility to structural similarity (2004).
    """
    x, y = one.double(), other.double()
    half = SSIM_WINDOW // 2
    taps = torch.exp(-0.5 * (torch.arange(-half, half + 1, dtype=torch.float64, device=x.device) / 1.5) ** 2)
    taps = taps / taps.sum()
    channels = x.shape[1]

    def mean(values: Tensor) -> Tensor:
        rows = taps.view(1, 1, -1, 1).expand(channels, 1, -1, 1)
        columns = taps.view(1, 1, 1, -1).expand(channels, 1, 1, -1)
        return F.conv2d(F.conv2d(values, rows, groups=channels), columns, groups=channels)

    mx, my = mean(x), mean(y)
    vx, vy, cov = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    similar = (2 * mx * my + c1) * (2 * cov + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))
    return float(similar.mean())


def scores(result: Tensor, truth: Tensor, crop: int) -> dict[str, float]:
    """Return `psnr_rgb`, `ssim_rgb`, `psnr_y` and `ssim_y`.

    Args:
        result: (N, 3, H, W) in [0, 1]; clipped and rounded to 8 bits first.
        truth: The HR to compare with, in the same shape and range.
        crop: Pixels that are left out at each border, by custom the scale.
    """
    a, b = (levels(images)[..., crop : -crop or None, crop : -crop or None] for images in (result, truth))
    ya, yb = luma(a / 255), luma(b / 255)
    return {"psnr_rgb": psnr(a, b), "ssim_rgb": ssim(a, b), "psnr_y": psnr(ya, yb), "ssim_y": ssim(ya, yb)}
