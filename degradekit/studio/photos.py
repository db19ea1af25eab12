"""Photos in the studio, and the crops of them that are degraded."""

from typing import NamedTuple

import numpy as np

from degradekit.functional.levels import to_float, to_pixels
from degradekit.functional.resizing import resize
from degradekit.types import Frame, Pixels

MAX_CROP = 512
"""Side of a crop in pixels: a few times what a network is trained on, and drawn anew while a slider moves."""
_OVERVIEW = 256
"""The longer side of a photo that shows where the crop is, in pixels."""


class Crop(NamedTuple):
    """A part of a photo; `frame` is where it lies."""

    pixels: Pixels
    frame: Frame


class StudioPhoto(NamedTuple):
    """A photo with its name; (H, W, 3) uint8."""

    name: str
    pixels: Pixels

    def crop(self, x: float, y: float, side: int = MAX_CROP) -> Crop:
        """Return the crop around a point, moved into the photo.

        Args:
            x: 0 is the left end of the photo, 1 its right.
            y: 0 is its top, 1 its bottom.
            side: Pixels along a side, at most; less where the photo is smaller.
        """
        height, width = self.pixels.shape[:2]
        top, left = (
            int(min(max(0, at * length - side / 2), max(0, length - side))) for at, length in ((y, height), (x, width))
        )
        pixels = np.ascontiguousarray(self.pixels[top : top + side, left : left + side])
        return Crop(pixels, Frame(top, left, height, width))

    def overview(self) -> Pixels:
        """Return the whole photo, reduced."""
        height, width = self.pixels.shape[:2]
        step = max(1, max(height, width) // (4 * _OVERVIEW))  # a slice first, as the photo may have 100 megapixels
        factor = min(1.0, _OVERVIEW / max(height, width))
        sides = (max(1, round(height * factor)), max(1, round(width * factor)))
        return to_pixels(resize(to_float(np.ascontiguousarray(self.pixels[::step, ::step])), *sides, "area"))
