"""What every operator must do; a new one joins by a line in the table of examples."""

import copy
import dataclasses
import math
import pickle
import re

import numpy as np
import pytest
from bounds import assert_uniform
from examples import ALL, COMPOSITES, KEEP_OVERSHOOT, LEAVES, NOT_RANDOM
from field_values import at_the_ends

import degradekit
from degradekit import JPEG, Degradation, Kernel, Noise, Resize, catalogue, recipes
from degradekit.errors import ImageError, RecipeError, RecordError
from degradekit.operators.jpeg import JPEGStep
from degradekit.step import Step
from degradekit.work import size_after

each = pytest.mark.parametrize("name", ALL)
each_leaf = pytest.mark.parametrize("name", LEAVES)


def test_the_examples_cover_the_catalogue():
    assert {operator.op for operator in ALL.values()} == set(catalogue.names())


@each
def test_recipes_round_trip_through_yaml_pickle_and_copy(name):
    operator = ALL[name]
    assert recipes.loads(recipes.dumps(operator)) == operator
    assert pickle.loads(pickle.dumps(operator)) == operator
    assert copy.deepcopy(operator) == operator
    assert hash(pickle.loads(pickle.dumps(operator))) == hash(operator)


@each
def test_a_repr_is_the_call_that_makes_an_equal_operator_with_a_name_if_it_has_one(name):
    operator = ALL[name]
    classes = {made.__name__: made for made in map(type, operator.all_operators())}
    assert eval(repr(operator), classes) == operator
    assert "name=None" not in repr(operator)
    named = dataclasses.replace(operator, name="first")
    assert "name='first'" in repr(named)
    assert eval(repr(named), classes) == named


@each
def test_a_repr_of_a_step_is_the_call_that_makes_an_equal_step(name):
    steps = ALL[name].sample((64, 80), seed=0).steps
    assert eval(repr(steps), {type(step).__name__: type(step) for step in steps}) == steps


@each
def test_operators_are_immutable(name):
    with pytest.raises(AttributeError):
        ALL[name].name = "other"


@each
@pytest.mark.parametrize("size", [(64, 80), (7, 5), (1, 1)])
def test_draws_are_repeatable_and_records_round_trip(name, size):
    operator = ALL[name]
    scale = operator.lr_scale or 1
    if min(size) < scale:
        with pytest.raises(RecipeError, match=f"must be at least the scale, {scale}"):
            operator.sample(size, seed=0)
        return
    for variant in range(20):
        drawn = operator.sample(size, seed=5, key="k", variant=variant)
        assert drawn == operator.sample(size, seed=5, key="k", variant=variant)
        assert Degradation.from_json(drawn.to_json()) == drawn
        assert hash(Degradation.from_json(drawn.to_json())) == hash(drawn)
    assert len({operator.sample(size, seed=5, variant=v).to_json() for v in range(20)}) > 1 or name in NOT_RANDOM


@each_leaf
@pytest.mark.parametrize("shape", [(48, 64, 3), (48, 64, 1), (7, 5, 3), (7, 5, 1), (1, 1, 3), (1, 1, 1), (1, 300, 3)])
def test_apply_is_pure_finite_float32_and_keeps_the_channels(name, shape, random_image):
    operator = LEAVES[name]
    image = random_image(*shape)
    for variant in range(8):
        arrived = image
        for step in operator.sample(shape[:2], seed=2, variant=variant).steps:
            before = arrived.copy()
            result, again = step(arrived), step(before.copy())
            np.testing.assert_array_equal(arrived, before)
            np.testing.assert_array_equal(result, again)
            assert result.dtype == np.float32
            assert result.shape == (*step.output_size(arrived.shape[:2]), shape[2])
            assert np.isfinite(result).all()
            assert not np.shares_memory(result, arrived)
            if operator.op not in KEEP_OVERSHOOT:
                assert result.min() >= 0
                assert result.max() <= 1
            arrived = result


@pytest.mark.slow  # for which every function is compiled a second time
@each_leaf
def test_a_step_takes_an_image_that_is_read_only(name, random_image):
    writable = random_image(48, 64)
    read_only = writable.copy()
    read_only.setflags(write=False)
    for variant in range(8):
        for step in LEAVES[name].sample((48, 64), seed=2, variant=variant).steps[:1]:
            np.testing.assert_array_equal(step(read_only), step(writable))


