"""Strategies that draw recipes of all operators, nested, and pictures of all kinds, for hypothesis."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from examples import LEAVES
from field_values import any_value, ends_of_fields
from hypothesis import strategies as st
from PIL import Image

from degradekit import Chain, HighOrder, LinearLight, Maybe, OneOf, Resize, Sharpen, Shuffle, Stage
from degradekit.errors import RecipeError
from degradekit.operators.base import Operator


@st.composite
def _leaves(draw: Any) -> Operator:
    """Draw an operator of the table of examples, and change some of its fields to any values that their rules allow."""
    operator = draw(st.sampled_from(list(LEAVES.values())))
    extremes = ends_of_fields(operator)
    for name in draw(st.lists(st.sampled_from(list(extremes)), unique=True, max_size=6)) if extremes else ():
        value = draw(any_value(extremes[name]))
        try:
            operator = dataclasses.replace(operator, **{name: value})
        except RecipeError:  # of a rule about several fields
            continue
    return operator


NESTED = (Chain, LinearLight, Shuffle, OneOf, Maybe, Stage, HighOrder)
"""The operators that `_grown` makes of others."""
_sharpenings = st.builds(
    Sharpen,
    size=st.integers(3, 255).map(lambda size: size | 1),
    weight=st.floats(0, 10),
    threshold=st.floats(0, 255),
)


def _grown(inner: st.SearchStrategy[Operator]) -> st.SearchStrategy[Operator]:
    several = st.lists(inner, min_size=1, max_size=4).map(tuple)
    certain = inner.filter(lambda operator: not isinstance(operator, Maybe))
    maybe = st.none() | inner
    return st.one_of(
        st.builds(Chain, several),
        st.builds(LinearLight, several, st.sampled_from(["srgb", "power"])),
        st.builds(Shuffle, several, probability=st.floats(0, 1)),
        st.builds(OneOf, several),
        st.builds(Maybe, certain, probability=st.floats(0, 1)),
        st.builds(Stage, blur=maybe, resize=maybe, noise=maybe, compress=maybe),
        st.builds(HighOrder, order=st.integers(1, 3), scale=st.integers(1, 8), sharpen=st.none() | _sharpenings),
    )


operators = st.recursive(_leaves(), _grown, max_leaves=6)
"""Any operators, which may refuse to be drawn from."""
recipes = st.builds(lambda inner, scale: Chain((inner, Resize(to="lr")), scale), operators, st.integers(1, 8))
"""Recipes with a scale, which end at the size of the LR."""
mixtures = st.builds(
    lambda one, other, scale: OneOf([Chain((each, Resize(to="lr")), scale) for each in (one, other)]),
    operators,
    operators,
    st.integers(1, 8),
)
"""Mixtures of two recipes."""

PICTURES: dict[str, Callable[[np.ndarray], Any]] = {
    "8 bits": lambda levels: levels,
    "8 bits, gray": lambda levels: levels[:, :, 0].copy(),
    "8 bits, gray with an axis": lambda levels: levels[:, :, :1].copy(),
    "16 bits": lambda levels: levels.astype(np.uint16) * 257,
    "16 bits, gray": lambda levels: levels[:, :, 0].astype(np.uint16) * 250,
    "float32": lambda levels: levels.astype(np.float32) / 255,
    "float32, gray with an axis": lambda levels: levels[:, :, :1].astype(np.float32) / 255,
    "PIL": Image.fromarray,
    "PIL, gray": lambda levels: Image.fromarray(levels[:, :, 0]),
    "not contiguous": lambda levels: np.repeat(np.repeat(levels, 2, 0), 2, 1)[::2, ::-2],
}
"""What makes a picture of a kind from (H, W, 3) uint8 levels."""


@st.composite
def pictures(draw: Any) -> tuple[str, Any]:
    """Draw a kind of picture, and one of it."""
    height, width = draw(st.integers(1, 70)), draw(st.integers(1, 70))
    content = draw(st.sampled_from(["noise", "black", "white", "ramp"]))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    levels = {
        "noise": rng.integers(0, 256, (height, width, 3)),
        "black": np.zeros((height, width, 3)),
        "white": np.full((height, width, 3), 255),
        "ramp": np.arange(height * width * 3).reshape(height, width, 3) % 256,
    }[content].astype(np.uint8)
    kind = draw(st.sampled_from(list(PICTURES)))
    return kind, PICTURES[kind](levels)
