"""A few points that stand for many."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

_MOST_ROUNDS = 100


@dataclass(frozen=True)
class Representatives:
    """Clusters of points, each around one of its points, the heaviest cluster first.

    Attributes:
        points: (k,) the index of the point in the middle of each cluster.
        shares: (k,) the share of the weight in each; they add up to 1.
        spread: The mean distance of the points from the middles of their clusters.
    """

    points: NDArray[np.int64]
    shares: NDArray[np.float64]
    spread: float


def representatives(points: NDArray[np.float64], weights: NDArray[np.float64], count: int) -> Representatives:
    """Choose points to which all points are near: k-medoids.

    The first is the point from which the sum of weighted distances is least, and each further one is the point that
    lessens this sum most. Then the points of each cluster choose another middle, until none changes.

    Args:
        points: (N, D) points; distances are Euclidean.
        weights: (N,) how much each counts, above 0.
        count: How many to choose; fewer are where fewer points are different.
    """
    distances = cdist(points, points)
    nearest = np.full(len(points), np.inf)
    middles: list[int] = []
    while len(middles) < count and nearest.max() > 0:
        middles.append(int(_sums(np.minimum(distances, nearest), weights).argmin()))
        nearest = np.minimum(nearest, distances[middles[-1]])
    for _ in range(_MOST_ROUNDS):
        clusters = distances[middles].argmin(axis=0)
        members = [np.flatnonzero(clusters == index) for index in range(len(middles))]
        moved = [int(inside[_sums(distances[np.ix_(inside, inside)], weights[inside]).argmin()]) for inside in members]
        if moved == middles:
            break
        middles = moved
    shares = np.array([weights[inside].sum() for inside in members]) / weights.sum()
    order = np.argsort(-shares, kind="stable")
    spread = float((distances[middles].min(axis=0) * weights).sum() / weights.sum())
    return Representatives(np.array(middles, np.int64)[order], shares[order], spread)


def _sums(distances: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weighted sum of each row, added up in the same order by any library."""
    sums: NDArray[np.float64] = (distances * weights).sum(axis=1)
    return sums
