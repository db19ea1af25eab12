"""A milder recipe to fit, where the recipe is too harsh for the photos."""

from dataclasses import replace

import numpy as np
import pytest

from degradekit import JPEG, Chain, HighOrder, Maybe, Noise, RecipeError, Resize, recipes
from degradekit.changes import changed
from degradekit.matching.milder import Distances, changes_between, descended, milder, with_strengths
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.statistics import STATISTICS
from degradekit.strengths import at_strengths

RECIPE = Chain((Resize(to="lr"), Maybe(Noise(sigma=(10, 20), scale=1.0), 0.9), JPEG(quality=(30, 70))), scale=2)
SCENES, EACH = 10, 6


def distances(mean: float, seed: int = 0) -> Distances:
    """Distances of real photos at 0 to made ones at a mean, with the same noise for all means."""
    rng = np.random.default_rng(seed)
    real, made = rng.normal(0, 1, 30), rng.normal(mean, 1, 20)
    return Distances(*(np.abs(np.subtract.outer(*pair)) for pair in ((real, real), (real, made), (made, made))))


def statistics_of(recipe: Chain, seed: int) -> np.ndarray:
    """Made-up statistics of a recipe: the first two are its noise and its quality, and scenes make a difference."""
    rng = np.random.default_rng(seed)
    statistics = rng.normal(0, 1, (SCENES * EACH, len(STATISTICS)))
    noise, jpeg = recipe.children[1].child, recipe.children[2]
    statistics[:, :20] += rng.uniform(*noise.sigma, (SCENES * EACH, 1))
    statistics[:, 20:40] += rng.uniform(*jpeg.quality, (SCENES * EACH, 1)) / 3
    return statistics


def draw(recipe: Chain) -> Simulation:
    scenes, corners = np.arange(SCENES * EACH) % SCENES, np.zeros((SCENES * EACH, 2), np.int64)
    names = tuple(map(str, range(SCENES)))
    last = np.array(["children.2"] * len(scenes))
    return Simulation(recipe, (), statistics_of(recipe, 1), {}, last, scenes, corners, names, 0, {})


def real_like(recipe: Chain) -> RealCrops:
    made = draw(recipe)
    qualities = np.full(len(made.photos), np.nan)
    return RealCrops(statistics_of(recipe, 2), np.arange(len(qualities)), made.corners, (), qualities, 64, {})


def test_strengths_are_of_a_kind_of_operator_in_all_stages():
    weak = at_strengths(HighOrder(), {"noise": 0.1})
    assert changes_between(HighOrder(), weak) == {
        path: pytest.approx(span)
        for path, span in {
            "stages.0.noise.sigma": (0.1, 3.0),
            "stages.0.noise.scale": (0.005, 0.3),
            "stages.1.noise.sigma": (0.1, 2.5),
            "stages.1.noise.scale": (0.005, 0.25),
        }.items()
    }
    assert changed(HighOrder(), changes_between(HighOrder(), weak)).spelled_out == weak


def test_recipes_without_a_milder_kind_are_not_drawn():
    assert milder(Chain((JPEG(quality=100),), scale=2), real_like(RECIPE), lambda _: pytest.fail("drawn")) is None


@pytest.mark.parametrize("strengths", [{"noise": 0.25}, {"noise": 0.0}, {"jpeg": 0.5, "noise": 0.1}])
def test_the_strengths_of_photos_of_a_milder_recipe_are_recovered(strengths):
    found = milder(RECIPE, real_like(at_strengths(RECIPE, strengths)), draw)
    assert found is not None
    assert found.strengths == strengths
    assert found.recipe == at_strengths(RECIPE, strengths)


def test_of_photos_of_the_recipe_nothing_gets_milder():
    assert milder(RECIPE, real_like(RECIPE), draw) is None


def test_harsher_photos_find_no_milder_recipe():
    harsher = replace(RECIPE, children=(RECIPE.children[0], Maybe(Noise(sigma=(30, 40)), 0.9), JPEG(quality=10)))
    assert milder(RECIPE, real_like(harsher), draw) is None


def test_a_fall_within_its_error_is_chance():
    assert distances(2.0).is_clearly_above(distances(1.0))
    assert not distances(1.0).is_clearly_above(distances(2.0))
    assert not distances(1.0).is_clearly_above(distances(1.0))


def test_falls_by_chance_are_rarely_taken_for_certain():
    """Of two recipes of the same distribution, with draws of their own; 2.5 errors leave 6 of 1,000."""
    taken = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        real, one, other = rng.normal(1, 1, 30), rng.normal(0, 1, 20), rng.normal(0, 1, 20)
        within = np.abs(np.subtract.outer(real, real))
        first, second = (
            Distances(within, np.abs(np.subtract.outer(real, made)), np.abs(np.subtract.outer(made, made)))
            for made in (one, other)
        )
        taken += first.is_clearly_above(second)
    assert taken <= 6


def test_a_kind_that_another_one_hides_is_tried_again():
    asked = []

    def between(strengths):
        asked.append(dict(strengths))
        hidden = 0.0 if strengths["noise"] > 0.3 else strengths["jpeg"] - 0.5
        return distances(3 * strengths["noise"] + abs(hidden))

    assert descended(["jpeg", "noise"], between) == {"jpeg": 0.5, "noise": 0.0}
    assert len({tuple(each.values()) for each in asked}) == len(asked), "nothing is drawn twice"


def test_the_ranges_of_a_milder_recipe_have_three_digits():
    recipe = HighOrder()
    weak = with_strengths(recipe, {"sinc": 0.1, "noise": 0.25, "jpeg": 0.5})
    changes = changes_between(recipe, weak)
    assert changes["last.children.1.child.cutoff"] == (2.93, 3.14)
    assert changes["stages.1.noise.scale"] == (0.0125, 0.625)
    assert changes["stages.1.compress.quality"] == (65, 98)
    assert {*changes} == {*changes_between(recipe, at_strengths(recipe, {"sinc": 0.1, "noise": 0.25, "jpeg": 0.5}))}


def test_a_range_whose_three_digits_break_a_rule_is_exact(monkeypatch):
    def strict(recipe, changes):
        if "stages.1.noise.scale" in changes:
            raise RecipeError("stages.1.noise.scale: must be exact")
        return changed(recipe, changes)

    monkeypatch.setattr("degradekit.matching.milder.changed", strict)
    changes = changes_between(HighOrder(), with_strengths(HighOrder(), {"noise": 0.123}))
    assert changes["stages.1.noise.scale"] == (0.05 * 0.123, 2.5 * 0.123)
    assert changes["stages.1.noise.sigma"] == (0.123, 3.08)


def test_a_milder_recipe_can_be_written():
    recipe = at_strengths(HighOrder(), {"noise": 0.0, "jpeg": 0.25})
    assert recipes.loads(recipes.dumps(recipe)) == recipe
