"""Statistics as normal scores, and the features of a regression that are made of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

_MOST = 3.0
"""The largest score. What lies beyond all simulated values gets no more than this, as nothing is known out there."""


@dataclass(frozen=True)
class NormalScores:
    """A monotone map for each statistic, under which its simulated values have the standard normal distribution.

    Attributes:
        values: The distinct simulated values of each statistic, rising.
        scores: The score of each of them.
    """

    values: tuple[NDArray[np.float64], ...]
    scores: tuple[NDArray[np.float64], ...]

    def __call__(self, statistics: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return scores of the same shape, (N, K), in [-3, 3]; those between simulated values are interpolated."""
        columns = [
            np.interp(column, values, scores)
            for column, values, scores in zip(statistics.T, self.values, self.scores, strict=True)
        ]
        return np.stack(columns, axis=1).clip(-_MOST, _MOST)


def normal_scores(simulated: NDArray[np.float64]) -> NormalScores:
    """Return the map that (N, K) simulated statistics define: the normal quantile of (rank - 1/2) / N.

    Equal values share their mean rank, so a statistic that is the same everywhere has the score 0.
    """
    values, scores = [], []
    for column in simulated.T:
        distinct, first = np.unique(column, return_index=True)
        values.append(distinct)
        scores.append(ndtri((rankdata(column)[first] - 0.5) / len(column)))
    return NormalScores(tuple(values), tuple(scores))


def features(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (N, 3 K) features of (N, K) scores: z, z^2 - 1 and max(z, 0), so that a linear model can bend."""
    return np.hstack([scores, scores**2 - 1, np.maximum(scores, 0)])
