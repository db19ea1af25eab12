"""The quality of a JPEG from its pixels, and from its quantization tables."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from degradekit.functional.jpeg_tables import CHROMA, LUMA, scaled
from degradekit.statistics.block_grid import phases, profile
from degradekit.statistics.crop import Crop, Plane
from degradekit.statistics.statistic import Family, Statistic
from degradekit.types import Pixels

JPEG_SCORE_THRESHOLD = 0.5
"""The score from which on a crop is taken for a decoded JPEG."""
_QUALITIES = tuple(range(20, 101))
_COEFFICIENTS = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (0, 3), (1, 2), (2, 1), (3, 0))
_LEAST_STEP = 2
_LEAST_SAMPLES = 30
_FAN = "Fan, de Queiroz, Identification of bitmap compression history, IEEE Transactions on Image Processing 12, 2003"
_SOURCE = "degradekit: docs/matching.md"


class TableQuality(NamedTuple):
    """The quality that quantization tables are nearest to.

    Attributes:
        quality: 1..100.
        is_standard: Whether the tables are those of the standard, scaled by this quality.
        residual: Root mean square difference to these.
    """

    quality: int
    is_standard: bool
    residual: float


def jpeg_quality_of_tables(luma: Sequence[int], chroma: Sequence[int] | None = None) -> TableQuality:
    """Return the quality whose tables, those of the standard as libjpeg scales them, are nearest by least squares.

    Args:
        luma: The luma's 64 divisors, row by row.
        chroma: The chroma's; None for a gray JPEG.
    """
    tables = np.array([*luma, *(chroma or ())], np.float64)
    standards = _standard_tables()[:, : len(tables)]
    residuals = np.sqrt(((standards - tables) ** 2).mean(axis=1))
    best = len(residuals) - 1 - int(np.argmin(residuals[::-1]))
    return TableQuality(best + 1, bool(residuals[best] == 0), float(residuals[best]))


@cache
def _standard_tables() -> NDArray[np.float64]:
    return np.array([(*scaled(LUMA, quality), *scaled(CHROMA, quality)) for quality in range(1, 101)], np.float64)


def coefficients(luma: Plane, top: int, left: int) -> NDArray[np.float64]:
    """Return the cosine transforms of the blocks of a grid that begins at (top, left), (N, 8, 8)."""
    rows, columns = (luma.shape[0] - top) // 8, (luma.shape[1] - left) // 8
    whole = luma[top : top + rows * 8, left : left + columns * 8].reshape(rows, 8, columns, 8)
    return np.asarray(scipy.fft.dctn(whole.transpose(0, 2, 1, 3).reshape(-1, 8, 8) - 128, axes=(1, 2), norm="ortho"))


def _quality(blocks: NDArray[np.float64]) -> tuple[float, float]:
    values = np.abs(np.stack([blocks[:, row, column] for row, column in _COEFFICIENTS]))
    best = (100.0, 0.0)
    for quality in _QUALITIES:
        table = scaled(LUMA, quality)
        steps = np.array([table[8 * row + column] for row, column in _COEFFICIENTS], np.float64)[:, None]
        used = (values > 0.6 * steps) & (steps >= _LEAST_STEP)
        count = np.count_nonzero(used)
        if count >= _LEAST_SAMPLES:
            score = float(np.cos(2 * np.pi * (values / steps)[used]).mean())
            if score > best[1]:
                best = (float(quality), score)
    return best


def _detect(crop: Crop) -> tuple[float, float]:
    offsets = {(0, 0)}
    down, across = (int(np.argmax(phases(line))) for line in (profile(crop.down, 1), profile(crop.across, 0)))
    offsets.add(((down + 1) % 8, (across + 1) % 8))
    return max((_quality(coefficients(crop.luma, *offset)) for offset in sorted(offsets)), key=lambda each: each[1])


def detect_jpeg_quality(pixels: Pixels) -> tuple[float, float]:
    """Return the JPEG quality that the pixels of a crop show, and how surely.

    For each quality q = 20..100 the standard's luma table t = clip(floor((K s + 50) / 100), 1, 255), s = 5000 / q below
    50 or else 200 - 2 q, is compared with cosine transforms c of the blocks: the score is the mean of cos(2 pi c / t)
    over nine low frequencies, of magnitudes |c| > .6 t where t >= 2. A decoded JPEG has multiples of t.

    Args:
        pixels: (H, W, C) uint8, sides of at least 64.

    Returns:
        The best quality, and its score: 1 for a clear JPEG, near 0 for others; `JPEG_SCORE_THRESHOLD` separates them.

    Source: the periodicity that Fan and de Queiroz 2003 use.
    """
    return _detect(Crop(pixels))


def _measure(crop: Crop) -> tuple[float, ...]:
    quality, score = _detect(crop)
    small = np.abs(coefficients(crop.luma, 0, 0)) < 0.5
    order = np.add.outer(np.arange(8), np.arange(8))
    return quality, score, float(small[:, (order > 0) & (order < 6)].mean()), float(small[:, order >= 6].mean())


JPEG_QUALITY = Family(
    (
        Statistic(
            "jpeg_quality", "the JPEG quality that fits best, sure only where the score is high", "quality", _FAN
        ),
        Statistic("jpeg_score", "how surely the crop is a decoded JPEG", "-1..1", _FAN),
        Statistic(
            "small_low_coefficients", "share of |coefficients| < .5 at low frequencies of blocks", "0..1", _SOURCE
        ),
        Statistic(
            "small_high_coefficients", "share of |coefficients| < .5 at high frequencies of blocks", "0..1", _SOURCE
        ),
    ),
    _measure,
)
