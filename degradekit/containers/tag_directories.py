"""Directories of tags, of which TIFF files and EXIF data are made: read within limits, and written anew.

Descriptions by cameras and people are kept byte for byte. Descriptions of the old file's pixels are left out:
orientation, thumbnail, strips, sizes, and maker notes, which point into that file.
"""

import struct
from typing import NamedTuple

from degradekit.containers.base import EXIF
from degradekit.limits import MAX_EXIF_BYTES

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes of a value, by EXIF's number of its type."""
BYTES, SHORT, LONG, RATIONAL, UNDEFINED = 1, 3, 4, 5, 7
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 282, 283, 296
_INCHES = 2
_EXIF_POINTER, _GPS_POINTER = 34665, 34853
_WIDTH, _HEIGHT = 40962, 40963
_DESCRIPTIVE = frozenset(
    (270, 271, 272, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT, 305, 306, 315, 316, 33432, *range(40091, 40096))
)
"""Tags of the first directory: description, maker, model, resolution, software, date, artist, copyright, titles."""
_OF_THE_OLD_PIXELS = frozenset((37396, 37500, 40965, 41486, 41487, 41488, 41492))
"""Tags of EXIF's own directory: subject in pixels, maker notes, interoperability, pixels of the sensor per inch."""


class Entry(NamedTuple):
    """The values of a tag.

    Attributes:
        kind: EXIF's number of their type.
        length: How many there are.
        values: Their bytes.
    """

    kind: int
    length: int
    values: bytes


Directory = dict[int, Entry]


class Tags(NamedTuple):
    """The directories that a picture keeps.

    Attributes:
        order: `<` or `>`, the order of their bytes.
        main: The first directory, without pointers.
        exif: EXIF's own directory.
        gps: Where the photo was taken.
    """

    order: str = "<"
    main: Directory = {}  # noqa: RUF012 - a field's default, which nothing changes
    exif: Directory = {}  # noqa: RUF012
    gps: Directory = {}  # noqa: RUF012


def read_tags(data: bytes, width: int, height: int) -> Tags | None:
    """Read the tags that a picture of another size keeps, from EXIF data or a TIFF file.

    Args:
        data: EXIF data or a TIFF file, perhaps damaged.
        width: Width of the new picture in pixels.
        height: Height of the new picture in pixels.

    Returns:
        The tags, or None where they are damaged, or have more than MAX_EXIF_BYTES.
    """
    while data.startswith(EXIF):
        data = data[len(EXIF) :]
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None:
        return None
    try:
        (at,) = struct.unpack_from(f"{order}L", data, 4)
        pointers = frozenset((_EXIF_POINTER, _GPS_POINTER))
        main = _read(data, order, at, _DESCRIPTIVE | pointers)
        inner = [
            _read(data, order, *struct.unpack(f"{order}L", main.pop(pointer).values)) if pointer in main else {}
            for pointer in (_EXIF_POINTER, _GPS_POINTER)
        ]
    except (struct.error, ValueError):
        return None
    exif = {tag: entry for tag, entry in inner[0].items() if tag not in _OF_THE_OLD_PIXELS}
    for tag, side in ((_WIDTH, width), (_HEIGHT, height)):
        if tag in exif:
            exif[tag] = Entry(LONG, 1, struct.pack(f"{order}L", side))
    tags = Tags(order, main, exif, inner[1])
    return tags if len(write_tags(tags)) <= MAX_EXIF_BYTES else None


def with_resolution(tags: Tags, dpi: tuple[float, float] | None) -> Tags:
    """Add the pixels per inch, horizontal and vertical, where there are any."""
    if dpi is None:
        return tags
    x, y = (Entry(RATIONAL, 1, struct.pack(f"{tags.order}LL", round(value * 1000), 1000)) for value in dpi)
    unit = Entry(SHORT, 1, struct.pack(f"{tags.order}H", _INCHES))
    return tags._replace(main=tags.main | {X_RESOLUTION: x, Y_RESOLUTION: y, RESOLUTION_UNIT: unit})


def resolution_of(directory: Directory, order: str) -> tuple[float, float] | None:
    """Return the pixels per inch that a directory has, or None."""
    try:
        x, y = (struct.unpack(f"{order}LL", directory[tag].values) for tag in (X_RESOLUTION, Y_RESOLUTION))
        (unit,) = struct.unpack(f"{order}H", directory[RESOLUTION_UNIT].values)
        inches = {2: 1.0, 3: 2.54}[unit]
        return x[0] / x[1] * inches, y[0] / y[1] * inches
    except (KeyError, struct.error, ZeroDivisionError):
        return None


def write_tags(tags: Tags, at: int = 8) -> bytes:
    """Return directories as they stand in a file.

    Args:
        tags: What they hold.
        at: Where the first one begins; 8 writes EXIF data as a whole, with the header before it.
    """
    main = dict(tags.main)
    inner = [(pointer, each) for pointer, each in ((_EXIF_POINTER, tags.exif), (_GPS_POINTER, tags.gps)) if each]
    main |= dict.fromkeys((pointer for pointer, _ in inner), Entry(LONG, 1, bytes(4)))
    following = at + len(_written(main, tags.order, at))
    parts = []
    for pointer, directory in inner:
        main[pointer] = Entry(LONG, 1, struct.pack(f"{tags.order}L", following))
        parts.append(_written(directory, tags.order, following))
        following += len(parts[-1])
    return header(tags.order, at) * (at == 8) + _written(main, tags.order, at) + b"".join(parts)


def header(order: str, at: int) -> bytes:
    """Return the beginning of a TIFF file whose first directory is at an offset."""
    return (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}L", at)


def _read(data: bytes, order: str, at: int, wanted: frozenset[int] | None = None) -> Directory:
    """Read a directory, or what is wanted of it.

    Raises:
        struct.error, ValueError: It is damaged, or too large.
    """
    (count,) = struct.unpack_from(f"{order}H", data, at)
    entries: Directory = {}
    total = 0
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind, values, inline = struct.unpack_from(f"{order}HHL4s", data, entry)
        if wanted is not None and tag not in wanted:
            continue
        length = values * SIZES.get(kind, MAX_EXIF_BYTES + 1)
        total += 12 + length
        start = entry + 8 if length <= len(inline) else struct.unpack(f"{order}L", inline)[0]
        if total > MAX_EXIF_BYTES or start + length > len(data):
            raise ValueError("a tag is damaged or too large")
        entries[tag] = Entry(kind, values, data[start : start + length])
    return entries


def _written(directory: Directory, order: str, at: int) -> bytes:
    entries, values = [struct.pack(f"{order}H", len(directory))], b""
    behind = at + 2 + 12 * len(directory) + 4
    for tag, entry in sorted(directory.items()):
        inline = entry.values
        if len(inline) > 4:
            inline = struct.pack(f"{order}L", behind + len(values))
            values += entry.values + bytes(len(entry.values) % 2)
        entries.append(struct.pack(f"{order}HHL4s", tag, entry.kind, entry.length, inline))
    return b"".join(entries) + bytes(4) + values
