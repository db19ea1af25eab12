"""How much memory it takes to enlarge a picture, compared with what there is before the work begins."""

import math

import torch

from degradekit.errors import Mistake
from degradekit.memory import available_bytes
from degradekit.sixteen_bits import Levels
from degradekit.types import Size
from degradekit.wording import byte_size
from degradekit_models.generator import BLOCK_REACH, RRDBNet
from degradekit_models.upscale import UpscaleError

_WHOLE_TENSORS = 3
"""Tensors of all features of a part: the first ones, and those before and after a block."""
_TILE_TENSORS = 24
"""Tensors of all features that a tile takes; 20 to 23 were measured on a CPU."""
_COPIES = 3
"""The result, the encoder's copy of it, and the file."""


def largest_part(generator: RRDBNet, levels: Levels, size: Size, tile: int, overlap: int) -> int:
    """Return the side of the parts for which there is enough memory: 0 where the picture need not be cut.

    Args:
        generator: On its device.
        levels: The picture.
        size: Height and width of what is written.
        tile: Side of the tiles; 0 computes a part at once.
        overlap: What a part sees on each side.

    Raises:
        UpscaleError: There is too little, where the system would end the process instead.
    """
    weight = next(generator.parameters())
    free = available_bytes()
    height, width, _ = levels.shape
    pixel, squared = levels[0, 0].nbytes, generator.scale**2
    generated, written = height * width * squared * pixel, size[0] * size[1] * pixel
    resizing = 0 if size == (height * generator.scale, width * generator.scale) else 4 * height * width * squared
    picture = max(2 * generated, generated + written + resizing, _COPIES * written)
    if free is not None and picture > free:
        needed = f"enlarged to {size[1]} x {size[0]}, it needs about {byte_size(picture)} of memory"
        raise UpscaleError(f"{needed}, and {byte_size(free)} are free; enlarge parts of it")
    if weight.device.type == "cuda":
        free = torch.cuda.mem_get_info(weight.device)[0]
    elif free is None or weight.device.type != "cpu":
        return 0  # what such a device has shows when it runs out
    else:
        free -= 2 * generated
    block = 4 // generator.scale
    per_pixel = generator.features * weight.element_size() / block**2
    rows, columns = (min(side, (tile or side) + 2 * BLOCK_REACH * block) for side in (height, width))
    for_tile = int(_TILE_TENSORS * per_pixel * rows * columns)
    most_pixels = max(0, free - for_tile) / (_WHOLE_TENSORS * per_pixel)
    if height * width <= most_pixels:
        return 0
    side = math.isqrt(int(most_pixels)) - 2 * overlap
    if tile == 0 or side < max(tile, overlap):
        rule = f"needs about {byte_size(for_tile)} of memory, and {byte_size(max(0, free))} are free; use a smaller one"
        raise UpscaleError(Mistake("tile", rule, tile))
    return side
