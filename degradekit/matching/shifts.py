"""Where real photos lie among those that a recipe makes, for one statistic."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from degradekit.matching.distances import auc, photo_weights

Side: TypeAlias = Literal["high", "low"]

TELLING_AUC = 0.75
"""A statistic whose AUC is below this gives no reason to suggest anything."""
_TAIL = 0.025
"""The share of synthetic crops on either side of the cloud that a recipe makes."""


@dataclass(frozen=True)
class Shift:
    """Where the real photos' values of a statistic lie among those that a recipe makes.

    Attributes:
        median: The median of the real values, every photo counting the same.
        auc: The share of pairs in which the real value is the higher one, 0 to 1.
        beyond: Whether clearly more real crops than one in twenty lie above the 97.5 % quantile of the synthetic ones,
            and below the 2.5 % quantile; `clearly` means by two standard errors, from how photos vary.
        is_outside: Whether the median of the real values lies above or below these quantiles.
    """

    median: float
    auc: float
    beyond: Mapping[Side, bool]
    is_outside: bool

    def leans(self, side: Side, least: float) -> bool:
        """Return whether the real values are the higher or the lower ones, with an AUC of at least `least`."""
        return (self.auc if side == "high" else 1 - self.auc) >= least

    def is_telling(self, side: Side) -> bool:
        """Return whether the real values lie outside on this side, and few synthetic ones are like them."""
        return self.beyond[side] and self.leans(side, TELLING_AUC)


def shift(
    real: NDArray[np.float64],
    real_photos: NDArray[np.int64],
    made: NDArray[np.float64],
    made_photos: NDArray[np.int64],
) -> Shift:
    """Return where the values of real crops lie among those of synthetic crops, for one statistic."""
    weights, made_weights = photo_weights(real_photos), photo_weights(made_photos)
    low, high = np.quantile(made, [_TAIL, 1 - _TAIL])
    order = np.argsort(real, kind="stable")
    middle = min(int(np.searchsorted(np.cumsum(weights[order]), 0.5)), len(order) - 1)
    median = float(real[order][middle])
    return Shift(
        median,
        auc(real, weights, made, made_weights),
        {"high": _is_frequent(real > high, real_photos), "low": _is_frequent(real < low, real_photos)},
        bool(median > high or median < low),
    )


def _is_frequent(outside: NDArray[np.bool_], photos: NDArray[np.int64]) -> bool:
    _, inverse, counts = np.unique(photos, return_inverse=True, return_counts=True)
    shares = np.bincount(inverse, outside) / counts
    error = np.sqrt(max(float(shares.var()), 2 * _TAIL * (1 - 2 * _TAIL)) / len(shares))
    return bool(shares.mean() - 2 * error > 2 * _TAIL)
