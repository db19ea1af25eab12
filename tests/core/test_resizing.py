from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from degradekit.functional.resizing import resize
from degradekit.operators.resize import Filter

torch = pytest.importorskip("torch", reason="torch is the reference for resampling and is not installed")

FILTERS = (*get_args(Filter), "gaussian")
SIZES = st.integers(1, 640)


def axis_weights(n: int, m: int, filter: str, sigma: float) -> np.ndarray:
    """The (m, n) matrix that resamples n pixels to m along one axis: column i is what becomes of a point at i."""
    points = np.eye(n, dtype=np.float32)[:, :, None, None]
    return np.stack([resize(point, m, 1, filter, sigma)[:, 0, 0] for point in points], axis=1).astype(np.float64)


def by_torch(image: np.ndarray, height: int, width: int, **how) -> np.ndarray:
    tensor = torch.from_numpy(image.astype(np.float64)).permute(2, 0, 1)[None]
    result = torch.nn.functional.interpolate(tensor, size=(height, width), align_corners=False, **how)
    return result[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize("filter", ["bilinear", "bicubic"])
@settings(max_examples=40)
@given(n=SIZES, m=SIZES, seed=st.integers(0, 100))
def test_bilinear_and_bicubic_agree_with_torch(filter, n, m, seed):
    image = np.random.default_rng(seed).random((n, 5, 1), dtype=np.float32)
    expected = by_torch(image, m, 5, mode=filter, antialias=False)
    assert np.abs(resize(image, m, 5, filter) - expected).max() < 1e-5


@settings(max_examples=60)
@given(n=SIZES, m=SIZES, seed=st.integers(0, 100))
def test_area_agrees_with_adaptive_average_pooling_up_and_down(n, m, seed):
    image = np.random.default_rng(seed).random((4, n, 1), dtype=np.float32)
    tensor = torch.from_numpy(image.astype(np.float64)).permute(2, 0, 1)[None]
    expected = torch.nn.functional.adaptive_avg_pool2d(tensor, (4, m))[0].permute(1, 2, 0).numpy()
    assert np.abs(resize(image, 4, m, "area") - expected).max() < 1e-5


@pytest.mark.parametrize(("size", "to"), [((400, 400), (287, 530)), ((640, 427), (100, 107)), ((75, 80), (400, 400))])
@pytest.mark.parametrize("filter", ["bilinear", "bicubic"])
def test_two_axes_at_once_agree_with_torch(size, to, filter, random_image):
    image = random_image(*size)
    expected = by_torch(image, *to, mode=filter, antialias=False)
    assert np.abs(resize(image, *to, filter) - expected).max() < 1e-5


@pytest.mark.parametrize(("n", "m"), [(400, 100), (399, 133), (401, 277), (640, 80), (100, 150)])
def test_antialiased_bicubic_agrees_with_torch_and_pillow_away_from_the_border(n, m, random_image):
    """At the border they cut the kernel off, while MATLAB's imresize, which is meant here, mirrors the image."""
    from PIL import Image

    image = random_image(n, 30, 1)
    ours = resize(image, m, 30, "bicubic_antialiased")
    border = int(np.ceil(2 * max(1, m / n))) + 1
    inner = slice(border, m - border)
    expected = by_torch(image, m, 30, mode="bicubic", antialias=True)
    assert np.abs(ours - expected)[inner].max() < 1e-5
    pillow = np.asarray(Image.fromarray(image[:, :, 0]).resize((30, m), Image.Resampling.BICUBIC))
    assert np.abs(ours[:, :, 0] - pillow)[inner].max() < 1e-5


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_antialiased_bicubic_mirrors_the_image_at_its_border(factor, random_image):
    """As resampling an image that is mirrored, edge pixel included, and cutting out the middle."""
    image = random_image(48, 9, 1)
    mirrored = np.concatenate([image[::-1], image, image[::-1]])
    whole = resize(mirrored, 3 * 48 // factor, 9, "bicubic_antialiased")
    middle = whole[48 // factor : 2 * 48 // factor]
    assert np.abs(resize(image, 48 // factor, 9, "bicubic_antialiased") - middle).max() < 1e-6


@pytest.mark.parametrize(("n", "m"), [(400, 100), (401, 277), (100, 150)])
def test_lanczos_agrees_with_pillow(n, m, random_image):
    from PIL import Image

    image = random_image(n, 30, 1)
    pillow = np.asarray(Image.fromarray(image[:, :, 0]).resize((30, m), Image.Resampling.LANCZOS))
    assert np.abs(resize(image, m, 30, "lanczos")[:, :, 0] - pillow).max() < 1e-5


def test_nearest_agrees_with_torchs_exact_nearest(random_image):
    image = random_image(101, 67)
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None]
    expected = torch.nn.functional.interpolate(tensor, size=(37, 200), mode="nearest-exact")[0].permute(1, 2, 0)
    np.testing.assert_array_equal(resize(image, 37, 200, "nearest"), expected.numpy())


def test_the_gaussian_filter_is_a_gaussian_at_each_output_center():
    """Stride 4 of a Gaussian centered between the middle pixels of each block of 4."""
    weights = axis_weights(40, 10, "gaussian", sigma=1.7)[5]
    centered = np.arange(40) - (5.5 * 4 - 0.5)
    expected = np.exp(-(centered**2) / (2 * 1.7**2)) * (np.abs(centered) < 12.5)
    np.testing.assert_allclose(weights, expected / expected.sum(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("filter", FILTERS)
@settings(max_examples=30)
@given(n=st.integers(1, 60), m=st.integers(1, 60))
def test_weights_sum_to_one_and_keep_a_constant_image(filter, n, m):
    weights = axis_weights(n, m, filter, sigma=0.8)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=0, atol=1e-6)
    image = np.full((n, n, 3), 0.625, np.float32)
    assert np.abs(resize(image, m, m, filter, sigma=0.8) - 0.625).max() < 1e-6


@pytest.mark.parametrize("filter", [name for name in FILTERS if name != "nearest"])
def test_filters_do_not_shift_the_image(filter):
    """The centroid of a symmetric bump in the middle stays in the middle."""
    x = np.arange(120) - 59.5
    image = np.exp(-(x**2) / 200).astype(np.float32)[None, :, None].repeat(4, axis=0)
    for width in (37, 60, 91, 200):
        row = resize(image, 4, width, filter, sigma=1.0)[0, :, 0].astype(np.float64)
        centroid = (row * (np.arange(width) + 0.5)).sum() / row.sum() / width
        assert abs(centroid - 0.5) < 1e-4


@pytest.mark.parametrize("filter", ["area", "bilinear", "bicubic"])
def test_the_same_size_is_the_identity(filter, random_image):
    image = random_image(31, 23)
    np.testing.assert_array_equal(resize(image, 31, 23, filter), image)


def test_an_unknown_filter_is_refused(random_image):
    with pytest.raises(ValueError, match="filter: unknown"):
        resize(random_image(4, 4), 2, 2, "spline")


FILTERS = ["area", "bilinear", "bicubic", "bicubic_antialiased", "lanczos", "nearest", "gaussian"]


@pytest.mark.parametrize("filter", FILTERS)
def test_a_shift_by_whole_pixels_moves_the_image(filter, random_image):
    image = random_image(20, 30)
    moved = resize(image, 20, 30, filter, 0.1, shift=(2.0, -3.0))
    np.testing.assert_allclose(moved[:-2, 3:], image[2:, :-3], atol=1e-6)


@pytest.mark.parametrize("filter", ["area", "bilinear", "bicubic_antialiased", "gaussian"])
def test_a_shift_by_part_of_a_pixel_takes_a_ramp_from_there(filter):
    ramp = np.add.outer(np.arange(40.0), 2 * np.arange(60.0)).astype(np.float32)[:, :, None]
    shrunk = resize(ramp, 20, 30, filter, 1.0, shift=(-0.5, 0.25))
    exact = np.add.outer(2 * np.arange(20) + 0.5 - 0.5, 2 * (2 * np.arange(30) + 0.5 + 0.25))
    np.testing.assert_allclose(shrunk[8:-8, 8:-8, 0], exact[8:-8, 8:-8], atol=1e-3)


def test_shifted_areas_are_averages_of_as_many_pixels(random_image):
    """A box of 5/3 pixels, moved by a quarter of one, in a float64 sum over a thousand points of each output."""
    line = random_image(1, 25, 1)
    shrunk = resize(line, 1, 15, "area", shift=(0.0, 0.25))[0, :, 0]
    points = (np.arange(15)[:, None] + (np.arange(1000) + 0.5) / 1000) * 25 / 15 + 0.25
    expected = line[0, :, 0].astype(np.float64)[np.clip(points.astype(int), 0, 24)].mean(1)
    np.testing.assert_allclose(shrunk, expected, atol=2e-3)
