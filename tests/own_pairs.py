"""Small pairs of pictures, as people make them by hand."""

from pathlib import Path

import numpy as np
from PIL import Image

from degradekit.types import Pixels


def pixel_pair(index: int, lr_side: int = 24, scale: int = 4) -> tuple[Pixels, Pixels]:
    """Return an HR and an LR, each pixel of which is `scale` x `scale` equal pixels of the HR."""
    lr = np.random.default_rng(index).integers(0, 256, (lr_side, lr_side + index, 3), np.uint8)
    return lr.repeat(scale, axis=0).repeat(scale, axis=1), lr


def write_pairs(folder: Path, count: int, **sizes: int) -> Path:
    """Write `HR/0.png`, `LR/0.png` and so on."""
    for index in range(count):
        for side, pixels in zip(("HR", "LR"), pixel_pair(index, **sizes), strict=True):
            (folder / side).mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(folder / side / f"{index}.png")
    return folder
