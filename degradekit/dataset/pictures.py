"""How a dataset stores its pictures, which are 8-bit RGB; no other module encodes, measures or decodes them.

They are lossless, so that no digest depends on how they are stored.
"""

import io
import struct
import zlib
from typing import Any, Literal, TypeAlias

import numpy as np

from degradekit.containers.png import START
from degradekit.dataset import uncompressed_png
from degradekit.encoders import OUTPUT_FORMATS
from degradekit.errors import ImageError
from degradekit.limits import MAX_PIXELS
from degradekit.types import Pixels, Size

PictureFormat: TypeAlias = Literal["png", "webp"]
"""The choices of the option; each is also the extension of pictures that are files of their own."""
Encoding: TypeAlias = Literal["png", "uncompressed png", "webp"]
"""How a picture is stored: PNGs are not compressed where the shard's pages are."""
Data: TypeAlias = bytes | memoryview
"""The bytes of a stored picture; no function copies them."""

_PNG_START = START + b"\0\0\0\x0dIHDR"
_WEBP_METHOD, _WEBP_QUALITY = 1, 0
"""How hard libwebp searches for a small file.

A tile of 400 x 400 takes 17 ms and 146 kB. Method 0 takes 6 ms and 165 kB, methods 2, 4 and 6 take 21, 59 and 149 ms
and 144, 140 and 139 kB. A quality of 50 takes 1.7 times as long for 1 %.
"""
_WEBP_SIDE = OUTPUT_FORMATS[".webp"].max_side
_UNKNOWN = "cannot be decoded: not a PNG or lossless WebP of 8-bit RGB"


def encode(pixels: Pixels, encoding: Encoding) -> bytes:
    """Encode 8-bit RGB pixels, (H, W, 3), without loss.

    Raises:
        ImageError: The format cannot hold so many pixels.
    """
    if encoding == "uncompressed png":
        return uncompressed_png.encode(pixels)
    return _encode_webp(pixels) if encoding == "webp" else _encode_png(pixels)


def encoding_of(data: Data) -> Encoding:
    """Return how a picture is stored, by its beginning and its size.

    Raises:
        ImageError: As `picture_size`.
    """
    view = memoryview(data).cast("B")
    height, width = picture_size(view)
    if bytes(view[:4]) == b"RIFF":
        return "webp"
    return "uncompressed png" if uncompressed_png.begins(view, height, width) else "png"


def picture_size(data: Data) -> Size:
    """Return the (height, width) that a picture declares, without decoding it.

    Raises:
        ImageError: The bytes are neither a PNG nor a lossless WebP of 8-bit RGB, or it has no or too many pixels.
    """
    start = bytes(data[:29])
    if start[:16] == _PNG_START and start[24:] == uncompressed_png.RGB:
        width, height = struct.unpack(">II", start[16:24])
    else:
        height, width = _webp_size(start, len(data))
    if not width * height:
        raise ImageError(f"has no pixels: {width} x {height}")
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"has too many pixels: {width} x {height}, more than {MAX_PIXELS:,}, perhaps a decompression bomb"
        )
    return height, width


def decode(data: Data) -> Pixels:
    """Decode a picture; (H, W, 3).

    Raises:
        ImageError: As `picture_size`, or its data is damaged.
    """
    view = memoryview(data).cast("B")
    height, width = picture_size(view)
    if bytes(view[:4]) != b"RIFF":
        pixels = uncompressed_png.decode(view, height, width)
        if pixels is not None:
            return pixels
        _require_whole_chunks(view)
    import cv2

    rgb: Any = cv2.imdecode(np.frombuffer(view, np.uint8), cv2.IMREAD_COLOR_RGB)
    if rgb is None or rgb.shape != (height, width, 3):
        raise ImageError("cannot be decoded: its data is damaged")
    decoded: Pixels = rgb
    return decoded


def _webp_size(start: bytes, file_bytes: int) -> Size:
    """Return the size of a WebP that is a single lossless picture without alpha, as long as it claims to be.

    Raises:
        ImageError: The bytes are not the start of such a file.
    """
    if len(start) < 25 or start[:4] != b"RIFF" or start[8:16] != b"WEBPVP8L" or start[20] != 0x2F:
        raise ImageError(_UNKNOWN)
    whole, picture, bits = (int.from_bytes(start[at : at + 4], "little") for at in (4, 16, 21))
    if bits >> 28 or whole != file_bytes - 8 or picture + picture % 2 != file_bytes - 20:  # alpha, or another version
        raise ImageError(_UNKNOWN)
    return (bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1


def _require_whole_chunks(data: memoryview) -> None:
    """Refuse a PNG with a chunk longer than the file, for which OpenCV sets up to 2 GiB of memory aside, or damaged.

    OpenCV's libpng would write a line of its own to stderr about damage.

    Raises:
        ImageError: There is such a chunk, or no end.
    """
    at, kind = 8, b""  # behind the signature
    while kind != b"IEND":
        kind, end = bytes(data[at + 4 : at + 8]), at + 8 + int.from_bytes(data[at : at + 4])
        if end + 4 > len(data) or zlib.crc32(data[at + 4 : end]) != int.from_bytes(data[end : end + 4]):
            raise ImageError("cannot be decoded: its data is damaged")
        at = end + 4


def _encode_png(pixels: Pixels) -> bytes:
    """Encode as PNG with OpenCV's own settings: differences to the left neighbor, run-length matches, Huffman codes.

    Level 1 takes 1.6 times as long for files 9 % smaller, Pillow's level 6 seven times for 14 %. Without a search for
    longer matches, no hash table that a zlib may build differently for another processor has a part in the bytes.

    Raises:
        ImageError: OpenCV cannot encode pixels of this shape.
    """
    import cv2

    done, buffer = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    if not done:
        raise ImageError(f"image: OpenCV cannot encode shape {pixels.shape} as PNG")
    return buffer.tobytes()


def _encode_webp(pixels: Pixels) -> bytes:
    from PIL import Image, WebPImagePlugin  # noqa: F401 - Pillow would import all its plugins to find this one

    height, width = pixels.shape[:2]
    if max(height, width) > _WEBP_SIDE:
        raise ImageError(f"WebP holds at most {_WEBP_SIDE:,} pixels a side; store PNGs (got {width} x {height})")
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", lossless=True, method=_WEBP_METHOD, quality=_WEBP_QUALITY)
    return buffer.getvalue()
