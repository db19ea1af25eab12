"""The strength of a recipe."""

import math

import numpy as np
import pytest
from examples import ALL, LEAVES

from degradekit import JPEG, Chain, HighOrder, Kernel, Noise, RecipeError, Resize, Sharpen, Sinc, recipes
from degradekit.fields import Neutral, marks_of
from degradekit.presets import PRESETS, preset
from degradekit.recipes import at_strength


def _neutral_fields(operator) -> list[str]:
    marks = marks_of(type(operator))
    return [name for name, each in marks.items() if any(isinstance(mark, Neutral) for mark in each)]


def _is_scaled(operator) -> bool:
    """Return whether strength changes a draw, which it does not if all resizes keep the size."""
    weak = at_strength(operator, 0.5)
    return any(
        weak.sample((64, 64), seed=0, variant=n) != operator.sample((64, 64), seed=0, variant=n) for n in range(5)
    )


SCALED = [name for name, operator in LEAVES.items() if _is_scaled(operator)]


@pytest.mark.parametrize("name", ALL)
def test_at_strength_one_a_recipe_is_itself_and_at_others_a_recipe_of_its_kind(name):
    assert at_strength(ALL[name], 1) == ALL[name]
    for strength in (0.3, 0):
        weak = at_strength(ALL[name], strength)
        assert recipes.loads(recipes.dumps(weak)) == weak
        if weak.lr_scale:
            assert weak.sample((96, 96), seed=1).lr_size == (96 // weak.lr_scale, 96 // weak.lr_scale)


def test_ranges_move_toward_what_does_nothing():
    assert at_strength(JPEG(quality=(30, 95)), 0.5) == JPEG(quality=(65, 98))
    assert at_strength(JPEG(quality=60), 0.25) == JPEG(quality=90)
    assert at_strength(Noise(sigma=(1, 30), scale=2), 0.1) == Noise(sigma=(0.1, 3), scale=0.2)
    assert at_strength(Kernel(size=(7, 21), sigma=(0.2, 3)), 0.5) == Kernel(size=(5, 11), sigma=(0.1, 1.5))
    assert at_strength(Resize(factor=(0.5, 1.5)), 0.5).factor == (0.75, 1.25)
    assert at_strength(Sharpen(weight=0.5), 0.5) == Sharpen(weight=0.25)
    assert at_strength(Sinc(size=21, cutoff=(0, math.pi)[1]), 0.5) == Sinc(size=11, cutoff=math.pi)


def test_at_strength_zero_ranges_end_at_what_does_the_least():
    assert at_strength(Kernel(), 0) == Kernel(size=1, sigma=0.01)
    weak = at_strength(Chain([Sharpen(), Kernel(), Resize(), Noise(), Sinc()]), 0)
    image = np.random.default_rng(0).random((33, 20, 3), np.float32)
    for variant in range(20):
        np.testing.assert_allclose(weak.sample((33, 20), seed=2, variant=variant).apply(image), image, atol=1e-6)


def test_a_fixed_factor_of_a_resize_is_a_size_and_stays():
    assert at_strength(Resize(factor=0.5, direction="down"), 0.2).factor == (0.5, 0.5)


def test_what_is_published_and_not_given_moves_too():
    weak = at_strength(HighOrder(), 0.5)
    assert weak.spelled_out.stages[1].compress.quality == (65, 98)
    assert weak.spelled_out.stages[1].blur.probability == 0.8
    assert weak.spelled_out.last.children[1].child.size == (5, 11)


@pytest.mark.parametrize("name", PRESETS)
def test_the_same_seed_chooses_the_same_operators_in_the_same_order(name):
    recipe = preset(name, 4)
    for variant in range(10):
        strong, weak = (
            each.sample((96, 96), seed=1, variant=variant).steps for each in (recipe, at_strength(recipe, 0.4))
        )
        assert [step.op for step in strong] == [step.op for step in weak]
        seeds = [[getattr(step, "seed", None) for step in steps] for steps in (strong, weak)]
        assert seeds[0] == seeds[1]


def _change(operator, photo, draws: int = 8) -> float:
    """How much draws change a photo on average: its pixels, or the logarithm of its side where the size changes."""
    total = 0.0
    for variant in range(draws):
        drawn = operator.sample(photo.shape[:2], seed=3, variant=variant)
        if drawn.lr_size == drawn.size:
            total += float(np.abs(drawn.apply(photo) - photo).mean())
        else:
            total += abs(math.log(drawn.lr_size[0] / drawn.size[0]))
    return total / draws


@pytest.mark.parametrize("name", SCALED)
def test_the_weaker_the_recipe_the_less_it_changes_a_photo(name, photo):
    part = np.ascontiguousarray(photo("astronaut.png")[40:136, 180:276]).astype(np.float32) / np.float32(255)
    whole, half, tenth = (_change(at_strength(LEAVES[name], strength), part) for strength in (1, 0.5, 0.1))
    assert whole > half > tenth


def test_every_operator_with_a_neutral_value_is_tried():
    neutral = {operator.op for operator in LEAVES.values() if _neutral_fields(operator)}
    assert neutral <= {LEAVES[name].op for name in SCALED}
    assert {"kernel", "noise", "resize", "jpeg", "sinc", "sharpen"} <= neutral


@pytest.mark.parametrize("strength", [-0.1, 1.01, float("nan"), float("inf"), True, "0.5", None, [1]])
def test_a_strength_that_is_none_is_refused(strength):
    with pytest.raises(RecipeError, match=r"^strength: must be a number between 0 and 1 \(got "):
        at_strength(JPEG(), strength)
    with pytest.raises(RecipeError):
        recipes.from_dict({"extends": "classical", "strength": strength})


def test_beside_extends_fields_that_are_given_are_not_scaled():
    recipe = recipes.loads("extends: classical\nstrength: 0.5\nstages.0.compress.quality: [50, 95]")
    assert recipe == recipes.changed(at_strength(preset("classical"), 0.5), {"stages.0.compress.quality": [50, 95]})
    assert recipe.stages[0].compress.quality == (50, 95)
    assert recipe.stages[0].noise.sigma == (0.5, 15.0)
