"""The one way in and out for pictures.

Inside the library an image is float32, (H, W, C) with C = 1 or 3, RGB, nominal range [0, 1]. What people hold is
something else: 8-bit and 16-bit arrays, gray without a channel axis, PIL images, files with EXIF rotation, ICC
profiles, alpha, palettes. Everything else in the library sees only what comes out of here.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.errors import ImageError
from degradekit.types import Image, Pixels

if TYPE_CHECKING:
    from PIL import Image as PILImage

EXTENSIONS = frozenset((".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".avif"))
"""Of the files that are taken for pictures in a folder."""
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
_PNG = b"\x89PNG\r\n\x1a\n"
_ORIENTATION = 0x0112
_BITS_PER_SAMPLE, _PHOTOMETRIC, _PLANAR, _SAMPLE_FORMAT = 258, 262, 284, 339
_WHITE_IS_ZERO, _RGB, _SEPARATE = 0, 2, 2


def unpack(picture: Any) -> tuple[Image, Callable[[Pixels], Any]]:
    """A person's picture as the library's image, and the way back to the same kind.

    Args:
        picture: uint8 or uint16 array, float32 array in [0, 1], or a PIL image; gray (H, W) or (H, W, 1), or RGB
            (H, W, 3). PIL images of other modes are brought to RGB or L by the rules of `decode`.

    Returns:
        The image, and a function from 8-bit pixels to the kind of `picture`: float32 results are levels / 255, uint16
        results levels * 257.

    Raises:
        ImageError: Another type, dtype, shape or range.
    """
    from degradekit.functional.levels import to_float

    if _is_pil(picture):
        return to_float(_flatten(picture)), _to_pil
    if not isinstance(picture, np.ndarray):
        raise ImageError(f"image: must be a NumPy array or a PIL image (got {type(picture).__name__})")
    flat = picture.ndim == 2
    shaped = picture[:, :, None] if flat else picture
    if shaped.ndim != 3 or shaped.shape[2] not in (1, 3) or shaped.size == 0:
        raise ImageError(f"image: must be (H, W), (H, W, 1) or (H, W, 3) with H, W >= 1 (got shape {picture.shape})")

    def back(convert: Callable[[Pixels], NDArray[Any]]) -> Callable[[Pixels], NDArray[Any]]:
        return lambda pixels: convert(pixels[:, :, 0] if flat else pixels)

    if picture.dtype == np.uint8:
        return to_float(shaped), back(lambda pixels: pixels)
    if picture.dtype == np.uint16:
        return shaped.astype(np.float32) / np.float32(65535), back(lambda pixels: pixels.astype(np.uint16) * 257)
    if picture.dtype == np.float32:
        low, high = float(shaped.min()), float(shaped.max())
        if not (low >= 0 and high <= 1):
            raise ImageError(f"image: float32 values must lie in [0, 1] (got [{low:g}, {high:g}])")
        return np.ascontiguousarray(shaped), back(to_float)
    raise ImageError(f"image: must be uint8, uint16 or float32 (got {picture.dtype})")


def decode(data: bytes, max_pixels: int | None = None) -> Pixels:
    """Decode an image file to 8-bit RGB, (H, W, 3).

    The rules: EXIF rotation is applied. An embedded ICC profile is converted to sRGB. 16 bits are rounded to 8. Gray
    becomes three equal channels. Alpha and transparent palette entries are composited over white. Palettes are
    looked up. CMYK goes through its ICC profile, or Pillow's plain conversion where it has none. Of several frames
    the first is taken.

    Args:
        data: The file's bytes; their name and extension play no part.
        max_pixels: Refuse more, as a decompression bomb; None is Pillow's limit.

    Raises:
        ImageError: The bytes are no image, are truncated, have too many pixels, or hold floating-point samples.
    """
    with _opened(data, max_pixels) as picture:
        pixels = _flatten(picture, data)
    return pixels if pixels.shape[2] == 3 else np.repeat(pixels, 3, axis=2)


class Picture(NamedTuple):
    """A picture as its file has it, but upright.

    Attributes:
        levels: (H, W, C) uint8 or uint16: gray, gray and alpha, RGB, or RGB and alpha.
        profile: The ICC profile that tells what the levels mean; without one it is sRGB.
    """

    levels: NDArray[np.uint8] | NDArray[np.uint16]
    profile: bytes | None


def decode_whole(data: bytes) -> Picture:
    """Decode an image file and keep what `decode` does away with: 16 bits, gray, alpha, and the ICC profile.

    EXIF rotation is applied, palettes are looked up, CMYK becomes RGB. Of several frames the first is taken.

    Args:
        data: The file's bytes.

    Raises:
        ImageError: As `decode`.
    """
    with _opened(data, None) as picture:
        _refuse_odd_tiff(picture)
        profile, levels = picture.info.get("icc_profile"), _levels_of_16_bits(picture, data)
        orientation = picture.getexif().get(_ORIENTATION, 1)
        if levels is None and picture.mode == "CMYK":
            picture, profile = (_to_srgb(picture, profile) if profile else picture).convert("RGB"), None
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


@contextmanager
def _opened(data: bytes, max_pixels: int | None) -> Iterator["PILImage.Image"]:
    """A file's picture, loaded; all that goes wrong with it, in the block too, is an ImageError."""
    import warnings

    from PIL import Image as PILImage
    from PIL import UnidentifiedImageError

    try:
        with warnings.catch_warnings(), _pixel_limit(max_pixels):
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", PILImage.DecompressionBombWarning)
            with PILImage.open(io.BytesIO(data)) as picture:
                picture.load()
                yield picture
    except ImageError:
        raise
    except (PILImage.DecompressionBombError, PILImage.DecompressionBombWarning):
        raise ImageError(f"too many pixels: more than {_limit(max_pixels)}, perhaps a decompression bomb") from None
    except UnidentifiedImageError:
        raise ImageError("not an image" if data else "empty file") from None
    except Exception as error:  # Pillow's plugins raise nearly anything on damaged files.
        raise ImageError(f"cannot be decoded: {error or type(error).__name__}") from None


