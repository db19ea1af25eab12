"""What people hold, as the library's image and back: arrays of 8 and 16 bits, gray without a channel axis, PIL images.

Inside the library an image is float32, (H, W, C) with C = 1 or 3, RGB, nominal range [0, 1]. Files are read and written
by `degradekit.picture_files`.
"""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from degradekit.errors import ImageError
from degradekit.sixteen_bits import gray_levels, refuse_odd_tiff, to_8_bits
from degradekit.types import Image, Pixels

if TYPE_CHECKING:
    from PIL import Image as PILImage

ORIENTATION = 0x0112
"""EXIF's tag for how a picture must be turned to be upright."""


def to_image(picture: Any) -> tuple[Image, Callable[[Pixels], Any]]:
    """Turn a person's picture into the library's image.

    Args:
        picture: uint8 or uint16 array, float32 array in [0, 1], or a PIL image; gray (H, W) or (H, W, 1), or RGB
            (H, W, 3). PIL images of other modes are brought to RGB or L by the rules of `picture_files.decode`.

    Returns:
        The image, and the function `restore` that turns 8-bit pixels into the kind of `picture`: float32 results are
        levels / 255, uint16 results are levels * 257.

    Raises:
        ImageError: The type, dtype, shape or range is another one.
    """
    from degradekit.functional.levels import to_float

    if _is_pil(picture):
        return to_float(flatten(picture)), _to_pil
    if not isinstance(picture, np.ndarray):
        raise ImageError(f"image: must be a NumPy array or a PIL image (got {type(picture).__name__})")
    flat = picture.ndim == 2
    shaped = picture[:, :, None] if flat else picture
    if shaped.ndim != 3 or shaped.shape[2] not in (1, 3) or shaped.size == 0:
        is_planar = picture.ndim == 3 and picture.shape[0] in (1, 3)
        cure = "; move the channels with .transpose(1, 2, 0)" if is_planar else ""
        raise ImageError(
            f"image: must be (H, W), (H, W, 1) or (H, W, 3) with H, W >= 1{cure} (got shape {picture.shape})"
        )

    def restore(convert: Callable[[Pixels], NDArray[Any]]) -> Callable[[Pixels], NDArray[Any]]:
        return lambda pixels: convert(pixels[:, :, 0] if flat else pixels)

    if picture.dtype == np.uint8:
        return to_float(shaped), restore(lambda pixels: pixels)
    if picture.dtype == np.uint16:
        return shaped.astype(np.float32) / np.float32(65535), restore(lambda pixels: pixels.astype(np.uint16) * 257)
    if picture.dtype == np.float32:
        low, high = float(shaped.min()), float(shaped.max())
        if not (low >= 0 and high <= 1):
            cure = "; divide 8-bit levels by 255" if high > 1 else ""
            raise ImageError(f"image: float32 values must lie in [0, 1]{cure} (got [{low:g}, {high:g}])")
        return np.ascontiguousarray(shaped), restore(to_float)
    cure = "; convert it with .astype('float32')" if picture.dtype.kind == "f" else ""
    raise ImageError(f"image: must be uint8, uint16 or float32{cure} (got {picture.dtype})")


def flatten(picture: "PILImage.Image", color_levels: NDArray[np.uint16] | None = None) -> Pixels:
    """Return any PIL image as 8-bit RGB or gray pixels, (H, W, 3) or (H, W, 1), by the rules of `picture_files.decode`.

    Args:
        picture: The image, with its file's profile and EXIF data where it has them.
        color_levels: 16-bit colors that Pillow has dropped while it read the picture's file.

    Raises:
        ImageError: It has floating-point samples, or others that have no defined white.
    """
    from PIL import Image as PILImage
    from PIL import ImageOps

    refuse_odd_tiff(picture)
    profile = picture.info.get("icc_profile")
    orientation = picture.getexif().get(ORIENTATION, 1)
    levels = gray_levels(picture) if color_levels is None else color_levels
    if levels is not None:
        picture = PILImage.fromarray(to_8_bits(levels))
    alpha = None
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        alpha = picture.getchannel("A")
    if picture.mode not in ("RGB", "L", "CMYK"):
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    if profile:
        picture = to_srgb(picture, profile)
    if picture.mode == "CMYK":
        picture = picture.convert("RGB")
    if alpha is not None:
        picture = PILImage.composite(picture, PILImage.new("RGB", picture.size, "white"), alpha)
    if orientation != 1:
        picture.getexif()[ORIENTATION] = orientation
        picture = ImageOps.exif_transpose(picture)
    pixels = np.array(picture, dtype=np.uint8)
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def to_srgb(picture: "PILImage.Image", profile: bytes) -> "PILImage.Image":
    """Convert a picture's colors from an ICC profile to sRGB; one with a profile that does not fit stays as it is."""
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        converted = ImageCms.profileToProfile(picture, source, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return picture  # A profile that does not fit its own picture says nothing about its colors.
    assert converted is not None, "only inPlace=True returns nothing"
    return converted.convert("L") if picture.mode == "L" else converted


def _is_pil(picture: object) -> bool:
    return type(picture).__module__.startswith("PIL.") or any(
        base.__module__ == "PIL.Image" for base in type(picture).__mro__
    )


def _to_pil(pixels: Pixels) -> "PILImage.Image":
    from PIL import Image as PILImage

    return PILImage.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
