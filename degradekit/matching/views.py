"""What crops show of each field of a recipe: predictions of its values, in cells, and how good they are."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from degradekit.matching.fields import Drawn, Field
from degradekit.matching.jpeg_readings import Readings, readings_of
from degradekit.matching.regression import auc, predict, r_squared
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.matching.scores import features, normal_scores

LEAST_R_SQUARED, LEAST_AUC = 0.15, 0.65
"""Below these, a field is not identifiable. Unfolding it would add error: docs/matching.md."""
IF_LAST = "where it is the last step"
FROM_PIXELS = "where a last JPEG shows in the pixels"
FROM_HEADERS = "where the file's header has it"
_LEAST_GAIN = 0.15
"""By how much more a field must be seen where its step is last, to be looked at there only."""
_FEWEST_DRAWS = 200
_CELLS, _CELLS_OF_PRESENCE = 16, 2
_BINS = 16
"""Bins of the recipe's own span; bins as wide go on beyond it."""


@dataclass(frozen=True)
class View:
    """What crops show of one field.

    Attributes:
        field: The field.
        score: R2 or AUC, out of fold.
        condition: Where it is seen.
        values: (N,) what was drawn, NaN where there is nothing to see; of names, their indices.
        edges: The edges of the bins of a span; empty for names, which are bins themselves.
        cells, real_cells: (N,), (M,) the cell of the prediction for each draw and for each crop of a real photo.
        readings: The values that can be read off real photos directly.
    """

    field: Field
    score: float
    condition: str
    values: NDArray[np.float64]
    edges: NDArray[np.float64] = dataclasses.field(default_factory=lambda: np.empty(0))
    cells: NDArray[np.int64] = dataclasses.field(default_factory=lambda: np.empty(0, np.int64))
    real_cells: NDArray[np.int64] = dataclasses.field(default_factory=lambda: np.empty(0, np.int64))
    readings: Readings | None = None

    @property
    def is_identifiable(self) -> bool:
        """Whether the field leaves a trace in an LR."""
        return self.score >= (LEAST_R_SQUARED if self.field.kind == "span" else LEAST_AUC)

    @property
    def shape(self) -> tuple[int, int]:
        """The counts of bins and cells."""
        cells = 1 + int(max(self.cells.max(initial=0), self.real_cells.max(initial=0)))
        return len(self.edges) - 1 if len(self.edges) else len(self.field.names), cells

    @property
    def bins(self) -> NDArray[np.int64]:
        """(N,) the bin of each draw, or the count of bins where there is nothing to see."""
        return binned(self.values, self.edges) if len(self.edges) else _filled(self.values, self.shape[0])

    @property
    def own(self) -> tuple[int, int]:
        """The first bin of the recipe's own span, and the one behind its last."""
        low = int(np.abs(self.edges - self.field.low).argmin())
        return low, int(np.abs(self.edges - self.field.high).argmin())


