"""How much memory it takes to enlarge a picture, compared with what there is before the work begins."""

from degradekit.errors import Mistake
from degradekit.sixteen_bits import Levels
from degradekit.types import Size
from degradekit.wording import byte_size
from degradekit_models.generator import RRDBNet
from degradekit_models.memory import available_bytes
from degradekit_models.upscale import UpscaleError

_TENSORS = 3.5
"""Tensors of all features at the size of the result that a tile takes; 3.3 to 3.4 were measured on a CPU."""
_COPIES = 3
"""The result, the encoder's copy of it, and the file."""


def require_memory(generator: RRDBNet, levels: Levels, size: Size, tile: int, overlap: int) -> None:
    """Refuse a picture for whose enlargement there is too little memory, as the system would end the process instead.

    Args:
        generator: On its device.
        levels: The picture.
        size: Height and width of what is written.
        tile: Side of the tiles; 0 takes the picture as a whole.
        overlap: What a tile sees on each side.

    Raises:
        UpscaleError: There is too little.
    """
    free = available_bytes()
    if free is None:
        return
    height, width, _ = levels.shape
    pixel, squared = levels[0, 0].nbytes, generator.scale**2
    generated, written = height * width * squared * pixel, size[0] * size[1] * pixel
    resizing = 0 if size == (height * generator.scale, width * generator.scale) else 4 * height * width * squared
    picture = max(generated + written + resizing, _COPIES * written)
    if picture > free:
        needed = f"enlarged to {size[1]} x {size[0]}, it needs about {byte_size(picture)} of memory"
        raise UpscaleError(f"{needed}, and {byte_size(free)} are free; enlarge parts of it")
    rows, columns = (min(side, (tile or side) + 2 * overlap) for side in (height, width))
    network = int(_TENSORS * 4 * generator.features * squared * rows * columns)
    if next(generator.parameters()).device.type == "cpu" and generated + network > free:
        rule = f"needs about {byte_size(network)} of memory, and {byte_size(free)} are free; use a smaller one"
        raise UpscaleError(Mistake("tile", rule, tile))
