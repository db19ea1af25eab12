"""The presets' numbers, from 4,000 draws each, within five standard errors."""

from collections import Counter

import pytest
from bounds import assert_frequency, assert_uniform

from degradekit.operators.jpeg import JPEGStep
from degradekit.operators.resize import ResizeStep
from degradekit.presets import preset

N = 4000


def drawn(name: str, scale: int = 4) -> list:
    recipe = preset(name, scale)
    return [recipe.sample((400, 400), seed=0, variant=variant) for variant in range(N)]


def test_classical_is_blur_resize_noise_and_jpeg_of_the_plain_hr():
    for degradation in drawn("classical")[:50]:
        assert [type(step) for step in degradation.steps[1::2]] == [ResizeStep, JPEGStep]
        assert degradation.steps[1].output_size((400, 400)) == (100, 100)


def test_bicubic_is_matlabs_imresize_alone():
    for degradation in drawn("bicubic")[:5]:
        (step,) = degradation.steps
        assert step == ResizeStep(100, 100, 1.0, "bicubic_antialiased")


@pytest.fixture(scope="module")
def bsrgan() -> list:
    return drawn("bsrgan")


def test_bsrgan_halves_a_quarter_of_the_time_and_ends_in_a_jpeg(bsrgan):
    halved = [d for d in bsrgan if d.steps[0].op == "resize" and d.steps[0].factor == 0.5]
    # The random downscale comes first in a sixth of the other draws, and its factor is never exactly one half.
    assert_frequency(len(halved), N, 0.25, "halved")
    filters = Counter(d.steps[0].filter for d in halved)
    assert_frequency(filters["bicubic_antialiased"], len(halved), 0.5, "imresize")
    assert all(d.steps[-1].op == "jpeg" for d in bsrgan)
    jpegs = sum(sum(step.op == "jpeg" for step in d.steps) == 2 for d in bsrgan)
    assert_frequency(jpegs, N, 0.9, "JPEG among the shuffled steps")


def whole(bsrgan) -> list:
    """The draws that use r = 4 throughout."""
    return [d for d in bsrgan if not (d.steps[0].op == "resize" and d.steps[0].factor == 0.5)]


def test_bsrgan_blurs_twice_with_its_own_ranges(bsrgan):
    kernels = [step for d in whole(bsrgan) for step in d.steps if step.op == "kernel"]
    assert len(kernels) == 2 * len(whole(bsrgan))
    aniso = [k for k in kernels if k.family == "aniso"]
    assert_frequency(len(aniso), len(kernels), 0.5, "anisotropic")
    assert_uniform([k.sigma_x**2 for k in aniso], 0.01, 8.0, "eigenvalues U(0, 4 + r)")
    assert_uniform([k.theta for k in aniso], 0, 3.141592653589793)
    assert_uniform([k.sigma_x for k in kernels if k.family == "iso"], 0.01, 2.8, "U(0, 2 + .2 r)")
    assert {k.size for k in kernels} == set(range(7, 26, 2))


def test_bsrgan_downscales_before_it_resizes_to_size(bsrgan):
    first, strided = [], 0
    for d in whole(bsrgan):
        down, back = (step for step in d.steps if step.op.startswith("resize"))
        assert (back.height, back.width) == (100, 100)
        strided += down.op == "resize.gaussian"
        if down.op == "resize.gaussian":
            assert down.factor == 0.25
            assert 0.1 <= down.sigma <= 2.4
        else:
            first.append(1 / down.factor)
    assert_frequency(strided, len(whole(bsrgan)), 0.25, "strided Gaussian")
    assert_uniform(first, 1.0, 8.0, "1 / U(1, 2r)")


def channels_of(noise) -> str:
    return "correlated" if isinstance(noise.channels, tuple) else noise.channels


def test_bsrgan_noise(bsrgan):
    noises = [step for d in bsrgan for step in d.steps if step.op.startswith("noise.")]
    assert len(noises) == N
    counts = Counter(channels_of(noise) for noise in noises)
    for channels, probability in (("color", 0.4), ("gray", 0.4), ("correlated", 0.2)):
        assert_frequency(counts[channels], N, probability, channels)
    assert_uniform([noise.sigma for noise in noises if channels_of(noise) != "correlated"], 2.0, 25.0)


def test_bsrgan_plus():
    samples = drawn("bsrgan-plus")
    assert all([step.op for step in d.steps[-2:]] == ["resize", "jpeg"] for d in samples)
    kinds = Counter(step.op for d in samples for step in d.steps)
    assert kinds["noise.gaussian"] == 2 * N
    assert_frequency(kinds["noise.poisson"], 2 * N, 0.1, "Poisson")
    assert_frequency(kinds["noise.speckle"], 2 * N, 0.1, "speckle")
    assert all(sum(step.op == "kernel" for step in d.steps) == 2 for d in samples)
    assert all(sum(step.op == "jpeg" for step in d.steps) == 2 for d in samples)
    resizes = [step for d in samples for step in d.steps[:-2] if step.op == "resize"]
    assert_uniform([r.factor for r in resizes if r.factor > 1], 1, 2)
    assert_uniform([r.factor for r in resizes if r.factor < 1], 0.125, 1)
    assert_frequency(sum(r.factor > 1 for r in resizes), len(resizes), 0.2)
    assert_frequency(sum(r.factor < 1 for r in resizes), len(resizes), 0.7)
    # A full shuffle of 11 groups starts with one of the two blurs in 2 of 11 draws, the partial one always.
    assert_frequency(sum(d.steps[0].op == "kernel" for d in samples), N, 0.5 + 0.5 * first_is_blur(), "shuffled")


def first_is_blur() -> float:
    """Return how often a full shuffle starts with a blur.

    Four of the 11 groups (Poisson and speckle, twice) are there with probability 0.1 only.
    """
    from math import comb

    return sum(comb(4, k) * 0.1**k * 0.9 ** (4 - k) * 2 / (7 + k) for k in range(5))
