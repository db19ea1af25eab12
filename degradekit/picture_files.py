"""The one way in and out for picture files: formats, 16 bits, EXIF rotation, ICC profiles, alpha, palettes.

No other module opens, decodes, encodes or writes picture files, but for those inside of datasets, dataset/pictures.py.
"""

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from degradekit.containers import orientation_of, strip_metadata
from degradekit.decoders import damage, open_pixels
from degradekit.encoders import OUTPUT_FORMATS, encode, require_fit
from degradekit.errors import ImageError, MemoryShortageError
from degradekit.limits import MAX_PHOTO_BYTES, MAX_PIXELS
from degradekit.modes import MORE_FRAMES, flatten, upright, whole
from degradekit.modes import Picture as Picture
from degradekit.picture_folders import FORMATS
from degradekit.regular_files import read_regular
from degradekit.retrying import reason_of
from degradekit.types import Pixels
from degradekit.whole_files import write_whole

if TYPE_CHECKING:
    from PIL import Image as PILImage

WRITABLE = tuple(OUTPUT_FORMATS)
"""Extensions of the files that `write_picture` writes."""


def decode(data: bytes, max_pixels: int = MAX_PIXELS) -> Pixels:
    """Decode an image file to 8-bit RGB, (H, W, 3): `decode_whole`, and then `flat_rgb`.

    The rules: EXIF rotation is applied. An embedded ICC profile is converted to sRGB. 16 bits are rounded to 8. Gray
    becomes three equal channels. Alpha and transparent palette entries are composited over white. Palettes are
    looked up. CMYK goes through its ICC profile, or through Pillow's plain conversion where it has none. Of several
    frames the first is taken. What lies beside the pixels and cannot be read is ignored. The whole table is in
    docs/photos.md, section How a photo is read.

    Args:
        data: The file's bytes; their name and extension play no part.
        max_pixels: Refuse more, before they are decoded, as a decompression bomb.

    Raises:
        ImageError: The bytes are not an image, are truncated, have too many pixels, or hold floating-point samples.
        MemoryShortageError: It needs more memory than is free.
    """
    return flat_rgb(decode_whole(data, max_pixels))


def flat_rgb(picture: Picture) -> Pixels:
    """Return a picture as 8-bit sRGB pixels, (H, W, 3), with alpha over white."""
    pixels = flatten(picture)
    return pixels if pixels.shape[2] == 3 else np.repeat(pixels, 3, axis=2)


def decode_whole(data: bytes, max_pixels: int = MAX_PIXELS) -> Picture:
    """Decode an image file and keep what `decode` drops: 16 bits, gray, alpha, ICC profile, EXIF data and resolution.

    EXIF rotation is applied, palettes are looked up, CMYK becomes RGB. Of several frames the first is taken.

    Args:
        data: The file's bytes.
        max_pixels: Refuse more, before they are decoded, as a decompression bomb.

    Raises:
        ImageError, MemoryShortageError: For the same reasons as in `decode`.
    """
    if not data:
        raise ImageError("empty file")
    parts = strip_metadata(bytes(data))
    del data  # so that a file that the caller does not keep is not in memory twice while it is decoded
    try:
        with open_pixels(parts, max_pixels) as picture:
            profile = _bytes_in_info(picture, "icc_profile") if parts.profile is None else parts.profile
            orientation = parts.orientation
            if orientation == 1:  # AVIF has one of its own, and formats without a walker may have EXIF data
                orientation = orientation_of(
                    _bytes_in_info(picture, "exif") or b"", _bytes_in_info(picture, "xmp") or b""
                )
            stored = whole(picture, profile, parts.pixels)
            has_more = parts.has_more_frames or _has_more_frames(picture)
            dpi = _resolution(picture) or parts.dpi
        del picture  # with pixels of its own
    except (ImageError, MemoryShortageError):
        raise
    except Exception as error:  # Pillow's plugins raise nearly anything on damaged files.
        raise ImageError(f"cannot be decoded: {damage(error)}") from None
    notes = stored.notes + (MORE_FRAMES,) * has_more
    if dpi is not None and orientation >= 5:  # rows and columns are exchanged
        dpi = dpi[1], dpi[0]
    stored = stored._replace(notes=notes, exif=parts.exif, dpi=dpi, dropped=parts.dropped, format=parts.format)
    return upright(stored, orientation)


def read_picture(path: Path, max_pixels: int = MAX_PIXELS) -> Picture:
    """Read a picture file with all that `decode_whole` keeps.

    Raises:
        ImageError: The file cannot be read or decoded.
    """
    try:
        return decode_whole(read_regular(path, MAX_PHOTO_BYTES), max_pixels)
    except (OSError, ImageError, MemoryShortageError) as error:
        raise ImageError(f"{path}: cannot be read ({reason_of(error)})") from None


def write_picture(path: Path, picture: Picture, quality: int | None = None) -> None:
    """Write a picture in the format of the extension, as far as it holds the picture: see `degradekit.encoders`.

    Args:
        path: A file with one of the extensions in `WRITABLE`; a file that is there is replaced as a whole.
        picture: What to write.
        quality: Quality of JPEG and WebP, from 1 to 100; None is 95 for JPEG, and lossless for WebP.

    Raises:
        ImageError: The format cannot hold the picture.
        DegradekitError: The file cannot be written; one that was there before is kept.
    """
    extension = path.suffix.lower()
    try:
        height, width = picture.levels.shape[:2]
        require_fit(extension, height, width, picture.levels[0, 0].nbytes)
        data = encode(extension, picture, quality)
    except (ImageError, OSError, ValueError) as error:
        reason = error if isinstance(error, ImageError) else f"cannot be encoded ({error})"
        raise ImageError(f"{path}: {reason}") from None
    write_whole(path, data)


def misnamed(name: str, picture: Picture) -> bool:
    """Return whether a file's extension belongs to another format than its content."""
    expected = FORMATS.get(PurePosixPath(name).suffix.lower())
    return expected is not None and picture.format != expected


def _bytes_in_info(picture: "PILImage.Image", name: str) -> bytes | None:
    value = picture.info.get(name)
    return value if isinstance(value, bytes) else None


def _resolution(picture: "PILImage.Image") -> tuple[float, float] | None:
    """Return the pixels per inch that Pillow reads from the header of a JPEG or BMP file."""
    match picture.info.get("dpi"):
        case (int() | float() as x, int() | float() as y) if picture.format in ("JPEG", "BMP"):
            return float(x), float(y)
    return None


def _has_more_frames(picture: "PILImage.Image") -> bool:
    try:
        return bool(getattr(picture, "is_animated", False))
    except Exception:  # what follows the first frame is damaged, or there is nothing
        return False
