"""Estimates the population that was drawn from, from the predictions of many crops.

Predictions are drawn toward the mean, so a histogram of them is no histogram of values. The response, which the
simulated draws give, says how the values of each bin spread over cells of predictions. Shares of bins come from it by
steps of the iteration of Richardson (1972) and Lucy (1974), which is expectation maximization (D'Agostini, Nuclear
Instruments and Methods A 362, 1995). The ends of a span come from the likelihoods of all ranges.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.special import logsumexp

_STEPS, _STEPS_OF_NAMES = 5, 20
"""Steps of the iteration. More of them learn more of a few names; of the bins of a span, they would fit noise."""
_BLUR_BINS = 0.75
"""Standard deviation, in bins, of the blur of a span's response, which changes slowly from bin to bin."""
_EXTRA_COUNT = 0.2
"""Draws added to each cell of a bin, so that nothing is impossible."""


@dataclass(frozen=True)
class Response:
    """How values spread over cells of predictions.

    Attributes:
        shares: (B,) the share of each bin among the draws that have a value.
        cells: (B, C) how likely each cell is for a value in each bin.
        absent: The share of draws without a value.
        absent_cells: (C,) how likely each cell is for them.
    """

    shares: NDArray[np.float64]
    cells: NDArray[np.float64]
    absent: float
    absent_cells: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        bins: NDArray[np.int64],
        cells: NDArray[np.int64],
        weights: NDArray[np.float64],
        shape: tuple[int, int],
        is_smooth: bool = False,
    ) -> "Response":
        """Count weighted draws.

        Args:
            bins: (N,) the bin of each draw, or the count of bins where it has no value.
            cells: (N,) the cell of its prediction.
            weights: (N,) what each draw counts.
            shape: The counts of bins and cells.
            is_smooth: Whether bins that are neighbors have similar predictions, as fine bins of a span do.
        """
        rows, columns = shape[0] + 1, shape[1]
        counts = np.bincount(bins * columns + cells, weights, rows * columns).reshape(rows, columns)
        counts *= weights.sum() / (weights**2).sum()  # so that they sum to the effective number of draws
        near = counts.copy()
        if is_smooth:
            near[:-1] = gaussian_filter1d(counts[:-1], _BLUR_BINS, axis=0, mode="nearest")
        likely = near + _EXTRA_COUNT * columns * counts.sum(axis=0) / counts.sum() + 1e-9
        likely /= likely.sum(axis=1, keepdims=True)
        shares = counts.sum(axis=1)
        present = np.maximum(shares[:-1], 1e-9)
        return cls(present / present.sum(), likely[:-1], float(shares[-1] / shares.sum()), likely[-1])

    def expected(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how likely each cell is, (S, C), in populations with (S, B) shares, each of which sum to 1."""
        return (1 - self.absent) * shares @ self.cells + self.absent * self.absent_cells

    def unfolded(
        self, observed: NDArray[np.float64], start: NDArray[np.float64], *, are_names: bool = False
    ) -> NDArray[np.float64]:
        """Return the shares of the bins among values, (S, B), for observed shares of the cells, (S, C).

        Args:
            observed: Each row sums to 1.
            start: (B,) the shares that the iteration begins with.
            are_names: Whether the bins are names, which need more steps.
        """
        shares = np.tile(start, (len(observed), 1))
        for _ in range(_STEPS_OF_NAMES if are_names else _STEPS):
            shares = shares * ((observed / self.expected(shares)) @ self.cells.T)
            shares /= shares.sum(axis=1, keepdims=True)
        return shares


@dataclass(frozen=True)
class Ranges:
    """All ranges of neighboring bins, and how well each explains observed predictions.

    Attributes:
        ends: (L, 2) the first bin of each range, and the one behind its last.
        logs: (L, C) the logarithm of how likely each cell is if values are in this range only, where they are spread as
            the draws are.
        log_priors: (L,) the logarithm of how likely each range is before any photo. Each end is the recipe's own in
            half of the cases, so an end that does not show stays where it is.
        own: The index of the recipe's own range.
    """

    ends: NDArray[np.int64]
    logs: NDArray[np.float64]
    log_priors: NDArray[np.float64]
    own: int

    @classmethod
    def of(cls, response: Response, own: tuple[int, int]) -> "Ranges":
        """Return the ranges of a response's bins; the recipe's own is given by its first bin and the one behind it."""
        bins = np.arange(len(response.shares))
        ends = np.array([(low, high) for low in bins for high in range(low + 1, len(bins) + 1)])
        populations = response.shares * ((bins >= ends[:, :1]) & (bins < ends[:, 1:]))
        populations /= populations.sum(axis=1, keepdims=True)
        priors = np.where(ends == own, 0.5, 0.5 / (len(bins) - 1)).prod(axis=1)
        index = int((ends == own).all(axis=1).argmax())
        return cls(ends, np.log(response.expected(populations)), np.log(priors / priors.sum()), index)

    def evidence(self, observed: NDArray[np.float64], photos: float) -> NDArray[np.float64]:
        """Return the logarithm of the Bayes factor of all ranges against the recipe's own, (S,).

        Args:
            observed: (S, C) shares of the cells.
            photos: How many independent photos they count as.
        """
        against = self.logs - self.logs[self.own]
        factors: NDArray[np.float64] = logsumexp(photos * observed @ against.T + self.log_priors, axis=1)
        return factors

    def likely_ends(
        self, observed: NDArray[np.float64], photos: float, edges: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the ends, (S, 2), each the median over all ranges, by how likely they are after what is observed.

        The median of what an end may be has the least expected error, and is the recipe's own end unless another one is
        more likely.

        Args:
            observed: (S, C) shares of the cells.
            photos: How many independent photos they count as.
            edges: (B + 1,) the edges of the bins.
        """
        logs = photos * observed @ self.logs.T + self.log_priors
        likely = np.exp(logs - logs.max(axis=1, keepdims=True))
        sides = [likely @ (side[:, None] == np.arange(len(edges))) for side in self.ends.T]
        return np.array([[_median(edges, shares) for shares in row] for row in zip(*sides, strict=True)])


def _median(values: NDArray[np.float64], shares: NDArray[np.float64]) -> float:
    """Return the median of rising values, between two of them by what is below the middle of each."""
    return float(np.interp(0.5, (np.cumsum(shares) - shares / 2) / shares.sum(), values))
