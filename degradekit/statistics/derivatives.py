"""Gradients and Laplacian of a crop: how much there is of them, how they are distributed, and in which directions."""

import math

import numpy as np
from numpy.typing import NDArray

from degradekit.statistics.crop import Crop, Plane
from degradekit.statistics.statistic import Family, Statistic

_PECH = "Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy: a comparative study, ICPR 2000"
_SOURCE = "degradekit: docs/matching.md"
_TINY = 1e-3


def _log_moments(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return log10 of the variance and of the kurtosis, which is 3 for a normal distribution."""
    centered = values - values.mean()
    squares = centered**2
    variance = float(squares.mean())
    kurtosis = (float((squares**2).mean()) + 3 * _TINY**2) / (variance**2 + _TINY**2)
    return math.log10(variance + _TINY), math.log10(kurtosis)


def _banding(luma: Plane) -> float:
    """Return log10 of the variance of rows' means over what independent pixels would have, by second differences."""
    second = luma[:-2] - 2 * luma[1:-1] + luma[2:]
    means = second.mean(axis=1)
    return math.log10((luma.shape[1] * float((means**2).mean()) + _TINY) / (float((second**2).mean()) + _TINY))


def _measure(crop: Crop) -> tuple[float, ...]:
    luma = crop.luma
    across, down = crop.across[1:-1], crop.down[:, 1:-1]
    second_across, second_down = np.diff(across, axis=1), np.diff(down, axis=0)
    laplacian = second_across + second_down
    sign = laplacian > 0
    crossings = (float((sign[:, 1:] != sign[:, :-1]).mean()) + float((sign[1:] != sign[:-1]).mean())) / 2
    x, y = crop.across[:-1], crop.down[:, :-1]
    xx, yy, xy = float((x * x).mean()), float((y * y).mean()), float((x * y).mean())
    return (
        *_log_moments(laplacian),
        *_log_moments(np.concatenate([crop.across.ravel(), crop.down.ravel()])),
        crossings,
        math.hypot(xx - yy, 2 * xy) / (xx + yy + _TINY),
        math.log10((float(np.abs(second_down).mean()) + _TINY) / (float(np.abs(second_across).mean()) + _TINY)),
        _banding(luma),
        _banding(luma.T),
    )


DERIVATIVES = Family(
    (
        Statistic("laplacian_variance", "variance of the Laplacian: sharpness, and noise", "log10 levels^2", _PECH),
        Statistic("laplacian_kurtosis", "kurtosis of the Laplacian", "log10", _SOURCE),
        Statistic("gradient_variance", "variance of differences of neighbors", "log10 levels^2", _SOURCE),
        Statistic("gradient_kurtosis", "kurtosis of differences of neighbors", "log10", _SOURCE),
        Statistic("zero_crossings", "share of neighbors where the Laplacian has unlike signs", "0..1", _SOURCE),
        Statistic("directionality", "how unequal gradients are between directions", "0..1", _SOURCE),
        Statistic("row_alternation", "second differences down / across: interlaced rows", "log10", _SOURCE),
        Statistic("row_banding", "variance of rows' means over that of independent pixels", "log10", _SOURCE),
        Statistic("column_banding", "variance of columns' means over that of independent pixels", "log10", _SOURCE),
    ),
    _measure,
)
