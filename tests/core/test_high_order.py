"""Draws over 20,000 samples against the published numbers, within five standard errors."""

import dataclasses
import math
from collections import Counter

import numpy as np
import pytest
from bounds import assert_frequency, assert_uniform

from degradekit import JPEG, HighOrder, Kernel, Stage
from degradekit.high_order import CLASSICAL, FIRST, SECOND
from degradekit.operators.kernel import PUBLISHED_FAMILIES, KernelStep
from degradekit.operators.noise import GaussianStep, PoissonStep
from degradekit.operators.sinc import SincStep

N = 20_000
FAMILIES = dict(zip(PUBLISHED_FAMILIES, (0.45, 0.25, 0.12, 0.03, 0.12, 0.03), strict=True))


def kind(step) -> str:
    return step.op.partition(".")[0]


@pytest.fixture(scope="module")
def drawn():
    """The steps of stage 1, of stage 2 and of the end, for each sample."""
    recipe = HighOrder()
    result = []
    for variant in range(N):
        steps = recipe.sample((400, 400), seed=0, variant=variant).steps
        assert isinstance(steps[1], KernelStep | SincStep)
        assert [kind(step) for step in (steps[0], *steps[2:5])] == ["sharpen", "resize", "noise", "jpeg"]
        second = 8 if isinstance(steps[5], KernelStep | SincStep) else 7
        result.append((steps[1:5], steps[5:second], steps[second:]))
    return result


def steps_of(drawn, stage: int, name: str) -> list:
    return [step for sample in drawn for step in sample[stage] if kind(step) == name]


@pytest.mark.parametrize(("stage", "high"), [(0, 3.0), (1, 1.5)])
def test_kernels(drawn, stage, high):
    bells, sincs = steps_of(drawn, stage, "kernel"), steps_of(drawn, stage, "sinc")
    kernels = bells + sincs
    if stage == 1:
        assert_frequency(N - len(kernels), N, 0.2, "skipped second blur")
    else:
        assert len(kernels) == N
    counts = Counter(kernel.size for kernel in kernels)
    assert set(counts) == set(range(7, 22, 2))
    for size, count in counts.items():
        assert_frequency(count, len(kernels), 1 / 8, f"size {size}")
    assert_frequency(len(sincs), len(kernels), 0.1, "sinc")
    counts = Counter(kernel.family for kernel in bells)
    for family, probability in FAMILIES.items():
        assert_frequency(counts[family], len(bells), probability, family)
    assert_uniform([kernel.sigma_x for kernel in bells], 0.2, high, "sigma_x")
    anisotropic = [kernel for kernel in bells if kernel.family.endswith("aniso")]
    assert_uniform([kernel.sigma_y for kernel in anisotropic], 0.2, high, "sigma_y")
    assert_uniform([kernel.theta for kernel in anisotropic], -math.pi, math.pi, "theta")
    correlation = np.corrcoef([k.sigma_x for k in anisotropic], [k.sigma_y for k in anisotropic])[0, 1]
    assert abs(correlation) < 5 / math.sqrt(len(anisotropic))
    for kernel in bells:
        if kernel.family.endswith("aniso"):
            continue
        assert kernel.sigma_x == kernel.sigma_y
        assert kernel.theta == 0


def test_betas_come_half_from_below_1_and_half_from_above(drawn):
    kernels = steps_of(drawn, 0, "kernel") + steps_of(drawn, 1, "kernel")
    generalized = [k.beta for k in kernels if k.family.startswith("generalized")]
    below = [beta for beta in generalized if beta < 1]
    assert_frequency(len(below), len(generalized), 0.5)
    assert_uniform(below, 0.5, 1.0)
    assert_uniform([beta for beta in generalized if beta > 1], 1.0, 4.0)
    plateau = [k.beta for k in kernels if k.family.startswith("plateau")]
    above = [beta for beta in plateau if beta != 1]
    assert_frequency(len(plateau) - len(above), len(plateau), 0.5, "the atom of plateau's beta at 1")
    assert_uniform(above, 1.0, 2.0)
    assert {k.beta for k in kernels if k.family in ("iso", "aniso")} == {1.0}


