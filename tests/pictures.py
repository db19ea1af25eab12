"""Pictures made in the tests: files that Pillow does not write, and the one that the goldens are taken on."""

import io
import math
import struct
import zlib

import numpy as np
from PIL import Image


def chunk(kind: bytes, data: bytes, length: int | None = None) -> bytes:
    """Return a chunk of a PNG; `length` is the one it claims, if not its own."""
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data) if length is None else length) + kind + data + struct.pack(">I", check)


def png(width: int, height: int, bits: int, lines: bytes, length: int | None = None) -> bytes:
    """Return a PNG in color, of any size, depth and content."""
    header = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(lines), length), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def png_of(samples: np.ndarray, bits: int, color: int, *beside: bytes) -> bytes:
    """Return a PNG of (H, W, C) samples, of any depth and type of color, with chunks before its pixels."""
    height, width, _ = samples.shape
    if bits < 8:
        lines = [np.packbits(np.unpackbits(row.astype(np.uint8), axis=1)[:, -bits:]) for row in samples]
    else:
        lines = [row.astype(f">u{bits // 8}").view(np.uint8) for row in samples]
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    content = zlib.compress(b"".join(b"\0" + line.tobytes() for line in lines))
    parts = chunk(b"IHDR", header), *beside, chunk(b"IDAT", content), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def saved(picture: Image.Image, format: str, **options) -> bytes:
    """Return a picture as Pillow writes it."""
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def edges_ramps_and_texture() -> np.ndarray:
    """The built-in picture of the numerics probe, (72, 96, 3) uint8.

    It is made without any of the library's code, so that a fault there shows in what is done to the picture
    and not in the picture. The texture is Box and Muller's transform of splitmix64's words, in float64.
    """
    height, width, channels = 72, 96, 3
    half = height * width * channels // 2
    start = splitmix64(1, 1)  # the first word of seed 1
    cosines, sines = [], []
    for word in (splitmix64(start, index) for index in range(half)):
        radius = math.sqrt(-2 * math.log(((word & 0xFFFFFFFF) // 2 * 2 + 1) / 2**32))
        angle = 2 * math.pi * (word >> 32) / 2**32
        cosines.append(radius * math.cos(angle))
        sines.append(radius * math.sin(angle))
    texture = np.array(cosines + sines).reshape(height, width, channels) * 0.05
    rows, columns = np.mgrid[0:height, 0:width]
    ramp = (rows * 2 + columns) / (2 * height + width)
    checks = ((rows // 9 + columns // 11) % 2) * 0.3
    levels = np.clip((ramp * 0.7 + checks)[:, :, None] + texture, 0, 1) * 255
    # A sine that is off by a last place moves a level by 1e-13, so no machine may round one the other way.
    assert np.abs(levels % 1 - 0.5).min() > 1e-6
    return np.rint(levels).astype(np.uint8)


def whole_pictures(photo: np.ndarray) -> list[bytes]:
    """Small pictures in many formats and modes."""
    rgb = Image.fromarray(photo[:20, :24])
    gray16 = Image.fromarray(np.arange(480, dtype=np.uint16).reshape(20, 24) * 100)
    exif = Image.Exif()
    exif[0x0112] = 6
    kinds = [
        *((rgb, kind, {}) for kind in ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")),
        (gray16, "PNG", {}),
        (gray16, "TIFF", {}),
        (rgb.quantize(16), "PNG", {"transparency": 3}),
        (rgb.convert("RGBA"), "PNG", {}),
        (rgb.convert("RGBA"), "WEBP", {"lossless": True}),
        (rgb.convert("L"), "JPEG", {"progressive": True, "exif": exif}),
        (rgb.convert("CMYK"), "JPEG", {}),
        (rgb.convert("CMYK"), "TIFF", {"compression": "tiff_lzw"}),
        (rgb, "TIFF", {"compression": "tiff_adobe_deflate"}),
        (rgb.convert("1"), "TIFF", {"compression": "group4"}),
        (rgb.quantize(200), "BMP", {}),
    ]
    pictures = []
    for picture, kind, options in kinds:
        buffer = io.BytesIO()
        picture.save(buffer, kind, **options)
        pictures.append(buffer.getvalue())
    lines = b"".join(b"\0" + (line.astype(">u2") * 257).tobytes() for line in photo[:20, :24])
    return [*pictures, png(24, 20, 16, lines)]


def splitmix64(start: int, index: int) -> int:
    """Steele, Lea and Flood 2014, in Python's integers."""
    x = (start + index * 0x9E3779B97F4A7C15) % 2**64
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB % 2**64
    return x ^ (x >> 31)
