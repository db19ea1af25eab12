"""Traces of a grid of blocks in the differences of neighboring pixels."""

import numpy as np
from numpy.typing import NDArray

from degradekit.statistics.crop import Crop, Plane
from degradekit.statistics.statistic import Family, Statistic

_WANG = "Wang, Sheikh, Bovik, No-reference perceptual quality assessment of JPEG compressed images, ICIP 2002"
_SOURCE = "degradekit: docs/matching.md"
_TINY = 1e-6
_LONGEST_PERIOD = 24


def profile(differences: Plane, axis: int) -> NDArray[np.float64]:
    """Return the mean magnitude of the differences between neighboring columns (axis 0) or rows (axis 1)."""
    return np.asarray(np.abs(differences).mean(axis=axis))


def phases(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of a profile for each phase modulo 8; phase 7 is the border of blocks that begin at 0."""
    return np.array([np.median(line[phase::8]) for phase in range(8)])


def wang(luma: Plane) -> tuple[float, float, float, float]:
    """Return the features B, A and Z of Wang, Sheikh and Bovik, and their score.

    B is the mean |difference| at the borders of blocks, A = (8 mean |difference| - B) / 7 that within blocks, Z the
    share of neighboring differences with unlike signs; each the mean of both directions. The score is
    -245.8909 + 261.9373 B^-.02398886 A^.01601664 Z^.00642859: 10 for the best, lower for strong blocks.
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


def period(lines: tuple[NDArray[np.float64], ...]) -> tuple[float, float]:
    """Return at which lag, but for multiples of 8, profiles repeat themselves most, and the correlation at that lag."""
    correlations = np.zeros(_LONGEST_PERIOD + 1)
    for line in lines:
        padded = np.pad(line, 4, mode="edge")
        around = np.median(np.lib.stride_tricks.sliding_window_view(padded, 9), axis=1)
        residual = np.minimum(line - around, 3 * np.abs(line - around).mean())
        residual = residual - residual.mean()
        square = float((residual**2).mean()) + _TINY
        correlations[3:] += [
            float((residual[lag:] * residual[:-lag]).mean()) / square for lag in range(3, _LONGEST_PERIOD + 1)
        ]
    correlations[::8] = 0
    best = int(np.argmax(correlations))
    return float(best), float(correlations[best]) / len(lines)


def _measure(crop: Crop) -> tuple[float, ...]:
    lines = profile(crop.across, 0), profile(crop.down, 1)
    by_phase = np.mean([phases(line) for line in lines], axis=0) + _TINY
    median = float(np.median(by_phase))
    others = np.delete(by_phase, 7)
    separate = [phases(line) + _TINY for line in lines]
    off_grid = [float(np.delete(each, 7).max() / np.median(each)) for each in separate]
    return (
        *wang(crop.luma),
        float(by_phase[7] / others.mean()),
        max(float(each.max() / np.median(each)) for each in separate),
        float(others.max() / median),
        max(off_grid),
        *period(lines),
    )


BLOCK_GRID = Family(
    (
        Statistic("border_difference", "mean |difference| at the borders of blocks (B)", "levels", _WANG),
        Statistic("inner_difference", "mean |difference| within blocks (A)", "levels", _WANG),
        Statistic("sign_changes", "share of neighboring differences with unlike signs (Z)", "0..1", _WANG),
        Statistic("wang_score", "quality of a JPEG, 10 for the best", "score", _WANG),
        Statistic("border_ratio", "|difference| at the borders of blocks / that elsewhere", "ratio", _SOURCE),
        Statistic("grid_peak", "highest |difference| of a phase modulo 8 / median", "ratio", _SOURCE),
        Statistic(
            "off_grid_peak", "highest |difference| of a phase off the grid / median, both directions", "ratio", _SOURCE
        ),
        Statistic("off_grid_peak_one_way", "the same in the direction where it is higher", "ratio", _SOURCE),
        Statistic(
            "difference_period", "lag, but for multiples of 8, at which differences repeat most", "pixels", _SOURCE
        ),
        Statistic("difference_periodicity", "their correlation at that lag", "-1..1", _SOURCE),
    ),
    _measure,
)
