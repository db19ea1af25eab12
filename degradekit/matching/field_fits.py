"""The fields of a recipe, fitted to real photos where there is evidence that they differ from it.

Fields are fitted one after another, the one with the most evidence first. Each fit weights the predictions of draws, so
that the next field is compared with what the recipe makes with all fits before it: noise that is stronger than the
recipe's also moves the predictions of other fields, which need not move for it. In the end, fits that later ones have
made superfluous are dropped.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from degradekit.matching.evidence import Evidence, by_cell, own_weights, weights_of_range
from degradekit.matching.fields import Field
from degradekit.matching.generators import generator
from degradekit.matching.joint_evidence import JointEvidence
from degradekit.matching.jpeg_readings import ends_of_readings
from degradekit.matching.recipe_paths import split
from degradekit.matching.results import FieldFit, Verdict
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.matching.scenes import MOST_SCENES, scenes_of
from degradekit.matching.unfolding import Response
from degradekit.matching.views import FROM_HEADERS, View, binned, views_of

__all__ = ["FROM_HEADERS", "fit_fields"]

_LEVEL = 0.05
"""How often a field of photos that the recipe makes may be fitted, all fields together."""
_LEAST_SUPPORT = 2.0
"""By how much a fit must make all predictions together more likely, in nats, beside all other fits."""
_BOOTSTRAPS = 200
_FEWEST_PHOTOS = 10
_MOST_PHOTOS = 10_000
_SHOWN_BINS = 8
_LEAST_MOVE = 1.0
"""A fit that moves by fewer of its standard errors is weak."""


def fit_fields(fields: Sequence[Field], simulation: Simulation, real: RealCrops, seed: int) -> tuple[FieldFit, ...]:
    """Return what is known of each field.

    Args:
        fields: The fields of the recipe.
        simulation: Draws of the recipe with wider spans.
        real: The crops of real photos, of which each photo counts once.
        seed: Seed of the bootstrap and of the sets of photos that tell chance from evidence.
    """
    if not fields:
        return ()
    views, scenes = views_of(tuple(fields), simulation, real), scenes_of(simulation, real)
    return fit_views(views, simulation.photos, real.photos, seed, scenes)


def fit_views(
    views: Sequence[View],
    simulated_photos: NDArray[np.int64],
    real_photos: NDArray[np.int64],
    seed: int,
    scenes: int = MOST_SCENES,
) -> tuple[FieldFit, ...]:
    """Return what is known of the field of each view.

    Args:
        views: What crops show of the fields of one recipe.
        simulated_photos: (N,) the HR photo of each draw.
        real_photos: (M,) the photo of each real crop.
        seed: Seed of the bootstrap and of the sets of photos that tell chance from evidence.
        scenes: How many independent scenes the real photos count as.
    """
    seen = [view for view in views if view.is_identifiable]
    fitter = _Fitter(seen, simulated_photos, real_photos, seed, scenes)
    fitter.run()
    return tuple(fitter.result(view) if view.is_identifiable else _unseen(view) for view in views)


class _Fitter:
    """Fits fields that can be seen to P real photos, one after another; the arguments are those of `fit_views`.

    Attributes:
        photo_weights: (1 + S, P) the weight of each photo, all alike and then as in S bootstraps; each row sums to 1.
        draw_weights: By path of a field, (N,) what each draw counts by the field's fit, or by the recipe's own range.
        fitted: By path of a field that is fitted, the ends of its span, or the shares of its names.
        photos_needed: By path of a field, see `FieldFit`.
    """

    def __init__(
        self,
        views: list[View],
        simulated_photos: NDArray[np.int64],
        real_photos: NDArray[np.int64],
        seed: int,
        scenes: int,
    ) -> None:
        self.views, self.simulated_photos, self.seed, self.scenes = views, simulated_photos, seed, scenes
        self.photos, self.photo_of_crop = np.unique(real_photos, return_inverse=True)
        self.count = len(self.photos)
        resampled = generator(seed).multinomial(self.count, np.full(self.count, 1 / self.count), _BOOTSTRAPS)
        self.photo_weights = np.vstack([np.ones(self.count), resampled]) / self.count
        self.draw_weights = {view.field.path: own_weights(view) for view in views}
        self.fitted: dict[str, NDArray[np.float64]] = {}
        self.photos_needed = {view.field.path: self._evidence(view).photos_needed for view in views}

    def run(self) -> None:
        """Fit the fields with evidence, the most certain one first, and then drop fits that the others explain."""
        self._add_fits()
        self._drop_fits()

    def _add_fits(self) -> None:
        while open_views := [view for view in self.views if self._is_open(view)]:
            chance, index = min((self._chance(view), index) for index, view in enumerate(open_views))
            if chance[0] > _LEVEL / len(self.views):
                return
            self._fit(open_views[index])
            for view in self.views:
                if not self._is_open(view):
                    self._fit(view)

    def _drop_fits(self) -> None:
        views = {view.field.path: view for view in self.views}
        own = {path: own_weights(view) for path, view in views.items()}
        crops = (1 / np.bincount(self.photo_of_crop) / self.count)[self.photo_of_crop]
        observed = JointEvidence(self.views, self.simulated_photos, self.scenes).observed(crops, self.count)
        while True:
            support = observed.support({path: self.draw_weights[path] for path in self.fitted}, own)
            droppable = [path for path in support if views[path].condition != FROM_HEADERS]
            least = min(droppable, key=lambda path: support[path], default="")
            if not least or support[least] >= _LEAST_SUPPORT:
                return
            del self.fitted[least]
            self.draw_weights[least] = own[least]
            for path in self.fitted:
                self._fit(views[path])

    def _is_open(self, view: View) -> bool:
        return view.field.path not in self.fitted

    def _evidence(self, view: View) -> Evidence:
        """Return what the other fits leave of a view: the draws, weighted by the fields of each operator together."""
        by_operator: dict[str, NDArray[np.float64]] = {}
        for path, field_weights in self.draw_weights.items():
            if path != view.field.path:
                operator, _ = split(path)
                by_operator[operator] = by_operator.get(operator, np.ones(len(field_weights))) * field_weights
        weights = np.ones(len(self.simulated_photos))
        for operator_weights in by_operator.values():
            weights = weights * by_cell(view, operator_weights)
        return Evidence(view, weights, self.simulated_photos, self.count, self.scenes)

    def _observed(self, view: View) -> NDArray[np.float64]:
        """Return the shares of cells in the real photos, and in each bootstrap of them below."""
        shares = np.zeros((self.count, view.shape[1]))
        np.add.at(
            shares, (self.photo_of_crop, view.real_cells), 1 / np.bincount(self.photo_of_crop)[self.photo_of_crop]
        )
        return self.photo_weights @ shares

    def _chance(self, view: View) -> tuple[float, float]:
        return self._evidence(view).chance(self._observed(view)[:1], self.seed)

    def _fit(self, view: View) -> None:
        fitted = self._estimates(view)[0]
        self.fitted[view.field.path] = fitted
        if view.field.kind == "span":
            weights = weights_of_range(view, *fitted)
        else:
            weights = np.append(fitted / np.array(view.field.shares), 1.0)[view.bins]
        self.draw_weights[view.field.path] = weights

    def _estimates(self, view: View) -> NDArray[np.float64]:
        """Return the ends of a span or the shares of names, and below those of the bootstraps."""
        if view.readings is not None:
            return ends_of_readings(view.readings.real[self.photos], self.photo_weights)
        return self._evidence(view).estimate(self._observed(view))

    def result(self, view: View) -> FieldFit:
        """Return the fit of a field that can be seen."""
        field, estimates = view.field, self._estimates(view)
        estimate, errors = estimates[0], estimates[1:].std(axis=0)
        own = np.array((field.low, field.high) if field.kind == "span" else field.shares)
        photos = self._photos_with_values(view)
        verdict: Verdict = "unchanged"
        if not self._is_open(view):
            is_weak = photos < _FEWEST_PHOTOS or np.abs(estimate - own).sum() < _LEAST_MOVE * errors.sum()
            verdict = "weak" if is_weak else "fitted"
        needed = self.photos_needed[field.path]
        fit = FieldFit(field, verdict, view.score, photos, view.condition, photos_needed=needed)
        if field.kind != "span":
            return _rounded(replace(fit, prior=tuple(own), fitted=tuple(estimate), errors=tuple(errors)))
        edges, prior, shares = self._shares(view)
        low, high = estimate if verdict == "fitted" else own
        return _rounded(
            replace(
                fit,
                edges=tuple(edges),
                prior=tuple(prior),
                fitted=tuple(shares[0]),
                errors=tuple(shares[1:].std(axis=0)),
                low=low,
                high=high,
                low_error=errors[0],
                high_error=errors[1],
            )
        )

    def _photos_with_values(self, view: View) -> int:
        """Return how many real photos have a value of a field: those in which it is read, or about their share."""
        if view.readings is not None:
            return int(np.isfinite(view.readings.real[self.photos]).sum())
        return round(self.count * (1 - self._evidence(view).response.absent))

    def _shares(self, view: View) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return edges of a few bins, and the shares of them in the recipe, in the photos, and below in bootstraps."""
        known = view.values[np.isfinite(view.values)]
        edges = np.unique(np.quantile(known, np.arange(_SHOWN_BINS + 1) / _SHOWN_BINS))
        bins, count = binned(view.values, edges), len(edges) - 1
        weights = self._evidence(view).weights
        response = Response.of(bins, view.cells, weights, (count, view.shape[1]))
        prior, start = (
            np.bincount(bins, weights * of_range, count + 1)[:count] + 1e-9
            for of_range in (own_weights(view), self.draw_weights[view.field.path])
        )
        return edges, prior / prior.sum(), response.unfolded(self._observed(view), start / start.sum())


