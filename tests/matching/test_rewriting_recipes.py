"""Fits written into a recipe."""

import math
from dataclasses import replace

import pytest
from made_up_fits import field_at, fit_of

from degradekit import JPEG, Chain, HighOrder, JPEGPasses, Kernel, Maybe, Noise, OneOf, RecipeError, Resize, Shuffle
from degradekit.matching.fields import Field, fields_of
from degradekit.matching.observing import Observer
from degradekit.matching.recipe_paths import operators_by_path
from degradekit.matching.results import FieldFit
from degradekit.matching.rewriting import mixed, with_fits
from degradekit.operators.base import Operator
from degradekit.presets import PRESETS, preset


def drawn(recipe: Operator, path: str, count: int = 40) -> list:
    observer = Observer(recipe)
    values = [observer.sample((256, 256), seed=5, variant=variant)[1][path] for variant in range(count)]
    return [value for value in values if value != "" and not (isinstance(value, float) and math.isnan(value))]


def check_narrowed(recipe: Operator, field: Field) -> None:
    """Check that a field gives nothing but the middle half of its span, or the first of its names."""
    if field.kind == "span":
        quarter = (field.high - field.low) / 4
        low, high = field.low + quarter, field.high - quarter
        narrowed = with_fits(recipe, [fit_of(field, low, high)])
        # Factors reach 1 where they go up, and shapes of kernels lie on both sides of 1.
        low, high = (min(low, 1), max(high, 1)) if field.path.endswith(("factor", "_beta")) else (low, high)
        tolerance = max(0.5 if field.is_integer else 0.0, (high - low) / 50)
        low = field.low if field.path.endswith("_beta") else low
        assert all(low - tolerance <= value <= high + tolerance for value in drawn(narrowed, field.path)), field.path
        has_few = field.is_integer and field.high - field.low <= 4
        assert narrowed != recipe or has_few, field.path
    elif field.kind != "order":
        only_first = (1.0, *(0.0 for _ in field.names[1:]))
        narrowed = with_fits(recipe, [fit_of(field, fitted=only_first)])
        assert field.path not in {each.path for each in fields_of(narrowed)}, f"{field.path} still decides something"


@pytest.mark.parametrize("name", ["real-esrgan", "animesr"])
def test_all_draws_lie_in_what_is_fitted(name):
    for field in fields_of(preset(name)):
        check_narrowed(preset(name), field)


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESETS)
def test_all_draws_of_any_preset_lie_in_what_is_fitted(name):
    for field in fields_of(preset(name)):
        check_narrowed(preset(name), field)


def test_only_what_is_fitted_changes():
    recipe = HighOrder()
    fits = [
        FieldFit(field, verdict, 0.5, 40, low=0.0, high=0.0) for field in fields_of(recipe) for verdict in ("weak",)
    ]
    assert with_fits(recipe, fits) == recipe
    field = field_at(recipe, "stages.1.noise.sigma")
    (part,) = with_fits(recipe, [fit_of(field, 2.0, 9.5)]).spelled_out.stages[1:]
    assert part == replace(
        recipe.spelled_out.stages[1], noise=replace(recipe.spelled_out.stages[1].noise, sigma=(2.0, 9.5))
    )


def test_names_that_the_recipe_leaves_out_stay_out():
    recipe = OneOf((JPEG(name="a"), JPEG(name="b"), JPEG(name="c")), weights=(1, 0, 1))
    fit = fit_of(field_at(recipe, "weights"), fitted=(0.254, 0.746))
    assert with_fits(recipe, [fit]).weights == (0.25, 0, 0.75)
    noise = with_fits(Noise(), [fit_of(field_at(Noise(), "kinds"), fitted=(0.2, 0.8))])
    assert noise.kinds == {"gaussian": 0.2, "poisson": 0.8}


def test_a_probability_becomes_the_share_of_yes():
    recipe = Maybe(JPEG(), 0.5)
    assert with_fits(recipe, [fit_of(field_at(recipe, "probability"), fitted=(0.9, 0.1))]).probability == 0.1


def test_ends_have_the_digits_that_matter():
    noise, kernel, jpeg = Noise(), Kernel(sigma=(0.2, 3)), JPEG()
    assert with_fits(noise, [fit_of(field_at(noise, "sigma"), 3.23871, 11.8284)]).sigma == (3.2, 11.8)
    assert with_fits(noise, [fit_of(field_at(noise, "scale"), 0.0537, 2.7182)]).scale == (0.054, 2.72)
    assert with_fits(kernel, [fit_of(field_at(kernel, "size"), 8.2, 15.7)]).size == (9, 15)
    assert with_fits(jpeg, [fit_of(field_at(jpeg, "quality"), 41.7, 101.2)]).quality == (42, 100)


def test_a_factor_reaches_one_where_it_may_go_up():
    recipe = Resize()
    factor, direction = field_at(recipe, "factor"), field_at(recipe, "direction")
    assert with_fits(recipe, [fit_of(factor, 0.3, 0.6)]).factor == (0.3, 1.0)
    downward = fit_of(direction, fitted=(0.0, 0.9, 0.1))
    assert with_fits(recipe, [fit_of(factor, 0.3, 0.6), downward]).factor == (0.3, 0.6)


