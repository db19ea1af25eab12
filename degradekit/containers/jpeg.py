"""JPEG: segments."""

import re

from degradekit.containers.base import EXIF, XMP, Parts, orientation_of

_MARKER = re.compile(rb"\xff([^\x00\xff])")
"""A marker is 0xFF and another byte; before it there may be any number of 0xFF, and bytes that belong to nothing."""


def strip_metadata(data: bytes) -> Parts:
    """Keep the segments that decide the pixels; the scans and what lies between them stay as they are."""
    kept, exif, xmp = [data[:2]], b"", b""
    profiles: list[bytes] = []
    at = 2
    while True:
        match = _MARKER.search(data, at)
        if match is None or match[1] == b"\xda":  # the scan begins; what follows belongs to the pixels
            kept.append(data[match.end() - 2 :] if match else b"")
            break
        at, marker = match.end() - 2, match[1][0]
        if marker == 0x01 or 0xD0 <= marker <= 0xD9:  # without a length
            kept.append(data[at : at + 2])
            at += 2
            continue
        end = at + 2 + max(2, int.from_bytes(data[at + 2 : at + 4]))
        body = data[at + 4 : end]
        if marker == 0xE1 and body.startswith(EXIF):
            exif += body[len(EXIF) :]
        elif marker == 0xE1 and body.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
            xmp = body
        elif marker == 0xE2 and body.startswith(b"ICC_PROFILE\0"):
            profiles.append(body)
        if not (0xE0 <= marker <= 0xEF or marker == 0xFE) or _decides_colors(marker, body):
            kept.append(data[at:end])
        at = end
    profile = None
    if profiles:
        profiles.sort(key=lambda part: part[12:13])
        is_whole = all(len(part) > 14 for part in profiles) and profiles[0][13] == len(profiles)
        profile = b"".join(part[14:] for part in profiles) if is_whole else b""
    return Parts("JPEG", b"".join(kept), profile, orientation_of(exif, xmp), exif=exif, dropped=(XMP,) * (xmp != b""))


def _decides_colors(marker: int, body: bytes) -> bool:
    """Return whether an application's segment is one by which libjpeg chooses the color space."""
    is_jfif = marker == 0xE0 and body.startswith(b"JFIF\0") and len(body) >= 14
    return is_jfif or (marker == 0xEE and body.startswith(b"Adobe") and len(body) >= 12)
