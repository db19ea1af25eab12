import numpy as np
from scipy.ndimage import gaussian_filter

from degradekit.functional.unsharp import gaussian_blur, unsharp_mask


def test_unsharp_mask_follows_its_formula(astronaut):
    """The formula in float64; pixels whose residual is within rounding of the threshold may flip the mask."""
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


def test_gaussian_blur_agrees_with_scipy(random_image):
    image = random_image(70, 90)
    expected = gaussian_filter(image.astype(np.float64), (8.0, 8.0, 0), mode="mirror", radius=(25, 25, 0))
    assert np.abs(gaussian_blur(image, 51) - expected).max() < 2e-6
