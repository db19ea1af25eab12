import math

import numpy as np
import pytest
from scipy.special import j1

from degradekit import Kernel, Sinc
from degradekit.functional import kernels
from degradekit.operators.base import Context
from degradekit.operators.kernel import BELLS
from degradekit.rng import stream

CONTEXT = Context((64, 64), (64, 64), 1)


def formula(params) -> np.ndarray:
    """Spec section 2, as matrices, independently of the library's loops."""
    half = params.size // 2
    i, j = np.meshgrid(np.arange(-half, half + 1), np.arange(-half, half + 1))
    if params.family == "sinc":
        d = np.hypot(i, j)
        with np.errstate(invalid="ignore", divide="ignore"):
            kernel = params.cutoff * j1(params.cutoff * d) / (2 * np.pi * d)
        kernel[half, half] = params.cutoff**2 / (4 * np.pi)
        return kernel / kernel.sum()
    c, s = np.cos(params.theta), np.sin(params.theta)
    rotation = np.array([[c, -s], [s, c]])
    covariance = rotation @ np.diag([params.sigma_x**2, params.sigma_y**2]) @ rotation.T
    grid = np.stack([i, j], axis=-1)
    q = np.einsum("...i,ij,...j->...", grid, np.linalg.inv(covariance), grid)
    kernel = 1 / (1 + q**params.beta) if params.family.startswith("plateau") else np.exp(-0.5 * q**params.beta)
    return kernel / kernel.sum()


def test_a_thousand_kernels_agree_with_their_formulas():
    """To 1e-12 in float64 and 1e-7 as stored in float32, with sum 1; all families and the sinc among them."""
    recipe = Kernel()
    seen = set()
    for variant in range(1000):
        params = recipe.draw(stream(0, variant=variant), CONTEXT)
        seen.add(params.family)
        expected = formula(params)
        from degradekit.operators.kernel import _kernel

        ours = _kernel(params)
        assert np.abs(ours - expected).max() < 1e-12, params
        stored = Kernel.kernel(params)
        assert stored.dtype == np.float32
        assert stored.shape == (params.size, params.size)
        assert np.abs(stored - expected).max() < 1e-7, params
        # Rounding 441 numbers below 1 to float32 moves their sum by at most 441 half units in the last place of 1.
        assert abs(stored.sum(dtype=np.float64) - 1) < 441 * 2.0**-25
    assert seen == {*BELLS, "sinc"}


def test_a_thousand_final_sinc_kernels_agree_with_their_formula():
    for variant in range(1000):
        params = Sinc().draw(stream(1, variant=variant), CONTEXT)
        half = params.size // 2
        i, j = np.meshgrid(np.arange(-half, half + 1), np.arange(-half, half + 1))
        d = np.hypot(i, j)
        d[half, half] = 1
        expected = params.cutoff * j1(params.cutoff * d) / (2 * np.pi * d)
        expected[half, half] = params.cutoff**2 / (4 * np.pi)
        expected /= expected.sum()
        assert np.abs(kernels.sinc(params.size, params.cutoff) - expected).max() < 1e-12


def test_bessel_function_of_the_whole_range_of_kernels():
    """Up to pi times the diagonal of the largest kernel that a recipe may ask for."""
    x = np.linspace(0, math.pi * 127 * math.sqrt(2), 5000)
    ours = np.array([kernels._bessel_j1(value) for value in x])
    assert np.abs(ours - j1(x)).max() < 1e-14


@pytest.mark.parametrize("family", [*BELLS, "sinc"])
def test_kernels_are_point_symmetric_so_correlation_is_convolution(family):
    recipe = Kernel(sinc=1.0) if family == "sinc" else Kernel(families={family: 1.0}, sinc=0.0)
    kernel = recipe.sample((64, 64), seed=3).kernels()[0]
    np.testing.assert_array_equal(kernel, kernel[::-1, ::-1])


def test_the_smallest_sigma_and_size_give_the_identity():
    kernel = kernels.generalized_gaussian(7, 0.01, 0.01, 0.0, 1.0)
    assert kernel[3, 3] == 1
    assert kernel.sum() == 1
    assert kernels.sinc(1, 1.0).tolist() == [[1.0]]


def test_theta_turns_from_columns_towards_rows():
    """theta = 90 degrees puts sigma_x along the rows of the image, that is vertically."""
    kernel = kernels.generalized_gaussian(9, 3.0, 0.5, math.pi / 2, 1.0)
    assert kernel[0, 4] > 100 * kernel[4, 0]
