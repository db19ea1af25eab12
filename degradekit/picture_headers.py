"""The size and a fingerprint of a picture file, read from its two ends without decoding it."""

import hashlib
import io
from typing import IO, NamedTuple

from degradekit.containers import ORIENTATION, format_of, orientation_of
from degradekit.decoders import open_header
from degradekit.limits import MAX_PIXELS
from degradekit.picture_files import decode_whole
from degradekit.types import Size

_END_BYTES = 4096
"""Bytes at each end of a file that its fingerprint covers; a PNG ends with checksums of all of its pixels."""
_LAST_BYTES = {"PNG": b"IEND", "JPEG": b"\xff\xd9"}
"""Bytes near the end of every whole file of a format."""
_TIFF_SIDES = (256, 257)
"""Tags of width and height."""
_MODES = frozenset(("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "I;16"))
"""Pillow's modes that can be decoded for certain; others may have floating-point samples."""


class PictureInfo(NamedTuple):
    """What is read of a picture file without decoding it.

    Attributes:
        size: (height, width) of the upright picture.
        fingerprint: A hash of the file's length, its first 4 KiB and its last.
    """

    size: Size
    fingerprint: bytes


def read_picture_info(file: IO[bytes], max_pixels: int = MAX_PIXELS) -> PictureInfo:
    """Return size and fingerprint of a picture file, from its ends, or from all of it where they do not suffice.

    Args:
        file: The file, which must be seekable.
        max_pixels: Refuse more.

    Raises:
        ImageError: It is not a picture, has too many pixels, or its end is missing.
        OSError: It cannot be read.
    """
    start = file.read(_END_BYTES)
    length = file.seek(0, io.SEEK_END)
    file.seek(max(0, length - _END_BYTES))
    end = file.read(_END_BYTES)
    size = _size_in_header(file, start, end, max_pixels)
    if size is None:
        file.seek(0)
        height, width, _ = decode_whole(file.read(), max_pixels).levels.shape
        size = height, width
    return PictureInfo(size, hashlib.sha256(b"%d\0%b%b" % (length, start, end)).digest())


def _size_in_header(file: IO[bytes], start: bytes, end: bytes, max_pixels: int) -> Size | None:
    """Return the upright size, or None where only decoding shows it, or what is wrong."""
    name = format_of(start)
    if not name or _LAST_BYTES.get(name, b"") not in end:
        return None
    try:
        file.seek(0)
        with open_header(file, name) as picture:
            (width, height), info = picture.size, picture.info
            orientation = orientation_of(info.get("exif") or b"", info.get("xmp") or b"")
            if name == "TIFF":
                orientation = picture.getexif().get(ORIENTATION, 1)
                width, height = (picture.getexif()[tag] for tag in _TIFF_SIDES)  # `size` is turned in new versions
            if picture.mode not in _MODES or width * height > max_pixels:
                return None
    except Exception:  # Pillow raises nearly anything on metadata that decoding strips before
        return None
    return (width, height) if orientation in range(5, 9) else (height, width)
