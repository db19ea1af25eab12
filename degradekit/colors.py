"""ICC profiles, which define the colors of a picture's levels."""

import io
from functools import lru_cache
from typing import TYPE_CHECKING

from degradekit.limits import MAX_PROFILE_BYTES

if TYPE_CHECKING:
    from PIL import Image as PILImage
    from PIL.ImageCms import ImageCmsTransform

_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
"""The color space that a profile must be of, by the mode of the picture."""
_CLASSES = ("scnr", "mntr", "prtr", "spac")
"""Profiles of scanners, monitors, printers and color spaces; others map colors to colors and describe no picture."""


def is_applicable(profile: bytes, mode: str) -> bool:
    """Return whether a profile can be read and is one for pictures of a mode: L, RGB or CMYK."""
    return _transform(profile, mode) is not None


def to_srgb(picture: "PILImage.Image", profile: bytes) -> "PILImage.Image":
    """Convert an 8-bit picture to sRGB, CMYK to RGB; gray stays gray.

    Args:
        picture: An image of mode L, RGB or CMYK.
        profile: One that is applicable to the mode.
    """
    transform = _transform(profile, picture.mode)
    assert transform is not None, "is_applicable comes first"
    converted = transform.apply(picture)
    return converted.convert("L") if picture.mode == "L" else converted


@lru_cache(maxsize=8)  # most photos of a set have the same profile
def _transform(profile: bytes, mode: str) -> "ImageCmsTransform | None":
    from PIL import ImageCms

    if not 0 < len(profile) <= MAX_PROFILE_BYTES:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space, device_class = source.profile.xcolor_space.strip(), source.profile.device_class
        if space != _SPACES[mode] or device_class not in _CLASSES:
            return None
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        return ImageCms.buildTransform(source, srgb, mode, "RGB")
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None
