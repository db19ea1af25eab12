"""All statistics of a crop."""

import numpy as np
from numpy.typing import NDArray

from degradekit.errors import ImageError
from degradekit.statistics.block_grid import BLOCK_GRID
from degradekit.statistics.crop import Crop
from degradekit.statistics.derivatives import DERIVATIVES
from degradekit.statistics.displacement import DISPLACEMENT
from degradekit.statistics.edges import EDGES
from degradekit.statistics.flat_blocks import FLAT_BLOCKS
from degradekit.statistics.levels import LEVELS
from degradekit.statistics.noise import NOISE
from degradekit.statistics.pixel_quality import PIXEL_QUALITY
from degradekit.statistics.spectrum import SPECTRUM
from degradekit.statistics.statistic import Statistic
from degradekit.types import Pixels

LEAST_SIDE = 64
"""The least side of a crop in pixels."""
_DECIMALS = 9
"""What lies below is the rounding of transforms, which differs between processors."""
_FAMILIES = (NOISE, FLAT_BLOCKS, SPECTRUM, BLOCK_GRID, PIXEL_QUALITY, EDGES, DERIVATIVES, LEVELS, DISPLACEMENT)

STATISTICS: tuple[Statistic, ...] = tuple(statistic for family in _FAMILIES for statistic in family.statistics)
"""All statistics, in the order of `measure_crop`."""


def measure_crop(pixels: Pixels) -> NDArray[np.float64]:
    """Return all statistics of a crop.

    Args:
        pixels: (H, W, C) uint8, C = 1 or 3, sides of at least 64.

    Returns:
        (K,) float64, one for each of `STATISTICS`; all are finite.

    Raises:
        ImageError: A side is too short.
    """
    if min(pixels.shape[:2]) < LEAST_SIDE:
        height, width = pixels.shape[:2]
        raise ImageError(
            f"a crop of {height} x {width} pixels is too small to be measured; take one of at least"
            f" {LEAST_SIDE} x {LEAST_SIDE}"
        )
    crop = Crop(pixels)
    values = np.array([value for family in _FAMILIES for value in family.measure(crop)], np.float64)
    return np.round(values, _DECIMALS) + 0.0  # -0.0 + 0.0 is 0.0
