"""Unsharp masking against its formula in float64, and the coarse blur that it takes by default.

Two ways of sharpening whose blurs differ by rounding alone differ where a residual is at the threshold: one masks the
pixel and the other does not. `undecided` bounds how far that moves the result.
"""

import numpy as np
import pytest
from scipy.ndimage import correlate1d

from degradekit.functional.coarse_blur import ERROR, MIXING, coarse_blur
from degradekit.functional.unsharp import TOLERANCE, gaussian_blur, unsharp_mask

ROUNDING = 2e-6
"""Some 30 float32 numbers with weights of sum 1 add up to within as many half units in the last place of 1."""


def gaussian(size: int = 51) -> np.ndarray:
    sigma = 0.3 * ((size - 1) * 0.5 - 1) + 0.8
    taps = np.exp(-((np.arange(size) - size // 2) ** 2) / (2 * sigma**2))
    return taps / taps.sum()


def exact_blur(image: np.ndarray, size: int = 51) -> np.ndarray:
    """The blur in float64; scipy's `mirror` is the reflection that does not repeat the edge."""
    by_columns = correlate1d(image.astype(np.float64), gaussian(size), axis=0, mode="mirror")
    return correlate1d(by_columns, gaussian(size), axis=1, mode="mirror")


def exact_unsharp_mask(image: np.ndarray, size: int, weight: float, threshold: float) -> np.ndarray:
    residual = image - exact_blur(image, size)
    mask = exact_blur(np.abs(residual) * 255 > threshold, size)
    return mask * np.clip(image + weight * residual, 0, 1) + (1 - mask) * image


def undecided(image: np.ndarray, size: int, weight: float, threshold: float, error: float) -> np.ndarray:
    """How far masks that differ wherever the blur's error decides may move each pixel of the result."""
    residual = np.abs(image - exact_blur(image, size))
    near = np.abs(residual - threshold / 255) <= error
    return exact_blur(near, size) * np.minimum(weight * residual, 1)


def whole_blur(image: np.ndarray) -> np.ndarray:
    """Put the rows of `coarse_blur` together to an image."""
    height, width, channels = image.shape
    rows, y = coarse_blur(image)[:, : width * channels].astype(np.float64), np.arange(height)
    mixed = sum(MIXING[y % 3, k, np.newaxis] * rows[y // 3 + k] for k in range(3))
    return mixed.reshape(image.shape)


def checkerboard(height: int, width: int, square: int) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width] // square
    return ((rows + columns) % 2).astype(np.float32)[:, :, np.newaxis]


def responses() -> np.ndarray:
    """The responses of pixels 99, 100 and 101, one for each phase, as weights of the 201 pixels of a column."""
    weights = []
    for position in range(201):
        column = np.zeros((201, 1, 1), np.float32)
        column[position] = 1
        weights.append(whole_blur(column)[99:102, 0, 0])
    return np.array(weights).T


def test_the_response_of_every_phase_is_nearly_the_gaussian():
    """Its sum, mean and variance are exact; half the sum of the magnitudes of both axes' differences is the error.

    The taps have 7 digits, and float32 has no more; the variance weights an error at 30 pixels by 900.
    """
    positions = np.arange(201)
    for phase, response in enumerate(responses()):
        expected = np.zeros(201)
        expected[99 + phase - 25 : 99 + phase + 26] = gaussian()
        assert np.abs(response - expected).sum() < ERROR
        for power, tolerance in ((0, 1e-6), (1, 1e-5), (2, 1e-3)):
            offsets = (positions - 99.0 - phase) ** power
            assert abs(offsets @ response - offsets @ expected) < tolerance


def test_the_worst_image_is_blurred_within_the_error():
    """It is 1 where the response is too large and 0 elsewhere; the differences in two dimensions add up nearly."""
    weights, worst = responses(), 0.0
    for row in range(3):
        for column in range(3):
            expected = np.zeros((2, 201))
            expected[0, 74 + row : 125 + row], expected[1, 74 + column : 125 + column] = gaussian(), gaussian()
            excess = np.outer(weights[row], weights[column]) > np.outer(*expected)
            image = excess.astype(np.float32)[:, :, np.newaxis]
            error = (whole_blur(image) - exact_blur(image))[99 + row, 99 + column, 0]
            assert 0 < error < ERROR
            worst = max(worst, error)
    assert worst > ERROR / 2  # the bound is not far from what happens


@pytest.mark.parametrize(
    "size",
    [(1, 1, 1), (1, 9, 3), (2, 3, 1), (7, 5, 3), (50, 51, 1), (51, 52, 3), (52, 50, 1), (99, 4, 3), (2, 30_000, 1)],
    ids=str,
)
def test_images_of_any_size_are_blurred_within_the_error(size):
    """Whatever the remainder of height and width by the side of a block, and however small next to the kernel."""
    image = np.random.default_rng(0).random(size, np.float32)
    assert np.abs(whole_blur(image) - exact_blur(image)).max() < ERROR + ROUNDING


@pytest.mark.parametrize("square", [1, 3, 13, 25, 51])
def test_checkerboards_are_blurred_within_the_error(square):
    image = checkerboard(160, 161, square)
    assert np.abs(whole_blur(image) - exact_blur(image)).max() < ERROR + ROUNDING


def test_ramps_keep_their_slope():
    """In the middle, out of reach of the edges."""
    rows, columns = np.mgrid[:150, :151] / 301
    ramp = (rows + columns).astype(np.float32)[:, :, np.newaxis]
    np.testing.assert_allclose(whole_blur(ramp)[45:-45, 45:-45], ramp[45:-45, 45:-45], atol=ROUNDING)


@pytest.mark.parametrize(("size", "weight"), [(51, 0.5), (51, 0.6), (51, 10.0), (3, 0.5), (21, 0.5), (75, 1.0)])
def test_unsharp_mask_follows_its_formula(size, weight, astronaut):
    """The blur of 51 taps is coarse, and off by its error, where the weight does not lift that above the tolerance."""
    image = (astronaut[:200, 100:301] / 255).astype(np.float32)
    error, tolerance = (ERROR, TOLERANCE) if (size, weight) == (51, 0.5) else (0, 2 * weight * ROUNDING)
    difference = np.abs(unsharp_mask(image, size, weight, 10.0) - exact_unsharp_mask(image, size, weight, 10.0))
    assert (difference <= tolerance + undecided(image, size, weight, 10.0, error + ROUNDING)).all()
    assert difference.mean() < 0.02 / 255


@pytest.mark.parametrize("kind", ["noise", "coins", "checkerboard", "point"])
def test_hard_images_are_sharpened_within_a_quarter_of_a_gray_level(kind):
    rng = np.random.default_rng(0)
    point = np.zeros((90, 100, 1), np.float32)
    point[40, 50] = 1
    image = {
        "noise": rng.random((120, 130, 3), np.float32),
        "coins": (rng.random((121, 131, 3)) < 0.5).astype(np.float32),
        "checkerboard": checkerboard(122, 132, 20) * np.float32(0.5) + np.float32(0.25),
        "point": point,
    }[kind]
    difference = np.abs(unsharp_mask(image, 51, 0.5, 10.0) - exact_unsharp_mask(image, 51, 0.5, 10.0))
    assert (difference <= TOLERANCE + undecided(image, 51, 0.5, 10.0, ERROR + ROUNDING)).all()


def test_only_residuals_at_the_threshold_are_masked_otherwise(astronaut):
    """Where everything is masked, a pixel changes by the weight times its residual; where nothing is, not at all."""
    image = (astronaut[:200, 100:301] / 255).astype(np.float32)
    residual = image - exact_blur(image)
    beyond = np.abs(residual).max() * 255 + (ERROR + ROUNDING) * 255
    np.testing.assert_array_equal(unsharp_mask(image, 51, 0.5, beyond), image)
    nearly = np.sort(np.abs(residual).ravel())[-20] * 255
    assert (unsharp_mask(image, 51, 0.5, nearly) != image).any()
    gentle = np.float32(0.3) + np.float32(0.4) * image  # never clipped
    change = unsharp_mask(gentle, 51, 0.5, 0.0) - gentle
    expected = 0.5 * (gentle - exact_blur(gentle))
    assert np.abs(change - expected).max() < 0.5 * ERROR + 0.5 * 0.4 * ERROR + ROUNDING


def test_a_shifted_image_is_sharpened_alike(astronaut):
    """A shift changes the phases of all pixels, but no pixel by more than two errors."""
    image = (astronaut[:200, 100:300] / 255).astype(np.float32)
    whole = unsharp_mask(image, 51, 0.5, 10.0)
    for dy, dx in ((0, 1), (1, 0), (2, 1)):
        shifted = unsharp_mask(image[dy:, dx:], 51, 0.5, 10.0)
        difference = np.abs(shifted - whole[dy:, dx:])[55:, 55:]
        near = undecided(image, 51, 0.5, 10.0, ERROR + ROUNDING)[dy:, dx:][55:, 55:]
        assert (difference <= 2 * TOLERANCE + 2 * near).all()


def test_unsharp_mask_leaves_flat_parts_alone():
    image = np.full((64, 64, 3), 0.3, np.float32)
    np.testing.assert_array_equal(unsharp_mask(image, 51, 0.5, 10.0), image)
    np.testing.assert_allclose(unsharp_mask(image, 51, 0.5, 0.0), image, atol=1e-6)


@pytest.mark.parametrize("size", [21, 51])
def test_the_result_stays_within_the_range_of_an_image(size, random_image):
    """The blurred mask does not: a few taps are negative, and sums of taps are rounded."""
    for seed in range(20):
        result = unsharp_mask(random_image(1, 300, 3, seed=seed), size, 0.5, 10.0)
        assert 0 <= result.min() <= result.max() <= 1


@pytest.mark.parametrize("size", [51, 21])
def test_channels_are_sharpened_apart(size, random_image):
    image = random_image(40, 50)
    together = unsharp_mask(image, size, 0.5, 10.0)
    for channel in range(3):
        alone = unsharp_mask(image[:, :, channel : channel + 1], size, 0.5, 10.0)
        np.testing.assert_array_equal(alone[:, :, 0], together[:, :, channel])


@pytest.mark.parametrize("size", [3, 51, 255])
def test_gaussian_blur_agrees_with_float64(size, random_image):
    image = random_image(70, 90)
    assert np.abs(gaussian_blur(image, size) - exact_blur(image, size)).max() < ROUNDING
