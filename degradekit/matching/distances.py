"""How far two sets of measured crops lie apart; photos, not crops, are what is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import cg
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance

from degradekit.matching.generators import generator

_Values = NDArray[np.float64]

_FOLDS = 5
_SCENES_WEIGHT = 30.0
"""Factor of the covariance between scenes, which is added to the covariance of a classifier."""
_SHRINKAGE = 0.3
"""Share of a classifier's covariance that is replaced by its diagonal."""
_PRECISION = 1e-6
"""Relative error of the solution of a discriminant's equations, at most."""
_LEAST_VARIANCE = 1e-3
"""Added to every variance, so that a feature that never varies divides nothing by 0."""


@dataclass(frozen=True)
class Sample:
    """Crops of one origin, each with its photo.

    Attributes:
        scores: (N, K) the normal scores of the crops' statistics.
        photos: (N,) the photo that each crop is of.
    """

    scores: _Values
    photos: NDArray[np.int64]

    @property
    def weights(self) -> _Values:
        """(N,) the weight of each crop, such that every photo has the same; their sum is 1."""
        return photo_weights(self.photos)

    def only(self, chosen: NDArray[np.bool_]) -> "Sample":
        """Return the crops that are chosen."""
        return Sample(self.scores[chosen], self.photos[chosen])


def photo_weights(photos: NDArray[np.int64]) -> _Values:
    """Return the weight of each crop, such that every photo has the same; their sum is 1."""
    _, inverse, counts = np.unique(photos, return_inverse=True, return_counts=True)
    return np.asarray(1 / (len(counts) * counts[inverse]))


def photo_distances(a: Sample, b: Sample) -> _Values:
    """Return the mean Euclidean distance of the crops of each photo of `a` to those of each photo of `b`.

    It takes as many distances as there are pairs of crops, and memory for those of one photo of `a` at a time.
    """
    order = np.argsort(b.photos, kind="stable")
    starts = np.unique(b.photos[order], return_index=True)[1]
    counts = np.diff(np.append(starts, len(order)))
    ordered = b.scores[order]
    rows = [
        np.add.reduceat(cdist(a.scores[a.photos == photo], ordered).mean(0), starts) for photo in np.unique(a.photos)
    ]
    return np.asarray(np.stack(rows) / counts)


def energy_distance(a: _Values, between: _Values, b: _Values) -> float:
    """Return the energy distance 2 E|a - b| - E|a - a'| - E|b - b'| of two sets of photos.

    Only pairs of different photos count in the last two means (a U-statistic), so the expectation is 0 where both sets
    are of one distribution, and chance can make the distance less than 0.

    Args:
        a: (P, P) `photo_distances` of the first set to itself.
        between: (P, Q) those of the first set to the second.
        b: (Q, Q) those of the second set to itself.

    Source: G. J. Szekely, M. L. Rizzo, Energy statistics: a class of statistics based on distances, 2013.
    """
    return float(2 * between.mean() - _mean_of_pairs(a) - _mean_of_pairs(b))


def _mean_of_pairs(distances: _Values) -> float:
    count = len(distances)
    return float((distances.sum() - np.trace(distances)) / (count * (count - 1)))


def energy_of_halves(distances: _Values, splits: int, seed: int) -> float:
    """Return what the energy distance of two random halves of a set of photos stays below in 19 of 20 splits.

    Args:
        distances: (P, P) `photo_distances` of the set to itself, P >= 4.
        splits: Number of random splits.
        seed: Any integer.
    """
    rng = generator(seed)
    energies = []
    for _ in range(splits):
        order = rng.permutation(len(distances))
        first, second = np.array_split(order, 2)
        energies.append(
            energy_distance(
                distances[np.ix_(first, first)], distances[np.ix_(first, second)], distances[np.ix_(second, second)]
            )
        )
    return float(np.quantile(energies, 0.95))


def wasserstein(a: _Values, a_photos: NDArray[np.int64], b: _Values, b_photos: NDArray[np.int64]) -> float:
    """Return the Wasserstein-1 distance of one statistic's values in two sets, in its unit."""
    return float(wasserstein_distance(a, b, photo_weights(a_photos), photo_weights(b_photos)))


def auc(a: _Values, a_weights: _Values, b: _Values, b_weights: _Values) -> float:
    """Return the share of pairs in which the value of `a` is above that of `b`; equal ones count half."""
    return float(a_weights @ placements(a, b, b_weights) / a_weights.sum())


def placements(a: _Values, b: _Values, b_weights: _Values) -> _Values:
    """Return for each value of `a` the share of `b` below it; equal ones count half."""
    order = np.argsort(b, kind="stable")
    rising = b[order]
    below = np.append(0.0, np.cumsum(b_weights[order]))
    sides = below[np.searchsorted(rising, a, "left")] + below[np.searchsorted(rising, a, "right")]
    return np.asarray(sides / (2 * below[-1]))


