"""Strips metadata from picture files before a decoder sees them: profiles, orientation, text.

Decoders read metadata first, and give up a whole picture for a fault in it. So each format's container is walked, what
is needed beside the pixels is read with limits, and the decoder gets a file with nothing in it but the pixels. A fault
beside the pixels then costs no more than what it is about.
"""

import struct
from collections.abc import Callable
from types import MappingProxyType

from degradekit.containers import avif, jpeg, png, tiff, webp
from degradekit.containers.base import ORIENTATION, Parts, orientation_of

__all__ = ["ORIENTATION", "Parts", "format_of", "orientation_of", "strip_metadata"]


_STARTS = (
    ("PNG", 0, png.START),
    ("JPEG", 0, b"\xff\xd8\xff"),
    ("WEBP", 8, b"WEBP"),
    ("TIFF", 0, b"II*\0"),
    ("TIFF", 0, b"MM\0*"),
    ("TIFF", 0, b"II\0*"),
    ("TIFF", 0, b"MM*\0"),
    ("TIFF", 0, b"II+\0"),
    ("AVIF", 4, b"ftyp"),
    ("GIF", 0, b"GIF8"),
    ("BMP", 0, b"BM"),
)
"""How files of a format begin: offset and bytes."""
_WALKERS: MappingProxyType[str, Callable[[bytes], Parts]] = MappingProxyType(
    {
        "PNG": png.strip_metadata,
        "JPEG": jpeg.strip_metadata,
        "WEBP": webp.strip_metadata,
        "TIFF": tiff.strip_metadata,
        "AVIF": avif.strip_metadata,
    }
)


def format_of(data: bytes) -> str:
    """Return Pillow's name of the format that a file begins like; empty for an unknown one."""
    return next((name for name, offset, start in _STARTS if data.startswith(start, offset)), "")


def strip_metadata(data: bytes) -> Parts:
    """Separate a picture file from its metadata; one that is damaged, or of a format without a walker, stays whole."""
    name = format_of(data)
    try:
        return _WALKERS[name](data)
    except (KeyError, IndexError, OverflowError, struct.error):  # a BigTIFF has offsets above those of Python's bytes
        return Parts(name, data)