def to_8_bits(levels: NDArray[Any]) -> NDArray[np.uint8]:
    """uint16 levels rounded to the nearest of 8 bits; those of uint8 as they are."""
    return levels if levels.dtype == np.uint8 else ((levels.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)


def decode_png(data: bytes) -> Pixels:
    """An 8-bit RGB PNG that `encode_png` has made."""
    import cv2

    pixels: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise ImageError("cannot be decoded: no PNG")
    found: Pixels = pixels
    return found


def misnamed(name: str, data: bytes) -> bool:
    """Whether a file's extension is that of another format than its content."""
    extension = PurePosixPath(name).suffix.lower()
    starts = _STARTS.get(_ALIASES.get(extension, extension))
    return starts is not None and not any(data[at : at + len(start)] == start for at, start in starts)


def encode_png(pixels: Pixels) -> bytes:
    """8-bit RGB or gray pixels as PNG bytes.

    With OpenCV's own settings: each row's difference to its left neighbor, run-length matches, Huffman codes. Level 1
    takes 1.6 times as long for files 9 % smaller, Pillow's level 6 seven times for 14 %. Without a search for longer
    matches, no hash table that a zlib may build differently for another processor has a part in the bytes.
    """
    import cv2

    done, buffer = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.shape[2] == 3 else pixels)
    if not done:
        raise ImageError(f"image: OpenCV cannot encode shape {pixels.shape} as PNG")
    return buffer.tobytes()


def _limit(most: int | None) -> int | None:
    from PIL import Image as PILImage

    return most if most is not None else PILImage.MAX_IMAGE_PIXELS


@contextmanager
def _pixel_limit(most: int | None) -> Iterator[None]:
    """Pillow's limit against decompression bombs, which is a global."""
    from PIL import Image as PILImage

    before = PILImage.MAX_IMAGE_PIXELS
    try:
        PILImage.MAX_IMAGE_PIXELS = _limit(most)
        yield
    finally:
        PILImage.MAX_IMAGE_PIXELS = before


def _is_pil(picture: object) -> bool:
    return type(picture).__module__.startswith("PIL.") or any(
        base.__module__ == "PIL.Image" for base in type(picture).__mro__
    )


