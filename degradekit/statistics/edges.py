"""The strongest edges of a crop: how wide they are, and what surrounds them."""

import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from degradekit.statistics.crop import Crop, Plane
from degradekit.statistics.statistic import Family, Statistic

_MARZILIANO = "Marziliano, Dufaux, Winkler, Ebrahimi, A no-reference perceptual blur metric, ICIP 2002"
_SOURCE = __name__
_SIGMA_PX = 0.7
_SHARE = 0.03
_MOST = 400
_REACH = 12
_TINY = 1e-6
_WIDEST = 2.0 * _REACH

Lines = NDArray[np.float64]
"""(N, 2 * 12 + 1) pixels across N edges, rising, where the middle one is the steepest."""


def strongest_edges(luma: Plane) -> Lines:
    """Return the strongest edges along rows, at most 400.

    They are the 3 % with the highest gradients, where these are the highest of their neighbors in the row, after
    a Gaussian of .7 px.
    """
    smooth = scipy.ndimage.gaussian_filter(luma, _SIGMA_PX, truncate=4)
    gradient = np.zeros_like(smooth)
    gradient[:, 1:-1] = (smooth[:, 2:] - smooth[:, :-2]) / 2
    strength = np.abs(gradient)
    inner = strength[:, _REACH:-_REACH]
    is_peak = (inner >= strength[:, _REACH - 1 : -_REACH - 1]) & (inner >= strength[:, _REACH + 1 : -_REACH + 1])
    rows, columns = np.nonzero(is_peak & (inner >= np.quantile(inner, 1 - _SHARE)) & (inner > _TINY))
    if len(rows) > _MOST:
        chosen = np.linspace(0, len(rows) - 1, _MOST).astype(np.int64)
        rows, columns = rows[chosen], columns[chosen]
    lines = smooth[rows[:, None], columns[:, None] + np.arange(2 * _REACH + 1)]
    return np.asarray(lines * np.sign(gradient[rows, columns + _REACH])[:, None])


def _climb(half: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return how many pixels each line rises from its first one, and the level that it reaches."""
    falls = np.diff(half, axis=1) <= 0
    steps = np.where(falls.any(axis=1), falls.argmax(axis=1), half.shape[1] - 1)
    return steps, half[np.arange(len(half)), steps]


def shape_of_edges(lines: Lines) -> tuple[float, float, float]:
    """Return the mean width of edges, and overshoot and ringing of their mean shape.

    The width goes from the local minimum to the local maximum (Marziliano et al. 2002), in pixels. For the shape, each
    edge is scaled to a step of 1 between these and centered, the mean is taken, and its halves are averaged, the lower
    one turned. Its overshoot is the highest value within 6 pixels less the mean of those from the 7th to the 10th. Its
    ringing is the rise from the lowest value within 4 pixels after the highest to the next maximum. Texture gives both,
    a halo or a sinc filter more. Where there is no edge, the width is 24 and the others are 0.
    """
    if not len(lines):
        return _WIDEST, 0.0, 0.0
    up, high = _climb(lines[:, _REACH:])
    down, low = _climb(-lines[:, _REACH::-1])
    middle, step = (high - low) / 2, high + low + _TINY
    mean = ((lines - middle[:, None]) / step[:, None]).mean(axis=0)
    half = (mean[_REACH:] - mean[_REACH::-1]) / 2
    top = int(half[:7].argmax())
    bottom = top + int(half[top : top + 5].argmin())
    overshoot, ringing = half[top] - half[7:11].mean(), half[bottom : bottom + 5].max() - half[bottom]
    return float((up + down).mean()), float(overshoot), float(ringing)


def _measure(crop: Crop) -> tuple[float, float, float]:
    return shape_of_edges(strongest_edges(crop.luma))


EDGES = Family(
    (
        Statistic("edge_width", "width of the strongest edges, from local minimum to maximum", "pixels", _MARZILIANO),
        Statistic("edge_overshoot", "overshoot beside the strongest edges / height of the step", "ratio", _SOURCE),
        Statistic("edge_ringing", "next rise beside the strongest edges / height of the step", "ratio", _SOURCE),
    ),
    _measure,
)
