"""Enlarges pictures with a trained generator, tile by tile: beside the two pictures, memory grows with a tile only."""

import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as PILImage
from PIL import ImageOps
from torch.nn import functional as F

from degradekit.errors import DegradekitError
from degradekit_models.generator import RRDBNet

EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".avif")
_WRITABLE = (".png", ".jpg", ".jpeg", ".webp")
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
        UpscaleError: A tile is too large for the device.
    """
    scale = generator.scale
    height, width, channels = levels.shape
    colors = channels - 1 if channels in (2, 4) else channels
    result = np.empty((height * scale, width * scale, channels), levels.dtype)
    for (y0, y1), (x0, x1) in track(list(tiles(height, width, tile))):
        top, left = max(0, y0 - overlap), max(0, x0 - overlap)
        part = levels[top : y1 + overlap, left : x1 + overlap]
        rows, columns = slice((y0 - top) * scale, (y1 - top) * scale), slice((x0 - left) * scale, (x1 - left) * scale)
        place = result[y0 * scale : y1 * scale, x0 * scale : x1 * scale]
        try:
            place[..., :colors] = _generated(generator, part[..., :colors])[rows, columns]
            if colors < channels:
                place[..., colors:] = _generated(generator, part[..., colors:])[rows, columns]
        except torch.cuda.OutOfMemoryError:
            raise UpscaleError(
                f"tile: too large for the memory of the device; take a smaller one (got {tile})"
            ) from None
    return result


def _generated(generator: RRDBNet, levels: Levels) -> Levels:
    """Enlarge gray or RGB levels at once; gray is the mean of what becomes of three equal channels."""
    weight, multiple = next(generator.parameters()), 4 // generator.scale
    white = np.iinfo(levels.dtype).max
    image = torch.from_numpy(levels.astype(np.float32)).to(weight.device).permute(2, 0, 1)[None] / white
    below, beside = -image.shape[2] % multiple, -image.shape[3] % multiple
    if below or beside:  # the pixel-unshuffle takes whole blocks
        image = F.pad(image, (0, beside, 0, below), mode="replicate")
    large = generator(image.expand(-1, 3, -1, -1).to(weight.dtype))[0].float().clamp(0, 1)
    if levels.shape[2] == 1:
        large = large.mean(0, keepdim=True)
    found: Levels = (large * white).round().permute(1, 2, 0).cpu().numpy().astype(levels.dtype)
    return found


def tiles(height: int, width: int, tile: int) -> Iterator[Tile]:
    """Rows and columns of each tile: from, to."""
    side = tile or max(height, width)
    for y in range(0, height, side):
        for x in range(0, width, side):
            yield (y, min(y + side, height)), (x, min(x + side, width))


def read(path: Path) -> Levels:
    """A picture file as (H, W, C): gray, gray and alpha, RGB, or RGB and alpha, of 8 or 16 bits, upright.

    Raises:
        UpscaleError: It cannot be read.
    """
    import cv2

    try:
        data = path.read_bytes()
        levels: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
        if levels is not None and levels.dtype == np.uint16:
            levels = levels[:, :, None] if levels.ndim == 2 else levels
            order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[levels.shape[2]]
            found: Levels = np.ascontiguousarray(levels[:, :, order])
            return found
        with PILImage.open(io.BytesIO(data)) as opened:
            picture = ImageOps.exif_transpose(opened)
            if picture.mode not in ("L", "LA", "RGB", "RGBA"):
                picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
            pixels = np.array(picture, np.uint8)
    except Exception as error:  # Pillow's plugins raise nearly anything on damaged files.
        raise UpscaleError(f"source: cannot be read (got {str(path)!r}: {error or type(error).__name__})") from None
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def write(path: Path, levels: Levels) -> None:
    """Write a picture whole, by its extension: PNG, JPEG (8 bits, alpha over white) or WebP (8 bits).

    Raises:
        UpscaleError: It cannot be written.
    """
    import cv2

    if path.suffix.lower() not in _WRITABLE:
        raise UpscaleError(f"target: must end in {', '.join(_WRITABLE)} (got {str(path)!r})")
    if path.suffix.lower() != ".png" and levels.dtype == np.uint16:
        levels = ((levels.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    if levels.shape[2] == 2:
        levels = np.concatenate([np.repeat(levels[..., :1], 3, axis=2), levels[..., 1:]], axis=2)
    if levels.shape[2] == 4 and path.suffix.lower() in (".jpg", ".jpeg"):
        alpha = levels[..., 3:].astype(np.float32) / 255
        levels = np.rint(levels[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[levels.shape[2]]
    settings = [cv2.IMWRITE_JPEG_QUALITY, 95] if path.suffix.lower() in (".jpg", ".jpeg") else []
    done, data = cv2.imencode(path.suffix, np.ascontiguousarray(levels[:, :, order]), settings)
    if not done:
        raise UpscaleError(f"target: cannot be encoded (got {str(path)!r})")
    temporary = path.with_name(path.name + ".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data.tobytes())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UpscaleError(f"target: cannot be written: {error.strerror or error} (got {str(path)!r})") from None


def jobs(source: Path, target: Path) -> list[tuple[Path, Path]]:
    """The files to read and write: one, or all of a folder, as PNGs of the same names.

    Raises:
        UpscaleError: There is nothing to read.
    """
    if source.is_dir():
        found = sorted(path for path in source.rglob("*") if path.suffix.lower() in EXTENSIONS)
        if not found:
            raise UpscaleError(f"source: no pictures in it (got {str(source)!r})")
        return [(path, (target / path.relative_to(source)).with_suffix(".png")) for path in found]
    if not source.exists():
        raise UpscaleError(f"source: no such file or folder (got {str(source)!r})")
    return [(source, target if target.suffix else target / f"{source.stem}.png")]
