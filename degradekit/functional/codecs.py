"""Image codecs: an image is encoded to the bytes of a file and decoded again.

All of them clip the image to [0, 1] and round it half to even to 8 bits first, and return multiples of 1 / 255. Nothing
depends on the number of threads or of processors.

Source: docs/model.md, section Compression.
"""

import io
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from degradekit.errors import ImageError
from degradekit.extras import JXL
from degradekit.functional.levels import to_float, to_pixels
from degradekit.types import Image

_SUBSAMPLING = {
    "4:2:0": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    "4:2:2": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    "4:4:4": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    "4:4:0": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440,
    "4:1:1": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_411,
}


def jpeg(image: Image, quality: int, subsampling: str) -> Image:
    """Compress an image to a JPEG and decompress it, with libjpeg-turbo.

    The JPEG is baseline, with the IJG's tables scaled by `quality`, the accurate integer DCT and smooth chroma
    upsampling. A progressive file and one with optimized Huffman tables decode to the same pixels.

    Args:
        image: (H, W, C) float32, C = 1 or 3; a gray image has no chroma to subsample.
        quality: 1..100.
        subsampling: Chroma subsampling, "4:2:0", "4:2:2", "4:4:4", "4:4:0" or "4:1:1".

    Returns:
        (H, W, C) float32, multiples of 1 / 255 in [0, 1].

    Raises:
        ImageError: A side has more than 65,500 pixels.
    """
    return decode_jpeg(encode_jpeg(image, quality, subsampling), image.shape[2])


def shifted_jpeg(image: Image, quality: int, subsampling: str, top: int, left: int) -> Image:
    """Compress an image to a JPEG whose grid of blocks begins outside of the image.

    Rows above the image and columns to its left repeat the edge; they are cut off after decoding, so that size and
    pixels stay where they are.

    Args:
        image: (H, W, C) float32; result and errors are those of `jpeg`.
        quality: 1..100.
        subsampling: Chroma subsampling, as in `jpeg`.
        top: How many rows are added above.
        left: How many columns are added to the left.
    """
    padded = np.pad(image, ((top, 0), (left, 0), (0, 0)), mode="edge")
    return np.ascontiguousarray(jpeg(padded, quality, subsampling)[top:, left:])


def jpeg_with_tables(image: Image, luma: Sequence[int], chroma: Sequence[int], subsampling: str) -> Image:
    """Compress an image to a JPEG with quantization tables of one's own.

    Args:
        image: (H, W, C) float32; result and errors are those of `jpeg`.
        luma: The 64 divisors of a block's coefficients, row by row, 1..255.
        chroma: Those of the chroma, which a gray image does without.
        subsampling: "4:2:0", "4:2:2" or "4:4:4".
    """
    _require_sides(image, 65_500, "JPEG")
    tables = [list(luma)] if image.shape[2] == 1 else [list(luma), list(chroma)]
    data = _by_pillow(image, "JPEG", qtables=tables, subsampling=subsampling)
    return decode_jpeg(np.frombuffer(data.getbuffer(), np.uint8), image.shape[2])


def encode_jpeg(image: Image, quality: int, subsampling: str) -> NDArray[np.uint8]:
    """Return the bytes of the JPEG file as (n,) uint8; arguments and errors are those of `jpeg`."""
    _require_sides(image, 65_500, "JPEG")
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, _SUBSAMPLING[subsampling]]
    pixels: Any = to_pixels(image)
    if image.shape[2] == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", pixels, options)[1].reshape(-1)


def decode_jpeg(data: NDArray[np.uint8], channels: int) -> Image:
    """Return the image in the bytes of a JPEG or WebP file as (H, W, channels) float32; channels is 1 or 3."""
    pixels: Any = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB if channels == 3 else cv2.IMREAD_GRAYSCALE)
    return to_float(pixels.reshape(*pixels.shape[:2], channels))


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
    _require_sides(image, 16_383, "WebP")
    colors = np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image
    data = _by_pillow(colors, "WEBP", quality=quality, method=method)
    return decode_jpeg(np.frombuffer(data.getbuffer(), np.uint8), image.shape[2])


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

    _require_sides(image, 32_768, "AVIF")
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


def _require_sides(image: Image, most: int, codec: str) -> None:
    if max(image.shape[:2]) > most:
        raise ImageError(
            f"image: must have at most {most} pixels a side for {codec} (got {image.shape[0]} x {image.shape[1]})"
        )