def test_sinc_kernels_of_the_stages(drawn):
    sincs = steps_of(drawn, 0, "sinc") + steps_of(drawn, 1, "sinc")
    assert_uniform([k.cutoff for k in sincs if k.size < 13], math.pi / 3, math.pi)
    assert_uniform([k.cutoff for k in sincs if k.size >= 13], math.pi / 5, math.pi)


@pytest.mark.parametrize(
    ("stage", "up", "down", "keep", "low", "high", "base"),
    [(0, 0.2, 0.7, 0.1, 0.15, 1.5, 400), (1, 0.3, 0.4, 0.3, 0.3, 1.2, 100)],
)
def test_resizes(drawn, stage, up, down, keep, low, high, base):
    """Stage 1 multiplies its input, stage 2 HR / scale, whatever stage 1 has left."""
    resizes = steps_of(drawn, stage, "resize")
    assert len(resizes) == N
    factors = [resize.factor for resize in resizes]
    larger, smaller = [f for f in factors if f > 1], [f for f in factors if f < 1]
    assert_frequency(len(larger), N, up, "up")
    assert_frequency(len(smaller), N, down, "down")
    assert_frequency(factors.count(1.0), N, keep, "keep")
    assert_uniform(larger, 1.0, high)
    assert_uniform(smaller, low, 1.0)
    counts = Counter(resize.filter for resize in resizes)
    assert set(counts) == {"area", "bilinear", "bicubic"}
    for name, count in counts.items():
        assert_frequency(count, N, 1 / 3, name)
    assert all(resize.height == resize.width == int(base * resize.factor) for resize in resizes)


@pytest.mark.parametrize(("stage", "sigma", "scale"), [(0, 30.0, 3.0), (1, 25.0, 2.5)])
def test_noises(drawn, stage, sigma, scale):
    noises = steps_of(drawn, stage, "noise")
    assert len(noises) == N
    gaussian = [noise for noise in noises if isinstance(noise, GaussianStep)]
    poisson = [noise for noise in noises if isinstance(noise, PoissonStep)]
    assert len(gaussian) + len(poisson) == N
    assert_frequency(len(gaussian), N, 0.5, "gaussian")
    assert_frequency(sum(noise.channels == "gray" for noise in gaussian), len(gaussian), 0.4, "gray gaussian")
    assert_frequency(sum(noise.channels == "gray" for noise in poisson), len(poisson), 0.4, "gray poisson")
    assert_uniform([noise.sigma for noise in gaussian], 1.0, sigma)
    assert_uniform([noise.scale for noise in poisson], 0.05, scale)
    assert all(noise.peak is None for noise in poisson)
    assert_uniform([noise.seed / 2**53 for noise in noises], 0, 1, "seeds")


def test_jpeg_qualities_are_integers_with_both_ends(drawn):
    for stage in (0, 2):
        qualities = Counter(jpeg.quality for jpeg in steps_of(drawn, stage, "jpeg"))
        assert set(qualities) == set(range(30, 96))
        for quality, count in qualities.items():
            assert_frequency(count, N, 1 / 66, f"quality {quality}")
        assert {jpeg.subsampling for jpeg in steps_of(drawn, stage, "jpeg")} == {"4:2:0"}


def test_last_step(drawn):
    """Two orders with equal chance; resize and sinc stay together; the sinc is there with probability 0.8."""
    orders = Counter(tuple(step.op for step in sample[2]) for sample in drawn)
    assert set(orders) == {
        ("resize", "sinc", "jpeg"),
        ("resize", "jpeg"),
        ("jpeg", "resize", "sinc"),
        ("jpeg", "resize"),
    }
    assert_frequency(sum(count for order, count in orders.items() if order[0] == "jpeg"), N, 0.5, "JPEG first")
    assert_frequency(sum(count for order, count in orders.items() if "sinc" in order), N, 0.8, "sinc")
    sincs = steps_of(drawn, 2, "sinc")
    assert_uniform([sinc.cutoff for sinc in sincs], math.pi / 3, math.pi)
    counts = Counter(sinc.size for sinc in sincs)
    for size in range(7, 22, 2):
        assert_frequency(counts[size], len(sincs), 1 / 8, f"size {size}")
    resizes = steps_of(drawn, 2, "resize")
    assert all(resize.height == resize.width == 100 for resize in resizes)
    filters = Counter(resize.filter for resize in resizes)
    assert set(filters) == {"area", "bilinear", "bicubic"}
    for name, count in filters.items():
        assert_frequency(count, N, 1 / 3, name)


