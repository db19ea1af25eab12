import math
from typing import get_args

import numpy as np
import pytest
from scipy.special import j1

from degradekit import Kernel, Sinc
from degradekit.functional import kernels
from degradekit.operators.base import Context
from degradekit.operators.kernel import Family
from degradekit.operators.sinc import SincStep
from degradekit.rng import stream
from degradekit.types import Frame

CONTEXT = Context((64, 64), (64, 64), 1, (64, 64), Frame(0, 0, 64, 64))
FAMILIES = get_args(Family)


def sinc_by_formula(size: int, cutoff: float) -> np.ndarray:
    half = size // 2
    d = np.hypot(*np.meshgrid(np.arange(-half, half + 1), np.arange(-half, half + 1)))
    d[half, half] = 1
    kernel = cutoff * j1(cutoff * d) / (2 * np.pi * d)
    kernel[half, half] = cutoff**2 / (4 * np.pi)
    return kernel / kernel.sum()


def bell_by_formula(family: str, size: int, sigma_x: float, sigma_y: float, theta: float, beta: float) -> np.ndarray:
    """The formulas of docs/model.md, section Kernels, with matrices, independently of the library's loops."""
    half = size // 2
    i, j = np.meshgrid(np.arange(-half, half + 1), np.arange(-half, half + 1))
    c, s = np.cos(theta), np.sin(theta)
    rotation = np.array([[c, -s], [s, c]])
    covariance = rotation @ np.diag([sigma_x**2, sigma_y**2]) @ rotation.T
    grid = np.stack([i, j], axis=-1)
    q = np.einsum("...i,ij,...j->...", grid, np.linalg.inv(covariance), grid)
    kernel = 1 / (1 + q**beta) if family.startswith("plateau") else np.exp(-0.5 * q**beta)
    return kernel / kernel.sum()


def test_a_thousand_kernels_agree_with_their_formulas():
    """To 1e-12 in float64 and to 1e-7 as float32 labels of sum 1; all families and the sinc occur."""
    seen = set()
    for variant in range(1000):
        (step,) = Kernel().draw(stream(0, variant=variant), CONTEXT)
        if isinstance(step, SincStep):
            seen.add("sinc")
            expected, exact = sinc_by_formula(step.size, step.cutoff), kernels.sinc(step.size, step.cutoff)
        else:
            seen.add(step.family)
            shape = (step.size, step.sigma_x, step.sigma_y, step.theta, step.beta)
            expected = bell_by_formula(step.family, *shape)
            plateau = step.family.startswith("plateau")
            exact = kernels.plateau(*shape) if plateau else kernels.generalized_gaussian(*shape)
        assert np.abs(exact - expected).max() < 1e-12, step
        label = step.kernel()
        assert label.dtype == np.float32
        assert label.shape == (step.size, step.size)
        assert np.abs(label - expected).max() < 1e-7, step
        # Rounding 441 values below 1 to float32 moves their sum by at most 441 half units in the last place of 1.
        assert abs(label.sum(dtype=np.float64) - 1) < 441 * 2.0**-25
    assert seen == {*FAMILIES, "sinc"}


def test_a_thousand_final_sinc_kernels_agree_with_their_formula():
    for variant in range(1000):
        (step,) = Sinc().draw(stream(1, variant=variant), CONTEXT)
        assert np.abs(kernels.sinc(step.size, step.cutoff) - sinc_by_formula(step.size, step.cutoff)).max() < 1e-12


@pytest.mark.parametrize("cutoff", [0.01, 1.0, math.pi])
def test_the_largest_sinc_kernel_agrees_with_its_formula(cutoff):
    """255 pixels and a cutoff of pi ask for J1 up to the largest argument that a recipe can lead to."""
    assert np.abs(kernels.sinc(255, cutoff) - sinc_by_formula(255, cutoff)).max() < 1e-14


@pytest.mark.parametrize("family", [*FAMILIES, "sinc"])
def test_kernels_are_point_symmetric_so_correlation_is_convolution(family):
    only = {"sinc_probability": 1.0} if family == "sinc" else {"families": {family: 1.0}, "sinc_probability": 0.0}
    kernel = Kernel(**only).sample((64, 64), seed=3).kernels()[0]
    np.testing.assert_array_equal(kernel, kernel[::-1, ::-1])


def test_the_smallest_sigma_and_size_give_the_identity():
    kernel = kernels.generalized_gaussian(7, 0.01, 0.01, 0.0, 1.0)
    assert kernel[3, 3] == 1
    assert kernel.sum() == 1
    assert kernels.sinc(1, 1.0).tolist() == [[1.0]]


def test_theta_rotates_from_columns_towards_rows():
    """theta = 90 degrees puts sigma_x along the columns of the image, that is vertically."""
    kernel = kernels.generalized_gaussian(9, 3.0, 0.5, math.pi / 2, 1.0)
    assert kernel[0, 4] > 100 * kernel[4, 0]