@each_leaf
@pytest.mark.parametrize("channels", [3, 1])
def test_steps_with_a_field_at_its_end_keep_any_image_finite(name, channels, random_image):
    """Each kind of step that is drawn, with each field at the ends of what its rule allows, also values next to 0."""
    beyond = random_image(7, 5, channels) * np.float32(5) - np.float32(2)
    drawn = (LEAVES[name].sample((7, 5), seed=2, variant=variant).steps for variant in range(8))
    for step in {step.op: step for steps in drawn for step in steps}.values():
        for extreme in at_the_ends(step):
            assert 5 < len(str(extreme)) < 80
            try:
                size = size_after([extreme], (7, 5))
                result = extreme(beyond)
            except RecordError as error:  # of a large resize or crop, and a pool without a flat patch
                if not re.search("must result in at most|must fit into|must have a part of 256 x 256", str(error)):
                    raise
                continue
            assert np.isfinite(result).all(), extreme
            assert (result.dtype, result.shape) == (np.float32, (*size, channels))


@each_leaf
def test_a_step_takes_an_image_that_is_not_contiguous(name, random_image):
    whole = random_image(40, 60, 3)
    for part in (whole[3:35, 5:45], whole[::-1, ::2], whole.transpose(1, 0, 2), whole[..., ::-1], whole[..., 1:2]):
        steps = LEAVES[name].sample(part.shape[:2], seed=2).steps
        for step in steps[:1]:
            np.testing.assert_array_equal(step(part), step(np.ascontiguousarray(part)))


@each_leaf
def test_operators_with_a_field_at_its_end_can_be_drawn_from(name):
    for extreme in at_the_ends(LEAVES[name]):
        try:
            drawn = extreme.sample((33, 34), seed=1)
        except RecipeError as error:
            if not re.search("must result in at most|a kernel must have at most 63 pixels a side", str(error)):
                raise
            continue
        assert Degradation.from_json(drawn.to_json()) == drawn
        assert not re.search(r"-0\.0[],}]", drawn.to_json()), "0 with a sign, which equals 0 and is written otherwise"


@each_leaf
def test_describe_says_something_short(name):
    for variant in range(20):
        for step in LEAVES[name].sample((64, 64), seed=1, variant=variant).steps:
            assert 5 < len(str(step)) < 80
            assert "None" not in str(step)


@pytest.mark.parametrize("name", ["kernel sinc", "sinc", "resize"])
def test_blur_sinc_and_resize_keep_overshoot_from_before_and_make_their_own(name):
    """Values outside [0, 1] pass through, and a hard edge overshoots in at least one of 40 draws."""
    operator = LEAVES[name]
    beyond = np.full((40, 40, 3), 1.25, np.float32)
    edge = np.zeros((40, 40, 3), np.float32)
    edge[10:30, 10:30] = 1
    drawn = [operator.sample((40, 40), seed=0, variant=variant).steps[0] for variant in range(40)]
    assert all(abs(step(beyond).max() - 1.25) < 1e-5 for step in drawn)
    assert max(step(edge).max() for step in drawn) > 1.001


@pytest.mark.parametrize("name", COMPOSITES)
@pytest.mark.parametrize("shape", [(41, 50, 3), (41, 50), (13, 9, 3)])
def test_whole_chains_end_in_8_bits_at_the_lr_size(name, shape):
    operator = COMPOSITES[name]
    hr = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    for variant in range(4):
        lr = operator(hr, seed=1, variant=variant)
        assert lr.dtype == np.uint8
        assert lr.ndim == hr.ndim
        if operator.lr_scale:
            assert lr.shape[:2] == (shape[0] // operator.lr_scale, shape[1] // operator.lr_scale)
        as_float = operator(hr.astype(np.float32) / np.float32(255), seed=1, variant=variant)
        np.testing.assert_array_equal(as_float, lr.astype(np.float32) / np.float32(255))


def test_every_step_is_known_by_its_name():
    for op in catalogue.names():
        for step_type in catalogue.find_operator(op).step_types:
            assert issubclass(step_type, Step)
            assert catalogue.find_step(step_type.op) is step_type


@each_leaf
@pytest.mark.parametrize("image", ["uint8", "float64", "gray without channels", "a list"])
def test_a_step_refuses_what_is_not_an_image(name, image):
    """Of 8-bit levels it would make garbage, without a word."""
    hr = np.full((24, 32, 3), 100, np.uint8)
    other = {"uint8": hr, "float64": hr / 255, "gray without channels": np.float32(hr[..., 0] / 255)}.get(image, [[1]])
    for step in LEAVES[name].sample((24, 32), seed=1).steps:
        with pytest.raises(ImageError, match=r"a step takes float32 arrays \(H, W, C\).* \(got "):
            step(other)


@each_leaf
def test_a_step_cannot_be_changed_and_pickles(name):
    step = LEAVES[name].sample((32, 32), seed=0).steps[0]
    with pytest.raises(AttributeError):
        step.op = "other"
    assert pickle.loads(pickle.dumps(step)) == step


def test_every_operator_can_be_imported_from_the_package():
    for op, target in catalogue.BUILT_IN.items():
        class_name = target.partition(":")[2]
        assert getattr(degradekit, class_name) is catalogue.find_operator(op)
        assert class_name in dir(degradekit)
    with pytest.raises(AttributeError, match="has no attribute 'Blur'"):
        _ = degradekit.Blur


def test_unknown_operators_are_refused_with_the_known_ones():
    with pytest.raises(RecipeError, match=r"unknown operator 'blur'; known: \w*blur, .* others; did you mean"):
        catalogue.find_operator("blur")


class Negative(JPEG):
    """An operator of another package."""

    op = "negative"
    step_types = ()


@pytest.fixture
def entry_point(monkeypatch):
    """Let a package that is installed have an entry point."""
    from importlib.metadata import EntryPoint

    def install(name: str, value: str) -> None:
        monkeypatch.setattr(catalogue, "entry_points", lambda **_: [EntryPoint(name, value, catalogue.GROUP)])
        catalogue._entry_points.cache_clear()

    yield install
    catalogue._entry_points.cache_clear()


def test_operators_of_other_packages_come_from_their_entry_points(entry_point):
    entry_point("negative", f"{__name__}:Negative")
    assert catalogue.find_operator("negative") is Negative
    assert "negative" in catalogue.names()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("jpeg", "elsewhere:JPEG", "operator 'jpeg': a name must be unique"),
        ("gone", "degradekit_gone:Gone", r"operator 'gone': its package must have degradekit_gone:Gone \(No module"),
        (
            "other",
            f"{__name__}:Negative",
            r"operator 'other': .*:Negative must have this name in `op` \(got 'negative'\)",
        ),
    ],
)
def test_an_entry_point_that_does_not_fit_is_reported(name, value, message, entry_point):
    entry_point(name, value)
    with pytest.raises(RecipeError, match=message):
        recipes.loads(f"op: {name}")


