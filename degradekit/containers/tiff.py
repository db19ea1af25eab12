"""TIFF: a directory of tags."""

import struct

from degradekit.containers.base import INTEGERS, ORIENTATION, XMP, Parts, orientation_of
from degradekit.containers.tag_directories import SIZES, read_tags, write_tags
from degradekit.limits import MAX_PROFILE_BYTES

_XMP, _PROFILE = 700, 34675
_PIXELS = frozenset(
    (*range(254, 263), 266, 273, 277, 278, 279, 284, 292, 293, 317, 320, 322, 323, 324, 325, 332, 338, 339, 347)
) | frozenset((*range(512, 522), *range(529, 533)))
"""Tags that decide a TIFF file's pixels: sizes, depths, compression, strips and tiles, palettes, JPEG tables."""


def strip_metadata(data: bytes) -> Parts:
    """Leave in the directory of the first picture only the tags that decide its pixels, and no next directory."""
    order = "<" if data[:2] == b"II" else ">"
    is_big = 43 in data[2:4]
    pointer, counter, field, pointer_at = ("Q", "Q", "HHQ8s", 8) if is_big else ("L", "H", "HHL4s", 4)
    size = struct.calcsize(order + field)
    (at,) = struct.unpack_from(order + pointer, data, pointer_at)
    (count,) = struct.unpack_from(order + counter, data, at)
    first = at + struct.calcsize(order + counter)
    count = min(count, (len(data) - first) // size)
    kept: list[bytes] = []
    metadata: dict[int, bytes] = {}
    orientation: int | None = None
    for entry in range(first, first + count * size, size):
        tag, kind, values, inline = struct.unpack_from(order + field, data, entry)
        length = values * SIZES.get(kind, 1)
        (start,) = struct.unpack(order + pointer, inline)
        if tag in _PIXELS:
            if length <= len(inline) or start + length <= len(data):  # others are skipped by the decoder with a warning
                kept.append(data[entry : entry + size])
        elif tag == ORIENTATION:
            orientation = 1
            if values == 1 and kind in INTEGERS:
                (orientation,) = struct.unpack_from(order + INTEGERS[kind], inline)
        elif tag in (_XMP, _PROFILE):
            length = min(length, MAX_PROFILE_BYTES + 1)
            metadata[tag] = inline[:length] if length <= len(inline) else data[start : start + length]
    after = first + count * size
    following = data[after : after + struct.calcsize(order + pointer)]
    directory = struct.pack(order + counter, len(kept)) + b"".join(kept) + bytes(struct.calcsize(order + pointer))
    pixels = data[:at] + directory + data[at + len(directory) :]
    has_next = 0 < int.from_bytes(following, "little" if order == "<" else "big") < len(data)
    if orientation is None:
        orientation = orientation_of(b"", metadata.get(_XMP, b""))
    orientation = orientation if 1 <= orientation <= 8 else 1
    exif = b"" if is_big else _described(data)
    dropped = (XMP,) * (_XMP in metadata)
    return Parts("TIFF", pixels, metadata.get(_PROFILE), orientation, has_next, exif, dropped=dropped)


def _described(data: bytes) -> bytes:
    """Return as EXIF data what the file's own tags say that EXIF data say elsewhere."""
    tags = read_tags(data, 0, 0)
    if tags is None:
        return data[:8]  # damaged as well
    return write_tags(tags) if any(tags[1:]) else b""
