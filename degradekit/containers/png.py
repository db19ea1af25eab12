"""PNG: chunks."""

import re
import struct
import zlib
from collections.abc import Iterator

from degradekit.containers.base import MAX_TEXT_BYTES, XMP, Parts, inflated, orientation_of
from degradekit.limits import MAX_PROFILE_BYTES

INCH_METERS = 0.0254
"""The length of an inch."""
START = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk of a PNG with its length and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def is_cut(data: bytes) -> bool:
    """Return whether a chunk claims more bytes than there are."""
    return any(end > len(data) for _, _, end in _chunks(data))


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind of each chunk but the last, where it starts, and where its content ends."""
    at = len(START)
    while len(kind := data[at + 4 : at + 8]) == 4 and kind.isalpha() and kind != b"IEND":
        end = at + 8 + int.from_bytes(data[at : at + 4])
        yield kind, at, end
        at = end + 4


def strip_metadata(data: bytes) -> Parts:
    """Keep the chunks that decide the pixels, with the lengths and checksums that they should have."""
    kept: list[bytes | memoryview] = [START]
    view, exif, xmp = memoryview(data), b"", b""  # a view, as pixels are cut out without copies
    profile: bytes | None = None
    dpi: tuple[float, float] | None = None
    has_more_frames = False
    last = chunk(b"IEND", b"")
    for kind, at, end in _chunks(data):
        if kind == b"IDAT":
            if end > len(data):
                kept.append(view[at:])  # as it is, so that the decoder sees that the pixels are cut
                last = b""
                break
            kept += [view[at:end], struct.pack(">I", zlib.crc32(view[at + 4 : end]))]
            continue
        body = data[at + 8 : end]
        if kind in (b"IHDR", b"PLTE"):
            kept.append(data[at : end + 4])  # with its checksum, which the decoder checks
        elif kind == b"tRNS" and zlib.crc32(kind + body) == int.from_bytes(data[end : end + 4]):
            kept.append(_transparency(data[24], data[25], body))
        elif kind == b"iCCP":
            profile = inflated(body.partition(b"\0")[2][1:], MAX_PROFILE_BYTES)
        elif kind == b"pHYs" and len(body) == 9 and body[8] == 1:  # a unit of a meter
            across, down, _ = struct.unpack(">LLB", body)
            dpi = across * INCH_METERS, down * INCH_METERS
        elif kind == b"eXIf" or (kind == b"tEXt" and body.startswith(b"exif\0")):
            exif = body.removeprefix(b"exif\0")
        elif kind in (b"tEXt", b"zTXt") and body.startswith(b"Raw profile type exif\0"):
            text = body.partition(b"\0")[2]
            text = text if kind == b"tEXt" else inflated(text[1:], MAX_TEXT_BYTES, cut=True)
            digits = b"".join(text.split(b"\n")[3:])
            exif = exif or bytes.fromhex(re.match(rb"(?:[0-9a-fA-F]{2})*", digits)[0].decode())  # type: ignore[index]
        elif kind == b"iTXt" and body.startswith(b"XML:com.adobe.xmp\0"):
            flags = body[18:20]
            text = body[20:].split(b"\0", 2)[-1]
            xmp = inflated(text, MAX_TEXT_BYTES, cut=True) if flags[:1] != b"\0" else text
        elif kind == b"acTL":
            has_more_frames = int.from_bytes(body[:4]) > 1
    kept.append(last)
    orientation, dropped = orientation_of(exif, xmp), (XMP,) * (xmp != b"")
    return Parts("PNG", b"".join(kept), profile, orientation, has_more_frames, exif, dpi, dropped)


def _transparency(bits: int, color: int, body: bytes) -> bytes:
    """Return the chunk tRNS with levels as they are after decoding: Pillow takes 2 and 4 bits to 8, but not these."""
    if color == 3:
        return chunk(b"tRNS", body[:256])
    samples = {0: 1, 2: 3}.get(color, 0)
    if not samples or len(body) < 2 * samples:
        return b""
    factor = {2: 85, 4: 17}.get(bits, 1)
    levels = [level % 2**bits * factor for level in struct.unpack_from(f">{samples}H", body)]
    return chunk(b"tRNS", struct.pack(f">{samples}H", *levels))
