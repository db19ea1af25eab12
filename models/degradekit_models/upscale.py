"""Enlarges pictures with a trained generator, tile by tile: beside the two pictures, memory grows with a tile only."""

import io
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as PILImage
from torch.nn import functional as F

from degradekit.errors import DegradekitError, ImageError
from degradekit.picture_files import EXTENSIONS, Picture, decode_whole
from degradekit.sixteen_bits import to_8_bits
from degradekit_models.devices import is_out_of_memory
from degradekit_models.files import write_whole
from degradekit_models.generator import RRDBNet

_JPEG: tuple[str, dict[str, Any]] = ("JPEG", {"quality": 95, "subsampling": 0})
_WRITABLE: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {"compress_level": 1}),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".webp": ("WebP", {"lossless": True}),
}
"""Pillow's name of the format, and its settings."""
_HEADER_END = 33
"""Where the first chunk of a PNG ends."""
Levels = NDArray[np.uint8] | NDArray[np.uint16]
Tile = tuple[tuple[int, int], tuple[int, int]]


class UpscaleError(DegradekitError):
    """A picture that cannot be read, enlarged or written."""


@torch.inference_mode()
def enlarge(
    generator: RRDBNet, levels: Levels, tile: int, overlap: int, track: Callable[[list[Tile]], Iterable[Tile]] = iter
) -> Levels:
    """Enlarge one picture by overlapping tiles; alpha is enlarged like a gray picture.

    Args:
        generator: On the device to compute on, in the precision to compute in.
        levels: (H, W, C) uint8 or uint16: gray, gray and alpha, RGB, or RGB and alpha.
        tile: Side of the tiles, without their overlap; 0 takes the picture whole.
        overlap: Pixels that a tile sees on each side of what is kept of it.
        track: Goes through the tiles, and may tell how far it is.

    Returns:
        (scale H, scale W, C) of the same type.

    Raises:
        UpscaleError: A tile is too large for the device, or what comes out is no number.
    """
    scale, block = generator.scale, _block(generator)
    height, width, channels = levels.shape
    colors = channels - 1 if channels in (2, 4) else channels
    result = np.empty((height * scale, width * scale, channels), levels.dtype)
    for (y0, y1), (x0, x1) in track(list(tiles(height, width, tile))):
        top, left = (max(0, at - overlap) // block * block for at in (y0, x0))  # where the whole picture has blocks
        part = levels[top : y1 + overlap, left : x1 + overlap]
        rows, columns = slice((y0 - top) * scale, (y1 - top) * scale), slice((x0 - left) * scale, (x1 - left) * scale)
        place = result[y0 * scale : y1 * scale, x0 * scale : x1 * scale]
        try:
            place[..., :colors] = _generated(generator, part[..., :colors])[rows, columns]
            if colors < channels:
                place[..., colors:] = _generated(generator, part[..., colors:])[rows, columns]
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise UpscaleError(
                f"tile: too large for the memory of the device; take a smaller one (got {tile})"
            ) from None
    return result


def _generated(generator: RRDBNet, levels: Levels) -> Levels:
    """Enlarge gray or RGB levels at once; gray is the mean of what becomes of three equal channels."""
    weight, block = next(generator.parameters()), _block(generator)
    white = np.iinfo(levels.dtype).max
    image = torch.from_numpy(levels.astype(np.float32)).to(weight.device).permute(2, 0, 1)[None] / white
    below, beside = -image.shape[2] % block, -image.shape[3] % block
    if below or beside:
        image = F.pad(image, (0, beside, 0, below), mode="replicate")
    large = generator(image.expand(-1, 3, -1, -1).to(weight.dtype))[0].float()
    if not large.isfinite().all():
        raise UpscaleError(f"model: makes values that are no finite numbers in {weight.dtype}; try full precision")
    large = large.clamp(0, 1)
    if levels.shape[2] == 1:
        large = large.mean(0, keepdim=True)
    found: Levels = (large * white).round().permute(1, 2, 0).cpu().numpy().astype(levels.dtype)
    return found


def _block(generator: RRDBNet) -> int:
    """Side of the blocks of pixels that the pixel-unshuffle takes."""
    return 4 // generator.scale


def tiles(height: int, width: int, tile: int) -> Iterator[Tile]:
    """Rows and columns of each tile: from, to."""
    side = tile or max(height, width)
    for y in range(0, height, side):
        for x in range(0, width, side):
            yield (y, min(y + side, height)), (x, min(x + side, width))


def read(path: Path) -> Picture:
    """A picture file, whole: see `decode_whole`.

    Raises:
        UpscaleError: It cannot be read.
    """
    try:
        return decode_whole(path.read_bytes())
    except (OSError, ImageError) as error:
        told = error.strerror if isinstance(error, OSError) else error
        raise UpscaleError(f"source: cannot be read (got {str(path)!r}: {told})") from None


def write(path: Path, picture: Picture) -> None:
    """Write a picture whole, by its extension: PNG, JPEG (8 bits, alpha over white) or WebP (8 bits, lossless).

    Raises:
        UpscaleError: The format does not take the picture.
        FileError: It cannot be written.
    """
    extension, (levels, profile) = path.suffix.lower(), picture
    if levels.dtype == np.uint16 and extension == ".png":
        write_whole(path, _png_of_16_bits(levels, profile))
        return
    levels = to_8_bits(levels)
    if levels.shape[2] in (2, 4) and extension in (".jpg", ".jpeg"):
        alpha = levels[..., -1:].astype(np.float32) / 255
        levels = np.rint(levels[..., :-1] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    image = PILImage.fromarray(levels[..., 0] if levels.shape[2] == 1 else levels)
    buffer = io.BytesIO()
    try:
        image.save(buffer, _WRITABLE[extension][0], **_WRITABLE[extension][1], icc_profile=profile)
    except (OSError, ValueError) as error:
        raise UpscaleError(f"target: cannot be encoded (got {str(path)!r}: {error})") from None
    write_whole(path, buffer.getvalue())


def _png_of_16_bits(levels: Levels, profile: bytes | None) -> bytes:
    """Pillow has no colors of 16 bits, OpenCV no profiles."""
    if levels.shape[2] == 2:
        levels = np.concatenate([np.repeat(levels[..., :1], 3, axis=2), levels[..., 1:]], axis=2)
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[levels.shape[2]]
    _, encoded = cv2.imencode(".png", np.ascontiguousarray(levels[:, :, order]))
    data = encoded.tobytes()
    if profile is None:
        return data
    chunk = b"iCCP" + b"ICC profile\0\0" + zlib.compress(profile)
    whole = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return data[:_HEADER_END] + whole + data[_HEADER_END:]


def jobs(source: Path, target: Path) -> list[tuple[Path, Path]]:
    """The files to read and write: one, or all of a folder, as PNGs of the same names.

    Raises:
        UpscaleError: There is nothing to read, a picture would be written over one that is read, or a target has
            another extension than `write` takes.
    """
    if source.is_dir():
        if target.is_file():
            raise UpscaleError(f"target: must be a folder, as the source is one (got {str(target)!r})")
        inside = target.resolve() != source.resolve()
        found = sorted(path for path in source.rglob("*") if path.suffix.lower() in EXTENSIONS and path.is_file())
        found = [path for path in found if not (inside and path.resolve().is_relative_to(target.resolve()))]
        if not found:
            raise UpscaleError(f"source: no pictures in it (got {str(source)!r})")
        stems = Counter(path.with_suffix("") for path in found)
        work = []
        for path in found:
            alone = stems[path.with_suffix("")] == 1  # of a.jpg and a.png come a.jpg.png and a.png.png
            work.append(
                (path, target / path.relative_to(source).with_suffix(".png" if alone else f"{path.suffix}.png"))
            )
    elif source.exists():
        work = [(source, target / f"{source.stem}.png" if target.is_dir() or not target.suffix else target)]
    else:
        raise UpscaleError(f"source: no such file or folder (got {str(source)!r})")
    read_from = {path.resolve() for path, _ in work}
    for path, written in work:
        if written.suffix.lower() not in _WRITABLE:
            raise UpscaleError(f"target: must end in {', '.join(_WRITABLE)} (got {str(written)!r})")
        if written.resolve() in read_from:
            raise UpscaleError(f"target: must not be where the pictures are (got {str(written)!r} for {str(path)!r})")
    return work
