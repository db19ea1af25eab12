"""The levels of a crop: contrast, clipping, gaps."""

import numpy as np
from numpy.typing import NDArray

from degradekit.statistics.crop import Crop
from degradekit.statistics.statistic import Family, Statistic

_SOURCE = __name__

Histogram = NDArray[np.int64]
"""(256,) how many pixels have each level."""


def level_at(histogram: Histogram, share: float) -> int:
    """Return the lowest level that this share of the pixels does not exceed."""
    return int(np.searchsorted(np.cumsum(histogram), share * histogram.sum(), side="left"))


def gaps(histogram: Histogram) -> tuple[float, float]:
    """Return how uneven a histogram is between the levels that 2 % and 98 % of the pixels do not exceed.

    Returns:
        The share of levels that no pixel has; and the sum of |h(i) - m| over that of h(i) + m, with m the mean of
        h(i - 1) and h(i + 1), which is 1 if every other level is empty. Both are 0 for fewer than three levels.
    """
    inner = histogram[level_at(histogram, 0.02) : level_at(histogram, 0.98) + 1].astype(np.float64)
    if len(inner) < 3:
        return 0.0, 0.0
    around, middle = (inner[2:] + inner[:-2]) / 2, inner[1:-1]
    total = float((middle + around).sum())
    return float((inner == 0).mean()), float(np.abs(middle - around).sum()) / total if total else 0.0


def _measure(crop: Crop) -> tuple[float, ...]:
    pixels = crop.pixels
    histograms = [np.bincount(pixels[:, :, i].ravel(), minlength=256) for i in range(pixels.shape[2])]
    total = np.sum(histograms, axis=0)
    empty, comb = np.mean([gaps(histogram) for histogram in histograms], axis=0)
    return (
        float(crop.luma.mean()),
        float(crop.luma.std()),
        float(total[0] / total.sum()),
        float(total[255] / total.sum()),
        float(level_at(total, 0.001)),
        float(level_at(total, 0.999)),
        float((crop.highest - crop.lowest).mean()),
        float(empty),
        float(comb),
    )


LEVELS = Family(
    (
        Statistic("luma_mean", "mean of the luma: content", "levels", _SOURCE),
        Statistic("luma_sd", "standard deviation of the luma: content", "levels", _SOURCE),
        Statistic("share_of_0", "share of the level 0", "0..1", _SOURCE),
        Statistic("share_of_255", "share of the level 255", "0..1", _SOURCE),
        Statistic("lowest_level", "level that .1 % do not exceed", "levels", _SOURCE),
        Statistic("highest_level", "level that 99.9 % do not exceed", "levels", _SOURCE),
        Statistic("channel_range", "mean difference of the highest and lowest channel", "levels", _SOURCE),
        Statistic(
            "empty_levels", "share of levels that no pixel has, from the 2nd to the 98th percent", "0..1", _SOURCE
        ),
        Statistic("histogram_comb", "how unlike the counts of neighboring levels are", "0..1", _SOURCE),
    ),
    _measure,
)
