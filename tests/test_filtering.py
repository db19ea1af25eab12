import numpy as np
import pytest
from scipy.ndimage import correlate

from degradekit.functional.filtering import convolve, unsharp_mask
from degradekit.functional.kernels import generalized_gaussian, plateau, sinc

KERNELS = {
    "delta": np.pad([[1.0]], 3),
    "iso": generalized_gaussian(21, 2.0, 2.0, 0.0, 1.0),
    "aniso": generalized_gaussian(13, 2.5, 0.4, 0.6, 1.0),
    "plateau": plateau(9, 1.5, 1.0, -0.5, 1.7),
    "sinc": sinc(21, 1.1),
}


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("size", [(64, 80), (30, 31), (400, 17)])
def test_convolution_agrees_with_scipy_in_float64(name, size, random_image):
    """scipy's `mirror` is the reflection that does not repeat the edge. A quarter of a gray level would be 1e-3."""
    image = random_image(*size)
    expected = np.stack(
        [correlate(image[..., c].astype(float), KERNELS[name], mode="mirror") for c in range(3)], axis=-1
    )
    assert np.abs(convolve(image, KERNELS[name]) - expected).max() < 5e-6


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
    assert np.abs(convolve(image, kernel) - expected).max() < 5e-6


def test_sinc_overshoots_and_is_not_clipped():
    edge = np.zeros((40, 40, 1), np.float32)
    edge[:, 20:] = 1
    result = convolve(edge, KERNELS["sinc"])
    assert result.max() > 1.02
    assert result.min() < -0.02


def test_unsharp_mask_follows_its_formula(astronaut):
    """Spec section 7 in float64; pixels whose residual is within rounding of the threshold may flip the mask."""
    image = (astronaut[:200, :200] / 255).astype(np.float32)
    taps = np.exp(-(np.arange(-25, 26) ** 2) / (2 * 8.0**2))
    taps /= taps.sum()

    def blur(x):
        for axis in (0, 1):
            x = np.apply_along_axis(lambda line: np.convolve(np.pad(line, 25, mode="reflect"), taps, "valid"), axis, x)
        return x

    y = image.astype(np.float64)
    residual = y - blur(y)
    assert (np.abs(np.abs(residual) * 255 - 10) < 1e-3).sum() < 60
    mask = blur((np.abs(residual) * 255 > 10).astype(float))
    expected = mask * np.clip(y + 0.5 * residual, 0, 1) + (1 - mask) * y
    # One flipped pixel moves the mask by at most taps[25]^2 and the result by half of the residual times that.
    assert np.abs(unsharp_mask(image, 51, 0.5, 10.0) - expected).max() < 1e-4


def test_unsharp_mask_leaves_flat_parts_alone():
    image = np.full((64, 64, 3), 0.3, np.float32)
    np.testing.assert_allclose(unsharp_mask(image, 51, 0.5, 10.0), image, atol=1e-6)