def binned(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bin of each value; those beyond the edges are in the outermost ones, NaN is behind all."""
    inside = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    return np.where(np.isfinite(values), inside, len(edges) - 1)


def _filled(values: NDArray[np.float64], absent: int) -> NDArray[np.int64]:
    return np.where(np.isfinite(values), np.nan_to_num(values), absent).astype(np.int64)


def views_of(fields: tuple[Field, ...], simulation: Simulation, real: RealCrops) -> tuple[View, ...]:
    """Return what crops show of each field, by regression of what was drawn on the statistics."""
    candidates = [view for each in fields for view in _candidates(each, simulation)]
    targets = [_targets(view) for view in candidates]
    scores = normal_scores(simulation.statistics)
    predictions = predict(
        features(scores(simulation.statistics)),
        np.hstack(targets),
        simulation.photos,
        features(scores(real.statistics)),
    )
    views: dict[str, View] = {}
    start = 0
    for view, target in zip(candidates, targets, strict=True):
        columns = slice(start, start + target.shape[1])
        start += target.shape[1]
        seen = _seen(view, target, predictions.simulated[:, columns], predictions.real[:, columns])
        better = views.get(view.field.path)
        if better is None or (seen.is_identifiable and seen.score > better.score + _LEAST_GAIN):
            views[view.field.path] = seen
    quality = readings_of(simulation, real)
    return tuple(_with_readings(view, quality, real) for view in views.values())


def _candidates(field: Field, simulation: Simulation) -> Iterator[View]:
    """Yield a view of a field in all draws, and one in those where its step is last if that is some of them."""
    values = _as_numbers(field, simulation.drawn[field.path])
    yield View(field, 0.0, "", values)
    is_last = simulation.last == field.path.rpartition(".")[0]
    if _FEWEST_DRAWS <= np.isfinite(values[is_last]).sum() < np.isfinite(values).sum():
        yield View(field, 0.0, IF_LAST, np.where(is_last, values, np.nan))


def _as_numbers(field: Field, drawn: Drawn) -> NDArray[np.float64]:
    if field.kind == "span":
        return np.asarray(drawn, np.float64)
    values = np.full(len(drawn), np.nan)
    for index, name in enumerate(field.names):
        values[drawn == name] = index
    return values


def _targets(view: View) -> NDArray[np.float64]:
    """Return what is to be predicted, (N, T): the value and whether there is one; or for each name whether it is it."""
    known = np.isfinite(view.values)
    if view.field.kind == "span":
        return np.stack([view.values, known], axis=1) if known.any() else np.zeros((len(known), 2))
    names = range(1, 2) if len(view.field.names) == 2 else range(len(view.field.names))
    columns = np.stack([np.where(known, view.values == name, np.nan) for name in names], axis=1)
    return columns if known.any() else np.zeros(columns.shape)


def _seen(view: View, targets: NDArray[np.float64], predicted: NDArray[np.float64], real: NDArray[np.float64]) -> View:
    known = np.isfinite(view.values)
    if known.sum() < _FEWEST_DRAWS:
        return view
    if view.field.kind == "span":
        score = r_squared(predicted[:, 0], view.values)
        edges = _edges(view.field, view.values[known])
        cells, real_cells = _cells(predicted[:, 0], real[:, 0], _CELLS)
        if auc(predicted[:, 1], known) >= LEAST_AUC:
            present, real_present = _cells(predicted[:, 1], real[:, 1], _CELLS_OF_PRESENCE)
            cells, real_cells = cells + _CELLS * present, real_cells + _CELLS * real_present
        return replace(view, score=score, edges=edges, cells=cells, real_cells=real_cells)
    shares = np.nanmean(targets, axis=0)
    aucs = [auc(column[known], is_so[known] == 1) for column, is_so in zip(predicted.T, targets.T, strict=True)]
    cells, real_cells = _cells_of_names(predicted, real)
    return replace(view, score=float(shares @ aucs / shares.sum()), cells=cells, real_cells=real_cells)


def _edges(field: Field, values: NDArray[np.float64]) -> NDArray[np.float64]:
    step = (field.high - field.low) / _BINS
    below = max(0, round((field.low - values.min()) / step))
    above = max(0, round((values.max() - field.high) / step))
    edges: NDArray[np.float64] = field.low + step * np.arange(-below, _BINS + above + 1)
    return edges


def _cells(predicted: NDArray[np.float64], real: NDArray[np.float64], count: int) -> tuple[NDArray[np.int64], ...]:
    """Return cells that hold equally many draws each, of the draws and of the real crops."""
    edges = np.quantile(predicted, np.arange(1, count) / count)
    return np.searchsorted(edges, predicted, side="right"), np.searchsorted(edges, real, side="right")


def _cells_of_names(predicted: NDArray[np.float64], real: NDArray[np.float64]) -> tuple[NDArray[np.int64], ...]:
    """Return cells of the name that stands out most, and of how much it does."""
    names = predicted.shape[1]
    if names == 1:
        return _cells(predicted[:, 0], real[:, 0], _CELLS)
    center, spread = predicted.mean(axis=0), predicted.std(axis=0) + 1e-12
    both = (np.vstack([predicted, real]) - center) / spread
    first, most, count = both.argmax(axis=1), both.max(axis=1), max(2, round(_CELLS / names))
    cells = np.zeros(len(both), np.int64)
    for name in range(names):
        levels = most[: len(predicted)][first[: len(predicted)] == name]
        edges = np.quantile(levels, np.arange(1, count) / count) if len(levels) else np.empty(0)
        chosen = first == name
        cells[chosen] = name * count + np.searchsorted(edges, most[chosen], side="right")
    return cells[: len(predicted)], cells[len(predicted) :]


def _with_readings(view: View, readings: Readings | None, real: RealCrops) -> View:
    """Return the view with what is read off directly: the quality of a last JPEG, and that one is last by a header."""
    if readings is None or not view.is_identifiable:
        return view
    if view.field.path == readings.path:
        return replace(
            view,
            condition=FROM_HEADERS if readings.are_from_headers else FROM_PIXELS,
            cells=binned(readings.simulated, view.edges),
            real_cells=binned(readings.real[real.photos], view.edges),
            readings=readings,
        )
    if view.field.kind == "order":
        shares = [np.mean(readings.is_last[view.values == name]) for name in range(len(view.field.names))]
        cell = _surest_cell(view, int(np.argmax(shares)))
        has_header = np.isfinite(real.qualities)[real.photos]
        condition = FROM_HEADERS if readings.are_from_headers else view.condition
        return replace(view, condition=condition, real_cells=np.where(has_header, cell, view.real_cells))
    return view


def _surest_cell(view: View, name: int) -> int:
    counts = np.bincount(view.cells, minlength=view.shape[1])
    name_counts = np.bincount(view.cells[view.values == name], minlength=view.shape[1])
    return int(np.argmax(name_counts / np.maximum(counts, 1)))
