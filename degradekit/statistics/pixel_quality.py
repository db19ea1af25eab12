"""The quality of a JPEG from its decoded pixels."""

from functools import cache
from typing import TypeVar

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.jpeg_tables import LUMA, scaled
from degradekit.statistics.block_grid import phases, profile
from degradekit.statistics.crop import Crop, Plane
from degradekit.statistics.statistic import Family, Statistic
from degradekit.types import Pixels

JPEG_SCORE_THRESHOLD = 0.35
"""The score from which on a crop is taken for a decoded JPEG."""
_LOWEST, _HIGHEST = 5, 99
"""At quality 100 all divisors are 1, which leaves nothing to see beside rounding."""
_PRIOR_SAMPLES = 20
"""Coefficients without periodicity that are added to those of a crop, so that a few alone do not decide."""
_FAN = "Fan, de Queiroz, Identification of bitmap compression history, IEEE Transactions on Image Processing 12, 2003"
_SOURCE = "degradekit: docs/matching.md"
Scalar = TypeVar("Scalar", bound=np.generic)


@cache
def _steps() -> NDArray[np.float64]:
    """Return the luma's divisors of each coefficient but the mean for each quality, (63, Q)."""
    tables = [scaled(LUMA, quality) for quality in range(_LOWEST, _HIGHEST + 1)]
    return np.ascontiguousarray(np.array(tables, np.float64).T[1:])


@compiled
def _add_periodicity(
    magnitudes: NDArray[np.float64], steps: NDArray[np.float64], sums: NDArray[np.float64], counts: NDArray[np.float64]
) -> None:
    """Add, for each quality, cos(2 pi c / t) of all |c| > .6 t where t >= 2, and how many these are.

    Args:
        magnitudes: (63, N) the magnitudes of each coefficient, the largest first.
        steps: (63, Q) their divisors for each quality, falling along a row.
        sums: (Q,) is added to.
        counts: (Q,) is added to.
    """
    for i in range(steps.shape[0]):
        step, total, count = 0.0, 0.0, 0
        for k in range(steps.shape[1]):
            if steps[i, k] < 2:
                break
            if steps[i, k] != step:
                step, total = steps[i, k], 0.0
                while count < magnitudes.shape[1] and magnitudes[i, count] > 0.6 * step:
                    count += 1
                for n in range(count):
                    turns = magnitudes[i, n] / step
                    turns -= np.floor(turns + 0.5)
                    x = turns * turns  # Taylor's series of the cosine, to 1e-5
                    x = x * (60.244641 + x * (-26.426257 + x * (7.903536 + x * -1.714391)))
                    y = turns * turns
                    total += 1 + y * (-19.739209 + y * (64.939394 + y * (-85.456817 + x)))
            sums[k] += total
            counts[k] += count


def coefficients(plane: Plane, top: int, left: int) -> NDArray[np.float64]:
    """Return the cosine transforms of the blocks of a grid that begins at (top, left), (N, 64)."""
    blocks = as_blocks(plane, top, left)
    return np.asarray(scipy.fft.dctn(blocks, axes=(1, 2), norm="ortho").reshape(-1, 64))


def as_blocks(plane: NDArray[Scalar], top: int, left: int) -> NDArray[Scalar]:
    """Return the whole blocks of a grid that begins at (top, left), (N, 8, 8)."""
    rows, columns = (plane.shape[0] - top) // 8, (plane.shape[1] - left) // 8
    whole = plane[top : top + rows * 8, left : left + columns * 8].reshape(rows, 8, columns, 8)
    return np.ascontiguousarray(whole.transpose(0, 2, 1, 3)).reshape(-1, 8, 8)


def _best_quality(crop: Crop, top: int, left: int) -> tuple[float, float]:
    """Return the best quality for a grid that begins at (top, left), and its score."""
    is_whole = as_blocks((crop.lowest > 0) & (crop.highest < 255), top, left).all(axis=(1, 2))
    blocks = coefficients(crop.luma, top, left)[is_whole]
    magnitudes = np.ascontiguousarray(np.sort(np.abs(blocks[:, 1:].T), axis=1)[:, ::-1])
    steps = _steps()
    sums, counts = np.zeros(steps.shape[1]), np.zeros(steps.shape[1])
    _add_periodicity(magnitudes, steps, sums, counts)
    scores = sums / (counts + _PRIOR_SAMPLES)
    best = int(np.argmax(scores))
    return float(_LOWEST + best), float(scores[best])


def _grid(crop: Crop) -> tuple[int, int]:
    """Return where the grid of blocks most likely begins."""
    down, across = (int(np.argmax(phases(line))) for line in (profile(crop.down, 1), profile(crop.across, 0)))
    return (down + 1) % 8, (across + 1) % 8


def _detect(crop: Crop) -> tuple[float, float]:
    grids = sorted({(0, 0), _grid(crop)})
    return max((_best_quality(crop, *grid) for grid in grids), key=lambda each: each[1])


def detect_jpeg_quality(pixels: Pixels) -> tuple[float, float]:
    """Return the JPEG quality that the pixels of a crop show, and how surely.

    A decoded JPEG has cosine transforms that are multiples of its quantization table's divisors t. For each quality
    q = 5..99, t = clip(floor((K s + 50) / 100), 1, 255), K the standard's luma table, s = 5000 / q below 50 or else
    200 - 2 q. The score is the sum of cos(2 pi c / t) over all coefficients c but the mean of each block with
    |c| > .6 t and t >= 2, over their number + 20. Blocks with a level 0 or 255 are left out, as what is clipped after
    the transform is no multiple. The grid begins at (0, 0) or where differences between neighbors peak.

    Args:
        pixels: (H, W, C) uint8, sides of at least 64.

    Returns:
        The best quality, and its score: 1 for a clear JPEG, near 0 for others; `JPEG_SCORE_THRESHOLD` separates them.

    Source: the periodicity that Fan and de Queiroz 2003 use.
    """
    return _detect(Crop(pixels))


def _measure(crop: Crop) -> tuple[float, ...]:
    small = np.abs(coefficients(crop.luma, 0, 0)) < 0.5
    frequency = np.add.outer(np.arange(8), np.arange(8)).ravel()
    low, high = small[:, (frequency > 0) & (frequency < 6)], small[:, frequency >= 6]
    return (*_detect(crop), float(low.mean()), float(high.mean()))


PIXEL_QUALITY = Family(
    (
        Statistic(
            "jpeg_quality", "the JPEG quality that fits best, sure only where the score is high", "quality", _FAN
        ),
        Statistic("jpeg_score", "how surely the crop is a decoded JPEG", "-1..1", _FAN),
        Statistic(
            "small_low_coefficients", "share of |coefficients| < .5 at low frequencies of blocks", "0..1", _SOURCE
        ),
        Statistic("small_high_coefficients", "share of |coefficients| < .5 at high frequencies", "0..1", _SOURCE),
    ),
    _measure,
)
