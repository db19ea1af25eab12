"""Whether the predictions of all fields together need a fit, or what else is fitted explains them as well.

A fit looks at the predictions of its own field. Where the sinc filter is missing from most photos, predictions of its
cutoff move too, and a cutoff that was fitted first needs no fit any more once the probability has one. So each fit is
judged again, by the means of all predictions in the real photos. Their covariance has two parts, of draws and of
scenes: what scenes move together counts less, as in generalized least squares.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from degradekit.matching.scenes import covariances
from degradekit.matching.views import View

_LEAST_VARIANCE = 1e-3
"""Added to the variance of each share of a cell, so that cells without draws decide nothing."""
_IMPOSSIBLE = -1e9
"""The log likelihood where no draw is in all ranges."""
_CELLS = 2
"""Neighboring cells of predictions that count as one."""


class JointEvidence:
    """The means of all predictions that fits lead one to expect.

    Args:
        views: What crops show of each field.
        photos: (N,) the HR photo of each draw.
        scenes: How many independent scenes the real photos count as.
    """

    def __init__(self, views: Sequence[View], photos: NDArray[np.int64], scenes: int) -> None:
        self._views = tuple(views)
        shares = self._shares([view.cells for view in views])
        of_scenes, of_draws = covariances(shares, photos)
        of_draws[np.diag_indices_from(of_draws)] += _LEAST_VARIANCE
        # Along the axes, draws have variance 1, and both covariances are diagonal.
        variances, self._axes = eigh(of_scenes, of_draws)
        self._of_scenes = variances.clip(0) * (1 / scenes + 1 / len(np.unique(photos)))
        self._simulated = shares @ self._axes

    def observed(self, crops: NDArray[np.float64], photos: int) -> "Observed":
        """Return the predictions of real photos.

        Args:
            crops: (M,) what each real crop counts; the sum is 1.
            photos: How many photos there are.
        """
        mean = crops @ self._shares([view.real_cells for view in self._views]) @ self._axes
        return Observed(mean, photos, self._simulated, self._of_scenes)

    def _shares(self, cells: Sequence[NDArray[np.int64]]) -> NDArray[np.float64]:
        """Return for each crop which cell each prediction is in, as zeros and ones, (N, the count of all cells)."""
        return np.hstack(
            [
                np.eye((view.shape[1] - 1) // _CELLS + 1)[of_view // _CELLS]
                for view, of_view in zip(self._views, cells, strict=True)
            ]
        )


class Observed:
    """The mean predictions of real photos, beside those of weighted draws; see `JointEvidence.observed`."""

    def __init__(
        self,
        mean: NDArray[np.float64],
        photos: int,
        simulated: NDArray[np.float64],
        of_scenes: NDArray[np.float64],
    ) -> None:
        self._mean, self._photos, self._simulated, self._of_scenes = mean, photos, simulated, of_scenes

    def support(
        self, fitted: Mapping[str, NDArray[np.float64]], own: Mapping[str, NDArray[np.float64]]
    ) -> dict[str, float]:
        """Return by how much each fit makes the observed predictions more likely, in nats, beside all other fits.

        Args:
            fitted: (N,) what each draw counts by each fit.
            own: (N,) what it counts by the recipe's own field, for every field.
        """
        every = self._log_likelihood([fitted.get(path, weights) for path, weights in own.items()])
        return {
            path: every
            - self._log_likelihood(
                [weights if each == path else fitted.get(each, weights) for each, weights in own.items()]
            )
            for path in fitted
        }

    def _log_likelihood(self, weights: Sequence[NDArray[np.float64]]) -> float:
        product = np.prod(weights, axis=0)
        if not product.any():
            return _IMPOSSIBLE
        expected = product @ self._simulated / product.sum()
        independent = product.sum() ** 2 / (product**2).sum()  # draws that the weighted ones count as
        variances = 1 / self._photos + 1 / independent + self._of_scenes
        return float(-0.5 * ((self._mean - expected) ** 2 / variances + np.log(variances)).sum())
