"""Pictures of 16 bits, which Pillow reads and writes in part only: gray ones, not colors."""

import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from degradekit.errors import ImageError

if TYPE_CHECKING:
    from PIL import Image as PILImage

Levels = NDArray[np.uint8] | NDArray[np.uint16]

_BITS_PER_SAMPLE, _PHOTOMETRIC, _PLANAR, _SAMPLE_FORMAT = 258, 262, 284, 339
_WHITE_IS_ZERO, _RGB, _SEPARATE = 0, 2, 2
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_HEADER_END = 33
"""Offset of a PNG's second chunk, before which an ICC profile belongs."""


def to_8_bits(levels: NDArray[Any]) -> NDArray[np.uint8]:
    """Round uint16 levels to the nearest 8-bit ones; uint8 levels are returned as they are."""
    return levels if levels.dtype == np.uint8 else ((levels.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)


def refuse_odd_tiff(picture: "PILImage.Image") -> None:
    """Refuse the kinds of TIFF that Pillow or OpenCV would read as other pixels.

    Raises:
        ImageError: The picture is one of them.
    """
    bits = _tiff_tag(picture, _BITS_PER_SAMPLE) or (8,)
    unsigned = all(sample_format == 1 for sample_format in _tiff_tag(picture, _SAMPLE_FORMAT) or (1,))
    if picture.mode != "F" and (max(bits) > 16 or not unsigned):
        raise ImageError(f"integer samples must be unsigned and have at most 16 bits (got {max(bits)} bits)")
    plain = _tiff_tag(picture, _PLANAR) != _SEPARATE and _tiff_tag(picture, _PHOTOMETRIC) == _RGB
    if _is_deep_tiff(picture) and not plain:
        raise ImageError("16-bit color TIFF must be RGB with interleaved samples")


def gray_levels(picture: "PILImage.Image") -> NDArray[np.uint16] | None:
    """Return the (H, W) levels of a gray picture with 16 bits, and None for other pictures.

    Raises:
        ImageError: It has floating-point samples, or integer samples outside of 16 bits.
    """
    if picture.mode == "F":
        raise ImageError("floating-point samples have no defined white; convert to 8 or 16 bits first")
    if picture.mode != "I" and not picture.mode.startswith("I;16"):
        return None
    levels = np.asarray(picture)
    if levels.min() < 0 or levels.max() > 65535:
        raise ImageError(f"integer samples must lie in 0..65535 (got {levels.min()}..{levels.max()})")
    gray = levels.astype(np.uint16)
    return 65535 - gray if _tiff_tag(picture, _PHOTOMETRIC) == _WHITE_IS_ZERO else gray


def color_levels(picture: "PILImage.Image", data: bytes) -> NDArray[np.uint16] | None:
    """Return the 16-bit colors, (H, W, 3 or 4), of a PNG or TIFF, of which Pillow drops the low bytes; None of others.

    Raises:
        ImageError: OpenCV cannot read them.
    """
    deep_png = picture.format == "PNG" and data[24] == 16 and not picture.mode.startswith("I")
    if not deep_png and not _is_deep_tiff(picture):
        return None
    import cv2

    _refuse_cut_png(data)
    levels: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if levels is None or levels.dtype != np.uint16 or levels.ndim != 3:
        raise ImageError("16-bit color of a kind that OpenCV cannot read")
    rgb: NDArray[np.uint16] = np.ascontiguousarray(levels[:, :, [2, 1, 0, 3][: levels.shape[2]]])
    return rgb


def encode_16_bit_png(levels: Levels, profile: bytes | None) -> bytes:
    """Encode (H, W, C) uint16 levels: by OpenCV, as Pillow has no colors of 16 bits, which in turn has no profiles."""
    import cv2

    if levels.shape[2] == 2:  # OpenCV has no gray with alpha either
        levels = np.concatenate([np.repeat(levels[..., :1], 3, axis=2), levels[..., 1:]], axis=2)
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[levels.shape[2]]
    _, encoded = cv2.imencode(".png", np.ascontiguousarray(levels[:, :, order]))
    data = encoded.tobytes()
    if profile is None:
        return data
    content = b"iCCP" + b"ICC profile\0\0" + zlib.compress(profile)
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    return data[:_PNG_HEADER_END] + chunk + data[_PNG_HEADER_END:]


def _is_deep_tiff(picture: "PILImage.Image") -> bool:
    """Return whether the picture comes from a TIFF file with several samples per pixel, of 16 bits."""
    bits = _tiff_tag(picture, _BITS_PER_SAMPLE) or (8,)
    return len(bits) > 1 and max(bits) == 16


def _tiff_tag(picture: "PILImage.Image", tag: int) -> Any:
    return getattr(picture, "tag_v2", {}).get(tag) if picture.format == "TIFF" else None


def _refuse_cut_png(data: bytes) -> None:
    """Refuse a PNG with a chunk that claims more bytes than there are, for which OpenCV takes up to 4 GB."""
    at = len(_PNG)
    while data.startswith(_PNG) and data[at + 4 : at + 8] != b"IEND":
        at += 12 + int.from_bytes(data[at : at + 4])
        if at > len(data):
            raise ImageError("cannot be decoded: image file is truncated")
