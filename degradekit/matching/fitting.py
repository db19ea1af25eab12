"""The fit of a match, from measured real photos on: draws, fields, and how well the fitted recipe agrees."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

from degradekit.dataset.engines import LocalEngine
from degradekit.dataset.probe import announce_compilation, compilation_note
from degradekit.dataset.progress import OnProgress, Progress
from degradekit.matching.agreement import agreement
from degradekit.matching.cautions import cautions
from degradekit.matching.field_fits import FROM_HEADERS, fit_fields
from degradekit.matching.fields import fields_of
from degradekit.matching.gathering import MatchOptions, Material
from degradekit.matching.milder import milder
from degradekit.matching.results import Agreement, FieldFit, Match, Milder, strengths_in_words
from degradekit.matching.rewriting import with_fits
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.matching.simulating import is_kept, seconds_per_draw, simulate
from degradekit.matching.spans import widened
from degradekit.matching.twins import twin_pictures
from degradekit.operators.base import Operator
from degradekit.processors import processors
from degradekit.warming import warm_up

R = TypeVar("R")


def fit(material: Material, options: MatchOptions, real: RealCrops, workers: int | None, progress: Progress) -> Match:
    """Fit a recipe to measured crops of real photos.

    Three populations are drawn: the recipe made wider, to learn from; the recipe as it is, which the real photos are
    compared with before the fit; and the fitted recipe, which they are compared with after it. The second is not the
    part of the first that lies inside of all spans, as of 20 spans that are a quarter wider, 1 % would remain.
    Where they do not explain the photos, the fit starts again from a milder recipe, if one is nearer to them.

    Args:
        material: The recipe and the photos.
        options: How many draws, and by how much the recipe is made wider.
        real: The crops.
        workers: Number of processes; None starts one for each processor.
        progress: Is notified as the work goes on.
    """
    _announce(material, options, workers, progress)
    draw = partial(
        simulate,
        hr=material.hr,
        side=material.side,
        seed=options.seed,
        max_pixels=options.max_pixels,
        workers=workers,
        progress=progress,
    )
    prior = draw(material.preset, count=options.draws_of_preset)
    fits = _Fits(options, real, prior, draw, partial(_in_a_process, workers), progress)
    outcome, base = fits.from_recipe(material.preset, {}), None
    if not outcome.agreement.is_explained and (nearer := fits.milder_recipe()) is not None:
        progress.note(f"fitting a milder recipe: {strengths_in_words(nearer.strengths)}")
        second = fits.from_recipe(nearer.recipe, nearer.strengths)
        if second.agreement.is_explained or second.agreement.is_much_nearer:
            outcome, base = second, nearer
    fitted = outcome.fitted
    return Match(
        recipe=fitted.recipe,
        preset=material.preset,
        scale=material.scale,
        seed=options.seed,
        fields=outcome.fits,
        agreement=outcome.agreement,
        real=real,
        prior=prior,
        fitted=fitted,
        is_fitted=True,
        warnings=cautions(
            real,
            prior,
            material.not_looked_at,
            fitted.unusable,
            options.draws,
            fitted if outcome.agreement.is_explained else None,
        ),
        twins=twin_pictures(real, fitted, material.real, material.hr, options.max_pixels),
        milder=base,
    )


class _Outcome(NamedTuple):
    """What a fit has led to."""

    fits: tuple[FieldFit, ...]
    fitted: Simulation
    agreement: Agreement


@dataclass(frozen=True)
class _Fits:
    """The fits of one match, which have real crops and the recipe before any fit in common.

    Attributes:
        options: How many draws, and by how much the recipe is made wider.
        real: The crops.
        prior: What the recipe makes before any fit.
        draw: Draws so many (`count`) LRs from a recipe.
        compute: Calls a function with arguments, in a worker process.
        progress: Is notified of each part.
    """

    options: MatchOptions
    real: RealCrops
    prior: Simulation
    draw: Callable[..., Simulation]
    compute: Callable[..., Any]
    progress: Progress

    def from_recipe(self, base: Operator, strengths: Mapping[str, float]) -> _Outcome:
        """Fit a recipe, in a second attempt only by headers, if the recipe does not explain the photos otherwise.

        Args:
            base: The recipe before any fit, or a milder one.
            strengths: Of a milder one, the strength of each kind of operator, see `Milder`; else empty.
        """
        learned = self.draw(widened(base, self.options.widen), count=self.options.draws)
        self.progress.note("fitting")
        fits: Sequence[FieldFit] = self.compute(fit_fields, fields_of(base), learned, self.real, self.options.seed)
        doubtful = tuple(map(_without_confidence, fits))
        if strengths:  # a fit would make up for their coarse steps, by ranges that are too narrow
            fits = doubtful
        outcome = self._outcome(base, fits, strengths)
        if outcome.agreement.is_trusted or doubtful == fits:
            return outcome
        return self._outcome(base, doubtful, strengths)

    def milder_recipe(self) -> Milder | None:
        """Return a recipe with less of some kinds of operators that is nearer to the photos, if there is one."""
        self.progress.note(
            "looking for a milder recipe, as this one does not explain the photos; at most about a minute"
        )
        draw = partial(self.draw, count=self.options.draws_of_milder)
        return milder(self.prior.recipe, self.real, draw)

    def _outcome(self, base: Operator, fits: Sequence[FieldFit], strengths: Mapping[str, float]) -> _Outcome:
        """Draw the fitted recipe, and compare it with the photos."""
        recipe, prior = with_fits(base, fits), self.prior
        fitted = prior if recipe == prior.recipe else self.draw(recipe, count=self.options.draws_of_fitted)
        compared: Agreement = self.compute(agreement, self.real, prior, fitted, self.options.seed, strengths)
        return _Outcome(tuple(fits), fitted, compared)


def _without_confidence(fit: FieldFit) -> FieldFit:
    """Return a fit of photos that the recipe does not explain.

    Outside of what it has learned from, a regression answers nonsense calmly, also where its answer is that photos do
    not differ from the recipe. Headers of JPEG files are read instead.
    """
    if fit.verdict not in ("fitted", "unchanged") or fit.condition == FROM_HEADERS:
        return fit
    return replace(fit, verdict="weak", low=fit.field.low, high=fit.field.high)


@dataclass(frozen=True)
class _Computation(Generic[R]):
    """A task that calls a function."""

    function: Callable[..., R]
    arguments: tuple[Any, ...]

    @property
    def photos(self) -> int:
        """Number of photos."""
        return 1

    def run(self, _: OnProgress) -> R:
        """Call it."""
        return self.function(*self.arguments)


def _in_a_process(workers: int | None, function: Callable[..., R], *arguments: Any) -> R:
    """Return what a function returns in a worker process, or in this one if there are no workers.

    A worker has one thread of OpenBLAS. On two busy processors, where two threads wait for each other, a fit took
    107 s instead of 2 s. And a process can be stopped within a long call of compiled code.
    """
    task = _Computation(function, arguments)
    with LocalEngine(workers).start(1) as running:
        (result,) = running.run([task], None, lambda _: None)
    return result


def _announce(material: Material, options: MatchOptions, workers: int | None, progress: Progress) -> None:
    """Compile what the draws need, and estimate how long they take, unless earlier ones are kept."""
    wide = widened(material.preset, options.widen)
    drawn = ((material.preset, options.draws_of_preset), (wide, options.draws))
    count = sum(
        count for recipe, count in drawn if not is_kept(recipe, material.hr, material.side, count, options.seed)
    )
    if not count:
        return
    if compilation_note():
        announce_compilation(progress)
        warm_up(wide)
    count += options.draws_of_fitted
    each = seconds_per_draw(wide, material.hr, material.side, count, options.max_pixels)
    seconds = count * each / min(processors() if workers is None else max(workers, 1), processors())
    progress.note(f"drawing {count:,} LRs, which takes about {_duration(seconds)}")


def _duration(seconds: float) -> str:
    return f"{max(10, round(seconds, -1)):.0f} seconds" if seconds < 90 else f"{round(seconds / 60)} minutes"
