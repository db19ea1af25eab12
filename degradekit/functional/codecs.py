"""Image codecs of other libraries: an image is encoded to the bytes of a file and decoded again.

All of them clip the image to [0, 1] and round it half to even to 8 bits first, and return multiples of 1 / 255. Nothing
depends on the number of threads or of processors.

Source: docs/model.md, section Compression.
"""

import io
from typing import Any

import cv2
import numpy as np

from degradekit.extras import JXL
from degradekit.functional.levels import to_float, to_pixels
from degradekit.functional.sides import require_sides
from degradekit.types import Image


def webp(image: Image, quality: int, method: int) -> Image:
    """Compress an image to a lossy WebP and decompress it, with libwebp.

    The chroma is subsampled 4:2:0 in limited range at every quality. WebP has no gray images: one is stored in
    color, and the luma of the result is taken.

    Args:
        image: (H, W, C) float32, C = 1 or 3.
        quality: 0..100; 100 is not lossless either.
        method: How hard the encoder tries, 0..6.

    Returns:
        (H, W, C) float32, multiples of 1 / 255 in [0, 1].

    Raises:
        ImageError: A side has more than 16,383 pixels.
    """
    require_sides(image.shape[:2], 16_383, "WebP")
    colors = np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image
    data = _by_pillow(colors, "WEBP", quality=quality, method=method)
    pixels: Any = cv2.imdecode(
        np.frombuffer(data.getbuffer(), np.uint8), cv2.IMREAD_COLOR_RGB if image.shape[2] == 3 else cv2.IMREAD_GRAYSCALE
    )
    return to_float(pixels.reshape(image.shape))


def avif(image: Image, quality: int, speed: int, subsampling: str) -> Image:
    """Compress an image to an AVIF and decompress it, with libaom in libavif.

    The encoder gets one thread: at speeds up to 8, it makes another file with two.

    Args:
        image: (H, W, C) float32, C = 1 or 3; a gray image has no chroma to subsample.
        quality: 0..100; 100 is lossless but for the conversion of colors.
        speed: 0..10, from the slowest encoder to the fastest.
        subsampling: Chroma subsampling, "4:2:0", "4:2:2" or "4:4:4".

    Returns:
        (H, W, C) float32, multiples of 1 / 255 in [0, 1].

    Raises:
        ImageError: A side has more than 32,768 pixels.
    """
    from PIL.AvifImagePlugin import AvifImageFile

    require_sides(image.shape[:2], 32_768, "AVIF")
    chroma = "4:0:0" if image.shape[2] == 1 else subsampling
    options = {"quality": quality, "speed": speed, "subsampling": chroma, "codec": "aom", "max_threads": 1}
    return _levels(AvifImageFile(_by_pillow(image, "AVIF", **options)), image.shape[2])


def jpeg2000(image: Image, ratio: float, irreversible: bool) -> Image:
    """Compress an image to a JPEG 2000 code stream of a given size and decompress it, with OpenJPEG.

    The whole image is one tile, and its colors are transformed (ICT or RCT, as the wavelet asks for).

    Args:
        image: (H, W, C) float32, C = 1 or 3.
        ratio: How many times smaller the code stream is than the 8-bit image, >= 1; it has some 100 bytes at least.
        irreversible: Take the 9/7 wavelet, in floating point, instead of the 5/3 wavelet, in integers.

    Returns:
        (H, W, C) float32, multiples of 1 / 255 in [0, 1].
    """
    from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile

    options = {"quality_mode": "rates", "quality_layers": [ratio], "irreversible": irreversible, "no_jp2": True}
    data = _by_pillow(image, "JPEG2000", mct=int(image.shape[2] == 3), **options)
    return _levels(Jpeg2KImageFile(data), image.shape[2])


def jpegxl(image: Image, quality: int, effort: int) -> Image:
    """Compress an image to a lossy JPEG XL and decompress it, with libjxl.

    Args:
        image: (H, W, C) float32, C = 1 or 3.
        quality: 0..99, which libjxl turns into a distance: 90 is one that nobody sees.
        effort: How hard the encoder tries, 1..9.

    Returns:
        (H, W, C) float32, multiples of 1 / 255 in [0, 1].

    Raises:
        DegradekitError: The package of the extra `jxl` is not installed.
    """
    plugin = JXL.load("jpegxl").JpegXLImagePlugin
    data = _by_pillow(image, "JXL", quality=quality, effort=effort, num_threads=1)
    return _levels(plugin.JXLImageFile(data), image.shape[2])


def _by_pillow(image: Image, format: str, **options: Any) -> io.BytesIO:
    """Return the file that Pillow makes of an image, at its beginning."""
    from PIL import Image as PILImage

    pixels, data = to_pixels(image), io.BytesIO()
    PILImage.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(data, format, **options)
    data.seek(0)
    return data


def _levels(picture: Any, channels: int) -> Image:
    """Load what one of Pillow's decoders has opened; `PIL.Image.open` would mind a limit of the whole process.

    Older versions of Pillow read gray AVIF files in color.
    """
    pixels = np.asarray(picture.convert("L" if channels == 1 else "RGB"))
    return to_float(pixels.reshape(*pixels.shape[:2], channels))
