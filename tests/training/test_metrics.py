"""PSNR and SSIM."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from degradekit_models.metrics import levels, luma, psnr, scores, ssim


def test_psnr_and_ssim_are_those_of_scikit_image(astronaut):
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    rng = np.random.default_rng(0)
    other = np.clip(astronaut + rng.normal(0, 12, astronaut.shape), 0, 255).astype(np.uint8)
    a, b = (torch.from_numpy(image).permute(2, 0, 1)[None].double() for image in (astronaut, other))
    assert abs(psnr(a, b) - peak_signal_noise_ratio(astronaut, other, data_range=255)) < 1e-9
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    _, full = structural_similarity(astronaut, other, channel_axis=2, full=True, **settings)
    assert abs(ssim(a, b) - full[5:-5, 5:-5].mean()) < 1e-9
    ya, yb = (16 + image.astype(float) @ np.array([65.481, 128.553, 24.966]) / 255 for image in (astronaut, other))
    np.testing.assert_allclose(luma(a / 255)[0, 0].numpy(), ya, atol=1e-9)
    cropped = (slice(4, -4), slice(4, -4))
    ours = scores(a / 255, b / 255, crop=4)
    assert abs(ours["psnr_y"] - peak_signal_noise_ratio(ya[cropped], yb[cropped], data_range=255)) < 1e-9
    _, full = structural_similarity(ya[cropped], yb[cropped], full=True, **settings)
    assert abs(ours["ssim_y"] - full[5:-5, 5:-5].mean()) < 1e-9


def test_equal_pictures_have_the_best_scores():
    image = torch.rand(1, 3, 16, 16) * 255
    assert psnr(image, image) == math.inf
    assert abs(ssim(image, image) - 1) < 1e-12


def test_levels_are_clipped_and_rounded():
    expected = torch.tensor([0.0, 128.0, 255.0], dtype=torch.float64)
    assert torch.equal(levels(torch.tensor([-1.0, 0.5, 2.0])), expected)
