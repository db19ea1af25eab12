"""Moments are tested on the field before clipping, on an image with many levels, within five standard errors."""

import math

import numpy as np
import pytest
from bounds import STANDARD_ERRORS, assert_mean
from pictures import splitmix64
from scipy.stats import kstest, poisson

from degradekit.functional import noise
from degradekit.functional.levels import to_pixels
from degradekit.functional.normal import standard_normal
from degradekit.functional.poisson import poisson_counts
from degradekit.operators.noise import GaussianStep, PoissonStep, SpeckleStep, draw_mixing
from degradekit.rng import stream

N = 1_000_000


def test_normal_moments_up_to_the_fourth():
    """The k-th moment's standard error is sqrt((E x^2k - (E x^k)^2) / n)."""
    x = standard_normal((N,), seed=11).astype(np.float64)
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert_mean(x**power, mean, math.sqrt(variance), f"moment {power}")


def test_normal_distribution_and_tails():
    x = standard_normal((N,), seed=12)
    assert kstest(x, "norm").pvalue > 1e-6
    for bound in (2, 3, 4):
        p = math.erfc(bound / math.sqrt(2))
        assert_mean((np.abs(x) > bound).astype(float), p, math.sqrt(p * (1 - p)), f"beyond {bound}")


def test_normal_numbers_are_box_and_mullers_to_float32_precision():
    """Against the transform in float64, of the same words: the polynomials are off by a few 1e-7 of the radius."""
    n = 20_001
    start = splitmix64(9, 1)
    words = [splitmix64(int(start), i) for i in range((n + 1) // 2)]
    low = np.array([w & 0xFFFFFFFF for w in words], np.float64)
    high = np.array([w >> 32 for w in words], np.float64)
    radius = np.sqrt(-2 * np.log((np.floor(low / 2) * 2 + 1) / 2**32))
    expected = np.concatenate([radius * np.cos(2 * np.pi * high / 2**32), radius * np.sin(2 * np.pi * high / 2**32)])
    assert np.abs(standard_normal((n,), seed=9) - expected[:n]).max() < 4e-6


def test_normal_fields_are_uncorrelated_in_space_between_channels_and_between_seeds():
    field = standard_normal((500, 500, 3), seed=13).astype(np.float64)
    other = standard_normal((500, 500, 3), seed=14).astype(np.float64)
    pairs = {f"lag {k}": (field.ravel()[:-k], field.ravel()[k:]) for k in (1, 2, 3, 4, 5, 6, 1500)}
    pairs |= {f"channels {a} {b}": (field[..., a], field[..., b]) for a, b in ((0, 1), (0, 2), (1, 2))}
    pairs |= {"seeds": (field, other), "squares": (field**2 - 1, other**2 - 1)}
    for what, (a, b) in pairs.items():
        product = a * b
        assert_mean(product, 0, product.std(), what)


def test_gaussian_sigma_is_the_one_asked_for():
    """The standard error of a standard deviation is sigma / sqrt(2 (n - 1))."""
    sigma = 17.0
    field = noise.gaussian_field((400, 400, 3), sigma, gray=False, seed=5) * 255
    assert abs(field.std(dtype=np.float64) - sigma) < STANDARD_ERRORS * sigma / math.sqrt(2 * (field.size - 1))


def test_gray_gaussian_has_the_same_sigma():
    sigma = 17.0
    field = noise.gaussian_field((600, 600, 3), sigma, gray=True, seed=6) * 255
    assert field.shape == (600, 600, 1)
    assert abs(field.std(dtype=np.float64) - sigma) < STANDARD_ERRORS * sigma / math.sqrt(2 * (field.size - 1))


def test_gray_noise_is_one_field_for_all_channels(random_image):
    image = random_image(40, 50) * 0.2 + 0.4
    for step in (GaussianStep(sigma=9.0, seed=3, channels="gray"), PoissonStep(scale=1.0, seed=3, channels="gray")):
        added = step(image) - image
        np.testing.assert_allclose(added[..., 0], added[..., 1], atol=1e-6)
        np.testing.assert_allclose(added[..., 0], added[..., 2], atol=1e-6)


@pytest.mark.parametrize("peak", [1.0, 8.0, 256.0, 5000.0])
def test_poisson_counts_have_the_moments_of_a_poisson_distribution(peak):
    """Mean, variance and third central moment all equal the mean, level by level."""
    n = 100_000
    for level in (0, 1, 2, 40, 128, 255):
        mean = level / 255 * peak
        counts = poisson_counts(np.full(n, level, np.uint8), peak, seed=level).astype(np.float64)
        if level == 0:
            assert not counts.any()
            continue
        centered = counts - mean
        assert_mean(centered, 0, math.sqrt(mean), f"mean at {level}")
        assert_mean(centered**2, mean, math.sqrt(mean + 2 * mean**2), f"variance at {level}")
        sixth = mean + 25 * mean**2 + 15 * mean**3
        assert_mean(centered**3, mean, math.sqrt(sixth - mean**2), f"skewness at {level}")


@pytest.mark.parametrize(("level", "peak"), [(1, 2.0), (100, 16.0), (255, 256.0), (180, 4000.0)])
def test_poisson_counts_are_exactly_poisson_distributed(level, peak):
    """Every count that is expected at least 20 times has its frequency; a Gaussian in disguise fails this."""
    n = 400_000
    counts = poisson_counts(np.full(n, level, np.uint8), peak, seed=1).astype(int)
    mean = level / 255 * peak
    for k in range(counts.max() + 2):
        p = poisson.pmf(k, mean)
        if p * n >= 20:
            frequency = (counts == k).mean()
            assert abs(frequency - p) < STANDARD_ERRORS * math.sqrt(p * (1 - p) / n), k


def test_poisson_counts_of_different_seeds_and_pixels_are_independent():
    levels = np.full((300, 300), 100, np.uint8)
    a, b = (poisson_counts(levels, 256.0, seed).astype(np.float64) - 100 / 255 * 256 for seed in (1, 2))
    for x, y in ((a, b), (a[:, 1:], a[:, :-1]), (a[1:], a[:-1])):
        assert_mean(x * y, 0, (x * y).std())


def many_levels() -> np.ndarray:
    ramp = np.linspace(0, 1, 512, dtype=np.float32)
    return np.stack([np.tile(ramp, (512, 1)), np.tile(ramp[::-1], (512, 1)), np.tile(ramp[:, None], (1, 512))], axis=-1)


def test_poisson_field_has_the_variance_of_its_levels_and_independent_channels():
    """v is 256 for 256 levels, so the field's variance is scale^2 q / 256."""
    image, scale = many_levels(), 1.5
    field = noise.poisson_field(image, scale, gray=False, seed=9).astype(np.float64)
    q = to_pixels(image) / 255
    z = (field / scale)[q > 0] * np.sqrt(256 / q[q > 0])
    assert_mean(z, 0, 1)
    # Var z^2 = 2 + 1 / mean for a Poisson variable.
    assert_mean(z**2, 1, math.sqrt(2 + np.mean(1 / (256 * q[q > 0]))))
    for a, b in ((0, 1), (0, 2), (1, 2)):
        product = field[..., a] * field[..., b]
        assert_mean(product, 0, product.std(), f"channels {a} {b}")


def test_gray_poisson_is_made_from_the_rounded_luma():
    image = many_levels()
    field = noise.poisson_field(image, 1.0, gray=True, seed=9).astype(np.float64)
    assert field.shape == (512, 512, 1)
    # One operation at a time, as a matrix product leaves it to BLAS how a tie between two levels is rounded.
    red, green, blue = np.array([0.2989, 0.587, 0.114], np.float32)
    weighted = image[..., 0] * red + image[..., 1] * green + image[..., 2] * blue
    luma = np.rint(np.clip(weighted, 0, 1) * np.float32(255)).astype(np.float64)
    peak = 2 ** math.ceil(math.log2(len(np.unique(luma))))
    counts = (field[..., 0] + luma / 255) * peak
    assert np.abs(counts - np.rint(counts)).max() < 1e-3
    z = field[..., 0][luma > 0] / np.sqrt(luma[luma > 0] / 255 / peak)
    assert_mean(z, 0, 1)


@pytest.mark.parametrize(("levels", "peak"), [(1, 1), (2, 2), (3, 4), (64, 64), (65, 128), (256, 256)])
def test_poisson_peak_is_the_power_of_two_at_or_above_the_number_of_levels(levels, peak):
    """Levels are counted over all channels together; counts / peak are multiples of 1 / peak."""
    values = (np.arange(levels) + 100 * (levels == 1)) / 255
    image = np.resize(values, (40, 40, 3)).astype(np.float32)
    field = noise.poisson_field(image, 1.0, gray=False, seed=2) + to_pixels(image) / np.float32(255)
    multiples = field.astype(np.float64) * peak
    assert np.abs(multiples - np.rint(multiples)).max() < 1e-3
    assert np.abs(multiples / 2 - np.rint(multiples / 2)).max() > 0.4


def test_correlated_noise_has_the_covariance_of_its_mixing():
    mixing = draw_mixing(stream(3))
    field = noise.correlated_field((400, 400, 3), 25.0, mixing, seed=4).reshape(-1, 3).astype(np.float64)
    expected = (25 / 255) ** 2 * np.array(mixing) @ np.array(mixing).T
    for i in range(3):
        for j in range(3):
            product = field[:, i] * field[:, j]
            assert_mean(product, expected[i, j], product.std(), f"{i} {j}")


def test_speckle_grows_with_the_image():
    step = SpeckleStep(sigma=20.0, seed=1)
    dark, bright = (np.full((200, 200, 3), level, np.float32) for level in (0.1, 0.5))
    ratio = (step(bright) - bright).std() / (step(dark) - dark).std()
    assert ratio == pytest.approx(5, rel=1e-3)


def test_noise_clips_and_adds_to_the_unrounded_image():
    image = np.full((50, 50, 3), 0.5001234, np.float32)
    np.testing.assert_array_equal(PoissonStep(scale=0.0, seed=1)(image), image)
    loud = GaussianStep(sigma=500.0, seed=1)(image)
    assert loud.min() == 0
    assert loud.max() == 1