def _to_pil(pixels: Pixels) -> "PILImage.Image":
    from PIL import Image as PILImage

    return PILImage.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def _flatten(picture: "PILImage.Image", data: bytes = b"") -> Pixels:
    """Any PIL image as 8-bit RGB or gray pixels, (H, W, 3) or (H, W, 1); `data` is the file it came from."""
    from PIL import Image as PILImage
    from PIL import ImageOps

    _refuse_odd_tiff(picture)
    profile = picture.info.get("icc_profile")
    orientation = picture.getexif().get(_ORIENTATION, 1)
    levels = _levels_of_16_bits(picture, data)
    if levels is not None:
        picture = PILImage.fromarray(to_8_bits(levels))
    alpha = None
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        alpha = picture.getchannel("A")
    if picture.mode not in ("RGB", "L", "CMYK"):
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    if profile:
        picture = _to_srgb(picture, profile)
    if picture.mode == "CMYK":
        picture = picture.convert("RGB")
    if alpha is not None:
        picture = PILImage.composite(picture, PILImage.new("RGB", picture.size, "white"), alpha)
    if orientation != 1:
        picture.getexif()[_ORIENTATION] = orientation
        picture = ImageOps.exif_transpose(picture)
    pixels = np.array(picture, dtype=np.uint8)
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def _to_srgb(picture: "PILImage.Image", profile: bytes) -> "PILImage.Image":
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        converted = ImageCms.profileToProfile(picture, source, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return picture  # A profile that does not fit its own picture says nothing about its colors.
    assert converted is not None, "only inPlace=True returns nothing"
    return converted.convert("L") if picture.mode == "L" else converted


def _has_16_bit_colors(picture: "PILImage.Image", data: bytes) -> bool:
    """Whether Pillow has dropped the low bytes, as it does for color PNG and TIFF of 16 bits."""
    if picture.format == "PNG":
        return data[24] == 16 and not picture.mode.startswith("I")
    bits = _tiff_tag(picture, _BITS_PER_SAMPLE) or (8,)
    return len(bits) > 1 and max(bits) == 16


def _tiff_tag(picture: "PILImage.Image", tag: int) -> Any:
    return getattr(picture, "tag_v2", {}).get(tag) if picture.format == "TIFF" else None


def _refuse_odd_tiff(picture: "PILImage.Image") -> None:
    """Refuse the kinds of TIFF that Pillow or OpenCV would read as other pixels."""
    bits = _tiff_tag(picture, _BITS_PER_SAMPLE) or (8,)
    unsigned = all(sample_format == 1 for sample_format in _tiff_tag(picture, _SAMPLE_FORMAT) or (1,))
    if picture.mode != "F" and (max(bits) > 16 or not unsigned):
        raise ImageError(f"integer samples must be unsigned and have at most 16 bits (got {max(bits)} bits)")
    plain = _tiff_tag(picture, _PLANAR) != _SEPARATE and _tiff_tag(picture, _PHOTOMETRIC) == _RGB
    if len(bits) > 1 and max(bits) == 16 and not plain:
        raise ImageError("16-bit color TIFF must be RGB with interleaved samples")


def _levels_of_16_bits(picture: "PILImage.Image", data: bytes) -> NDArray[np.uint16] | None:
    """Gray (H, W), RGB or RGBA (H, W, C) of a picture that has 16 bits; None of others.

    Raises:
        ImageError: It has floating-point samples, or others that are no 16 bits.
    """
    if picture.mode == "F":
        raise ImageError("floating-point samples have no defined white; convert to 8 or 16 bits first")
    if picture.mode == "I" or picture.mode.startswith("I;16"):
        levels = np.asarray(picture)
        if levels.min() < 0 or levels.max() > 65535:
            raise ImageError(f"integer samples must lie in 0..65535 (got {levels.min()}..{levels.max()})")
        gray = levels.astype(np.uint16)
        return 65535 - gray if _tiff_tag(picture, _PHOTOMETRIC) == _WHITE_IS_ZERO else gray
    return _decode_16_bit_colors(data) if data and _has_16_bit_colors(picture, data) else None


def _decode_16_bit_colors(data: bytes) -> NDArray[np.uint16]:
    import cv2

    _refuse_cut_png(data)
    levels: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if levels is None or levels.dtype != np.uint16 or levels.ndim != 3:
        raise ImageError("16-bit color of a kind that OpenCV cannot read")
    rgb: NDArray[np.uint16] = np.ascontiguousarray(levels[:, :, [2, 1, 0, 3][: levels.shape[2]]])
    return rgb


def _refuse_cut_png(data: bytes) -> None:
    """Refuse a PNG with a chunk that claims more bytes than there are, for which OpenCV takes up to 4 GB."""
    at = len(_PNG)
    while data.startswith(_PNG) and data[at + 4 : at + 8] != b"IEND":
        at += 12 + int.from_bytes(data[at : at + 4])
        if at > len(data):
            raise ImageError("cannot be decoded: image file is truncated")