@dataclass(frozen=True)
class Separation:
    """How well a classifier separates two sets of photos.

    Attributes:
        auc: The share of pairs of photos, one of each set, that it orders rightly, out of fold; .5 is chance.
        error: Its standard error, from how the photos of the first set and of the second vary.
    """

    auc: float
    error: float


def separation(a: Sample, b: Sample, seed: int, rounds: int = 3) -> Separation:
    """Return how well a discriminant separates two sets, by photos that it was not fitted to.

    It is Fisher's discriminant in the scores z and z^2 - 1, with the mean of both sets' covariances, to which the
    covariance of the means of `b`'s photos is added thirty times. So it hardly relies on directions in which scenes
    differ anyway: another choice of scenes would look like another degradation. Folds are of whole photos.

    Args:
        a: Crops of at least two photos.
        b: Crops of at least two photos, several of each, with degradations of their own.
        seed: Any integer; it decides the folds.
        rounds: How many times the photos are divided into folds; the AUC is the mean.

    Source: D. Lopez-Paz, M. Oquab, Revisiting classifier two-sample tests, 2017 (the test); R. A. Fisher, The use of
    multiple measurements in taxonomic problems, 1936 (the discriminant).
    """
    rng = generator(seed, 1)
    a_features, b_features = _features(a), _features(b)
    scenes = _covariance(photo_means(b_features, b.photos))
    folds = min(_FOLDS, len(np.unique(a.photos)), len(np.unique(b.photos)))
    a_sum, b_sum = np.zeros(len(a.photos)), np.zeros(len(b.photos))
    for _ in range(rounds):
        a_fold, b_fold = _fold_of(a.photos, folds, rng), _fold_of(b.photos, folds, rng)
        a_moments = _Moments.of_folds(a_features, a.weights, a_fold, folds)
        b_moments = _Moments.of_folds(b_features, b.weights, b_fold, folds)
        for fold in range(folds):
            direction = _discriminant(_without(a_moments, fold), _without(b_moments, fold), scenes)
            a_test, b_test = a_fold == fold, b_fold == fold
            a_values, b_values = a_features[a_test] @ direction, b_features[b_test] @ direction
            a_sum[a_test] += placements(a_values, b_values, photo_weights(b.photos[b_test]))
            b_sum[b_test] += 1 - placements(b_values, a_values, photo_weights(a.photos[a_test]))
    a_means, b_means = (
        photo_means(sums[:, None] / rounds, sample.photos)[:, 0] for sums, sample in ((a_sum, a), (b_sum, b))
    )
    variance = a_means.var(ddof=1) / len(a_means) + b_means.var(ddof=1) / len(b_means)
    return Separation(float(a_means.mean()), float(np.sqrt(variance)))


def _features(sample: Sample) -> _Values:
    return np.hstack([sample.scores, sample.scores**2 - 1])


def _fold_of(photos: NDArray[np.int64], folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    different, inverse = np.unique(photos, return_inverse=True)
    return np.asarray(rng.permutation(np.arange(len(different)) % folds)[inverse])


class _Moments(NamedTuple):
    """Sums of weights, of weighted features and of their products, so that those of all folds but one are a sum."""

    weight: float
    first: _Values
    second: _Values

    @classmethod
    def of_folds(cls, features: _Values, weights: _Values, fold: NDArray[np.int64], folds: int) -> "list[_Moments]":
        moments = []
        for chosen in (fold == each for each in range(folds)):
            weighted = features[chosen] * weights[chosen, None]
            moments.append(cls(float(weights[chosen].sum()), weighted.sum(0), _products(weighted, features[chosen])))
        return moments


def _without(moments: Sequence[_Moments], fold: int) -> _Moments:
    others = [each for index, each in enumerate(moments) if index != fold]
    return _Moments(*(sum(parts[1:], start=parts[0]) for parts in zip(*others, strict=True)))


def _discriminant(a: _Moments, b: _Moments, scenes: _Values) -> _Values:
    a_mean, b_mean = a.first / a.weight, b.first / b.weight
    within = (a.second / a.weight - np.outer(a_mean, a_mean) + b.second / b.weight - np.outer(b_mean, b_mean)) / 2
    covariance = within + _SCENES_WEIGHT * scenes
    shrunk = (1 - _SHRINKAGE) * covariance
    shrunk[np.diag_indices_from(shrunk)] = np.diag(covariance) + _LEAST_VARIANCE
    return np.asarray(cg(shrunk, a_mean - b_mean, rtol=_PRECISION)[0])


def _covariance(rows: _Values) -> _Values:
    centered = rows - rows.mean(0)
    return _products(centered, centered) / len(rows)


def _products(a: _Values, b: _Values) -> _Values:
    """Return the transpose of `a` times `b`, by loops that start no threads.

    Those of BLAS wait for each other on a busy machine, which took ten times as long as the work.
    """
    return np.asarray(np.einsum("ni,nj->ij", a, b))


def photo_means(values: _Values, photos: NDArray[np.int64]) -> _Values:
    """Return the mean of the rows of each photo."""
    _, inverse, counts = np.unique(photos, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), values.shape[1]))
    np.add.at(sums, inverse, values)
    return sums / counts[:, None]
