"""What holds for every recipe and every picture, whatever is drawn."""

from typing import Any

import numpy as np
import pytest
import random_recipes
from examples import LEAVES
from hypothesis import given, settings
from hypothesis import strategies as st

from degradekit import Degradation, DegradekitError, catalogue, recipes
from degradekit.image import to_image
from degradekit.operators.base import Operator
from degradekit.strengths import at_strength

_MOST_PIXELS = 2**17
_KEY = "photo \udcff\n"


def check(recipe: Operator, kind: str, picture: Any, seed: int) -> None:
    again = recipes.loads(recipes.dumps(recipe))
    assert again == recipe
    before = np.array(picture)
    size = before.shape[0], before.shape[1]
    try:
        recipe.require_all()
        drawn = recipe.sample(size, seed=seed, key=_KEY, variant=3)
    except DegradekitError:  # such as a pool without flat parts, or a picture that becomes too small for the scale
        return
    assert again.sample(size, seed=seed, key=_KEY, variant=3) == drawn
    read = Degradation.from_json(drawn.to_json())
    assert read == drawn
    sizes = [size]
    for step in drawn.steps:
        sizes.append(step.output_size(sizes[-1]))
    if max(height * width for height, width in sizes) > _MOST_PIXELS:
        return
    check_result(drawn, read, kind, picture, before)
    check_steps(drawn, picture)
    weaker = at_strength(recipe, 0.5)
    assert recipes.loads(recipes.dumps(weaker)) == weaker
    for kernel in drawn.kernels():
        assert np.isfinite(kernel).all()
        assert abs(kernel.sum() - 1) < 1e-3


def check_result(drawn: Degradation, read: Degradation, kind: str, picture: Any, before: np.ndarray) -> None:
    result, same = drawn(picture), read(picture)
    np.testing.assert_array_equal(np.asarray(picture), before, "the picture was changed")
    np.testing.assert_array_equal(np.asarray(result), np.asarray(same), "the record gives another result")
    assert isinstance(result, np.ndarray) != kind.startswith("PIL")
    assert np.asarray(result).dtype == before.dtype
    assert np.asarray(result).shape == (*drawn.lr_size, *before.shape[2:])


def check_steps(drawn: Degradation, picture: Any) -> None:
    image, _ = to_image(picture)
    for step in drawn.steps:
        before = image.copy()
        after = step(image)
        np.testing.assert_array_equal(image, before, f"{step.op} changed its input")
        assert not np.shares_memory(after, image), f"{step.op} returned its input"
        assert np.isfinite(after).all(), step
        assert after.dtype == np.float32
        assert after.shape == (*step.output_size(image.shape[:2]), image.shape[2])
        image = after


def test_recipes_of_all_operators_are_drawn():
    nested = {operator.op for operator in random_recipes.NESTED}
    assert {operator.op for operator in LEAVES.values()} | nested == set(catalogue.names())


_anything = given(
    random_recipes.operators | random_recipes.recipes | random_recipes.mixtures,
    random_recipes.pictures(),
    st.integers(-(2**64), 2**64),
)


@settings(max_examples=20, derandomize=True, database=None)
@_anything
def test_any_recipe_degrades_any_picture(recipe, picture, seed):
    check(recipe, *picture, seed)


@pytest.mark.nightly
@settings(max_examples=5000, database=None, print_blob=True)
@_anything
def test_thousands_of_recipes_degrade_any_picture(recipe, picture, seed):
    check(recipe, *picture, seed)
