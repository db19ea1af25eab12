"""Enlarges pictures with a trained generator, and resizes them to other scales than the generator's."""

import math
from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch.nn import functional as F

from degradekit.errors import DegradekitError, Mistake
from degradekit.functional.resizing import resize
from degradekit.sixteen_bits import Levels
from degradekit.types import Size
from degradekit_models.devices import out_of_memory_as
from degradekit_models.generator import RRDBNet
from degradekit_models.stages import by_stages, count_tiles, tiles
from degradekit_models.transparency import enlarge_alpha, fill_hidden_colors

OVERLAP = 128
"""Pixels that a part sees on each side, where memory does not suffice for the whole picture."""


class UpscaleError(DegradekitError):
    """A picture cannot be enlarged."""


@torch.inference_mode()
def enlarge(
    generator: RRDBNet,
    levels: Levels,
    tile: int = 512,
    overlap: int = OVERLAP,
    part: int = 0,
    track: Callable[[range], Iterable[int]] = iter,
) -> Levels:
    """Enlarge one picture.

    Alpha is enlarged as a gray picture, but stays as it is where it does not vary. Fully transparent pixels first get
    the colors of visible ones near them.

    Args:
        generator: On the device to compute on, in the precision to compute in.
        levels: (H, W, C) uint8 or uint16: gray, gray and alpha, RGB, or RGB and alpha.
        tile: Side of what is computed at once, in pixels of `levels`; 0 computes the picture at once. It limits memory
            and leaves no seams, see `by_stages`.
        overlap: Pixels that a part sees on each side of what is kept of it.
        part: Side of the parts that the picture is cut into, in pixels of `levels`; 0 leaves it whole. Parts save the
            memory for the features of the whole picture, and leave faint seams.
        track: Iterates over the steps of the work, and may show how far it is.

    Returns:
        (scale H, scale W, C) of the same type.

    Raises:
        UpscaleError: `tile`, `overlap` or `part` is negative, a tile needs more memory than the device has, or the
            generator gives values that are not finite.
    """
    sides = {"tile": tile, "overlap": overlap, "part": part}
    if mistakes := [Mistake(name, "must be >= 0", value) for name, value in sides.items() if value < 0]:
        raise UpscaleError(*mistakes)
    scale, block = generator.scale, _block(generator)
    height, width, channels = levels.shape
    colors = channels - 1 if channels in (2, 4) else channels
    if colors < channels:
        levels = fill_hidden_colors(levels)
    result = np.empty((height * scale, width * scale, channels), levels.dtype)
    cuts = []
    for (y0, y1), (x0, x1) in tiles(height, width, part):
        top, left = (max(0, at - overlap) // block * block for at in (y0, x0))  # where the whole picture has blocks
        seen = levels[top : y1 + overlap, left : x1 + overlap]
        kept = slice((y0 - top) * scale, (y1 - top) * scale), slice((x0 - left) * scale, (x1 - left) * scale)
        cuts.append((seen, kept, result[y0 * scale : y1 * scale, x0 * scale : x1 * scale]))
    side = -(-tile // block)
    counts = [count_tiles(generator.blocks, *_feature_size(seen, block), side) for seen, _, _ in cuts]
    passes = [1 + (colors < channels and bool(np.ptp(seen[..., -1]))) for seen, _, _ in cuts]
    steps = iter(track(range(sum(count * each for count, each in zip(counts, passes, strict=True)))))

    def by_network(part: Levels) -> Levels:
        return _generated(generator, part, side, lambda: next(steps, None))

    with out_of_memory_as(
        UpscaleError(Mistake("tile", "needs more memory than the device has; use a smaller one", tile))
    ):
        for seen, kept, target in cuts:
            target[..., :colors] = by_network(seen[..., :colors])[kept]
            if colors < channels:
                target[..., colors:] = enlarge_alpha(seen[..., colors:], scale, by_network)[kept]
    next(steps, None)  # ends what shows the steps
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


def _generated(generator: RRDBNet, levels: Levels, side: int, start_tile: Callable[[], object]) -> Levels:
    """Enlarge gray or RGB levels; gray is the mean of what becomes of three equal channels."""
    weight, block = next(generator.parameters()), _block(generator)
    white, scale = np.iinfo(levels.dtype).max, generator.scale
    height, width, channels = levels.shape
    image = torch.from_numpy(levels.astype(np.float32)).to(weight.device).permute(2, 0, 1)[None] / white
    below, right = -height % block, -width % block
    if below or right:
        image = F.pad(image, (0, right, 0, below), mode="replicate")
    result = np.empty(((height + below) * scale, (width + right) * scale, channels), levels.dtype)
    for rows, columns, large in by_stages(generator, image.expand(-1, 3, -1, -1).to(weight.dtype), side, start_tile):
        values = large[0].float()
        if not values.isfinite().all():
            raise UpscaleError(f"model: gives values that are not finite in {weight.dtype}; try full precision")
        values = values.clamp(0, 1).mean(0, keepdim=True) if channels == 1 else values.clamp(0, 1)
        result[rows, columns] = (values * white).round().permute(1, 2, 0).cpu().numpy().astype(levels.dtype)
    return result[: height * scale, : width * scale]


def _feature_size(levels: Levels, block: int) -> Size:
    return -(-levels.shape[0] // block), -(-levels.shape[1] // block)


def _block(generator: RRDBNet) -> int:
    """Return the side of the blocks of pixels that the pixel-unshuffle takes together."""
    return 4 // generator.scale
