"""What is left of the flattest blocks of a crop without their planes: noise, with little texture in it."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.statistics.crop import Crop, Plane
from degradekit.statistics.jpeg_grid import as_blocks
from degradekit.statistics.statistic import Family, Statistic

_SHARE = 0.15
_DARKEST, _BRIGHTEST = 20, 235
_SOURCE = __name__
_TINY = 1e-9
_ROUNDING = 0.05
"""A variance below that of rounding, 1 / 12, which keeps logarithms finite."""
_RAMP = np.arange(8) - 3.5


class _Blocks(NamedTuple):
    """Blocks of 8 x 8 pixels: their means and variances, (N,), and what a plane leaves of them, (N, 8, 8)."""

    means: NDArray[np.float64]
    variances: NDArray[np.float64]
    residuals: NDArray[np.float64]

    def flattest(self) -> "_Blocks":
        """Return the 15 % of the blocks with the lowest variance, at least one."""
        count = max(1, round(_SHARE * len(self.means)))
        chosen = np.argsort(self.variances, kind="stable")[:count]
        return _Blocks(*(values[chosen] for values in self))


def _blocks(luma: Plane) -> _Blocks:
    """Return the blocks of a crop, without the plane that fits each best.

    Only blocks with a mean of 20 to 235 are taken, where little is clipped, unless there is none.
    """
    blocks = as_blocks(luma, 0, 0)
    means = blocks.mean(axis=(1, 2))
    eligible = (means >= _DARKEST) & (means <= _BRIGHTEST)
    if eligible.any():
        blocks, means = blocks[eligible], means[eligible]
    down, across = ((blocks.mean(axis=axis) * _RAMP).sum(axis=1) / (_RAMP**2).sum() for axis in (2, 1))
    planes = down[:, None, None] * _RAMP[:, None] + across[:, None, None] * _RAMP
    residuals = blocks - means[:, None, None] - planes
    return _Blocks(means, blocks.var(axis=(1, 2)), residuals)


def residual(flattest: _Blocks) -> tuple[float, float, float, float]:
    """Return the standard deviation of the flattest blocks' residuals, and their autocorrelations.

    These are sums of products of neighbors, of pixels two apart, both in rows and columns, and of diagonal neighbors,
    over the sum of squares. Noise that was resized or denoised is correlated. White noise has slightly negative ones,
    as a plane is taken off.
    """
    r = flattest.residuals
    square = float((r**2).mean()) + _TINY
    near = ((r[:, :, 1:] * r[:, :, :-1]).mean() + (r[:, 1:] * r[:, :-1]).mean()) / 2
    far = ((r[:, :, 2:] * r[:, :, :-2]).mean() + (r[:, 2:] * r[:, :-2]).mean()) / 2
    diagonal = (r[:, 1:, 1:] * r[:, :-1, :-1]).mean()
    sd = math.sqrt(square * 64 / 61)  # a plane takes three of 64 degrees of freedom
    return sd, float(near) / square, float(far) / square, float(diagonal) / square


def variance_by_level(blocks: _Blocks) -> tuple[float, float]:
    """Return how the variance of flat blocks depends on their means: log10 bright / dark, and log10 of the middle.

    The blocks are sorted by their means into thirds, and v is the mean square of what planes leave of the flattest 15 %
    of each third: log10(v3 / v1) is high for Poisson noise, and log10(v2^2 / (v1 v3)) for film grain, which is
    strongest in between.
    """
    if len(blocks.means) < 3:
        return 0.0, 0.0
    thirds = np.array_split(np.argsort(blocks.means, kind="stable"), 3)
    parts = (_Blocks(*(values[third] for values in blocks)) for third in thirds)
    dark, middle, bright = (math.log10(float((part.flattest().residuals ** 2).mean()) + _ROUNDING) for part in parts)
    return bright - dark, 2 * middle - dark - bright


def _measure(crop: Crop) -> tuple[float, ...]:
    blocks = _blocks(crop.luma)
    return (*residual(blocks.flattest()), *variance_by_level(blocks))


FLAT_BLOCKS = Family(
    (
        Statistic("flat_residual", "standard deviation in the flattest blocks, without planes", "levels", _SOURCE),
        Statistic("flat_correlation_1", "correlation of neighbors in the flattest blocks", "-1..1", _SOURCE),
        Statistic("flat_correlation_2", "correlation two pixels apart in the flattest blocks", "-1..1", _SOURCE),
        Statistic(
            "flat_correlation_diagonal", "correlation of diagonal neighbors in the flattest blocks", "-1..1", _SOURCE
        ),
        Statistic("flat_variance_slope", "variance of flat bright blocks over that of dark ones", "log10", _SOURCE),
        Statistic("flat_variance_arch", "variance of flat gray blocks over dark and bright ones", "log10", _SOURCE),
    ),
    _measure,
)
