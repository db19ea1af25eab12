"""Real image codecs, through their 8-bit files and back."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from degradekit.errors import ImageError
from degradekit.functional.levels import to_float, to_pixels
from degradekit.types import Image

SUBSAMPLING = {
    "4:2:0": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    "4:2:2": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    "4:4:4": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
}


def jpeg(image: Image, quality: int, subsampling: str) -> Image:
    """Compress and decompress with libjpeg-turbo.

    The image is clipped and rounded half to even to 8 bits first. Baseline JPEG with the IJG tables scaled by
    `quality`, the accurate integer DCT and smooth chroma upsampling.

    Args:
        image: (H, W, C) float32; gray images have no chroma to subsample.
        quality: 1..100.
        subsampling: Of the chroma, "4:2:0", "4:2:2" or "4:4:4".
    """
    return decode_jpeg(encode_jpeg(image, quality, subsampling), image.shape[2])


def encode_jpeg(image: Image, quality: int, subsampling: str) -> NDArray[np.uint8]:
    """The bytes of the JPEG file, with the arguments of `jpeg`."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, SUBSAMPLING[subsampling]]
    pixels: Any = to_pixels(image)
    if image.shape[2] == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", pixels, options)
    if not done:
        raise ImageError(f"image: JPEG holds at most 65500 pixels a side (got {image.shape[0]} x {image.shape[1]})")
    return data.reshape(-1)


def decode_jpeg(data: NDArray[np.uint8], channels: int) -> Image:
    """The image in the bytes of a JPEG file, (H, W, channels)."""
    pixels: Any = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB if channels == 3 else cv2.IMREAD_GRAYSCALE)
    return to_float(pixels.reshape(*pixels.shape[:2], channels))
