"""Mixtures: one of several whole recipes, each of whose records has the name of the chosen one."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from bounds import assert_frequency

from degradekit import JPEG, Chain, Degradation, HighOrder, OneOf, RecipeError, RecordError, Resize, recipes
from degradekit.compose import ChosenRecipeStep
from degradekit.degradation import degrade_all
from degradekit.presets import preset

PLAIN = Chain([Resize(to="lr", filters="area")], scale=2, name="plain")
COMPRESSED = Chain([Resize(to="lr", filters="area"), JPEG()], scale=2, name="compressed")
MIXTURE = OneOf([PLAIN, COMPRESSED], weights=[1, 3])


def test_a_mixture_has_the_scale_of_its_recipes():
    assert MIXTURE.lr_scale == 2
    assert MIXTURE.sample((41, 30), seed=0).lr_size == (20, 15)
    assert OneOf([PLAIN, replace(COMPRESSED, scale=4)]).lr_scale is None
    assert OneOf([PLAIN, JPEG()]).lr_scale is None
    assert recipes.rescaled(OneOf([HighOrder(scale=2), HighOrder(order=1, scale=2)]), 3).lr_scale == 3


def test_the_record_ends_with_the_chosen_recipe_as_often_as_its_weight_says():
    drawn = [MIXTURE.sample((16, 16), seed=4, variant=variant) for variant in range(4000)]
    names = Counter(each.steps[-1].name for each in drawn)
    assert all(isinstance(each.steps[-1], ChosenRecipeStep) for each in drawn)
    assert all((each.steps[-1].name == "compressed") == (each.steps[-2].op == "jpeg") for each in drawn)
    assert_frequency(names["compressed"], 4000, 0.75)
    assert Degradation.from_json(drawn[0].to_json()) == drawn[0]


def test_recipes_without_names_are_called_by_type_and_ordinal():
    mixture = OneOf([HighOrder(scale=2), replace(PLAIN, name=None), HighOrder(order=1, scale=2)])
    names = {mixture.sample((16, 16), seed=0, variant=variant).steps[-1].name for variant in range(50)}
    assert names == {"high_order.0", "chain.0", "high_order.1"}


def test_what_is_chosen_is_drawn_as_ever_and_changes_no_pixel():
    """The steps before the name are those of the recipe alone, with the mixture's random stream."""
    image = np.random.default_rng(0).random((16, 16, 3), np.float32)
    mixed = OneOf([COMPRESSED]).sample((16, 16), seed=1)
    nested = Chain([OneOf([replace(COMPRESSED, scale=None)])], scale=2)
    assert not any(step.op.startswith("one_of") for step in nested.sample((16, 16), seed=1).steps)
    np.testing.assert_array_equal(
        mixed.apply(image), Degradation(mixed.size, mixed.scale, mixed.steps[:-1]).apply(image)
    )


def test_first_steps_that_variants_share_stay_shared():
    drawn = [MIXTURE.sample((16, 16), seed=4, variant=variant) for variant in range(8)]
    assert len({each.steps[-1].name for each in drawn}) == 2
    assert len({each.steps[0] for each in drawn}) == 1
    image = np.random.default_rng(0).random((16, 16, 3), np.float32)
    for each, lr in zip(drawn, degrade_all(drawn, image), strict=True):
        np.testing.assert_array_equal(each.to_pixels(image), lr)


@pytest.mark.parametrize("scale", [2, 4])
def test_the_choices_inside_of_the_presets_name_nothing(scale):
    for name in ("bsrgan", "bsrgan-plus"):
        for variant in range(20):
            steps = preset(name, scale).sample((96, 96), seed=0, variant=variant).steps
            assert not any(isinstance(step, ChosenRecipeStep) for step in steps)


def test_names_are_short_and_shown_on_one_line():
    assert str(ChosenRecipeStep("x" * 100)) == "recipe " + "x" * 70
    assert str(ChosenRecipeStep("a\nb")) == "recipe a\\nb"
    with pytest.raises(RecordError, match="name: must have at most 100 characters"):
        ChosenRecipeStep("x" * 101)


@pytest.mark.parametrize(("name", "rule"), [("x" * 101, "at most 100 characters"), ("\ud800", "text that UTF-8 can")])
def test_a_name_that_a_record_cannot_hold_is_refused_before_it_is_drawn(name, rule):
    with pytest.raises(RecipeError, match=rf"children\[0\].name: must (have|be) {rule}"):
        OneOf([replace(PLAIN, name=name), COMPRESSED], weights=[0, 1])
