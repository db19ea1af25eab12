"""The formats of picture files that are written: what each can hold, in one table, and how it is encoded."""

import io
import math
import struct
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from degradekit.colors import to_srgb
from degradekit.containers.base import EXIF
from degradekit.containers.png import INCH_METERS, chunk
from degradekit.containers.tag_directories import (
    LONG,
    SHORT,
    UNDEFINED,
    Entry,
    Tags,
    header,
    read_tags,
    resolution_of,
    with_resolution,
    write_tags,
)
from degradekit.errors import ImageError, Mistake
from degradekit.modes import Picture, to_pil
from degradekit.sixteen_bits import Levels, encode_16_bit_png, to_8_bits
from degradekit.wording import byte_size

DEFAULT_QUALITY = 95
"""Quality of JPEG files, which have no lossless kind."""
_STRIP_BYTES = 2**22
"""Bytes of a TIFF file's pixels that are compressed together."""


class OutputFormat(NamedTuple):
    """What files of a format can hold.

    Attributes:
        name: What people call it.
        max_side: The most pixels a side that its library writes.
        max_bytes: The most bytes of pixels, before they are compressed.
        bits: The most bits of a sample.
        has_alpha: Whether pixels may be transparent.
        has_gray: Whether it has pictures without colors.
        has_quality: Whether a quality may be chosen.
    """

    name: str
    max_side: int
    max_bytes: float = math.inf
    bits: int = 8
    has_alpha: bool = True
    has_gray: bool = True
    has_quality: bool = False


_PNG = OutputFormat("PNG", 1_000_000, bits=16)
_JPEG = OutputFormat("JPEG", 65_500, has_alpha=False, has_quality=True)
_WEBP = OutputFormat("WebP", 16_383, has_gray=False, has_quality=True)
_TIFF = OutputFormat("TIFF", 1_000_000, 2**32 - 2**24, bits=16)  # its offsets have 32 bits
OUTPUT_FORMATS: Mapping[str, OutputFormat] = MappingProxyType(
    {".png": _PNG, ".jpg": _JPEG, ".jpeg": _JPEG, ".webp": _WEBP, ".tif": _TIFF, ".tiff": _TIFF}
)
"""The formats that are written, by extension."""


def require_fit(extension: str, height: int, width: int, pixel_bytes: int) -> None:
    """Refuse a picture that a format cannot hold.

    Args:
        extension: One of `OUTPUT_FORMATS`.
        height: Height of the picture in pixels.
        width: Width of the picture in pixels.
        pixel_bytes: Bytes of a pixel.

    Raises:
        ImageError: It has too many pixels.
    """
    output = OUTPUT_FORMATS[extension]
    cure = "" if output is _PNG else "; write a .png"
    side, size = max(height, width), height * width * pixel_bytes
    if side > output.max_side:
        raise ImageError(f"{output.name} holds at most {output.max_side} pixels a side{cure} (got {side})")
    if size > output.max_bytes:
        most = byte_size(int(output.max_bytes))
        raise ImageError(f"{output.name} holds at most {most} of pixels{cure} (got {byte_size(size)})")


def require_quality(quality: int | None, extension: str) -> None:
    """Refuse a quality that is out of range, or that a format does not have.

    Raises:
        ImageError: It is such a quality.
    """
    if quality is None:
        return
    if not 1 <= quality <= 100:
        raise ImageError(Mistake("quality", "must be between 1 and 100", quality))
    if not OUTPUT_FORMATS[extension].has_quality:
        name = OUTPUT_FORMATS[extension].name
        raise ImageError(Mistake("quality", f"must be left out for {name}, which loses nothing", quality))


def unsupported_content(extension: str, picture: Picture) -> tuple[str, ...]:
    """Return what a picture has that a format cannot hold; each text completes "has ..."."""
    output, name = OUTPUT_FORMATS[extension], OUTPUT_FORMATS[extension].name
    channels = picture.levels.shape[2]
    lost = [f"{what}, which are dropped" for what in picture.dropped]
    if picture.levels.dtype == np.uint16 and output.bits == 8:
        lost.append(f"16 bits, rounded to 8 for {name}")
    if channels in (2, 4) and not output.has_alpha:
        lost.append(f"alpha, composited over white for {name}")
    if channels < 3 and picture.profile is not None and not output.has_gray:
        lost.append(f"a gray ICC profile, converted to sRGB for {name}")
    if picture.exif and read_tags(picture.exif, 1, 1) is None:
        lost.append("EXIF data that are damaged or exceed 64 KiB, which are dropped")
    return tuple(lost)


