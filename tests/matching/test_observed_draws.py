"""The fields of a recipe, and the values that its draws have for them."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest
import random_recipes
from examples import ALL, COMPOSITES, LEAVES
from hypothesis import given, settings

from degradekit import (
    JPEG,
    Camera,
    Chain,
    ChromaSubsampling,
    DegradekitError,
    HighOrder,
    Kernel,
    LinearLight,
    Maybe,
    Noise,
    OneOf,
    RecipeError,
    Resize,
    Shuffle,
    Sinc,
    Stage,
)
from degradekit.changes import changed
from degradekit.compose import draw_in_order
from degradekit.limits import MAX_OPERATOR_DEPTH
from degradekit.matching.fields import Field, fields_of
from degradekit.matching.observing import Observer
from degradekit.matching.recipe_paths import operators_by_path, split
from degradekit.mistakes import validated
from degradekit.operators.base import AnyOperator, Context, Operator
from degradekit.rng import Stream
from degradekit.step import Step

SIZE = (256, 256)


def observed(recipe: Operator, count: int) -> dict[str, np.ndarray]:
    observer = Observer(recipe)
    draws = [observer.sample(SIZE, seed=3, variant=variant)[1] for variant in range(count)]
    return {field.path: np.array([values[field.path] for values in draws]) for field in observer.fields}


def uniform(operator: Any, field: Field, values: np.ndarray) -> np.ndarray:
    if field.is_integer:
        step = 2 if operator.op in ("kernel", "sinc", "median", "bilateral", "random_kernel") else 1
        return (values - field.low + step) / (field.high - field.low + step)
    return (values - field.low) / (field.high - field.low)


def logarithmic(_operator: Any, field: Field, values: np.ndarray) -> np.ndarray:
    return np.log(values / field.low) / math.log(field.high / field.low)


def half_on_each_side_of_one(_operator: Any, field: Field, values: np.ndarray) -> np.ndarray:
    above = 0.5 + 0.5 * (values - 1) / (field.high - 1)
    return np.where(values > 1, above, 0.5 * (values - field.low) / (1 - field.low) if field.low < 1 else 0.5)


def by_direction(operator: Any, field: Field, values: np.ndarray) -> np.ndarray:
    def between(low: float, high: float) -> np.ndarray:
        if operator.factor_law == "reciprocal":
            return np.clip((1 / low - 1 / values) / (1 / low - 1 / high), 0, 1)
        return np.clip((values - low) / (high - low), 0, 1)

    up, down = (operator.direction.get(name, 0) for name in ("up", "down"))
    parts = (up, max(field.low, 1), field.high), (down, field.low, min(field.high, 1))
    return sum(weight / (up + down) * between(low, high) for weight, low, high in parts if weight)


LAWS: dict[tuple[str, str], Callable[[Any, Field, np.ndarray], np.ndarray]] = {
    ("noise", "peak"): logarithmic,
    ("jpeg2000", "ratio"): logarithmic,
    ("camera", "shot_variance"): logarithmic,
    ("kernel", "generalized_beta"): half_on_each_side_of_one,
    ("kernel", "plateau_beta"): half_on_each_side_of_one,
    ("resize", "factor"): by_direction,
}
"""The distribution function of the spans that are not drawn from uniformly."""


def check_distribution(recipe: Operator, field: Field, values: np.ndarray) -> None:
    """Check values against the field: of numbers, by Kolmogorov and Smirnov's bound for one in a million samples."""
    if field.kind == "span":
        drawn = np.sort(values[~np.isnan(values)])
        assert field.low <= drawn[0] <= drawn[-1] <= field.high, field.path
        path, name = split(field.path)
        operator = operators_by_path(recipe)[path]
        expected = LAWS.get((operator.op, name), uniform)(operator, field, drawn)
        distance = np.abs(expected - np.searchsorted(drawn, drawn, "right") / len(drawn)).max()
        assert distance < 2.69 / math.sqrt(len(drawn)), field.path
    else:
        drawn = values[values != ""]
        assert {*drawn} <= {*field.names}, field.path
        for name, share in zip(field.names, field.shares, strict=True):
            error = math.sqrt(share * (1 - share) / len(drawn))
            assert abs(np.mean(drawn == name) - share) < 5 * error, (field.path, name)
            assert name in drawn or share * len(drawn) < 10, (field.path, name)


