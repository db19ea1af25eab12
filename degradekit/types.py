"""What images are inside the library."""

import math
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[np.float32]
"""(H, W, C), C = 1 or 3, RGB, nominal range [0, 1]; blur and resize may overshoot."""
Pixels: TypeAlias = NDArray[np.uint8]
"""(H, W, C) 8-bit levels, RGB."""
Size: TypeAlias = tuple[int, int]
"""(height, width)"""


class Frame(NamedTuple):
    """Where an image lies in the photo that it was cut from, in pixels.

    Lens effects are centered on the photo and not on the image.

    Attributes:
        top, left: The photo's row and column of the image's first pixel.
        height, width: The size of the photo.
    """

    top: int
    left: int
    height: int
    width: int


class Lens(NamedTuple):
    """The lens of the photo that an image was cut from, in pixels of the image, outside of which its center may lie.

    Attributes:
        center_y, center_x: The photo's center; pixel centers have integer coordinates.
        half_diagonal: Half the photo's diagonal.
    """

    center_y: float
    center_x: float
    half_diagonal: float


def lens_of(frame: Frame, height_factor: float, width_factor: float) -> Lens:
    """Return the lens for an image that was resized by these factors since it was cut from the photo."""
    return Lens(
        (frame.height / 2 - frame.top) * height_factor - 0.5,
        (frame.width / 2 - frame.left) * width_factor - 0.5,
        math.hypot(frame.height * height_factor, frame.width * width_factor) / 2,
    )
