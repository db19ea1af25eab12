"""The rules by which pixels of any kind become levels: what Pillow has read, as a whole picture, and that one flat.

There is one way: `whole` keeps all that the library can hold, and `flatten` makes 8-bit gray or RGB over white of it.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.colors import is_applicable, to_srgb
from degradekit.errors import ImageError
from degradekit.sixteen_bits import Levels, color_levels, gray_levels, refuse_odd_tiff, to_8_bits
from degradekit.strips import by_strips, strips_of
from degradekit.types import Pixels

if TYPE_CHECKING:
    from PIL import Image as PILImage

MODES: Mapping[str, str] = MappingProxyType(
    {
        "1": "L",
        "L": "L",
        "LA": "LA",
        "La": "LA",  # alpha is divided out
        "P": "RGB",
        "PA": "RGBA",
        "RGB": "RGB",
        "RGBA": "RGBA",
        "RGBa": "RGBA",
        "RGBX": "RGB",
        "CMYK": "RGB",  # through the profile that it has
        "YCbCr": "RGB",
        "LAB": "RGB",
        "HSV": "RGB",
    }
)
"""What becomes of Pillow's 8-bit modes; a transparent color or palette entry adds an alpha channel."""
PROFILE_IGNORED = "an ICC profile that cannot be applied and is ignored"
MORE_FRAMES = "several frames, of which the first is taken"
_UPRIGHT: Mapping[int, Callable[[NDArray[Any]], NDArray[Any]]] = MappingProxyType(
    {
        2: np.fliplr,
        3: lambda levels: np.rot90(levels, 2),
        4: np.flipud,
        5: lambda levels: levels.swapaxes(0, 1),
        6: lambda levels: np.rot90(levels, -1),
        7: lambda levels: np.rot90(levels, 2).swapaxes(0, 1),
        8: np.rot90,
    }
)
"""What makes a picture upright, by its EXIF orientation."""


class Picture(NamedTuple):
    """A picture as its file has it, but upright.

    Attributes:
        levels: (H, W, C) uint8 or uint16: gray, gray and alpha, RGB, or RGB and alpha.
        profile: The ICC profile that defines the colors; None means sRGB.
        notes: What is remarkable about the file, such as `PROFILE_IGNORED`; each completes "has ...".
        exif: EXIF data of the file, perhaps damaged; their orientation has been applied.
        dpi: Pixels per inch, horizontal and vertical, where they stand outside of the EXIF data.
        dropped: Other metadata of the file, which is not kept, such as `XMP data`.
        format: Pillow's name of the format that the file begins like; empty for an unknown one.
    """

    levels: Levels
    profile: bytes | None = None
    notes: tuple[str, ...] = ()
    exif: bytes = b""
    dpi: tuple[float, float] | None = None
    dropped: tuple[str, ...] = ()
    format: str = ""


def whole(picture: "PILImage.Image", profile: bytes | None, data: bytes = b"") -> Picture:
    """Return what Pillow has read as levels, which are as upright as `picture`.

    Args:
        picture: A loaded image of any mode.
        profile: The ICC profile of its file, if there is one; it may be damaged.
        data: Its file without metadata, see `degradekit.containers`, for the colors of 16 bits that Pillow has dropped.

    Raises:
        ImageError: The samples have no defined white.
    """
    refuse_odd_tiff(picture)
    levels: Any = gray_levels(picture)
    if levels is None and data:
        levels = color_levels(picture, data)
    is_unfit = False
    if levels is None and picture.mode == "CMYK":
        of_cmyk = profile if profile is not None and is_applicable(profile, "CMYK") else None
        is_unfit = profile is not None and of_cmyk is None
        profile = None
        levels = strips_of(
            picture, lambda strip: np.array(to_srgb(strip, of_cmyk) if of_cmyk is not None else strip.convert("RGB"))
        )
    if levels is None:
        kind = MODES.get(picture.mode)
        if kind is None:
            raise ImageError(f"pixels of Pillow's mode {picture.mode!r} are not supported")
        kind = kind if kind.endswith("A") or not picture.has_transparency_data else kind + "A"
        levels = strips_of(picture, lambda strip: np.array(strip if kind == strip.mode else strip.convert(kind)))
    levels = levels if levels.ndim == 3 else levels[:, :, None]
    if profile is not None and not is_applicable(profile, "L" if levels.shape[2] < 3 else "RGB"):
        profile, is_unfit = None, True
    return Picture(levels, profile, (PROFILE_IGNORED,) if is_unfit else ())


def upright(picture: Picture, orientation: int) -> Picture:
    """Return a picture turned as its orientation demands, from 1 to 8 as EXIF has it."""
    turned = np.ascontiguousarray(_UPRIGHT.get(orientation, np.asarray)(picture.levels))
    return picture._replace(levels=turned)


def flatten(picture: Picture) -> Pixels:
    """Return a picture as 8-bit pixels in sRGB with alpha over white, (H, W, 3) RGB or (H, W, 1) gray."""
    levels, profile = picture.levels, picture.profile
    if profile is None and levels.shape[2] in (1, 3):
        return to_8_bits(levels)
    return by_strips(levels.shape, lambda rows: _flat(to_8_bits(levels[rows]), profile))


def _flat(levels: Pixels, profile: bytes | None) -> Pixels:
    from PIL import Image as PILImage

    has_alpha = levels.shape[2] in (2, 4)
    colors = to_pil(levels[..., :-1] if has_alpha else levels)
    if profile is not None:
        colors = to_srgb(colors, profile)
    if has_alpha:
        alpha = PILImage.fromarray(np.ascontiguousarray(levels[..., -1]))
        colors = PILImage.composite(colors, PILImage.new(colors.mode, colors.size, "white"), alpha)
    pixels = np.array(colors, dtype=np.uint8)
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def to_pil(pixels: Pixels) -> "PILImage.Image":
    """Return 8-bit pixels as an image of mode L or RGB."""
    from PIL import Image as PILImage

    return PILImage.fromarray(np.ascontiguousarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels))
