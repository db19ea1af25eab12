"""Chroma that is stored with fewer samples than luma, and what goes wrong when it is read.

Source: docs/model.md, section Chroma.
"""

import math

import numpy as np

from degradekit.functional.filtering import convolve
from degradekit.functional.kernels import generalized_gaussian
from degradekit.functional.ycbcr import merge, restore, split, subsample, with_range_mistake
from degradekit.types import Image


def subsample_chroma(
    image: Image,
    subsampling: str,
    filters: tuple[str, str],
    left: tuple[bool, bool],
    matrices: tuple[str, str],
    range_mistake: str,
    blur: float,
) -> Image:
    """Subsample and restore the chroma of an image.

    Each pair holds what is written and what is read.

    Args:
        image: (H, W, C) float32, C = 1 or 3; a gray image has no chroma, and is only seen in a wrong range.
        subsampling: A key of `ycbcr.FACTORS`.
        filters: The filters of `resizing.resize` that make the samples smaller and larger.
        left: Whether the samples lie on the left of their columns of luma.
        matrices: Keys of `ycbcr.MATRICES`.
        range_mistake: A key of `ycbcr.RANGE_MISTAKES`.
        blur: Standard deviation of a Gaussian blur of the restored chroma, in pixels.

    Returns:
        (H, W, C) float32 in [0, 1].
    """
    height, width, channels = image.shape
    if channels == 1:
        luma, _, _ = with_range_mistake((image, image, image), range_mistake)
        return np.clip(luma, np.float32(0), np.float32(1))
    luma, *chroma = split(image, matrices[0])
    cb, cr = (
        _blurred(
            restore(
                subsample(plane, subsampling, filters[0], left[0]), subsampling, filters[1], left[1], height, width
            ),
            blur,
        )
        for plane in chroma
    )
    return merge(with_range_mistake((luma, cb, cr), range_mistake), matrices[1])


def _blurred(plane: Image, sigma: float) -> Image:
    if not sigma:
        return plane
    return convolve(plane, generalized_gaussian(2 * math.ceil(3 * sigma) + 1, sigma, sigma, 0.0, 1.0))