@pytest.mark.parametrize("wrong", [JPEG(), JPEGStep, 5, type("Dotted", (JPEG,), {"op": "a.b"})])
def test_only_the_class_of_an_operator_can_be_registered(wrong, monkeypatch):
    monkeypatch.setattr(catalogue, "_registered", {})
    with pytest.raises(RecipeError, match="operator_class: must be an operator's class, with a name without dots"):
        catalogue.register(wrong)


def test_weights_cannot_be_changed():
    weights = JPEG().subsampling
    assert not {"update", "clear", "pop", "popitem", "setdefault", "__setitem__", "__delitem__", "__ior__"} & set(
        dir(weights)
    )


def drawn(operator, n: int = 4000) -> list:
    return [operator.sample((400, 400), seed=1, variant=v).steps[0] for v in range(n)]


def test_sigma_law_variance_draws_the_square_uniformly():
    steps = drawn(Kernel(sigma=(0.01, 8.0), sigma_law="variance", families={"aniso": 1.0}, sinc_probability=0.0))
    assert_uniform([step.sigma_x**2 for step in steps], 0.01, 8.0)
    assert_uniform([step.sigma_y**2 for step in steps], 0.01, 8.0)


def test_the_second_axis_of_a_kernel_may_have_a_span_of_its_own():
    families = {"iso": 0.5, "aniso": 0.5}
    steps = drawn(Kernel(sigma=(0.2, 4.0), families=families, sinc_probability=0.0, sigma_y=(0.8, 3.0)))
    assert_uniform([step.sigma_x for step in steps], 0.2, 4.0)
    assert_uniform([step.sigma_y for step in steps if step.family == "aniso"], 0.8, 3.0)
    assert all(step.sigma_y == step.sigma_x for step in steps if step.family == "iso")


def test_factor_law_reciprocal_draws_one_over_the_factor_uniformly():
    steps = drawn(Resize(factor=(0.125, 1.0), direction={"down": 1.0}, factor_law="reciprocal"))
    assert_uniform([1 / step.factor for step in steps], 1.0, 8.0)


def test_the_highest_peak_can_be_drawn():
    (step,) = Noise(kinds="poisson", peak=100_000).sample((64, 64), seed=0).steps
    assert step.peak == 100_000


def test_peak_is_drawn_log_uniformly():
    steps = drawn(Noise(kinds={"poisson": 1.0}, peak=(100.0, 10_000.0)))
    assert_uniform([math.log10(step.peak) for step in steps], 2.0, 4.0)


def test_correlated_noise_has_the_highest_sigma():
    steps = drawn(Noise(kinds={"gaussian": 1.0}, channels={"correlated": 1.0}, sigma=(2.0, 25.0)), 50)
    assert {step.sigma for step in steps} == {25.0}
    assert len({step.channels for step in steps}) == 50
