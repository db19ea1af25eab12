"""What is left of the flattest blocks of a crop without their planes: noise, with little texture in it."""

import math

import numpy as np
from numpy.typing import NDArray

from degradekit.statistics.crop import Crop, Plane
from degradekit.statistics.statistic import Family, Statistic

_SHARE = 0.15
_DARKEST, _BRIGHTEST = 20, 235
_SOURCE = "degradekit: docs/matching.md"
_TINY = 1e-9


def _blocks(plane: Plane) -> NDArray[np.float64]:
    """Return the whole blocks of 8 x 8 pixels, (N, 8, 8)."""
    rows, columns = (side // 8 for side in plane.shape)
    whole = plane[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8)
    return whole.transpose(0, 2, 1, 3).reshape(-1, 8, 8)


def flat_residuals(plane: Plane) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the residuals of the flattest blocks, (N, 8, 8), and the blocks' means, (N,).

    Of the blocks with a mean of 20 to 235, where little is clipped, the 15 % with the lowest variance are taken, and
    the plane that fits each best is taken off. Where no block has such a mean, all are eligible.
    """
    blocks = _blocks(plane)
    means = blocks.mean(axis=(1, 2))
    eligible = (means >= _DARKEST) & (means <= _BRIGHTEST)
    if eligible.any():
        blocks, means = blocks[eligible], means[eligible]
    count = max(1, round(_SHARE * len(blocks)))
    flattest = np.argsort(blocks.var(axis=(1, 2)), kind="stable")[:count]
    blocks, means = blocks[flattest], means[flattest]
    ramp = np.arange(8) - 3.5
    down = (blocks.mean(axis=2) * ramp).sum(axis=1) / (ramp**2).sum()
    across = (blocks.mean(axis=1) * ramp).sum(axis=1) / (ramp**2).sum()
    residuals = blocks - means[:, None, None] - down[:, None, None] * ramp[:, None] - across[:, None, None] * ramp
    return residuals, means


def _measure(crop: Crop) -> tuple[float, ...]:
    residuals, means = flat_residuals(crop.luma)
    square = float((residuals**2).mean())
    lags = (
        (residuals[:, :, 1:] * residuals[:, :, :-1]).mean() + (residuals[:, 1:] * residuals[:, :-1]).mean(),
        (residuals[:, :, 2:] * residuals[:, :, :-2]).mean() + (residuals[:, 2:] * residuals[:, :-2]).mean(),
        2 * (residuals[:, 1:, 1:] * residuals[:, :-1, :-1]).mean(),
    )
    variances = (residuals**2).mean(axis=(1, 2))
    slope = _slope(means, variances) * 255 / (square + _TINY)
    arch = _slope((means / 255) * (1 - means / 255), variances) / (square + _TINY)
    freedom = math.sqrt(64 / 61)
    return (math.sqrt(square) * freedom, *(float(lag) / 2 / (square + _TINY) for lag in lags), slope, arch)


def _slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Return the slope of the line of least squares, 0 where x hardly varies."""
    x = x - x.mean()
    square = float((x**2).mean())
    return float((x * (y - y.mean())).mean()) / square if square > _TINY else 0.0


FLAT_BLOCKS = Family(
    (
        Statistic("flat_residual", "standard deviation in the flattest blocks, without planes", "levels", _SOURCE),
        Statistic("flat_correlation_1", "correlation of neighbors in the flattest blocks", "-1..1", _SOURCE),
        Statistic("flat_correlation_2", "correlation two pixels apart in the flattest blocks", "-1..1", _SOURCE),
        Statistic("flat_correlation_diagonal", "correlation of diagonal neighbors in them", "-1..1", _SOURCE),
        Statistic(
            "flat_variance_slope", "how the variance of flat blocks grows with their mean", "1 / 255 levels", _SOURCE
        ),
        Statistic("flat_variance_arch", "how it grows with u (1 - u) of the mean u in 0..1", "ratio", _SOURCE),
    ),
    _measure,
)