def check_recipe(recipe: Operator, count: int) -> None:
    fields = fields_of(recipe)
    draws = observed(recipe, count) if fields else {}
    for field in fields:
        values = draws[field.path]
        if not (np.isnan(values) if field.kind == "span" else values == "").all():
            check_distribution(recipe, field, values)


@pytest.mark.parametrize("name", LEAVES)
def test_observed_values_are_distributed_as_their_fields_say(name):
    check_recipe(LEAVES[name], 100)


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_thousands_of_observed_values_are_distributed_as_their_fields_say(name):
    check_recipe(ALL[name], 4000)


@pytest.mark.parametrize("name", COMPOSITES)
def test_an_observed_draw_is_that_of_the_recipe(name):
    observer = Observer(ALL[name])
    for variant in range(3):
        drawn, values, last = observer.sample(SIZE, seed=7, key="k", variant=variant)
        assert drawn == ALL[name].sample(SIZE, seed=7, key="k", variant=variant)
        assert values.keys() == {field.path for field in fields_of(ALL[name])}
        assert (last in operators_by_path(ALL[name])) if drawn.steps else (last == "")


@pytest.mark.slow
@settings(max_examples=100, derandomize=True, database=None)
@given(random_recipes.operators | random_recipes.recipes | random_recipes.mixtures)
def test_an_observed_draw_of_any_recipe_is_that_of_the_recipe(recipe):
    try:
        drawn = recipe.sample((64, 64), seed=1)
    except DegradekitError:  # such as a picture that becomes too small for the scale
        return
    assert Observer(recipe).sample((64, 64), seed=1)[0] == drawn


@pytest.mark.parametrize("name", ["real-esrgan x4", "trainner-combo", "apisr"])
def test_a_path_leads_to_the_field(name):
    recipe = ALL[name]
    for field in fields_of(recipe):
        path, part = split(field.path)
        value = getattr(operators_by_path(recipe)[path], part)
        assert changed(recipe, {field.path: value}) == recipe, field.path


def test_fields_are_those_that_decide_something():
    paths = {field.path for field in fields_of(HighOrder())}
    assert {"stages.1.noise.sigma", "stages.1.blur.probability", "stages.1.blur.child.sigma", "last"} <= paths
    assert "last.children.0.factor" not in paths, "the resize to the LR size keeps its factor"
    assert "stages.0.compress.subsampling" not in paths, "there is one subsampling only"
    assert "stages.0.noise.peak" not in paths, "there is no peak"
    assert "sharpen.weight" not in paths, "sharpening is not random"


def test_what_is_never_drawn_has_no_fields():
    assert fields_of(Maybe(JPEG(), 0.0)) == ()
    assert [field.path for field in fields_of(OneOf((JPEG(), Sinc(), Noise()), weights=(1, 0, 0)))] == [
        "children.0.quality"
    ]
    assert {"scale", "peak"}.isdisjoint(field.path for field in fields_of(Noise(kinds="gaussian", peak=(1, 5))))


def test_what_steps_do_not_show_is_left_out():
    assert "sensors" not in {field.path for field in fields_of(Camera())}
    luma_of_poisson = Noise(channels={"color": 1, "luma": 1})
    assert "channels" not in {field.path for field in fields_of(luma_of_poisson)}
    unclear = ChromaSubsampling(decode_sitings={"same": 0.5, "left": 0.5})
    assert "decode_sitings" not in {field.path for field in fields_of(unclear)}


def test_a_value_is_in_the_terms_of_its_field():
    observer = Observer(Kernel(sigma=(1, 9), sigma_law="variance", sinc_probability=0))
    drawn, values, _ = observer.sample(SIZE, seed=0)
    assert values["sigma"] == pytest.approx(drawn.steps[0].sigma_x ** 2)


