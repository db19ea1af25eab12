"""The one way in and out for picture files: formats, 16 bits, EXIF rotation, ICC profiles, alpha, palettes.

Whatever opens, decodes, encodes or writes a picture file does it here.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.errors import ImageError
from degradekit.image import ORIENTATION, flatten, to_srgb
from degradekit.sixteen_bits import Levels, color_levels, encode_16_bit_png, gray_levels, refuse_odd_tiff, to_8_bits
from degradekit.types import Pixels
from degradekit.whole_files import write_whole

if TYPE_CHECKING:
    from PIL import Image as PILImage

EXTENSIONS = frozenset((".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".avif"))
"""Files in a folder that are taken for pictures."""
_ALIASES = {".jpeg": ".jpg", ".tiff": ".tif"}
_STARTS = {
    ".png": [(0, b"\x89PNG")],
    ".jpg": [(0, b"\xff\xd8\xff")],
    ".webp": [(8, b"WEBP")],
    ".tif": [(0, b"II"), (0, b"MM")],
    ".bmp": [(0, b"BM")],
    ".avif": [(4, b"ftyp")],
}
"""How files of a format begin, by extension: offset and bytes."""
_JPEG: tuple[str, dict[str, Any]] = ("JPEG", {"quality": 95, "subsampling": 0})
_WRITERS: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {"compress_level": 1}),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".webp": ("WebP", {"lossless": True}),
}
"""Pillow's name of each format, and its settings."""
WRITABLE = tuple(_WRITERS)
"""Extensions of the files that `write_picture` writes."""


class Picture(NamedTuple):
    """A picture as its file has it, but upright.

    Attributes:
        levels: (H, W, C) uint8 or uint16: gray, gray and alpha, RGB, or RGB and alpha.
        profile: The ICC profile that defines the colors; None means sRGB.
    """

    levels: Levels
    profile: bytes | None = None


def decode(data: bytes, max_pixels: int | None = None) -> Pixels:
    """Decode an image file to 8-bit RGB, (H, W, 3).

    The rules: EXIF rotation is applied. An embedded ICC profile is converted to sRGB. 16 bits are rounded to 8. Gray
    becomes three equal channels. Alpha and transparent palette entries are composited over white. Palettes are
    looked up. CMYK goes through its ICC profile, or through Pillow's plain conversion where it has none. Of several
    frames the first is taken.

    Args:
        data: The file's bytes; their name and extension play no part.
        max_pixels: Refuse more, as a decompression bomb; None means Pillow's limit.

    Raises:
        ImageError: The bytes are not an image, are truncated, have too many pixels, or hold floating-point samples.
    """
    with _opened(data, max_pixels) as picture:
        pixels = flatten(picture, color_levels(picture, data))
    return pixels if pixels.shape[2] == 3 else np.repeat(pixels, 3, axis=2)


def decode_whole(data: bytes) -> Picture:
    """Decode an image file and keep what `decode` does away with: 16 bits, gray, alpha, and the ICC profile.

    EXIF rotation is applied, palettes are looked up, CMYK becomes RGB. Of several frames the first is taken.

    Args:
        data: The file's bytes.

    Raises:
        ImageError: For the same reasons as in `decode`.
    """
    with _opened(data, None) as picture:
        profile, orientation = picture.info.get("icc_profile"), picture.getexif().get(ORIENTATION, 1)
        levels: Any = gray_levels(picture)
        if levels is None:
            levels = color_levels(picture, data)
        if levels is None and picture.mode == "CMYK":
            picture, profile = (to_srgb(picture, profile) if profile else picture).convert("RGB"), None
        if levels is None:
            gray = picture.mode in ("1", "L", "LA", "La")
            kind = ("L" if gray else "RGB") + "A" * picture.has_transparency_data
            levels = np.array(picture.convert(kind), dtype=np.uint8)
    levels = levels if levels.ndim == 3 else levels[:, :, None]
    return Picture(np.ascontiguousarray(_UPRIGHT.get(orientation, np.asarray)(levels)), profile)


_UPRIGHT: dict[int, Callable[[NDArray[Any]], NDArray[Any]]] = {
    2: np.fliplr,
    3: lambda levels: np.rot90(levels, 2),
    4: np.flipud,
    5: lambda levels: levels.swapaxes(0, 1),
    6: lambda levels: np.rot90(levels, -1),
    7: lambda levels: np.rot90(levels, 2).swapaxes(0, 1),
    8: np.rot90,
}
"""What makes a picture upright, by its EXIF orientation."""