def test_stages_draw_independently(drawn):
    first, second = steps_of(drawn, 0, "noise"), steps_of(drawn, 1, "noise")
    same = sum(type(a) is type(b) for a, b in zip(first, second, strict=True))
    assert_frequency(same, N, 0.5)
    qualities = [[jpeg.quality for jpeg in steps_of(drawn, stage, "jpeg")] for stage in (0, 2)]
    assert abs(np.corrcoef(*qualities)[0, 1]) < 5 / math.sqrt(N)


def test_order_1_is_the_classical_model():
    steps = HighOrder(order=1, scale=4).sample((400, 400), seed=0).steps
    assert [kind(step) for step in steps] == ["sharpen", "kernel", "resize", "noise", "jpeg"]
    assert steps[2].output_size((400, 400)) == (100, 100)


@pytest.mark.parametrize("order", [2, 3, 5])
def test_higher_orders_repeat_the_second_stage(order):
    recipe = HighOrder(order=order)
    assert recipe.spelled_out.stages == (FIRST, *(SECOND,) * (order - 1))
    steps = recipe.sample((400, 400), seed=0).steps
    assert sum(kind(step) == "noise" for step in steps) == order
    assert sum(step.op == "jpeg" for step in steps) == order
    noises = [step for step in steps if kind(step) == "noise"]
    assert len({noise.seed for noise in noises}) == order


def test_what_a_stage_does_not_give_is_the_published_operator_of_its_position():
    weak = JPEG(quality=(90, 95))
    recipe = HighOrder(order=3, stages=(Stage(noise=None), Stage(compress=weak)))
    first, second, third = recipe.spelled_out.stages
    assert first == dataclasses.replace(FIRST, noise=None)
    assert second == third == dataclasses.replace(SECOND, compress=weak)
    classical = HighOrder(order=1, stages=(Stage(compress=weak),))
    assert classical.spelled_out.stages == (dataclasses.replace(CLASSICAL, compress=weak),)
    assert classical.sample((64, 64), seed=0).lr_size == (16, 16)


def test_the_order_can_be_replaced_where_no_stages_were_given():
    for order in (1, 2, 3):
        assert dataclasses.replace(HighOrder(order=1), order=order) == HighOrder(order=order)


def test_written_out_recipes_are_equal_and_draw_the_same():
    from degradekit import recipes

    written = recipes.from_dict(HighOrder().to_dict())
    assert written.stages == (FIRST, SECOND)
    assert written == HighOrder()
    assert hash(written) == hash(HighOrder())
    assert written.sample((64, 64), seed=4) == HighOrder().sample((64, 64), seed=4)
    assert written != HighOrder(sharpen=None)


def test_fields_can_be_replaced():
    recipe = dataclasses.replace(HighOrder(), scale=2, sharpen=None)
    assert recipe.sample((64, 64), seed=0).lr_size == (32, 32)
    assert "sharpen" not in [step.op for step in recipe.sample((64, 64), seed=0).steps]


@pytest.mark.parametrize("scale", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("size", [(400, 400), (401, 399), (17, 33), (8, 8)])
def test_every_scale_and_size_gives_the_rounded_down_lr(scale, size):
    """An HR whose sides the scale does not divide is cropped at the bottom and right."""
    for variant in range(5):
        drawn = HighOrder(scale=scale).sample(size, seed=0, variant=variant)
        assert drawn.lr_size == (size[0] // scale, size[1] // scale)
        assert (drawn.steps[0].op == "crop") == bool(size[0] % scale or size[1] % scale)


def test_documented_use_with_own_ranges():
    recipe = HighOrder(order=2, scale=2, stages=[Stage(blur=Kernel(sigma=(1, 2)))])
    kernel = recipe.sample((64, 64), seed=1).steps[1]
    assert isinstance(kernel, SincStep) or 1 <= kernel.sigma_x <= 2
