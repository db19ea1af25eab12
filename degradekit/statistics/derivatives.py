"""Gradients and Laplacian of a crop: how much there is of them, how they are distributed, and in which directions."""

import math

import numpy as np
from numpy.typing import NDArray

from degradekit.statistics.crop import Crop, Plane
from degradekit.statistics.statistic import Family, Statistic

_PECH = "Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy: a comparative study, ICPR 2000"
_BIGUN = "Bigun, Granlund, Optimal orientation detection of linear symmetry, ICCV 1987"
_SOURCE = __name__
_TINY = 1e-3


def log_moments(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return log10 of the variance and of the kurtosis, which is 3 for a normal distribution."""
    squares = (values - values.mean()) ** 2
    variance = float(squares.mean())
    kurtosis = (float((squares**2).mean()) + 3 * _TINY**2) / (variance**2 + _TINY**2)
    return math.log10(variance + _TINY), math.log10(kurtosis)


def zero_crossings(values: Plane) -> float:
    """Return the share of neighbors of which one is above 0 and the other is not, the mean of both directions."""
    is_above = values > 0
    return (float((is_above[:, 1:] != is_above[:, :-1]).mean()) + float((is_above[1:] != is_above[:-1]).mean())) / 2


def directionality(luma_across: Plane, luma_down: Plane) -> float:
    """Return the coherence of the mean structure tensor of gradients (x, y): 0 if they go everywhere, 1 if one way.

    It is sqrt((xx - yy)^2 + 4 xy^2) / (xx + yy), with xx the mean of x^2. The gradients are those between four pixels,
    each the mean of two differences, as x and y of white noise are correlated otherwise. Source: Bigun, Granlund 1987.
    """
    across, down = (luma_across[1:] + luma_across[:-1]) / 2, (luma_down[:, 1:] + luma_down[:, :-1]) / 2
    xx, yy, xy = float((across**2).mean()), float((down**2).mean()), float((across * down).mean())
    return math.hypot(xx - yy, 2 * xy) / (xx + yy + _TINY)


def banding(luma: Plane) -> float:
    """Return log10 of W times the mean square of second differences of rows' means over that of pixels.

    It is 0 for independent pixels, and log10 W where all pixels of a row have the same noise.
    """
    second = np.diff(luma, 2, axis=0)
    row_means_square = luma.shape[1] * float((second.mean(axis=1) ** 2).mean())
    return math.log10((row_means_square + _TINY) / (float((second**2).mean()) + _TINY))


def _measure(crop: Crop) -> tuple[float, ...]:
    second_across, second_down = np.diff(crop.across[1:-1], axis=1), np.diff(crop.down[:, 1:-1], axis=0)
    laplacian = second_across + second_down
    alternation = (float(np.abs(second_down).mean()) + _TINY) / (float(np.abs(second_across).mean()) + _TINY)
    return (
        *log_moments(laplacian),
        *log_moments(np.concatenate([crop.across.ravel(), crop.down.ravel()])),
        zero_crossings(laplacian),
        directionality(crop.across, crop.down),
        math.log10(alternation),
        banding(crop.luma),
        banding(crop.luma.T),
    )


DERIVATIVES = Family(
    (
        Statistic("laplacian_variance", "variance of the Laplacian: sharpness, and noise", "log10 levels^2", _PECH),
        Statistic("laplacian_kurtosis", "kurtosis of the Laplacian", "log10", _SOURCE),
        Statistic("gradient_variance", "variance of differences of neighbors", "log10 levels^2", _SOURCE),
        Statistic("gradient_kurtosis", "kurtosis of differences of neighbors", "log10", _SOURCE),
        Statistic("zero_crossings", "share of neighbors where the Laplacian has unlike signs", "0..1", _SOURCE),
        Statistic("directionality", "how unequal gradients are between directions", "0..1", _BIGUN),
        Statistic("row_alternation", "mean |second difference| down / across: interlaced rows", "log10", _SOURCE),
        Statistic("row_banding", "variance of rows' means over that of independent pixels", "log10", _SOURCE),
        Statistic("column_banding", "variance of columns' means over that of independent pixels", "log10", _SOURCE),
    ),
    _measure,
)