def test_an_end_that_a_rule_forbids_is_the_recipes_own():
    recipe = JPEGPasses(quality=(37, 70), quality_drops=((5, 20),))
    assert with_fits(recipe, [fit_of(field_at(recipe, "quality"), 15, 50)]).quality == (37, 50)


def test_a_distribution_with_a_step_becomes_parts_with_weights():
    recipe = HighOrder()
    field = field_at(recipe, "stages.1.noise.sigma")
    shares = (0.3, 0.3, 0.3, 0.02, 0.02, 0.02, 0.02, 0.02)
    parts = with_fits(recipe, [fit_of(field, 1.0, 25.0, shares)]).spelled_out.stages[1].noise
    assert [part.sigma for part in parts.children] == [(1, 10), (10, 25)]
    assert parts.weights == (0.9, 0.1)
    plain = recipe.spelled_out.stages[1].noise
    assert all(replace(part, sigma=plain.sigma) == plain for part in parts.children)


def test_parts_of_integers_do_not_overlap():
    field = field_at(JPEG(), "quality")
    recipe = Chain((JPEG(), JPEG()))
    field = replace(field, path="children.1.quality")
    parts = with_fits(recipe, [fit_of(field, 30, 95, (0.45, 0.45, 0.05, 0.05))]).children[1]
    assert [part.quality for part in parts.children] == [(30, 62), (63, 95)]


def test_parts_have_the_name_and_the_other_fits_of_their_operator():
    recipe = Chain((Noise(kinds="gaussian", name="grain"), JPEG()))
    sigma, channels = (field_at(recipe, f"children.0.{name}") for name in ("sigma", "channels"))
    step = fit_of(sigma, 1.0, 30.0, (0.45, 0.45, 0.05, 0.05))
    parts = with_fits(recipe, [step, fit_of(channels, fitted=(0.1, 0.9))]).children[0]
    assert parts.name == "grain"
    assert {part.channels["gray"] for part in parts.children} == {0.9}


def test_an_operator_that_is_called_by_its_kind_stays_one():
    grain = Noise(kinds="gaussian")
    recipe = Chain((Shuffle((Maybe(grain, 0.5), Noise(), Noise()), ordered=(("noise.0", "noise.1"),)),))
    field = field_at(recipe, "children.0.children.0.child.sigma")
    fitted = with_fits(recipe, [fit_of(field, 2.0, 30.0, (0.45, 0.45, 0.05, 0.05))])
    assert fitted.children[0].children[0].child == replace(grain, sigma=(2, 30))


@pytest.mark.parametrize("name", ["real-esrgan", "trainner-redux"])
def test_the_order_has_the_fitted_share(name):
    recipe = preset(name)
    field = next(field for field in fields_of(recipe) if field.kind == "order")
    fitted = with_fits(recipe, [fit_of(field, fitted=(0.2, 0.8))])
    observer = Observer(fitted)
    operators = operators_by_path(fitted)
    count = 400
    lasts = [operators[observer.sample((256, 256), seed=0, variant=variant)[2]] for variant in range(count)]
    share = sum(isinstance(last, JPEG) for last in lasts) / count
    assert abs(share - 0.8) < 4 * math.sqrt(0.8 * 0.2 / count)


def test_an_order_is_written_with_the_other_fits_of_its_parts():
    recipe = HighOrder()
    order, quality = field_at(recipe, "last"), field_at(recipe, "stages.1.compress.quality")
    fitted = with_fits(recipe, [fit_of(order, fitted=(0.7, 0.3)), fit_of(quality, 50, 80)])
    assert fitted.spelled_out.stages[1].compress is None
    assert fitted.last.weights == (0.7, 0.3)
    assert fitted.last.children[0].children[0] == JPEG(quality=(50, 80))


def test_an_order_that_always_holds_is_written_without_the_other_one():
    recipe = HighOrder()
    fitted = with_fits(recipe, [fit_of(field_at(recipe, "last"), fitted=(0.001, 0.999))])
    assert fitted.last == Chain((recipe.spelled_out.last, JPEG()))
    assert fitted.spelled_out.stages[1].compress is None


def test_a_mixture_names_its_recipes_and_draws_them_by_their_shares():
    recipe = preset("dasr-severe")
    mixture = mixed(replace(recipe, sharpen=None), recipe, 0.7)
    assert mixture.is_mixture
    assert [child.name for child in mixture.children] == ["fitted", "preset"]
    assert mixture.weights == (0.7, 0.3)
    names = {mixture.sample((64, 64), seed=0, variant=variant).steps[-1].name for variant in range(10)}
    assert names == {"fitted", "preset"}


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_between_0_and_1(share):
    with pytest.raises(RecipeError, match="share: must be between 0 and 1"):
        mixed(HighOrder(), HighOrder(), share)
