"""The strongest edges of a crop: how wide they are, and what surrounds them."""

import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from degradekit.statistics.crop import Crop, Plane
from degradekit.statistics.statistic import Family, Statistic

_MARZILIANO = "Marziliano, Dufaux, Winkler, Ebrahimi, A no-reference perceptual blur metric, ICIP 2002"
_SOURCE = "degradekit: docs/matching.md"
_SIGMA_PX = 0.7
_SHARE = 0.03
_MOST = 400
_REACH = 12
_TINY = 1e-6


def _edges(luma: Plane) -> NDArray[np.float64]:
    """Return the strongest edges along rows, rising, (N, 2 * reach + 1), where the middle is the steepest pixel."""
    smooth = scipy.ndimage.gaussian_filter(luma, _SIGMA_PX, truncate=4)
    gradient = np.zeros_like(smooth)
    gradient[:, 1:-1] = (smooth[:, 2:] - smooth[:, :-2]) / 2
    strength = np.abs(gradient)
    inner = strength[:, _REACH:-_REACH]
    peak = (inner >= strength[:, _REACH - 1 : -_REACH - 1]) & (inner >= strength[:, _REACH + 1 : -_REACH + 1])
    rows, columns = np.nonzero(peak & (inner >= np.quantile(inner, 1 - _SHARE)) & (inner > _TINY))
    if len(rows) > _MOST:
        chosen = np.linspace(0, len(rows) - 1, _MOST).astype(np.int64)
        rows, columns = rows[chosen], columns[chosen]
    windows = smooth[rows[:, None], columns[:, None] + np.arange(2 * _REACH + 1)]
    return np.asarray(windows * np.sign(gradient[rows, columns + _REACH])[:, None])


def _climb(half: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return how many pixels each line rises from its first one, and the level that it reaches."""
    falls = np.diff(half, axis=1) <= 0
    steps = np.where(falls.any(axis=1), falls.argmax(axis=1), half.shape[1] - 1)
    return steps, half[np.arange(len(half)), steps]


def _measure(crop: Crop) -> tuple[float, float, float]:
    windows = _edges(crop.luma)
    if not len(windows):
        return float(2 * _REACH), 0.0, 0.0
    up, high = _climb(windows[:, _REACH:])
    down, low = _climb(-windows[:, _REACH::-1])
    low = -low
    step = high - low + _TINY
    after = np.minimum(up + _REACH + 4, 2 * _REACH), np.maximum(_REACH - down - 4, 0)
    every = np.arange(len(windows))
    plateau_high, plateau_low = windows[every, after[0]], windows[every, after[1]]
    overshoot = (high - plateau_high + plateau_low - low) / 2 / step
    columns = np.arange(2 * _REACH + 1)
    beyond = (columns > up[:, None] + _REACH) & (columns <= up[:, None] + _REACH + 5)
    trough = np.where(beyond, windows, np.inf).min(axis=1)
    later = (columns > up[:, None] + _REACH + 1) & (columns <= up[:, None] + _REACH + 9)
    second = np.where(later, windows, -np.inf).max(axis=1)
    has_both = np.isfinite(trough) & np.isfinite(second)
    ringing = np.where(has_both, np.where(has_both, second, 0) - np.where(has_both, trough, 0), 0) / step
    return float((up + down).mean()), float(np.median(overshoot)), float(np.median(np.clip(ringing, 0, 1)))


EDGES = Family(
    (
        Statistic("edge_width", "width of the strongest edges, from local minimum to maximum", "pixels", _MARZILIANO),
        Statistic("edge_overshoot", "overshoot beside edges / height of the step", "ratio", _SOURCE),
        Statistic("edge_ringing", "rise again beside edges / height of the step", "ratio", _SOURCE),
    ),
    _measure,
)