def read_picture(path: Path) -> Picture:
    """Read a picture file with all that `decode_whole` keeps.

    Raises:
        ImageError: The file cannot be read or decoded.
    """
    try:
        return decode_whole(path.read_bytes())
    except (OSError, ImageError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ImageError(f"{path}: cannot be read ({reason})") from None


def write_picture(path: Path, picture: Picture) -> None:
    """Write a picture in the format of the extension: PNG, JPEG (8 bits, alpha over white) or WebP (8 bits, lossless).

    Args:
        path: A file with one of the extensions in `WRITABLE`; a file that is there is replaced as a whole.
        picture: What to write.

    Raises:
        ImageError: The format cannot hold the picture.
        DegradekitError: The file cannot be written; one that was there before is kept.
    """
    try:
        data = _encoded(path.suffix.lower(), picture)
    except (OSError, ValueError) as error:
        raise ImageError(f"{path}: cannot be encoded ({error})") from None
    write_whole(path, data)


def decode_png(data: bytes) -> Pixels:
    """Decode an 8-bit RGB PNG that `encode_png` has made; (H, W, 3).

    Raises:
        ImageError: The bytes are not a PNG.
    """
    import cv2

    pixels: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise ImageError("cannot be decoded: not a PNG")
    rgb: Pixels = pixels
    return rgb


def encode_png(pixels: Pixels) -> bytes:
    """Encode 8-bit pixels, (H, W, 3) RGB or (H, W, 1) gray, as PNG.

    With OpenCV's own settings: each row's difference to its left neighbor, run-length matches, Huffman codes. Level 1
    takes 1.6 times as long for files 9 % smaller, Pillow's level 6 seven times for 14 %. Without a search for longer
    matches, no hash table that a zlib may build differently for another processor has a part in the bytes.

    Raises:
        ImageError: OpenCV cannot encode pixels of this shape.
    """
    import cv2

    done, buffer = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.shape[2] == 3 else pixels)
    if not done:
        raise ImageError(f"image: OpenCV cannot encode shape {pixels.shape} as PNG")
    return buffer.tobytes()


def misnamed(name: str, data: bytes) -> bool:
    """Return whether a file's extension belongs to another format than its content."""
    extension = PurePosixPath(name).suffix.lower()
    starts = _STARTS.get(_ALIASES.get(extension, extension))
    return starts is not None and not any(data[at : at + len(start)] == start for at, start in starts)


@contextmanager
def _opened(data: bytes, max_pixels: int | None) -> Iterator["PILImage.Image"]:
    """Open and load a file's picture; all that goes wrong with it, in the block too, becomes an ImageError."""
    import warnings

    from PIL import Image as PILImage
    from PIL import UnidentifiedImageError

    limit = max_pixels if max_pixels is not None else PILImage.MAX_IMAGE_PIXELS
    try:
        with warnings.catch_warnings(), _pixel_limit(limit):
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", PILImage.DecompressionBombWarning)
            with PILImage.open(io.BytesIO(data)) as picture:
                picture.load()
                refuse_odd_tiff(picture)
                yield picture
    except ImageError:
        raise
    except (PILImage.DecompressionBombError, PILImage.DecompressionBombWarning):
        raise ImageError(f"too many pixels: more than {limit}, perhaps a decompression bomb") from None
    except UnidentifiedImageError:
        raise ImageError("not an image" if data else "empty file") from None
    except Exception as error:  # Pillow's plugins raise nearly anything on damaged files.
        raise ImageError(f"cannot be decoded: {error or type(error).__name__}") from None


@contextmanager
def _pixel_limit(limit: int | None) -> Iterator[None]:
    """Set Pillow's limit against decompression bombs, which is a global."""
    from PIL import Image as PILImage

    before = PILImage.MAX_IMAGE_PIXELS
    try:
        PILImage.MAX_IMAGE_PIXELS = limit
        yield
    finally:
        PILImage.MAX_IMAGE_PIXELS = before


def _encoded(extension: str, picture: Picture) -> bytes:
    from PIL import Image as PILImage

    levels, profile = picture
    if levels.dtype == np.uint16 and extension == ".png":
        return encode_16_bit_png(levels, profile)
    levels = to_8_bits(levels)
    if levels.shape[2] in (2, 4) and _WRITERS[extension] is _JPEG:
        alpha = levels[..., -1:].astype(np.float32) / 255
        levels = np.rint(levels[..., :-1] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    image = PILImage.fromarray(levels[..., 0] if levels.shape[2] == 1 else levels)
    buffer = io.BytesIO()
    name, settings = _WRITERS[extension]
    image.save(buffer, name, **settings, icc_profile=profile)
    return buffer.getvalue()
