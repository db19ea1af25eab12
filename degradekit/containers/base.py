"""The result of stripping metadata, and what all formats read the same way: orientation, compressed text."""

import re
import struct
import zlib
from typing import NamedTuple

MAX_TEXT_BYTES = 2**20
"""Bytes that are inflated of a compressed text, in which only the orientation is looked up."""
ORIENTATION = 0x0112
"""The tag, in EXIF data as in TIFF files, for how a picture must be turned to be upright."""
EXIF = b"Exif\0\0"
"""What EXIF data begins with in most formats."""
XMP = "XMP data"
"""The name of XMP metadata in messages."""
INTEGERS = {3: "H", 4: "L", 6: "b", 8: "h", 9: "l", 13: "L"}
"""EXIF's types of integers, as `struct` names them."""


class Parts(NamedTuple):
    """A picture file without its metadata, and what of the metadata is used.

    Attributes:
        format: Pillow's name of the format, or empty for formats that are not known.
        pixels: A file with the same pixels and nothing beside them.
        profile: The ICC profile; None without one, empty where it is there and cannot be read.
        orientation: 1 to 8 as EXIF has them; 1 where there is none that can be read.
        has_more_frames: Whether there are others than the first.
        exif: EXIF data, perhaps damaged; empty where there are none.
        dpi: Pixels per inch, horizontal and vertical, where they stand outside of EXIF data and `pixels`.
        dropped: Other metadata that people may miss, such as `XMP`.
    """

    format: str
    pixels: bytes
    profile: bytes | None = None
    orientation: int = 1
    has_more_frames: bool = False
    exif: bytes = b""
    dpi: tuple[float, float] | None = None
    dropped: tuple[str, ...] = ()


def orientation_of(exif: bytes, xmp: bytes = b"") -> int:
    """Return the orientation that EXIF data holds, or XMP data where EXIF has none; 1 if none can be read."""
    try:
        orientation = _exif_orientation(exif)
    except (struct.error, IndexError):
        orientation = None
    if orientation is None:
        match = re.search(rb'tiff:Orientation(?:="|>)([0-9])', xmp)
        orientation = int(match[1]) if match else 1
    return orientation if 1 <= orientation <= 8 else 1


def _exif_orientation(exif: bytes) -> int | None:
    while exif.startswith(EXIF):
        exif = exif[len(EXIF) :]
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return None
    (at,) = struct.unpack_from(f"{order}L", exif, 4)
    (count,) = struct.unpack_from(f"{order}H", exif, at)
    orientation = None
    for entry in range(at + 2, min(at + 2 + 12 * count, len(exif) - 11), 12):
        tag, kind, values = struct.unpack_from(f"{order}HHL", exif, entry)
        if tag == ORIENTATION:
            is_one = values == 1 and kind in INTEGERS
            orientation = struct.unpack_from(order + INTEGERS[kind], exif, entry + 8)[0] if is_one else 0
    return orientation


def inflated(data: bytes, limit: int, cut: bool = False) -> bytes:
    """Return inflated data: empty where it cannot be inflated or exceeds `limit` bytes; `cut` cuts it there instead."""
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(data, limit)
    except zlib.error:
        return b""
    return text if cut or inflater.eof else b""
