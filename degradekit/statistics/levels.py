"""The levels of a crop: contrast, clipping, gaps."""

import numpy as np
from numpy.typing import NDArray

from degradekit.statistics.crop import Crop
from degradekit.statistics.statistic import Family, Statistic

_SOURCE = "degradekit: docs/matching.md"


def _quantile(histogram: NDArray[np.int64], share: float) -> int:
    return int(np.searchsorted(np.cumsum(histogram), share * histogram.sum(), side="left"))


def _gaps(histogram: NDArray[np.int64]) -> tuple[float, float]:
    """Return the share of empty levels from the 2nd to the 98th percent, and how unlike neighboring counts are."""
    inner = histogram[_quantile(histogram, 0.02) : _quantile(histogram, 0.98) + 1].astype(np.float64)
    if len(inner) < 3:
        return 0.0, 0.0
    around = (inner[2:] + inner[:-2]) / 2
    return float((inner == 0).mean()), float(np.abs(inner[1:-1] - around).sum() / (inner[1:-1] + around).sum())


def _measure(crop: Crop) -> tuple[float, ...]:
    pixels = crop.pixels
    histograms = [np.bincount(pixels[:, :, i].ravel(), minlength=256) for i in range(pixels.shape[2])]
    total = np.sum(histograms, axis=0)
    gaps, combs = zip(*map(_gaps, histograms), strict=True)
    return (
        float(crop.luma.mean()),
        float(crop.luma.std()),
        float(total[0] / total.sum()),
        float(total[255] / total.sum()),
        float(_quantile(total, 0.001)),
        float(_quantile(total, 0.999)),
        float((crop.highest - crop.lowest).mean()),
        float(np.mean(gaps)),
        float(np.mean(combs)),
    )


LEVELS = Family(
    (
        Statistic("luma_mean", "mean of the luma: content", "levels", _SOURCE),
        Statistic("luma_sd", "standard deviation of the luma: content", "levels", _SOURCE),
        Statistic("share_of_0", "share of the level 0", "0..1", _SOURCE),
        Statistic("share_of_255", "share of the level 255", "0..1", _SOURCE),
        Statistic("lowest_level", "level that .1 % lie below", "levels", _SOURCE),
        Statistic("highest_level", "level that .1 % lie above", "levels", _SOURCE),
        Statistic("channel_range", "mean difference of the highest and lowest channel", "levels", _SOURCE),
        Statistic(
            "empty_levels", "share of levels that no pixel has, from the 2nd to the 98th percent", "0..1", _SOURCE
        ),
        Statistic("histogram_comb", "how unlike the counts of neighboring levels are", "0..1", _SOURCE),
    ),
    _measure,
)
