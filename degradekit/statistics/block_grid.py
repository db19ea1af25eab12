"""Traces of a grid of blocks in the differences of neighboring pixels."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from degradekit.statistics.crop import Crop, Plane
from degradekit.statistics.statistic import Family, Statistic

_WANG = "Wang, Sheikh, Bovik, No-reference perceptual quality assessment of JPEG compressed images, ICIP 2002"
_SOURCE = __name__
_TINY = 1e-6
_FAINT = 0.05
"""Levels that are added to both sides of a ratio of differences, so that a flat crop has none that is huge."""
_SHORTEST_PERIOD, _LONGEST_PERIOD = 3, 24

Profile = NDArray[np.float64]
"""(W - 1,) the mean |difference| of each column of pixels and the next one, or of rows."""


def wang(luma: Plane) -> tuple[float, float, float, float]:
    """Return the features B, A and Z of Wang, Sheikh and Bovik, and their score.

    B is the mean |difference| at the borders of blocks, A = (8 mean |difference| - B) / 7 that within blocks, Z the
    share of neighboring differences with unlike signs; each the mean of both directions. The score is
    -245.8909 + 261.9373 B^-.02398886 A^.01601664 Z^.00642859: about 10 for the best, lower for strong blocks.
    """
    features = []
    for plane in (luma, luma.T):
        differences = np.diff(plane, axis=1)
        magnitudes = np.abs(differences)
        border = float(magnitudes[:, 7::8].mean())
        within = (8 * float(magnitudes.mean()) - border) / 7
        signs = float((differences[:, 1:] * differences[:, :-1] < 0).mean())
        features.append((border, max(within, 0.0), signs))
    b, a, z = ((first + second) / 2 for first, second in zip(*features, strict=True))
    score = -245.8909 + 261.9373 * (b + _TINY) ** -0.02398886 * (a + _TINY) ** 0.01601664 * (z + _TINY) ** 0.00642859
    return b, a, z, score


def peaks(profiles: tuple[Profile, Profile]) -> tuple[float, float, float]:
    """Return how differences depend on the column or row modulo 8, by m, the median of a profile at a phase plus .05.

    Returns:
        m at phase 7, the borders of blocks that begin at the corner, over the mean of the others, with the mean of
        both directions; the highest m over the median of all; the same without phase 7, where a crop after compression
        has its peak; both of the direction in which they are higher.
    """
    by_phase = np.array([[np.median(line[phase::8]) for phase in range(8)] for line in profiles]) + _FAINT
    mean, medians = by_phase.mean(axis=0), np.median(by_phase, axis=1)
    return (
        float(mean[7] / mean[:7].mean()),
        float((by_phase.max(axis=1) / medians).max()),
        float((by_phase[:, :7].max(axis=1) / medians).max()),
    )


def period(profiles: tuple[Profile, Profile]) -> tuple[float, float]:
    """Return the lag from 3 to 24, but for multiples of 8, at which profiles correlate most, and the correlation.

    A profile is taken without its median over 9 pixels, and no more than three mean deviations above it. The
    correlation is the mean of both directions. A JPEG that was resized by f has a period of 8 f.
    """
    correlations = np.zeros(_LONGEST_PERIOD + 1)
    for line in profiles:
        deviation = line - np.median(sliding_window_view(np.pad(line, 4, mode="edge"), 9), axis=1)
        deviation = np.minimum(deviation, 3 * np.abs(deviation).mean())
        deviation -= deviation.mean()
        square = float((deviation**2).mean()) + _TINY
        for lag in range(_SHORTEST_PERIOD, _LONGEST_PERIOD + 1):
            correlations[lag] += float((deviation[lag:] * deviation[:-lag]).mean()) / square / len(profiles)
    correlations[:_SHORTEST_PERIOD] = correlations[::8] = -1
    best = int(np.argmax(correlations))
    return float(best), float(correlations[best])


def _measure(crop: Crop) -> tuple[float, ...]:
    profiles = np.abs(crop.across).mean(axis=0), np.abs(crop.down).mean(axis=1)
    return (*wang(crop.luma), *peaks(profiles), *period(profiles))


BLOCK_GRID = Family(
    (
        Statistic("border_difference", "mean |difference| at the borders of blocks (B)", "levels", _WANG),
        Statistic("inner_difference", "mean |difference| within blocks (A)", "levels", _WANG),
        Statistic("sign_changes", "share of neighboring differences with unlike signs (Z)", "0..1", _WANG),
        Statistic("wang_score", "quality of a JPEG by A, B and Z, about 10 for the best", "score", _WANG),
        Statistic("border_ratio", "|difference| at the borders of blocks / that elsewhere", "ratio", _SOURCE),
        Statistic("grid_peak", "highest |difference| of the 8 columns of blocks / their median", "ratio", _SOURCE),
        Statistic(
            "off_grid_peak", "grid_peak without the borders of blocks that begin at the crop's corner", "ratio", _SOURCE
        ),
        Statistic("difference_period", "lag, but for 8, at which differences correlate most", "pixels", _SOURCE),
        Statistic(
            "difference_periodicity", "how much differences correlate at the lag of difference_period", "-1..1", _SOURCE
        ),
    ),
    _measure,
)
