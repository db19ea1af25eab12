"""Enlarges pictures with a trained generator, tile by tile, and resizes them to other scales than the generator's.

Besides the picture and its enlargement, memory grows with the size of a tile only.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeAlias

import numpy as np
import torch
from torch.nn import functional as F

from degradekit.errors import DegradekitError, Mistake
from degradekit.functional.resizing import resize
from degradekit.sixteen_bits import Levels
from degradekit.types import Size
from degradekit_models.devices import out_of_memory_as
from degradekit_models.generator import RRDBNet
from degradekit_models.transparency import enlarge_alpha, fill_hidden_colors

Tile: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
"""Rows and columns of a tile, each from and to."""


class UpscaleError(DegradekitError):
    """A picture cannot be enlarged."""


@torch.inference_mode()
def enlarge(
    generator: RRDBNet,
    levels: Levels,
    tile: int = 512,
    overlap: int = 32,
    track: Callable[[list[Tile]], Iterable[Tile]] = iter,
) -> Levels:
    """Enlarge one picture by overlapping tiles.

    Alpha is enlarged as a gray picture, but stays as it is where it does not vary. Fully transparent pixels first get
    the colors of visible ones near them.

    Args:
        generator: On the device to compute on, in the precision to compute in.
        levels: (H, W, C) uint8 or uint16: gray, gray and alpha, RGB, or RGB and alpha.
        tile: Side of the tiles in pixels of `levels`, without their overlap; 0 takes the picture as a whole.
        overlap: Pixels that a tile sees on each side of what is kept of it.
        track: Iterates over the tiles, and may show how far it is.

    Returns:
        (scale H, scale W, C) of the same type.

    Raises:
        UpscaleError: `tile` or `overlap` is negative, a tile needs more memory than the device has, or the generator
            gives values that are not finite.
    """
    mistakes = [Mistake(n, "must be >= 0", v) for n, v in (("tile", tile), ("overlap", overlap)) if v < 0]
    if mistakes:
        raise UpscaleError(*mistakes)
    scale, block = generator.scale, _block(generator)
    height, width, channels = levels.shape
    colors = channels - 1 if channels in (2, 4) else channels
    if colors < channels:
        levels = fill_hidden_colors(levels)
    result = np.empty((height * scale, width * scale, channels), levels.dtype)
    too_large = UpscaleError(Mistake("tile", "needs more memory than the device has; use a smaller one", tile))
    for (y0, y1), (x0, x1) in track(list(tiles(height, width, tile))):
        top, left = (max(0, at - overlap) // block * block for at in (y0, x0))  # where the whole picture has blocks
        part = levels[top : y1 + overlap, left : x1 + overlap]
        rows, columns = slice((y0 - top) * scale, (y1 - top) * scale), slice((x0 - left) * scale, (x1 - left) * scale)
        target = result[y0 * scale : y1 * scale, x0 * scale : x1 * scale]
        with out_of_memory_as(too_large):
            target[..., :colors] = _generated(generator, part[..., :colors])[rows, columns]
            if colors < channels:
                by_network = partial(_generated, generator)
                target[..., colors:] = enlarge_alpha(part[..., colors:], scale, by_network)[rows, columns]
    return result


def scaled_size(height: int, width: int, scale: float) -> Size:
    """Return the size of a picture at another scale: each side times `scale`, to the nearest pixel, and at least 1."""
    return max(1, math.floor(height * scale + 0.5)), max(1, math.floor(width * scale + 0.5))


def resize_levels(levels: Levels, height: int, width: int) -> Levels:
    """Resize a picture with Lanczos' filter, antialiased, one channel after another to save memory.

    Args:
        levels: (H, W, C) uint8 or uint16.
        height: Height of the result.
        width: Width of the result.
    """
    if (height, width) == levels.shape[:2]:
        return levels
    result = np.empty((height, width, levels.shape[2]), levels.dtype)
    for channel in range(levels.shape[2]):
        resized = resize(levels[..., channel : channel + 1].astype(np.float32), height, width, "lanczos")
        result[..., channel] = np.rint(resized, out=resized).clip(0, np.iinfo(levels.dtype).max)[..., 0]
    return result


def tiles(height: int, width: int, side: int) -> Iterator[Tile]:
    """Yield the rows and columns of each tile of a picture; a side of 0 makes one tile of it."""
    side = side or max(height, width)
    for y in range(0, height, side):
        for x in range(0, width, side):
            yield (y, min(y + side, height)), (x, min(x + side, width))


def _generated(generator: RRDBNet, levels: Levels) -> Levels:
    """Enlarge gray or RGB levels at once; gray is the mean of what becomes of three equal channels."""
    weight, block = next(generator.parameters()), _block(generator)
    white = np.iinfo(levels.dtype).max
    image = torch.from_numpy(levels.astype(np.float32)).to(weight.device).permute(2, 0, 1)[None] / white
    below, right = -image.shape[2] % block, -image.shape[3] % block
    if below or right:
        image = F.pad(image, (0, right, 0, below), mode="replicate")
    large = generator(image.expand(-1, 3, -1, -1).to(weight.dtype))[0].float()
    if not large.isfinite().all():
        raise UpscaleError(f"model: gives values that are not finite in {weight.dtype}; try full precision")
    large = large[:, : levels.shape[0] * generator.scale, : levels.shape[1] * generator.scale].clamp(0, 1)
    if levels.shape[2] == 1:
        large = large.mean(0, keepdim=True)
    enlarged: Levels = (large * white).round().permute(1, 2, 0).cpu().numpy().astype(levels.dtype)
    return enlarged


def _block(generator: RRDBNet) -> int:
    """Return the side of the blocks of pixels that the pixel-unshuffle takes together."""
    return 4 // generator.scale