def _unseen(view: View) -> FieldFit:
    field = view.field
    return FieldFit(field, "not identifiable", round(view.score, 3), 0, low=field.low, high=field.high)


def _rounded(fit: FieldFit) -> FieldFit:
    """Return a fit with the digits that matter, which do not depend on the order in which a processor adds."""
    low, high = (_significant(end) if fit.verdict == "fitted" else float(end) for end in (fit.low, fit.high))
    if fit.field.is_integer:
        low, high = float(round(low)), float(round(high))
    return replace(
        fit,
        score=round(fit.score, 3),
        edges=tuple(map(_significant, fit.edges)),
        prior=tuple(map(_share, fit.prior)),
        fitted=tuple(map(_share, fit.fitted)),
        errors=tuple(map(_share, fit.errors)),
        low=low,
        high=high,
        low_error=_significant(fit.low_error),
        high_error=_significant(fit.high_error),
        photos_needed=_round_count(fit.photos_needed),
    )


def _share(share: float) -> float:
    return round(float(share), 5)


def _round_count(count: int | None) -> int | None:
    """Return a count with two digits; None where there is none, or more than anybody has."""
    return None if count is None or count > _MOST_PHOTOS else int(float(f"{count:.2g}"))


def _significant(number: float) -> float:
    return float(f"{number:.5g}")
