"""Image codecs: an image is encoded to the bytes of a file and decoded again.

Source: docs/model.md, section Compression.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from degradekit.errors import ImageError
from degradekit.functional.levels import to_float, to_pixels
from degradekit.types import Image

_SUBSAMPLING = {
    "4:2:0": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    "4:2:2": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    "4:4:4": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
}


def jpeg(image: Image, quality: int, subsampling: str) -> Image:
    """Compress an image to a JPEG and decompress it, with libjpeg-turbo.

    The image is clipped to [0, 1] and rounded half to even to 8 bits first. The JPEG is baseline, with the IJG's tables
    scaled by `quality`, the accurate integer DCT and smooth chroma upsampling.

    Args:
        image: (H, W, C) float32, C = 1 or 3; a gray image has no chroma to subsample.
        quality: 1..100.
        subsampling: Chroma subsampling, "4:2:0", "4:2:2" or "4:4:4".

    Returns:
        (H, W, C) float32, multiples of 1 / 255 in [0, 1].

    Raises:
        ImageError: A side has more than 65,500 pixels.
    """
    return decode_jpeg(encode_jpeg(image, quality, subsampling), image.shape[2])


def encode_jpeg(image: Image, quality: int, subsampling: str) -> NDArray[np.uint8]:
    """Return the bytes of the JPEG file as (n,) uint8; arguments and errors are those of `jpeg`."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, _SUBSAMPLING[subsampling]]
    pixels: Any = to_pixels(image)
    if image.shape[2] == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", pixels, options)
    if not done:
        raise ImageError(
            f"image: must have at most 65500 pixels a side for JPEG (got {image.shape[0]} x {image.shape[1]})"
        )
    return data.reshape(-1)


def decode_jpeg(data: NDArray[np.uint8], channels: int) -> Image:
    """Return the image in the bytes of a JPEG file as (H, W, channels) float32 in [0, 1]; channels is 1 or 3."""
    pixels: Any = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB if channels == 3 else cv2.IMREAD_GRAYSCALE)
    return to_float(pixels.reshape(*pixels.shape[:2], channels))
