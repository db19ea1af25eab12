"""What the statistics of a crop say about what was drawn for it: ridge regression, judged on photos it has not seen.

The predictions are no estimates. They are summaries, one number for each target, as in approximate Bayesian computation
with regression (Raynal et al., ABC random forests for Bayesian parameter inference, Bioinformatics 2019). What a set of
them means is up to `unfolding`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.stats import rankdata

FOLDS = 5
_CONTENT = 4.0
"""How much more a difference between the means of HR photos counts than one between draws. Chance averages out over
many real photos, and the content that they share does not."""
_PENALTIES = 10.0 ** np.arange(-0.5, 5, 0.5)


@dataclass(frozen=True)
class Predictions:
    """Predictions of T targets.

    Attributes:
        simulated: (N, T) for each draw, also those without a value, by a model that has not seen its HR photo.
        real: (M, T) for each crop of a real photo, by a model that has seen all HR photos.
    """

    simulated: NDArray[np.float64]
    real: NDArray[np.float64]


def predict(
    features: NDArray[np.float64], targets: NDArray[np.float64], photos: NDArray[np.int64], real: NDArray[np.float64]
) -> Predictions:
    """Learn targets from the draws that have them, and predict all of them for all draws and real crops.

    Args:
        features: (N, F) of the draws.
        targets: (N, T), NaN where a draw has no value.
        photos: (N,) the HR photo of each draw. The draws of one photo are all in the same fold, unless photos are fewer
            than folds.
        real: (M, F) features of the real crops.
    """
    distinct, photo = np.unique(photos, return_inverse=True)
    folds = (photo if len(distinct) >= FOLDS else np.arange(len(photos))) % FOLDS
    simulated, for_real = np.empty(targets.shape), np.empty((len(real), targets.shape[1]))
    for columns in _columns_known_together(np.isfinite(targets)):
        group = targets[:, columns]
        known = np.isfinite(group[:, 0])
        by_penalty = np.empty((len(_PENALTIES), *group.shape))
        for fold in range(FOLDS):
            test = folds == fold
            training = known & ~test
            path = _ridge(features[training], group[training], photos[training], features[test])
            for index, predictions in enumerate(path):
                by_penalty[index, test] = predictions
        best = np.mean((by_penalty[:, known] - group[known]) ** 2, axis=1).argmin(axis=0)
        simulated[:, columns] = np.take_along_axis(by_penalty, best[None, None], axis=0)[0]
        real_by_penalty = np.stack(list(_ridge(features[known], group[known], photos[known], real)))
        for_real[:, columns] = np.take_along_axis(real_by_penalty, best[None, None], axis=0)[0]
    return Predictions(simulated, for_real)


def _columns_known_together(known: NDArray[np.bool_]) -> Iterator[NDArray[np.int64]]:
    """Yield the columns of targets that the same draws have, which share the work."""
    patterns, which = np.unique(known, axis=1, return_inverse=True)
    for index in range(patterns.shape[1]):
        yield np.flatnonzero(which.ravel() == index)


def _ridge(
    features: NDArray[np.float64],
    targets: NDArray[np.float64],
    photos: NDArray[np.int64],
    others: NDArray[np.float64],
) -> Iterator[NDArray[np.float64]]:
    """Yield the predictions with each penalty, by the eigenvectors of the normal equations, which serve all of them.

    Args:
        features: (N, F) of the draws to learn from.
        targets: (N, T) without NaN.
        photos: (N,) the HR photo of each draw.
        others: (M, F) features to predict for.

    Yields:
        (M, T) for each of `_PENALTIES`.
    """
    center, level = features.mean(axis=0), targets.mean(axis=0)
    centered = features - center
    _, photo, draws = np.unique(photos, return_inverse=True, return_counts=True)
    sums = np.zeros((len(draws), features.shape[1]))
    np.add.at(sums, photo, centered)
    content = sums / np.sqrt(draws)[:, None]
    values, vectors = eigh(centered.T @ centered + _CONTENT * content.T @ content)
    along = vectors.T @ (centered.T @ (targets - level))
    projected = (others - center) @ vectors
    for penalty in _PENALTIES:
        yield projected @ (along / (values + penalty)[:, None]) + level


def r_squared(predicted: NDArray[np.float64], drawn: NDArray[np.float64]) -> float:
    """Return the share of the variance of drawn numbers that predictions explain, where there is a number."""
    known = np.isfinite(drawn)
    spread = np.var(drawn[known])
    return float(1 - np.mean((predicted[known] - drawn[known]) ** 2) / spread) if spread else 0.0


def auc(predicted: NDArray[np.float64], is_so: NDArray[np.bool_]) -> float:
    """Return the share of pairs in which the prediction is higher where the flag is true; ties count half.

    It is .5 by chance, and where all flags are equal.

    Args:
        predicted: (N,) the predictions.
        is_so: (N,) the flag of each.
    """
    positive = int(is_so.sum())
    negative = len(is_so) - positive
    if not positive or not negative:
        return 0.5
    return float((rankdata(predicted)[is_so].sum() - positive * (positive + 1) / 2) / (positive * negative))
