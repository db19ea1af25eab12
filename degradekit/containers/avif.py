"""AVIF: boxes of an ISO base media file."""

from collections.abc import Iterator

from degradekit.containers.base import XMP, Parts


def strip_metadata(data: bytes) -> Parts:
    """Rename EXIF and XMP items so that no decoder reads them; AVIF's own properties state the orientation."""
    pixels = bytearray(data)
    dropped = set()
    for kind, start, end in _boxes(data, 0, len(data)):
        if kind != b"meta":
            continue
        for inner, inner_start, inner_end in _boxes(data, start + 4, end):
            if inner == b"iinf":
                counter = 2 if data[inner_start] == 0 else 4
                for item, at, _ in _boxes(data, inner_start + 4 + counter, inner_end):
                    type_at = at + (8 if data[at] == 2 else 10)
                    if item == b"infe" and data[at] >= 2 and data[type_at : type_at + 4] in (b"Exif", b"mime"):
                        pixels[type_at : type_at + 4] = b"skip"
                        dropped.add("EXIF data" if data[type_at : type_at + 4] == b"Exif" else XMP)
    return Parts("AVIF", bytes(pixels), dropped=tuple(sorted(dropped)))


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind of each box of an ISO base media file, and where its content starts and ends."""
    while at + 8 <= end:
        size, start = int.from_bytes(data[at : at + 4]), at + 8
        if size == 1:
            size, start = int.from_bytes(data[at + 8 : at + 16]), at + 16
        stop = min(end, at + size) if size else end
        if stop < start:
            return
        yield data[at + 4 : at + 8], start, stop
        at = stop
