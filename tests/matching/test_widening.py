"""A recipe with wider spans."""

import math

import pytest
from examples import ALL

from degradekit import JPEG, JPEGPasses, Kernel, Noise, Resize, recipes
from degradekit.matching.fields import fields_of
from degradekit.matching.spans import widened


def check_wider(recipe):
    wider = widened(recipe, 1.25)
    assert recipes.loads(recipes.dumps(wider)) == wider
    for before, after in zip(fields_of(recipe), fields_of(wider), strict=True):
        assert after.path == before.path
        assert (after.names, after.shares) == (before.names, before.shares)
        assert after.low <= before.low <= before.high <= after.high
    for variant in range(3):
        wider.sample((256, 256), seed=0, variant=variant)


@pytest.mark.parametrize("name", ["real-esrgan x4", "bsrgan x4", "trainner-combo", "apisr", "waifu2x-art-2", "animesr"])
def test_a_wider_recipe_has_the_same_fields_with_spans_around_the_former(name):
    check_wider(ALL[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_any_wider_recipe_has_the_same_fields_with_spans_around_the_former(name):
    check_wider(ALL[name])


def test_a_span_is_stretched_about_its_middle():
    assert widened(Noise(kinds="gaussian", sigma=(10, 30)), 1.5).sigma == (6.666666666666667, 35)
    assert widened(Noise(kinds="gaussian", sigma=(10, 18)), 1.25).sigma == (9, 19)
    assert widened(JPEG(quality=(30, 95)), 1.25).quality == (24, 100)
    assert widened(Kernel(), 1.25).size == (5, 23)


def test_a_factor_above_zero_does_not_get_there():
    assert widened(Resize(), 1.25).factor[0] == 0.15 / 1.25


def test_a_rule_of_the_field_may_stop_an_end():
    assert widened(Kernel(theta=(-3, 3)), 2).theta == (-math.pi, math.pi)
    downward = Resize(factor=(0.5, 1), direction="down")
    assert widened(downward, 1.5).factor == (0.375, 1.125)


def test_a_rule_about_several_fields_may_stop_an_end():
    passes = JPEGPasses(quality=(16, 60), quality_drops=((5, 14),))
    assert widened(passes, 1.25).quality == (16, 66)


def test_what_does_nothing_random_stays():
    assert widened(JPEG(quality=80), 2) == JPEG(quality=80)
