"""Strategies that draw recipes of all operators, nested, and pictures of all kinds, for hypothesis."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from degradekit import (
    AVIF,
    JPEG,
    JPEG2000,
    JPEGXL,
    Chain,
    Crop,
    HighOrder,
    JPEGPasses,
    JPEGTables,
    Kernel,
    Maybe,
    Noise,
    OneOf,
    Resize,
    Sharpen,
    Shuffle,
    Sinc,
    Stage,
    WebP,
)
from degradekit.operators.base import Operator

_FAMILIES = ("iso", "aniso", "generalized_iso", "generalized_aniso", "plateau_iso", "plateau_aniso")
_SUBSAMPLINGS = ("4:2:0", "4:2:2", "4:4:4", "4:4:0", "4:1:1")
_FILTERS = ("area", "bilinear", "bicubic", "bicubic_antialiased", "lanczos", "nearest", "gaussian")


def _span(low: float, high: float) -> st.SearchStrategy[Any]:
    ends = st.floats(low, high)
    return st.tuples(ends, ends).map(lambda pair: tuple(sorted(pair)))


def _integers(low: int, high: int, odd: bool = False) -> st.SearchStrategy[Any]:
    ends = st.integers(low, high).map(lambda value: value | 1 if odd else value)
    return st.tuples(ends, ends).map(lambda pair: tuple(sorted(pair)))


def _weights(*names: str) -> st.SearchStrategy[dict[str, float]]:
    weight = st.sampled_from([0.0, 1e-300, 0.3, 1.0, 1e300])
    return st.dictionaries(st.sampled_from(names), weight, min_size=1).filter(lambda mix: sum(mix.values()) > 0)


_sizes = _integers(1, 255, odd=True) | _integers(1, 21, odd=True)
_cutoffs = _span(0.01, math.pi)
_around_1 = st.tuples(st.floats(0.01, 1), st.floats(1, 100))
_kernels = st.builds(
    Kernel,
    size=_sizes,
    sigma=_span(0.01, 100) | _span(0.01, 4),
    sigma_law=st.sampled_from(["sigma", "variance"]),
    theta=_span(-math.pi, math.pi),
    families=_weights(*_FAMILIES),
    generalized_beta=_around_1,
    plateau_beta=_around_1,
    sinc_probability=st.floats(0, 1),
)
_sharpenings = st.builds(
    Sharpen,
    size=st.integers(3, 255).map(lambda size: size | 1),
    weight=st.floats(0, 10),
    threshold=st.floats(0, 255),
)


_tables = st.lists(st.integers(1, 32_767), min_size=64, max_size=64)
_codecs = st.one_of(
    st.builds(
        JPEGPasses,
        quality=_integers(50, 100),
        quality_drops=st.lists(_integers(0, 49), max_size=3),
        later_qualities=st.lists(_integers(1, 100), max_size=3),
        subsampling=_weights(*_SUBSAMPLINGS),
        shift_probability=st.floats(0, 1),
        shift=_integers(0, 7),
    ),
    st.builds(
        JPEGTables,
        tables=st.lists(st.tuples(_tables, _tables), min_size=1, max_size=2),
        quality=_integers(1, 100),
        subsampling=_weights(*_SUBSAMPLINGS[:3]),
    ),
    st.builds(WebP, quality=_integers(0, 100), method=_integers(0, 6)),
    st.builds(AVIF, quality=_integers(0, 100), speed=_integers(7, 10), subsampling=_weights(*_SUBSAMPLINGS[:3])),
    st.builds(JPEG2000, ratio=_span(1, 1000), wavelets=_weights("9/7", "5/3")),
    st.builds(JPEGXL, quality=_integers(0, 99), effort=_integers(1, 7)),
)


@st.composite
def _resizes(draw: Any) -> Resize:
    to = draw(st.sampled_from(["input", "lr"]) | st.tuples(st.integers(1, 90), st.integers(1, 90)))
    return Resize(
        to=to,
        factor=(draw(st.floats(0.01, 1)), draw(st.floats(1, 8))),
        direction=draw(_weights("up", "down", "keep")),
        factor_law=draw(st.sampled_from(["factor", "reciprocal"])),
        filters=draw(_weights(*_FILTERS)),
        sigma=draw(_span(0.01, 100)),
    )


@st.composite
def _noises(draw: Any) -> Noise:
    kinds, channels = draw(_weights("gaussian", "poisson", "speckle")), draw(_weights("color", "gray", "correlated"))
    return Noise(
        kinds=kinds,
        channels={"color": 1.0} if kinds.get("poisson") else channels,
        sigma=draw(_span(0, 1000)),
        scale=draw(_span(0, 1000)),
        peak=draw(st.none() | _span(1, 100_000)),
    )


_leaves: st.SearchStrategy[Operator] = st.one_of(
    _kernels,
    st.builds(Sinc, size=_sizes, cutoff=_cutoffs),
    _resizes(),
    _noises(),
    st.builds(JPEG, quality=_integers(1, 100), subsampling=_weights(*_SUBSAMPLINGS)),
    _codecs,
    _sharpenings,
    st.just(Crop()),
)


def _grown(inner: st.SearchStrategy[Operator]) -> st.SearchStrategy[Operator]:
    several = st.lists(inner, min_size=1, max_size=4).map(tuple)
    certain = inner.filter(lambda operator: not isinstance(operator, Maybe))
    maybe = st.none() | inner
    return st.one_of(
        st.builds(Chain, several),
        st.builds(Shuffle, several, probability=st.floats(0, 1)),
        st.builds(OneOf, several),
        st.builds(Maybe, certain, probability=st.floats(0, 1)),
        st.builds(Stage, blur=maybe, resize=maybe, noise=maybe, compress=maybe),
        st.builds(HighOrder, order=st.integers(1, 3), scale=st.integers(1, 8), sharpen=st.none() | _sharpenings),
    )


operators = st.recursive(_leaves, _grown, max_leaves=6)
"""Any operators, which may refuse to be drawn from."""
recipes = st.builds(lambda inner, scale: Chain((inner, Resize(to="lr")), scale), operators, st.integers(1, 8))
"""Recipes with a scale, which end at the size of the LR."""

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
