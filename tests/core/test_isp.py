"""The phone's pipeline against few-line float64 versions."""

import math

import numpy as np
import pytest
from scipy.ndimage import convolve

from degradekit import ISP
from degradekit.errors import RecipeError
from degradekit.functional.denoising import noise_sigma
from degradekit.functional.normal import standard_normal
from degradekit.operators.isp import ISPStep


def test_an_isp_that_does_nothing_keeps_every_bit(random_image):
    image = random_image(30, 41)
    np.testing.assert_array_equal(ISPStep(0.0, 0.0)(image), image)


def non_local_means(image, h_squared: float) -> np.ndarray:
    """Of RGB, in float64: pixels within 3, patches of 3 x 3, biweight; h^2 is four times as large for the chroma."""
    luma = image @ [0.299, 0.587, 0.114]
    planes = np.stack([luma, image[..., 0] - luma, image[..., 2] - luma])
    height, width = luma.shape
    padded = np.pad(planes, ((0, 0), (4, 4), (4, 4)), mode="reflect")
    sums, totals = np.zeros_like(planes), np.zeros_like(planes)
    for dy in range(-3, 4):
        for dx in range(-3, 4):
            moved = np.roll(padded, (-dy, -dx), (1, 2))
            square = convolve((padded[0] - moved[0]) ** 2, np.ones((3, 3)) / 9)[4:-4, 4:-4]
            for c, h in enumerate((h_squared, 4 * h_squared, 4 * h_squared)):
                weight = np.maximum(1 - square / h, 0) ** 2
                sums[c] += weight * moved[c, 4 : 4 + height, 4 : 4 + width]
                totals[c] += weight
    luma, red, blue = sums / totals
    red, blue = luma + red, luma + blue
    return np.clip(np.stack([red, (luma - 0.299 * red - 0.114 * blue) / 0.587, blue], axis=-1), 0, 1)


def test_denoising_is_non_local_means_of_the_estimated_noise(random_image):
    image = random_image(24, 30) * np.float32(0.2) + np.linspace(0.1, 0.7, 30, dtype=np.float32)[:, None]
    luma = (image @ np.array([0.299, 0.587, 0.114])).astype(np.float32)
    expected = non_local_means(image.astype(float), 6 * noise_sigma(luma) ** 2)
    np.testing.assert_allclose(ISPStep(1.0, 0.0)(image), expected, atol=1e-4)


def test_noise_is_estimated():
    """The standard error of a deviation by the MAD is 1.17 sigma / sqrt(n), of n / 4 numbers at half size."""
    sigma = 0.05
    plane = standard_normal((400, 400), 7) * np.float32(sigma) + np.float32(0.5)
    assert abs(noise_sigma(plane) / sigma - 1) < 5 * 1.17 / math.sqrt(plane.size / 16)
    assert noise_sigma(np.full((50, 50), 0.3, np.float32)) == 0
    assert noise_sigma(np.full((1, 50), 0.3, np.float32)) == 0


def test_denoising_leaves_weak_blotches_of_noise():
    """What is left is a fraction of the noise, and neighbors are alike in it."""
    noise = standard_normal((120, 120, 3), 2) * np.float32(0.06)
    flat = np.full(noise.shape, 0.5, np.float32)
    rest = (ISPStep(1.5, 0.0)(flat + noise) - flat).astype(float)
    assert rest.std() < 0.4 * noise.std()
    assert (rest[1:] * rest[:-1]).mean() > 0.5 * (rest**2).mean()


def test_stronger_denoising_leaves_less_noise():
    noisy = np.float32(0.5) + standard_normal((100, 100, 3), 2) * np.float32(0.06)
    deviations = [ISPStep(strength, 0.0)(noisy).std() for strength in (0.2, 0.5, 1.0, 2.0)]
    assert deviations == sorted(deviations, reverse=True)


def test_sharpening_adds_the_lumas_detail(random_image):
    image = random_image(20, 31) * 0.2 + 0.4
    sigma = 0.3 * (2 - 1) + 0.8
    taps = np.exp(-0.5 * (np.arange(-2, 3) / sigma) ** 2)
    luma = image.astype(float) @ [0.299, 0.587, 0.114]
    blurred = convolve(luma, np.outer(taps, taps) / taps.sum() ** 2, mode="mirror")
    np.testing.assert_allclose(ISPStep(0.0, 1.5)(image), image + 1.5 * (luma - blurred)[..., None], atol=1e-6)


def test_isp_refuses_negative_strengths():
    with pytest.raises(RecipeError, match="denoising: must satisfy 0 <= low <= high <= 10"):
        ISP(denoising=(-1, 1))
