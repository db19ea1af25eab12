"""Median and bilateral filters against their definitions."""

import numpy as np
import pytest
from bounds import assert_frequency, assert_uniform
from scipy.ndimage import median_filter

from degradekit import Bilateral, Median, RecipeError
from degradekit.functional.smoothing import bilateral, median
from degradekit.operators.smoothing import BilateralStep, MedianStep


@pytest.mark.parametrize("size", [1, 3, 5, 7, 15])
@pytest.mark.parametrize("shape", [(40, 33, 3), (21, 30, 1), (16, 9, 3)])
def test_the_median_is_that_of_the_rounded_levels(size, shape, random_image):
    image = random_image(*shape) * 1.4 - 0.2
    levels = np.rint(np.clip(image, 0, 1) * np.float32(255))
    expected = np.stack([median_filter(levels[..., c], size, mode="mirror") for c in range(shape[2])], axis=-1)
    np.testing.assert_array_equal(median(image, size), (expected / 255).astype(np.float32))


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 1, 1), (1, 5, 1), (2, 3, 3)])
def test_images_smaller_than_a_window_reflect_again_and_again(shape, random_image):
    image = random_image(*shape)
    rows, columns = (np.pad(np.arange(n), 7, mode="reflect") if n > 1 else np.zeros(15, int) for n in shape[:2])
    padded = image[rows][:, columns]
    np.testing.assert_array_equal(median(image, 15), median(padded, 15)[7 : 7 + shape[0], 7 : 7 + shape[1]])
    smooth = bilateral(padded, 15, 30.0, 3.0)[7 : 7 + shape[0], 7 : 7 + shape[1]]
    np.testing.assert_array_equal(bilateral(image, 15, 30.0, 3.0), smooth)


def test_the_median_removes_specks_and_keeps_edges():
    image = np.zeros((30, 30, 1), np.float32)
    image[:, 15:] = 1
    specks = image.copy()
    specks[5::7, 3::6] = 0.5
    np.testing.assert_array_equal(median(specks, 3), image)


def bilateral_by_formula(image: np.ndarray, size: int, sigma_color: float, sigma_space: float) -> np.ndarray:
    half = size // 2
    height, width, _ = image.shape
    padded = np.pad(image.astype(np.float64), ((half, half), (half, half), (0, 0)), mode="reflect")
    sums, weights = np.zeros(image.shape), np.zeros((height, width, 1))
    for row in range(-half, half + 1):
        for column in range(-half, half + 1):
            squared = row * row + column * column
            if squared <= half * half:
                other = padded[half + row : half + row + height, half + column : half + column + width]
                difference = 255 * np.abs(other - image).mean(axis=2, keepdims=True)
                weight = np.exp(-squared / (2 * sigma_space**2) - difference**2 / (2 * sigma_color**2))
                sums, weights = sums + weight * other, weights + weight
    return sums / weights


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("size", "sigma_color", "sigma_space"), [(5, 8.0, 1.0), (7, 25.0, 2.0), (9, 50.0, 5.0), (3, 255.0, 0.3), (31, 9, 9)]
)
def test_the_bilateral_filter_follows_its_formula(channels, size, sigma_color, sigma_space, random_image):
    """Each weight is off by at most 6e-5, of a sum of at least 1, and multiplies differences of at most 1."""
    image = random_image(41, 50, channels)
    expected = bilateral_by_formula(image, size, sigma_color, sigma_space)
    taps = np.count_nonzero(
        np.hypot(*np.mgrid[-(size // 2) : size // 2 + 1, -(size // 2) : size // 2 + 1]) <= size // 2
    )
    error = np.abs(bilateral(image, size, sigma_color, sigma_space) - expected)
    assert error.max() < min(2 * taps * 6e-5, 0.25 / 255)


def test_the_bilateral_filter_keeps_flat_parts_exactly_and_overshoot():
    for level in (0.0, 0.3, 1.25, -0.1):
        image = np.full((12, 13, 3), level, np.float32)
        np.testing.assert_array_equal(bilateral(image, 9, 20.0, 3.0), image)


def test_a_gray_photo_is_smoothed_alike_with_one_channel_and_with_three(random_image):
    """To the rounding of a mean of three equal numbers."""
    gray = random_image(30, 40, 1)
    color = bilateral(np.repeat(gray, 3, axis=2), 7, 20.0, 2.0)
    np.testing.assert_allclose(color, np.repeat(bilateral(gray, 7, 20.0, 2.0), 3, axis=2), atol=1e-6)


def test_small_sigmas_leave_an_image_alone(random_image):
    image = random_image(20, 20)
    np.testing.assert_array_equal(BilateralStep(1, 20.0, 2.0)(image), image)
    np.testing.assert_array_equal(BilateralStep(9, 20.0, 0.01)(image), image)
    assert np.abs(BilateralStep(9, 0.01, 5.0)(image) - image).max() < 1e-3 / 255


def test_a_wide_range_of_colors_makes_it_a_gaussian_in_a_circle(random_image):
    image = random_image(30, 30) * 0.01
    i, j = np.mgrid[-4:5, -4:5]
    kernel = np.exp(-(i**2 + j**2) / (2 * 2.0**2)) * (i**2 + j**2 <= 16)
    from scipy.ndimage import convolve

    expected = np.stack(
        [convolve(image[..., c].astype(float), kernel / kernel.sum(), mode="mirror") for c in range(3)], -1
    )
    assert np.abs(bilateral(image, 9, 255.0, 2.0) - expected).max() < 1e-5


def test_smoothing_has_no_label():
    assert MedianStep(3).kernel() is None
    assert BilateralStep(5, 20.0, 2.0).kernel() is None


def test_sizes_and_sigmas_are_drawn_from_their_spans():
    medians = [Median().sample((64, 64), seed=1, variant=v).steps[0].size for v in range(3000)]
    for size in (3, 5, 7):
        assert_frequency(medians.count(size), 3000, 1 / 3, f"median {size}")
    steps = [Bilateral().sample((64, 64), seed=1, variant=v).steps[0] for v in range(3000)]
    for size in (5, 7, 9):
        assert_frequency([step.size for step in steps].count(size), 3000, 1 / 3, f"bilateral {size}")
    assert_uniform([step.sigma_color for step in steps], 8, 50)
    assert_uniform([step.sigma_space for step in steps], 1, 5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Median(size=4), "size: must satisfy 1 <= low <= high <= 15, both odd"),
        (lambda: Median(size=17), "size: must satisfy 1 <= low <= high <= 15, both odd"),
        (lambda: Bilateral(sigma_color=0), "sigma_color: must satisfy 0.01 <= low <= high <= 255"),
        (lambda: Bilateral(size=(1, 33)), "size: must satisfy 1 <= low <= high <= 31, both odd"),
    ],
)
def test_bad_fields_are_refused_with_rule_and_value(make, message):
    with pytest.raises(RecipeError, match=message):
        make()
