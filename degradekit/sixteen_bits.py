"""Pictures of 16 bits, which Pillow reads and writes in part only: gray ones, not colors."""

import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from degradekit.containers.png import START, chunk, is_cut
from degradekit.errors import ImageError
from degradekit.strips import by_strips, strips_of

if TYPE_CHECKING:
    from PIL import Image as PILImage

Levels = NDArray[np.uint8] | NDArray[np.uint16]

_BITS_PER_SAMPLE, _PHOTOMETRIC, _PLANAR, _EXTRA_SAMPLES, _SAMPLE_FORMAT = 258, 262, 284, 338, 339
_WHITE_IS_ZERO, _RGB, _SEPARATE, _PREMULTIPLIED = 0, 2, 2, 1
_GRAY_AND_ALPHA = 4
"""PNG's type of color."""
_WHITE = 65535
_PNG_HEADER_END = 33
"""Offset of a PNG's second chunk, before which what lies beside the pixels belongs."""


def to_8_bits(levels: NDArray[Any]) -> NDArray[np.uint8]:
    """Round uint16 levels, (H, W, C), to the nearest 8-bit ones; uint8 levels are returned as they are."""
    if levels.dtype == np.uint8:
        return levels
    rounded = ((np.arange(_WHITE + 1, dtype=np.uint32) * 255 + 32767) // _WHITE).astype(np.uint8)
    return by_strips(levels.shape, lambda rows: rounded[levels[rows]])


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
    """Return the levels of a gray picture with 16 bits, (H, W), or (H, W, 2) with alpha; None for other pictures.

    Raises:
        ImageError: It has floating-point samples, or integer samples outside of 16 bits.
    """
    if picture.mode == "F":
        raise ImageError("floating-point samples have no defined white; convert to 8 or 16 bits first")
    if picture.mode != "I" and not picture.mode.startswith("I;16"):
        return None
    if picture.mode == "I":
        extrema: Any = picture.getextrema()
        darkest, brightest = extrema
        if darkest < 0 or brightest > _WHITE:
            raise ImageError(f"integer samples must be between 0 and 65535 (got {darkest}..{brightest})")
    has_12_bits = _tiff_tag(picture, _BITS_PER_SAMPLE) == (12,)
    is_inverted = _tiff_tag(picture, _PHOTOMETRIC) == _WHITE_IS_ZERO
    transparent = picture.info.get("transparency")

    def levels(strip: "PILImage.Image") -> NDArray[np.uint16]:
        gray = np.asarray(strip).astype(np.uint16)
        if has_12_bits:
            gray = (gray << 4 | gray >> 8).astype(np.uint16)  # so that the white of 12 bits, 4095, is that of 16
        if is_inverted:
            gray = (_WHITE - gray).astype(np.uint16)
        if transparent is None:
            return gray
        return np.stack([gray, np.where(gray == transparent, 0, _WHITE).astype(np.uint16)], 2)

    return strips_of(picture, levels)


def color_levels(picture: "PILImage.Image", data: bytes) -> NDArray[np.uint16] | None:
    """Return the 16-bit colors of a PNG or TIFF, of which Pillow drops the low bytes; None of other pictures.

    Args:
        picture: What Pillow has read; its own pixels are dropped.
        data: The file without metadata, see `degradekit.containers`.

    Returns:
        (H, W, C): RGB, RGB and alpha, or gray and alpha.

    Raises:
        ImageError: OpenCV cannot read them.
    """
    deep_png = picture.format == "PNG" and data[24] == 16 and not picture.mode.startswith("I")
    if not deep_png and not _is_deep_tiff(picture):
        return None
    if deep_png and is_cut(data):  # OpenCV would take up to 4 GB for what the last chunk claims to have
        raise ImageError("cannot be decoded: image file is truncated")
    import cv2
    from PIL import Image as PILImage

    picture.im = PILImage.new(picture.mode, (1, 1)).im  # before OpenCV takes memory for its own
    levels: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if levels is None or levels.dtype != np.uint16 or levels.ndim != 3:
        raise ImageError("16-bit color of a kind that OpenCV cannot read")
    transparent = picture.info.get("transparency")
    has_alpha = picture.mode == "RGBA" and levels.shape[2] == 4
    is_gray = deep_png and data[25] == _GRAY_AND_ALPHA
    is_premultiplied = _tiff_tag(picture, _EXTRA_SAMPLES) == (_PREMULTIPLIED,)

    def colors(rows: slice) -> NDArray[np.uint16]:
        rgb = levels[rows][:, :, [2, 1, 0]]
        if transparent is not None:
            alpha = np.where((rgb == np.array(transparent, np.uint16)).all(2), 0, _WHITE).astype(np.uint16)
        elif has_alpha:
            alpha = levels[rows][:, :, 3]
        else:
            return np.ascontiguousarray(rgb)
        if is_gray:
            return np.stack([rgb[:, :, 0], alpha], 2)
        if is_premultiplied:
            divisor = np.maximum(alpha, 1)[:, :, None].astype(np.uint64)
            rgb = np.minimum((rgb.astype(np.uint64) * _WHITE + divisor // 2) // divisor, _WHITE).astype(np.uint16)
        return np.concatenate([rgb, alpha[:, :, None]], 2)

    return by_strips(levels.shape, colors, reuse=levels)


def encode_16_bit_png(levels: Levels, profile: bytes | None, chunks: bytes = b"") -> bytes:
    """Encode (H, W, C) uint16 levels: by OpenCV, as Pillow has no colors of 16 bits, which in turn has no profiles.

    Args:
        levels: The samples of gray, gray and alpha, RGB, or RGB and alpha.
        profile: The ICC profile of the file, if it gets one.
        chunks: What else the file has beside its pixels.
    """
    if levels.shape[2] == 2:
        data = _encode_gray_and_alpha(levels)
    else:
        import cv2

        order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[levels.shape[2]]
        _, encoded = cv2.imencode(".png", np.ascontiguousarray(levels[:, :, order]))
        data = encoded.tobytes()
    if profile is not None:
        chunks = chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(profile)) + chunks
    return data[:_PNG_HEADER_END] + chunks + data[_PNG_HEADER_END:]


def _encode_gray_and_alpha(levels: Levels) -> bytes:
    """Encode (H, W, 2) levels, which OpenCV does not write; each row holds the differences to its left neighbors."""
    height, width, _ = levels.shape
    rows = np.ascontiguousarray(levels, ">u2").view(np.uint8).reshape(height, width, 4)
    lines = np.ones((height, 1 + 4 * width), np.uint8)  # 1 names the filter
    lines[:, 1:] = np.diff(rows, axis=1, prepend=np.zeros((height, 1, 4), np.uint8)).reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 16, _GRAY_AND_ALPHA, 0, 0, 0)
    content = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(lines.tobytes())), chunk(b"IEND", b"")
    return START + b"".join(content)


def _is_deep_tiff(picture: "PILImage.Image") -> bool:
    """Return whether the picture comes from a TIFF file with several samples per pixel, of 16 bits."""
    bits = _tiff_tag(picture, _BITS_PER_SAMPLE) or (8,)
    return len(bits) > 1 and max(bits) == 16


def _tiff_tag(picture: "PILImage.Image", tag: int) -> Any:
    return getattr(picture, "tag_v2", {}).get(tag) if picture.format == "TIFF" else None
