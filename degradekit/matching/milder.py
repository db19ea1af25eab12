"""A milder base for a fit: a recipe with less of some kinds of operators, where it is too harsh for the real photos."""

import contextlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from degradekit.changes import changed
from degradekit.errors import RecipeError
from degradekit.matching.distances import Sample, energy_distance, photo_distances
from degradekit.matching.recipe_paths import joined, operators_by_path
from degradekit.matching.results import Milder
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.matching.scores import normal_scores
from degradekit.operators.base import Operator
from degradekit.strengths import at_strengths

STRENGTHS = (1.0, 0.5, 0.25, 0.1, 0.0)
"""What the strength of a kind of operator can be, from the recipe as it is down to next to nothing."""
_CERTAIN = 2.5
"""A step is made where the energy distance falls by more than this many of its standard errors: for one kind that
makes no difference, 6 of 1,000 times."""
_LEAST_FALL = 0.02
"""A step is made only where the energy distance also falls by at least this share of itself."""
_SWEEPS = 2
"""How many times all kinds are tried, as one hides another."""

Draw = Callable[[Operator], Simulation]


def milder(recipe: Operator, real: RealCrops, draw: Draw) -> Milder | None:
    """Return a milder recipe whose LRs are nearer to real photos, or None where there is no evidence for one.

    Each kind of operator has one strength, of all stages together, as one LR cannot tell stages apart. Distances are
    in scores of the recipe's LRs and of the mildest ones, between which all others lie.

    Args:
        recipe: A recipe that does not explain the photos.
        real: Their crops.
        draw: Returns some hundred draws of a recipe, of the same HR photos and with the same seed for all, so that
            they differ in the strengths alone.
    """
    kinds = _kinds(recipe)
    if not kinds:
        return None
    ends = [draw(each).statistics for each in (recipe, at_strengths(recipe, dict.fromkeys(kinds, 0)))]
    scores = normal_scores(np.vstack(ends))
    reals = Sample(scores(real.statistics), real.photos)

    def distances(strengths: Mapping[str, float]) -> Distances:
        made = draw(at_strengths(recipe, strengths))
        sample = Sample(scores(made.statistics), made.photos)
        return Distances(within, photo_distances(reals, sample), photo_distances(sample, sample))

    within = photo_distances(reals, reals)
    strengths = {kind: strength for kind, strength in descended(kinds, distances).items() if strength < 1}
    if not strengths:
        return None
    return Milder(strengths, with_strengths(recipe, strengths))


def with_strengths(recipe: Operator, strengths: Mapping[str, float]) -> Operator:
    """Return `at_strengths` of a recipe with three digits in the ranges that differ, as far as its rules allow."""
    weak = at_strengths(recipe, strengths)
    for path, value in changes_between(recipe, weak).items():
        with contextlib.suppress(RecipeError):  # of a rule that the exact value keeps, and the nearest one does not
            weak = changed(weak, {path: _tidy(value)})
    return weak


def changes_between(recipe: Operator, other: Operator) -> dict[str, Any]:
    """Return another recipe's values in the fields that differ, by path; both have operators of the same kinds."""
    operators, changes = operators_by_path(recipe), dict[str, Any]()
    for path, operator in operators_by_path(other).items():
        for field in fields(operator):
            field_path, value = joined(path, field.name), getattr(operator, field.name)
            is_outer = any(each == field_path or each.startswith(f"{field_path}.") for each in operators)
            if not is_outer and value != getattr(operators[path], field.name):
                changes[field_path] = value
    return changes


def _tidy(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_tidy, value))
    return float(f"{value:.3g}") if isinstance(value, float) else value


def _kinds(recipe: Operator) -> list[str]:
    """Return the kinds of operators that have a strength, the last one first, which hides the others."""
    kinds = dict.fromkeys(operator.op for operator in reversed(operators_by_path(recipe).values()))
    return [kind for kind in kinds if changes_between(recipe, at_strengths(recipe, {kind: 0}))]


@dataclass(frozen=True)
class Distances:
    """Mean distances of photos, from `photo_distances`, which decide an energy distance.

    Attributes:
        real: (P, P) those of the real photos to each other.
        between: (P, Q) those of the real photos to the synthetic ones.
        made: (Q, Q) those of the synthetic ones to each other.
    """

    real: NDArray[np.float64]
    between: NDArray[np.float64]
    made: NDArray[np.float64]

    @property
    def energy(self) -> float:
        """The energy distance."""
        return energy_distance(self.real, self.between, self.made)

    def is_clearly_above(self, other: "Distances") -> bool:
        """Return whether another recipe's LRs of the same photos are nearer to the real ones by more than chance.

        The standard error of the difference is that of a U-statistic: by how much each photo contributes to it.
        """
        fall = self.energy - other.energy
        between, made = 2 * (self.between - other.between), self.made - other.made
        by_photo = between.mean(axis=1)
        by_scene = between.mean(axis=0) - 2 * (made.sum(axis=1) - np.diag(made)) / (len(made) - 1)
        variance = sum(float(each.var(ddof=1)) / len(each) for each in (by_photo, by_scene))
        return fall > max(_CERTAIN * math.sqrt(variance), _LEAST_FALL * self.energy)


def descended(kinds: list[str], distances: Callable[[Mapping[str, float]], Distances]) -> dict[str, float]:
    """Return the strength of each kind at which real photos are nearest, by descent along one after another.

    It begins with the strength of all kinds together at which they are nearest, as each of several kinds may hide what
    the others do. A step to a lower strength needs evidence, and one back to the recipe needs none.

    Args:
        kinds: The kinds, those first that hide others.
        distances: Returns how far the real photos are from LRs of some strengths.
    """
    known: dict[tuple[int, ...], Distances] = {}

    def at(levels: Mapping[str, int]) -> Distances:
        key = tuple(levels.values())
        if key not in known:
            known[key] = distances({kind: STRENGTHS[level] for kind, level in levels.items()})
        return known[key]

    levels = dict.fromkeys(kinds, 0)
    for level in range(1, len(STRENGTHS)):
        together = dict.fromkeys(kinds, level)
        if at(levels).is_clearly_above(at(together)):
            levels = together
    for _ in range(_SWEEPS):
        before = levels
        for kind in kinds:
            while levels[kind] and at(up := levels | {kind: levels[kind] - 1}).energy <= at(levels).energy:
                levels = up
            while levels[kind] < len(STRENGTHS) - 1 and levels[kind] >= before[kind]:
                down = levels | {kind: levels[kind] + 1}
                if not at(levels).is_clearly_above(at(down)):
                    break
                levels = down
        if levels == before:
            break
    return {kind: STRENGTHS[level] for kind, level in levels.items()}
