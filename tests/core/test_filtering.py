import numpy as np
import pytest
from scipy.ndimage import correlate

from degradekit import Kernel
from degradekit.functional.filtering import TOLERANCE, convolve
from degradekit.functional.kernels import generalized_gaussian, plateau, sinc

KERNELS = {
    "delta": np.pad([[1.0]], 3),
    "iso": generalized_gaussian(21, 2.0, 2.0, 0.0, 1.0),
    "aniso": generalized_gaussian(13, 2.5, 0.4, 0.6, 1.0),
    "plateau": plateau(9, 1.5, 1.0, -0.5, 1.7),
    "sinc": sinc(21, 1.1),
    "rotated plateau": plateau(15, 2.0, 1.0, 0.7, 1.2),
}


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("size", [(64, 80), (30, 31), (400, 17)])
def test_convolution_agrees_with_scipy_in_float64(name, size, random_image):
    """scipy's `mirror` is the reflection that does not repeat the edge. The bound is a quarter of a gray level."""
    image = random_image(*size)
    expected = np.stack(
        [correlate(image[..., c].astype(float), KERNELS[name], mode="mirror") for c in range(3)], axis=-1
    )
    assert np.abs(convolve(image, KERNELS[name]) - expected).max() < TOLERANCE


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 5), (2, 3)])
def test_images_smaller_than_the_kernel_reflect_again_and_again(size, random_image):
    image = random_image(*size)
    rows, columns = (np.pad(np.arange(n), 10, mode="reflect") if n > 1 else np.zeros(21, int) for n in size)
    padded = image[rows][:, columns].astype(np.float64)
    kernel = KERNELS["iso"]
    expected = np.zeros(image.shape)
    for dy in range(21):
        for dx in range(21):
            expected += kernel[dy, dx] * padded[dy : dy + size[0], dx : dx + size[1]]
    assert np.abs(convolve(image, kernel) - expected).max() < TOLERANCE


def test_sinc_overshoots_and_is_not_clipped():
    edge = np.zeros((40, 40, 1), np.float32)
    edge[:, 20:] = 1
    result = convolve(edge, KERNELS["sinc"])
    assert result.max() > 1.02
    assert result.min() < -0.02


def test_a_thousand_kernels_stay_within_a_quarter_of_a_gray_level():
    """The sum of magnitudes of the difference of two filters bounds what any image in [0, 1] can show of it.

    The filter that is really applied is read off its response to a point; both ways of applying it occur.
    """
    recipes = (Kernel(), Kernel(sigma=(0.2, 1.5)), Kernel(size=(7, 25), sigma=(0.01, 8.0), sigma_law="variance"))
    point = np.zeros((63, 63, 1), np.float32)
    point[31, 31] = 1
    for variant in range(1000):
        degradation = recipes[variant % 3].sample((63, 63), seed=1, variant=variant)
        (kernel,) = degradation.kernels()
        half = kernel.shape[0] // 2
        expected = np.zeros((63, 63))
        expected[31 - half : 32 + half, 31 - half : 32 + half] = kernel
        response = degradation.steps[0](point)[:, :, 0].astype(np.float64)
        assert np.abs(response - expected).sum() < TOLERANCE + 1e-6, degradation.steps[0]
        assert abs(response.sum() - 1) < 2e-6


def test_filters_work_on_gray_and_keep_channels_apart(random_image):
    image = random_image(40, 50)
    for name in KERNELS:
        together = convolve(image, KERNELS[name])
        for channel in range(3):
            alone = convolve(np.ascontiguousarray(image[:, :, channel : channel + 1]), KERNELS[name])
            np.testing.assert_array_equal(alone[:, :, 0], together[:, :, channel])
