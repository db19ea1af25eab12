"""WebP: chunks of RIFF."""

import struct

from degradekit.containers.base import XMP, Parts, orientation_of


def strip_metadata(data: bytes) -> Parts:
    """Keep the chunks that decide the pixels of the first frame."""
    if data[12:16] != b"VP8X":  # nothing but the pixels
        return Parts("WEBP", data)
    kept, metadata = [], {b"ICCP": b"", b"EXIF": b"", b"XMP ": b""}
    flags, frames, at = data[20], 0, 12
    while at + 8 <= len(data):
        kind = data[at : at + 4]
        end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        frames += kind == b"ANMF"
        if kind == b"VP8X":
            kept.append(data[at : at + 8] + bytes([flags & ~0x2C]) + data[at + 9 : end])
        elif kind in (b"ALPH", b"VP8 ", b"VP8L", b"ANIM") or (kind == b"ANMF" and frames == 1):
            kept.append(data[at : end + end % 2])
        elif kind in metadata:
            metadata[kind] = metadata[kind] or data[at + 8 : end]
        at = end + end % 2
    body = b"WEBP" + b"".join(kept)
    profile = metadata[b"ICCP"] if flags & 0x20 else None
    exif, xmp = metadata[b"EXIF"] if flags & 8 else b"", metadata[b"XMP "] if flags & 4 else b""
    pixels = b"RIFF" + struct.pack("<I", len(body)) + body
    dropped = (XMP,) * (xmp != b"")
    return Parts("WEBP", pixels, profile, orientation_of(exif, xmp), frames > 1, exif, dropped=dropped)
