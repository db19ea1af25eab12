"""How sharp a photo is, and whether it has the blocks of a JPEG: what makes it fit to be an HR.

All sums are of integers, so that the same photos are chosen on every machine.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from degradekit.types import Pixels

_LINES = 64
"""Rows or columns that are measured at once: few, so that they stay in a processor's cache."""
_MOST_STEP = 16
"""Third differences above this count as much: edges of the scene would drown the borders of blocks."""
_BLOCK = 8


class Cleanness(NamedTuple):
    """What tells a sharp, clean photo from one that was enlarged, blurred or compressed.

    Attributes:
        sharpness: How much of the finest detail there is, against what ideal edges have: 1 for steps from one pixel to
            the next, about .8 for a sharp photo, .3 for one that was enlarged twice. Noise counts as detail.
        blockiness: How much steeper levels change at borders of blocks, 8 pixels apart, than elsewhere: 1 for a photo
            without blocks, about 1.1 for a JPEG of quality 95, 1.5 for one of 75.
    """

    sharpness: float
    blockiness: float


def cleanness(photo: Pixels) -> Cleanness:
    """Measure a photo.

    With the differences d1[i] = g[i + 1] - g[i] of the 8-bit luma g, and third and fourth differences d3 and d4, along
    rows and along columns:

    - sharpness = sqrt(sum d4^2 / (20 sum d1^2)), the lesser one of the two directions. A step between two pixels has
      sum d4^2 = 20 sum d1^2.
    - blockiness: of min(|d3|, 16) the mean p of each phase of the position modulo 8, of which the highest is that of
      the borders, wherever the grid begins; highest p / highest of the five that are two to six pixels from it; the
      mean of the two directions. The two next to it contain the border too. Whatever else has a period, as an enlarged
      picture, has it in other phases too.

    Args:
        photo: (H, W, 3) uint8.

    Returns:
        Sharpness 0 and blockiness 1 where there is too little to measure: in a photo of one color, or less than 16
        pixels wide or high.
    """
    if min(photo.shape[:2]) < 2 * _BLOCK:
        return Cleanness(0.0, 1.0)
    luma = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    directions = [_measure(lines) for lines in (luma, luma.T)]
    ratios = [fine / (20 * coarse) for fine, coarse, _ in directions if coarse]
    return Cleanness(min(ratios, default=0.0) ** 0.5, sum(_blockiness(steps) for *_, steps in directions) / 2)


def why_not_clean(photo: Pixels, min_sharpness: float, max_blockiness: float | None) -> str | None:
    """Return why a photo is not clean enough, or None if it is; it is measured only where a limit is given.

    Args:
        photo: (H, W, 3) uint8.
        min_sharpness: The least sharpness; 0 for any.
        max_blockiness: The highest blockiness; None for any.
    """
    if not min_sharpness and max_blockiness is None:
        return None
    measured = cleanness(photo)
    if measured.sharpness < min_sharpness:
        return f"sharpness below {min_sharpness:g}"
    if max_blockiness is not None and measured.blockiness > max_blockiness:
        return f"blockiness above {max_blockiness:g}"
    return None


def _measure(lines: NDArray[np.uint8]) -> tuple[int, int, NDArray[np.int64]]:
    """Return the sums of squared fourth and first differences along lines, and of clipped third ones by position."""
    fine = coarse = 0
    steps = np.zeros(lines.shape[1] - 3, np.int64)
    for start in range(0, len(lines), _LINES):
        first = _differences(lines[start : start + _LINES].astype(np.int16, order="C"))
        third = _differences(_differences(first))
        fine += _energy(_differences(third))
        coarse += _energy(first[:, :-3])
        steps += np.minimum(np.abs(third), _MOST_STEP).sum(axis=0, dtype=np.int64)
    return fine, coarse, steps


def _differences(values: NDArray[np.int16]) -> NDArray[np.int16]:
    return values[:, 1:] - values[:, :-1]


def _energy(differences: NDArray[np.int16]) -> int:
    return int(np.square(differences, dtype=np.int32).sum(dtype=np.int64))


def _blockiness(steps: NDArray[np.int64]) -> float:
    phases = [float(steps[phase::_BLOCK].mean()) for phase in range(_BLOCK)]
    border = int(np.argmax(phases))
    elsewhere = max(phases[(border + distance) % _BLOCK] for distance in range(2, 7))
    return phases[border] / elsewhere if elsewhere else 1.0