def encode(extension: str, picture: Picture, quality: int | None = None) -> bytes:
    """Encode a picture, as far as the format holds it: see `unsupported_content`.

    Args:
        extension: One of `OUTPUT_FORMATS`.
        picture: What to encode.
        quality: Quality of JPEG and WebP, from 1 to 100; None is DEFAULT_QUALITY for JPEG, and lossless for WebP.

    Raises:
        OSError, ValueError: The format's library cannot encode it.
    """
    output = OUTPUT_FORMATS[extension]
    levels, profile = picture.levels, picture.profile
    tags = read_tags(picture.exif, levels.shape[1], levels.shape[0]) or Tags()
    dpi = picture.dpi or resolution_of(tags.main, tags.order)
    dpi = dpi if dpi and all(1 <= value <= 65_535 for value in dpi) else None
    if output is _TIFF:
        return _tiff(levels, profile, with_resolution(tags, dpi))
    has_tags = any(tags[1:])
    if output is _WEBP and dpi is not None:  # which has no field of its own for them
        tags, has_tags = with_resolution(tags, dpi), True
    exif = EXIF + write_tags(tags) if has_tags else b""
    if output is _PNG and levels.dtype == np.uint16:
        return encode_16_bit_png(levels, profile, _metadata_chunks(dpi, exif))
    levels = to_8_bits(levels)
    if levels.shape[2] in (2, 4) and not output.has_alpha:
        alpha = levels[..., -1:].astype(np.float32) / 255
        levels = np.rint(levels[..., :-1] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    if levels.shape[2] < 3 and profile is not None and not output.has_gray:
        gray = np.asarray(to_srgb(to_pil(levels[..., :1]), profile))[..., None]
        levels, profile = np.concatenate([gray, levels[..., 1:]], 2), None
    settings: dict[str, Any] = {"compress_level": 1}
    if output is _JPEG:
        settings = {"quality": quality or DEFAULT_QUALITY, "subsampling": 0}
    elif output is _WEBP:
        settings = {"lossless": True} if quality is None else {"quality": quality, "method": 4}
    if dpi is not None and output is not _WEBP:
        settings["dpi"] = dpi if output is _PNG else (round(dpi[0]), round(dpi[1]))
    from PIL import Image as PILImage

    buffer = io.BytesIO()
    image = PILImage.fromarray(levels[..., 0] if levels.shape[2] == 1 else levels)
    image.save(buffer, output.name, **settings, icc_profile=profile, exif=exif)
    return buffer.getvalue()


def _metadata_chunks(dpi: tuple[float, float] | None, exif: bytes) -> bytes:
    """Return the chunks of a PNG with what it keeps beside pixels and profile."""
    chunks = b""
    if dpi is not None:
        x, y = (round(value / INCH_METERS) for value in dpi)
        chunks += chunk(b"pHYs", struct.pack(">LLB", x, y, 1))
    return chunks + (chunk(b"eXIf", exif.removeprefix(EXIF)) if exif else b"")


def _tiff(levels: Levels, profile: bytes | None, tags: Tags) -> bytes:
    """Encode 8 or 16 bits, as Pillow has no colors of 16 bits, and OpenCV nothing beside the pixels.

    Rows are the differences to the left neighbors, deflated. Gray and alpha of 16 bits become RGB and alpha, as few
    programs read the former.
    """
    if levels.shape[2] == 2 and levels.dtype == np.uint16:
        levels = levels[..., [0, 0, 0, 1]]
    order, (height, width, channels) = tags.order, levels.shape
    rows = max(1, _STRIP_BYTES // (width * channels * levels.itemsize))
    strips = []
    for top in range(0, height, rows):
        part = levels[top : top + rows]
        differences = np.diff(part, axis=1, prepend=np.zeros_like(part[:, :1]))  # integers that wrap around
        strips.append(zlib.compress(differences.astype(f"{order}u{levels.itemsize}").tobytes(), 1))
    offsets = np.cumsum([8, *map(len, strips)]).tolist()

    def entry(kind: int, *values: int) -> Entry:
        return Entry(kind, len(values), struct.pack(f"{order}{len(values)}{'H' if kind == SHORT else 'L'}", *values))

    directory = {
        256: entry(LONG, width),
        257: entry(LONG, height),
        258: entry(SHORT, *[8 * levels.itemsize] * channels),
        259: entry(SHORT, 8),  # deflate
        262: entry(SHORT, 1 if channels < 3 else 2),  # gray with black as zero, or RGB
        273: entry(LONG, *offsets[:-1]),
        277: entry(SHORT, channels),
        278: entry(LONG, rows),
        279: entry(LONG, *map(len, strips)),
        284: entry(SHORT, 1),  # interleaved
        317: entry(SHORT, 2),  # differences
    }
    if channels in (2, 4):
        directory[338] = entry(SHORT, 2)  # alpha that is not multiplied in
    if profile is not None:
        directory[34675] = Entry(UNDEFINED, len(profile), profile)
    at = offsets[-1] + offsets[-1] % 2
    main = tags._replace(main=tags.main | directory)
    pixels = b"".join(strips) + bytes(offsets[-1] % 2)
    return header(order, at) + pixels + write_tags(main, at)
