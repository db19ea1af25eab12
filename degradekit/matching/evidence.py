"""Whether real photos differ from the recipe in a field, and by how much: the statistics of one field."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from degradekit.matching.generators import generator
from degradekit.matching.unfolding import Ranges, Response
from degradekit.matching.views import View

_NULL_SETS = 2000
_CLEAR = 8.0
"""Information in nats, in all photos, with which a difference is fitted in most cases: docs/matching.md."""
_NARROW_PART, _NARROW_SHARE = 4, 0.95
"""Differences that photos are asked for: a quarter of a span, at either end; one name in 95 % of the draws."""
_PHOTO_COUNT = 8
"""Draws of all HR photos that are added to those of each, so that a few draws do not pass for its content."""


@dataclass(frozen=True)
class Evidence:
    """A view of a field, and draws that are weighted by what is known of the other fields.

    Attributes:
        view: The view.
        weights: (N,) what each draw counts, by the other fields.
        photos: (N,) the HR photo of each draw.
        real_photos: How many real photos there are.
        scenes: How many independent scenes they count as, however many they are. Content moves predictions, and by
            this, photos of another origin than the HR photos are no evidence by themselves.
    """

    view: View
    weights: NDArray[np.float64]
    photos: NDArray[np.int64]
    real_photos: int
    scenes: int

    @property
    def response(self) -> Response:
        """How values spread over predictions."""
        is_smooth = self.view.field.kind == "span" and self.view.readings is None
        return Response.of(self.view.bins, self.view.cells, self.weights, self.view.shape, is_smooth)

    @property
    def independent_photos(self) -> float:
        """How many independent photos the real ones count as, as content that they share moves predictions."""
        return self.real_photos / (1 + self.real_photos / self.scenes * _share_of_content(self.view, self.photos))

    @property
    def photos_needed(self) -> int | None:
        """About how many photos it takes to see that the field is much narrower than the recipe's; None if none do.

        A photo has the mean of the Kullback-Leibler divergences between cells of predictions in the recipe and in
        recipes whose field is narrower. What content hides grows with the photos.
        """
        narrow, own = (self.response.expected(shares) for shares in self._narrowed())
        of_a_photo = float(np.mean((narrow * np.log(narrow / own)).sum(axis=1)))
        independent = _CLEAR / max(of_a_photo, 1e-9)
        left = 1 - independent / self.scenes * _share_of_content(self.view, self.photos)
        return math.ceil(independent / left) if left > 0 else None

    def _narrowed(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the shares of bins in recipes whose field is narrower, (S, B), and in the recipe, (1, B)."""
        if self.view.field.kind != "span":
            own = np.array([self.view.field.shares])
            return (1 - _NARROW_SHARE) * own + _NARROW_SHARE * np.eye(own.shape[1]), own
        low, high = self.view.own
        part = max((high - low) // _NARROW_PART, 1)
        bins = np.arange(len(self.response.shares))
        ends = np.array([(low, low + part), (high - part, high), (low, high)])
        shares = self.response.shares * ((bins >= ends[:, :1]) & (bins < ends[:, 1:]))
        shares /= shares.sum(axis=1, keepdims=True)
        return shares[:2], shares[2:]

    def chance(self, observed: NDArray[np.float64], seed: int) -> tuple[float, float]:
        """Return how often photos that the recipe makes differ from it as much as the observed ones, and a tie-break.

        The second value is lower the further the observed ones are beyond all that were made.

        Args:
            observed: (1, C) the shares of the cells in the real photos.
            seed: Seed of the sets of photos that are drawn.
        """
        response = self.response
        made, real = self._difference(response, self._null_sets(seed)), self._difference(response, observed)[0]
        p_value = (1 + (made >= real - 1e-9).sum()) / (1 + len(made))
        return float(p_value), float((made.mean() - real) / max(made.std(), 1e-9))

    def _difference(self, response: Response, observed: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.view.field.kind == "span":
            return Ranges.of(response, self.view.own).evidence(observed, self.independent_photos)
        start = np.array(self.view.field.shares)
        gains = np.log(response.expected(response.unfolded(observed, start, are_names=True)))
        gains -= np.log(response.expected(start[None]))
        log_ratios: NDArray[np.float64] = (observed * gains).sum(axis=1)
        return log_ratios

    def _null_sets(self, seed: int) -> NDArray[np.float64]:
        """Return the shares of cells in sets of draws of the recipe itself, (S, C), each of a few HR photos only."""
        rng = generator(seed)
        view, columns = self.view, self.view.shape[1]
        weights = self.weights * own_weights(view)
        overall = np.bincount(view.cells, weights, columns) / weights.sum()
        index = np.unique(self.photos, return_inverse=True)[1]
        count = int(index.max()) + 1
        by_photo = np.bincount(index * columns + view.cells, minlength=count * columns).reshape(count, columns)
        usual = by_photo.sum(axis=0) / by_photo.sum()
        likely = (by_photo + _PHOTO_COUNT * usual) / (by_photo.sum(axis=1, keepdims=True) + _PHOTO_COUNT)
        of_photo = overall * likely / np.maximum(usual, 1e-12)
        of_photo /= of_photo.sum(axis=1, keepdims=True)
        chosen = rng.permuted(np.tile(np.arange(count), (_NULL_SETS, 1)), axis=1)[
            :, : min(self.scenes, max(count // 2, 1))
        ]
        draws = int(weights.sum() ** 2 / (weights**2).sum())  # how many they count as: what is expected is not exact
        expected = rng.multinomial(draws, of_photo[chosen].mean(axis=1)) / draws
        sets: NDArray[np.float64] = rng.multinomial(self.real_photos, expected) / self.real_photos
        return sets

    def estimate(self, observed: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the ends of a span, (S, 2), or the shares of names, (S, B), for (S, C) observed shares of cells."""
        if self.view.field.kind == "span":
            return Ranges.of(self.response, self.view.own).likely_ends(
                observed, self.independent_photos, self.view.edges
            )
        return self.response.unfolded(observed, np.array(self.view.field.shares), are_names=True)


def own_weights(view: View) -> NDArray[np.float64]:
    """Return what each draw counts if only those in the recipe's own span do; the rest count as they are."""
    if view.field.kind != "span":
        return np.ones(len(view.values))
    return weights_of_range(view, view.field.low, view.field.high)


def weights_of_range(view: View, low: float, high: float) -> NDArray[np.float64]:
    """Return what each draw counts if values are in a range only, and are there as often as in all draws."""
    known = np.isfinite(view.values)
    inside = known & (view.values >= low) & (view.values <= high)
    return np.where(known, inside * known.sum() / max(int(inside.sum()), 1), 1.0)


def by_cell(view: View, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each draw the mean weight of all draws that are like it in a view.

    Products of weights themselves would leave few draws, and what those few have is mostly chance. How often a name is
    drawn does not depend on the fits of other fields, even if a span belongs to some of the names only.
    """
    are_names = view.field.kind != "span"
    rows = view.bins if are_names else view.bins == view.shape[0]
    means = _means_of(rows * view.shape[1] + view.cells, weights)
    if not are_names:
        return means
    of_name = _means_of(rows, weights)
    return np.where(of_name > 0, means / np.maximum(of_name, 1e-12), 1.0)


def _means_of(groups: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    means: NDArray[np.float64] = np.bincount(groups, values) / np.maximum(np.bincount(groups), 1)
    return means[groups]


def _share_of_content(view: View, photos: NDArray[np.int64]) -> float:
    """Return the share of the variance of predictions, by ranks of their cells, that HR photos have among them."""
    if view.readings is not None:
        return 0.0
    ranks = np.searchsorted(np.sort(view.cells), view.cells, side="left") / len(view.cells)
    _, photo, draws = np.unique(photos, return_inverse=True, return_counts=True)
    means = np.bincount(photo, ranks) / draws
    within = float(np.mean((ranks - means[photo]) ** 2))
    between = max(0.0, float(np.var(means)) - within * float(np.mean(1 / draws)))
    return between / max(between + within, 1e-12)
