"""Pillow's decoders, called without its limits and warnings, which are globals of the whole process.

`PIL.Image.open` looks at `MAX_IMAGE_PIXELS`, which a program sets for all of its threads. So the decoders are called
as `PIL.Image.open` calls them, and the size is checked between opening and loading.
"""

import io
import logging
import os
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import IO, TYPE_CHECKING

import numpy as np

from degradekit.containers import Parts
from degradekit.errors import ImageError
from degradekit.memory import require_memory

if TYPE_CHECKING:
    from PIL import Image as PILImage
    from PIL.ImageFile import ImageFile

_REFUSED = frozenset(("EPS",))
"""Formats whose decoder starts other programs."""
_UNKNOWN_SAMPLES = "unknown pixel mode"
"""Pillow's words for a TIFF file of a kind that it does not know, such as colors in floating point."""
_WEBP_BYTES = 17
"""Memory that a pixel of a WebP file takes: the decoder returns the whole picture, and Pillow copies it twice."""
_silent = threading.Event()
"""Set in a process whose decoders write no lines."""
_OTHER_FORMAT = (SyntaxError, IndexError, TypeError, struct.error)
"""What a decoder raises on the file of another format."""


def silence_decoders() -> None:
    """Keep decoders from writing lines of their own to stderr: what is wrong with a picture stands in our messages.

    This is for processes that do nothing but degradekit's work, a command or a worker: it changes settings of others.
    """
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    warnings.filterwarnings("ignore", module=r"PIL\.")
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    _silent.set()


@cache
def _silence_libtiff() -> None:
    """Take away libtiff's own handler of errors, which writes them to stderr; Pillow raises them all the same.

    It is reached where Pillow's module is linked to libtiff as a library of its own, as it is but on Windows.
    """
    import ctypes

    from PIL import _imaging

    with suppress(AttributeError, OSError):
        set_handler = ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler
        set_handler.argtypes, set_handler.restype = [ctypes.c_void_p], ctypes.c_void_p
        set_handler(None)


@contextmanager
def open_pixels(parts: Parts, max_pixels: int) -> Iterator["PILImage.Image"]:
    """Open and load the first frame of a picture file.

    Args:
        parts: The file without its metadata.
        max_pixels: The most pixels that it may have.

    Raises:
        ImageError: It is not an image, or has too many pixels.
        MemoryShortageError: It needs more memory than is free.
        Exception: Whatever Pillow raises on damaged files.
    """
    from PIL import Image as PILImage

    if parts.format == "WEBP":  # before the decoder takes memory for the pixels
        _require_room(_webp_size(parts.pixels), max_pixels, _WEBP_BYTES)
    try:
        with open_header(io.BytesIO(parts.pixels), parts.format) as picture:
            _require_room(picture.size, max_pixels, _bytes_per_pixel(picture))
            if parts.format == "TIFF" and _silent.is_set():
                _silence_libtiff()
            if parts.format == "TIFF":  # which would ask for Pillow's limit before it makes room for the pixels
                picture.im = PILImage.new(picture.mode, picture.size).im
            picture.load()
            yield picture
    except PILImage.DecompressionBombError:
        if parts.format != "WEBP":
            raise
        yield _webp_by_opencv(parts.pixels)


def damage(error: Exception) -> str:
    """Return the reason for which Pillow cannot read a file: its own words, but none of Python about its code."""
    if str(error) == _UNKNOWN_SAMPLES:
        return "Pillow reads no samples of this kind; convert to gray or RGB of 8 or 16 bits first"
    is_pythons = isinstance(error, SyntaxError) and error.__cause__ is not None  # an IndexError or struct.error
    is_pillows = isinstance(error, OSError | SyntaxError | ValueError) and not is_pythons
    return (is_pillows and str(error)) or "its data is damaged"


def open_header(file: IO[bytes], format: str) -> "ImageFile":
    """Open a picture file without decoding its pixels.

    Args:
        file: The file, at its start.
        format: Pillow's name of the format that it begins like; empty for an unknown one.

    Raises:
        ImageError: It is not an image.
        Exception: Whatever Pillow raises on damaged files.
    """
    from PIL import Image as PILImage

    PILImage.preinit()
    if format not in PILImage.OPEN:
        PILImage.init()
    start = file.read(16)
    for name in sorted(PILImage.ID, key=lambda name: name != format):  # by which the file begins, first
        factory, accept = PILImage.OPEN[name]
        if name in _REFUSED:
            continue
        try:
            if accept is None or accept(start) is True:
                file.seek(0)
                return factory(file, "")
        except _OTHER_FORMAT:
            if name == format:
                raise
    raise ImageError("not an image")


def _require_room(size: tuple[int, int], max_pixels: int, bytes_per_pixel: int) -> None:
    width, height = size
    if width * height > max_pixels:
        rule = f"too many pixels: {width} x {height}, more than {max_pixels:,}, perhaps a decompression bomb"
        raise ImageError(rule)
    purpose = f"to decode {width} x {height} pixels"
    require_memory(width * height * bytes_per_pixel, purpose, "free some memory, or use fewer workers")


def _bytes_per_pixel(picture: "ImageFile") -> int:
    """Return the peak memory of decoding a picture to 8-bit RGB, in bytes per pixel: measured, and rounded up."""
    if picture.format == "WEBP":
        return _WEBP_BYTES
    layout = str(picture.tile[0][3]) if picture.tile else ""
    if "16" in layout and picture.mode in ("RGB", "RGBA", "LA"):
        return 16  # decoded by Pillow, and then by OpenCV, which copies its 6 or 8 bytes
    if picture.format == "AVIF":
        return 11
    if picture.mode in ("1", "L", "P"):
        return 5  # its own, and the three channels of RGB
    if picture.mode.startswith("I;16"):
        return 8
    return 8 + 4 * bool(picture.info.get("progressive"))  # all coefficients are decoded before any pixel


def _webp_size(data: bytes) -> tuple[int, int]:
    """Return width and height from a WebP file's header; zeros where there is none, which the decoder refuses."""
    header = data[12:30].ljust(18, b"\0")
    if header[:4] == b"VP8X":
        return int.from_bytes(header[12:15], "little") + 1, int.from_bytes(header[15:18], "little") + 1
    if header[:4] == b"VP8L":
        bits = int.from_bytes(header[9:13], "little")
        return bits % 2**14 + 1, (bits >> 14) % 2**14 + 1
    return int.from_bytes(header[14:16], "little") % 2**14, int.from_bytes(header[16:18], "little") % 2**14


def _webp_by_opencv(data: bytes) -> "PILImage.Image":
    """Decode a WebP file for which Pillow's limit is set too low; both call libwebp."""
    import cv2
    from PIL import Image as PILImage

    levels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if levels is None:
        raise ImageError("cannot be decoded: image file is truncated")
    return PILImage.fromarray(np.ascontiguousarray(levels[:, :, [2, 1, 0, 3][: levels.shape[2]]]))