def test_a_field_that_is_not_drawn_has_no_value():
    draws = observed(Noise(), 50)
    is_poisson = draws["kinds"] == "poisson"
    assert 0 < is_poisson.sum() < 50
    assert np.array_equal(np.isnan(draws["sigma"]), is_poisson)
    assert np.array_equal(np.isnan(draws["scale"]), ~is_poisson)
    draws = observed(Resize(), 50)
    assert np.array_equal(np.isnan(draws["factor"]), draws["direction"] == "keep")
    draws = observed(Chain((Maybe(Noise(), 0.5),)), 50)
    assert np.array_equal(draws["children.0.child.kinds"] == "", draws["children.0.probability"] == "no")


def test_names_without_weight_are_not_names():
    (field,) = fields_of(JPEG(quality=50, subsampling={"4:2:0": 3, "4:2:2": 0, "4:4:4": 1}))
    assert (field.names, field.shares) == (("4:2:0", "4:4:4"), (0.75, 0.25))


@pytest.mark.parametrize(
    ("recipe", "path", "parts"),
    [
        (HighOrder(), "last", {"last": "last", "compress": "stages.1.compress"}),
        (HighOrder(order=3), "last", {"last": "last", "compress": "stages.2.compress"}),
        (
            Chain((Kernel(), Shuffle((Resize(), JPEG())))),
            "children.1.children",
            {"resize.0": "children.1.children.0", "jpeg.0": "children.1.children.1"},
        ),
    ],
)
def test_the_order_is_that_of_the_steps(recipe, path, parts):
    observer = Observer(recipe)
    orders = set()
    for variant in range(20):
        _, values, last = observer.sample(SIZE, seed=0, variant=variant)
        assert last.startswith(parts[values[path]])
        orders.add(values[path])
    assert orders == {*parts}


def test_an_order_needs_two_parts_that_may_be_swapped():
    fixed = Shuffle((Resize(), JPEG()), ordered=(("resize.0", "jpeg.0"),))
    for recipe in (HighOrder(order=1), HighOrder(stages=[Stage(), Stage(compress=None)]), Chain((fixed,))):
        assert "order" not in {field.kind for field in fields_of(recipe)}


def test_a_shuffle_that_seldom_happens_leaves_its_second_part_last():
    field = fields_of(Chain((Shuffle((Sinc(size=7, cutoff=2), JPEG(quality=50)), probability=0.2),)))[0]
    assert field.shares == (0.1, 0.9)


def test_the_last_step_may_be_of_a_group_itself():
    assert Observer(Chain((LinearLight((Kernel(),)),))).sample(SIZE, seed=0)[2] == "children.0"


def test_the_last_step_is_none_that_only_names_a_recipe():
    recipe = OneOf([Chain((Resize(to="lr"), each), 2) for each in (JPEG(), Noise())])
    assert {Observer(recipe).sample(SIZE, seed=seed)[2] for seed in range(9)} == {
        "children.0.children.1",
        "children.1.children.1",
    }


def test_a_recipe_may_be_as_deep_as_any():
    recipe: Operator = JPEG()
    for _ in range(MAX_OPERATOR_DEPTH - 1):
        recipe = Chain((recipe,))
    assert Observer(recipe).sample(SIZE, seed=0)[0] == recipe.sample(SIZE, seed=0)


@validated(RecipeError)
class Twice(Operator):
    """An operator that takes nothing but JPEG."""

    op: ClassVar[str] = "twice"

    jpeg: JPEG
    kept: dict[str, AnyOperator] = dataclasses.field(default_factory=dict)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        return draw_in_order([("jpeg", self.jpeg), *self.kept.items()], rng, context)


def test_an_operator_that_is_not_ours_may_hold_others_of_one_kind_or_by_names():
    recipe = Chain((Twice(JPEG(), {"ring": Sinc()}),))
    drawn, values, last = Observer(recipe).sample(SIZE, seed=0)
    assert drawn == recipe.sample(SIZE, seed=0)
    assert last == "children.0.kept.ring"
    assert values["children.0.kept.ring.size"] == drawn.steps[1].size
    assert math.isnan(values["children.0.jpeg.quality"]), "it cannot be watched"
