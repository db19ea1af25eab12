"""The quality of a JPEG from its decoded pixels."""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.jpeg_tables import LUMA, scaled
from degradekit.statistics.crop import Crop
from degradekit.statistics.jpeg_grid import as_blocks, coefficients, grid_contrasts
from degradekit.statistics.statistic import Family, Statistic
from degradekit.types import Pixels

JPEG_SCORE_THRESHOLD = 0.5
"""The score from which on a crop is taken for a decoded JPEG."""
_LOWEST, _HIGHEST = 5, 99
"""At quality 100 all divisors are 1, which leaves nothing to see beside rounding."""
_NO_JPEG = 100.0
_PRIOR_SAMPLES = 20
"""Coefficients without periodicity that are added to those of a crop, so that a few alone do not decide."""
_ROUNDING = 0.35
"""Standard deviation of coefficients about multiples of their divisors, as luma and then colors are rounded."""
_LEAST_GAIN = -1.5
_FAN = "Fan, de Queiroz, Identification of bitmap compression history, IEEE Transactions on Image Processing 12, 2003"
_LUO = "Luo, Qu, Huang, Qiu, A novel method for detecting cropped and recompressed image block, ICASSP 2007"
_OWN = __name__


class _Detection(NamedTuple):
    quality: float
    score: float
    contrast: float
    is_shifted: bool


@cache
def _steps() -> NDArray[np.float64]:
    """Return the luma's divisors of each coefficient but the mean for each quality, (63, Q)."""
    tables = [scaled(LUMA, quality) for quality in range(_LOWEST, _HIGHEST + 1)]
    return np.ascontiguousarray(np.array(tables, np.float64).T[1:])


@compiled
def _add_periodicity(
    magnitudes: NDArray[np.float64], steps: NDArray[np.float64], gains: NDArray[np.float64], sums: NDArray[np.float64]
) -> None:
    """Add what each quality explains of the coefficients c with |c| > .6 t, where their divisor t is 2 or more.

    Args:
        magnitudes: (63, N) the magnitudes of each coefficient, the largest first.
        steps: (63, Q) their divisors for each quality, falling along a row.
        gains: (Q,) the logarithm of the likelihood of multiples of t over that of any values is added.
        sums: (2, Q) the sum of cos(2 pi c / t) and the number of coefficients are added.
    """
    for i in range(steps.shape[0]):
        step, gain, total, count = 0.0, 0.0, 0.0, 0
        for k in range(steps.shape[1]):
            if steps[i, k] < 2:
                break
            if steps[i, k] != step:
                step, gain, total = steps[i, k], 0.0, 0.0
                most, loss = np.log(step / (_ROUNDING * np.sqrt(2 * np.pi))), step * step / (2 * _ROUNDING * _ROUNDING)
                while count < magnitudes.shape[1] and magnitudes[i, count] > 0.6 * step:
                    count += 1
                for n in range(count):
                    turns = magnitudes[i, n] / step
                    turns -= np.floor(turns + 0.5)
                    x = turns * turns
                    gain += max(most - loss * x, _LEAST_GAIN)
                    high = x * (60.244641 + x * (-26.426257 + x * (7.903536 + x * -1.714391)))  # Taylor's series
                    total += 1 + x * (-19.739209 + x * (64.939394 + x * (-85.456817 + high)))
            gains[k] += gain
            sums[0, k] += total
            sums[1, k] += count


def _detect(crop: Crop) -> _Detection:
    contrasts = grid_contrasts(crop.luma)
    top, left = (int(side) for side in np.unravel_index(np.argmax(contrasts), contrasts.shape))
    is_whole = as_blocks((crop.lowest > 0) & (crop.highest < 255), top, left).all(axis=(1, 2))
    blocks = coefficients(crop.luma, top, left)[is_whole]
    magnitudes = np.ascontiguousarray(np.sort(np.abs(blocks[:, 1:].T), axis=1)[:, ::-1])
    steps = _steps()
    gains, sums = np.zeros(steps.shape[1]), np.zeros((2, steps.shape[1]))
    _add_periodicity(magnitudes, steps, gains, sums)
    best = int(np.argmax(gains))
    score = float(sums[0, best] / (sums[1, best] + _PRIOR_SAMPLES))
    quality = float(_LOWEST + best) if gains[best] > 0 else _NO_JPEG
    return _Detection(quality, score, float(contrasts[top, left]), (top, left) != (0, 0))


def detect_jpeg_quality(pixels: Pixels) -> tuple[float, float]:
    """Return the JPEG quality that the pixels of a crop show, and how surely.

    A decoded JPEG has cosine transforms that are multiples of its quantization table's divisors t. The grid of blocks
    is that of the highest of `grid_contrasts`. For each quality q = 5..99, t = clip(floor((K s + 50) / 100), 1, 255),
    K the standard's luma table, s = 5000 / q below 50 or else 200 - 2 q. All coefficients c but the mean of each block
    count that have `|c| > .6 t` and t >= 2. The best q has the highest likelihood: the sum over them of
    max(log(t / (r sqrt(2 pi))) - d^2 / (2 r^2), -1.5), d the distance to a multiple of t, r = .35 that of rounding. Its
    score is the sum of cos(2 pi c / t) over the number of coefficients + 20. Blocks with a level 0 or 255 are left out,
    as what is clipped after the transform is no multiple.

    Args:
        pixels: (H, W, C) uint8, sides of at least 64.

    Returns:
        The best quality, 100 if none explains anything, and its score, which is 1 for a clear JPEG and near 0 for
        others; `JPEG_SCORE_THRESHOLD` separates them.

    Source: Fan and de Queiroz 2003, who estimate the divisors by maximum likelihood.
    """
    detection = _detect(Crop(pixels))
    return detection.quality, detection.score


def _measure(crop: Crop) -> tuple[float, ...]:
    quality, score, contrast, is_shifted = _detect(crop)
    small = np.abs(coefficients(crop.luma, 0, 0)) < 0.5
    frequency = np.add.outer(np.arange(8), np.arange(8)).ravel()
    low, high = small[:, (frequency > 0) & (frequency < 6)], small[:, frequency >= 6]
    quality = quality if score >= JPEG_SCORE_THRESHOLD else _NO_JPEG
    return quality, score, score if is_shifted else 0.0, contrast, float(low.mean()), float(high.mean())


PIXEL_QUALITY = Family(
    (
        Statistic("jpeg_quality", "the quality of a decoded JPEG; 100 where jpeg_score is below .5", "quality", _FAN),
        Statistic("jpeg_score", "how surely the crop is a decoded JPEG", "-1..1", _FAN),
        Statistic("jpeg_score_off_grid", "jpeg_score if blocks begin beside the crop's corner, else 0", "-1..1", _FAN),
        Statistic("grid_contrast", "how much smaller coefficients are in the best grid of blocks", "0..1", _LUO),
        Statistic("small_low_coefficients", "share of |coefficients| < .5 at low frequencies of blocks", "0..1", _OWN),
        Statistic("small_high_coefficients", "share of |coefficients| < .5 at high frequencies", "0..1", _OWN),
    ),
    _measure,
)
