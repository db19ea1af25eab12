"""PSFs against brute force, and their convolution."""

import cmath
import math

import numpy as np
import pytest
from bounds import assert_frequency, assert_uniform
from scipy.ndimage import convolve as scipy_convolve

from degradekit import BoxBlur, DiscBlur, MotionBlur, RandomKernel, RecipeError, TrajectoryBlur
from degradekit.errors import RecordError
from degradekit.functional import psfs
from degradekit.functional.bits import sequence_start, word
from degradekit.functional.filtering import TOLERANCE, convolve_psf
from degradekit.functional.normal import standard_normal
from degradekit.operators.blur import BoxBlurStep, DiscBlurStep, MotionBlurStep, RandomKernelStep
from degradekit.operators.trajectory_blur import EXPLOSIVENESS, EXPOSURES, TrajectoryBlurStep


def box_by_formula(k: float) -> np.ndarray:
    half = math.ceil(k)
    kernel = np.ones((2 * half + 1, 2 * half + 1))
    if k % 1:
        kernel[[0, -1]] *= k % 1
        kernel[:, [0, -1]] *= k % 1
    return kernel / kernel.sum()


@pytest.mark.parametrize("radius", [0, 0.01, 0.5, 1, 1.25, 2.9, 7, 126.5, 127])
def test_a_box_has_the_outermost_ring_in_part(radius):
    np.testing.assert_allclose(psfs.box(radius), box_by_formula(radius), atol=1e-15)


@pytest.mark.parametrize("radius", [0, 0.05, 0.5, 0.6, 1, 2.5, 3, 7.7, 20])
def test_a_disc_is_the_covered_part_of_each_pixel(radius):
    """8 x 8 samples of each pixel, at odd sixteenths of a pixel from its center."""
    half = psfs.disc(radius).shape[0] // 2
    samples = (np.arange(8 * (2 * half + 1)) + 0.5) / 8 - 0.5 - half
    inside = (samples[:, None] ** 2 + samples**2 <= radius**2).astype(float)
    covered = inside.reshape(2 * half + 1, 8, 2 * half + 1, 8).sum((1, 3))
    expected = covered / covered.sum() if covered.any() else np.ones((1, 1))
    np.testing.assert_allclose(psfs.disc(radius), expected, atol=1e-15)


def test_the_area_of_a_disc_is_that_of_the_circle():
    """Samples of a square grid in a circle differ from its area by about its circumference at most."""
    for radius in (1.0, 2.5, 8.0, 31.7):
        kernel = psfs.disc(radius)
        area = 1 / kernel.max()
        assert abs(area - math.pi * radius**2) < 2 * math.pi * radius / 8


def splat_by_formula(points: np.ndarray, half: int) -> np.ndarray:
    """Bilinear weights of each point, as a product of triangles."""
    grid = np.arange(-half, half + 1)
    rows = np.maximum(1 - np.abs(points[:, :1] - grid), 0)
    columns = np.maximum(1 - np.abs(points[:, 1:] - grid), 0)
    return rows.T @ columns / len(points)


@pytest.mark.parametrize(("length", "angle"), [(0, 1), (0.3, 0.2), (1, 0), (7.5, 0.7), (20, math.pi / 2), (60, -2.5)])
def test_a_straight_path_is_a_splatted_segment(length, angle):
    along = np.linspace(-0.5, 0.5, math.ceil(8 * length) + 1) * length if length else np.zeros(1)
    points = along[:, None] * [math.sin(angle), math.cos(angle)]
    np.testing.assert_allclose(psfs.line(length, angle), splat_by_formula(points, math.ceil(length / 2)), atol=1e-13)


def path_by_formula(length, exposure, explosiveness, centripetal, shake, jitter, angle, seed) -> np.ndarray:
    """The recurrence of section Lens and motion blur with complex numbers."""
    n = 2000
    normals = standard_normal((n, 2), seed).astype(np.float64)
    start = np.uint64(sequence_start(seed))

    def uniform(index):
        return (int(word(start, index)) >> 11) * 2.0**-53

    step = length / (n - 1)
    v = cmath.rect(explosiveness, angle)
    x = [0j]
    for t in range(n - 1):
        turn = 0j
        if uniform(n + 2 * t) < shake * explosiveness:
            turn = 2 * v * cmath.exp(1j * (math.pi + uniform(n + 2 * t + 1) - 0.5))
        v += turn + explosiveness * (jitter * complex(*normals[t]) - centripetal * x[t]) * step
        v *= step / abs(v)
        x.append(x[t] + v)
    exposed = np.array(x[: max(1, round(exposure * n))])
    exposed -= exposed.mean()
    points = np.stack([exposed.imag, exposed.real], axis=1)
    half = math.ceil(np.abs(points).max() - 1e-9)
    return splat_by_formula(points, half)


@pytest.mark.parametrize("variant", range(12))
def test_a_random_path_follows_its_recurrence(variant):
    (step,) = TrajectoryBlur().sample((64, 64), seed=0, variant=variant).steps
    fields = {name: value for name, value in step.to_dict().items() if name != "op"}
    expected = path_by_formula(**fields)
    assert step.psf().shape == expected.shape
    np.testing.assert_allclose(step.psf(), expected, atol=1e-9)


def test_a_path_without_explosions_is_straight():
    path = psfs.path(20, 1.0, 0.0, 0.5, 0.1, 5.0, 0.6, 1)
    along = np.linspace(-10, 10, 2000)[:, None] * [math.sin(0.6), math.cos(0.6)]
    expected = splat_by_formula(along, path.shape[0] // 2)
    np.testing.assert_allclose(path, expected, atol=1e-9)


OPERATORS = {
    "box": BoxBlur(radius=(0, 9)),
    "disc": DiscBlur(radius=(0, 9)),
    "motion": MotionBlur(length=(0, 60), angle=(-math.pi, math.pi)),
    "trajectory": TrajectoryBlur(length=(0, 200)),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_labels_have_an_odd_side_sum_1_and_their_centroid_in_the_middle(name):
    for variant in range(100):
        degradation = OPERATORS[name].sample((64, 64), seed=1, variant=variant)
        (kernel,) = degradation.kernels()
        assert kernel.dtype == np.float32
        assert kernel.shape[0] == kernel.shape[1]
        assert kernel.shape[0] % 2 == 1
        assert kernel.shape[0] ** 2 <= degradation.steps[0].taps or name in ("box", "motion")
        exact = kernel.astype(np.float64)
        offsets = np.arange(kernel.shape[0]) - kernel.shape[0] // 2
        assert kernel.min() >= 0
        assert abs(exact.sum() - 1) < 1e-6
        # Each float32 number is off by at most 2^-25 of itself, so a centroid by that times the mean distance.
        assert abs((exact.sum(0) * offsets).sum()) < 2.0**-25 * offsets.max() + 1e-12
        assert abs((exact.sum(1) * offsets).sum()) < 2.0**-25 * offsets.max() + 1e-12


@pytest.mark.parametrize("name", OPERATORS)
def test_what_is_applied_is_the_label(name):
    """A point of light becomes the kernel, within a quarter of a gray level, and not its mirror image."""
    for variant in range(30):
        degradation = OPERATORS[name].sample((255, 255), seed=2, variant=variant)
        point = np.zeros((255, 255, 1), np.float32)
        point[127, 127] = 1
        (kernel,) = degradation.kernels()
        half = kernel.shape[0] // 2
        expected = np.zeros((255, 255))
        expected[127 - half : 128 + half, 127 - half : 128 + half] = kernel
        response = degradation.steps[0](point)[..., 0].astype(np.float64)
        assert np.abs(response - expected).sum() < TOLERANCE + 1e-6


KERNELS = {
    "lopsided": psfs.centered(np.random.default_rng(0).random((7, 9)) ** 5, 1.0),
    "spans": psfs.line(40.0, 0.5),
    "products": psfs.box(6.3),
    "hollow": np.pad([[1.0]], 3) * 0.5 + np.fliplr(np.eye(7)) / 14,
    "empty rows": np.eye(9)[:, ::-1] * np.array([0.5, 0, 0, 0, 0, 0, 0, 0, 0.5])[:, None],
}


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("shape", [(64, 80, 3), (30, 31, 1), (5, 3, 3), (1, 1, 3), (1, 40, 1)])
def test_a_psf_is_convolved_and_reflected_at_the_border(name, shape, random_image):
    image, kernel = random_image(*shape), KERNELS[name]
    expected = np.stack(
        [scipy_convolve(image[..., c].astype(float), kernel, mode="mirror") for c in range(shape[2])], axis=-1
    )
    assert np.abs(convolve_psf(image, kernel) - expected).max() < TOLERANCE


@pytest.mark.parametrize(
    "step",
    [
        BoxBlurStep(0),
        DiscBlurStep(0),
        DiscBlurStep(0.5),
        MotionBlurStep(0, 1.0),
        RandomKernelStep(1, 5),
        TrajectoryBlurStep(0, 1.0, 0.01, 0.5, 0.1, 5.0, 1.0, 7),
    ],
)
def test_no_blur_is_exactly_the_identity(step, random_image):
    image = random_image(20, 21)
    np.testing.assert_array_equal(step(image), image)
    np.testing.assert_array_equal(step.kernel(), [[1]])


def test_a_random_kernel_is_uniform_and_its_own_for_each_seed():
    kernels = [psfs.random_kernel(21, seed) for seed in range(20)]
    values = np.concatenate([kernel.ravel() / kernel.max() for kernel in kernels])
    assert_uniform(list(values), 0, 1)  # the largest of 441 is within 1 / 442 of 1 on average
    assert not np.array_equal(psfs.random_kernel(5, 1), psfs.random_kernel(5, 2))


def drawn(operator, n=3000):
    return [operator.sample((64, 64), seed=4, variant=variant).steps[0] for variant in range(n)]


def test_spans_are_drawn_uniformly_and_lists_evenly():
    assert_uniform([step.radius for step in drawn(BoxBlur())], 0, 2)
    assert_uniform([step.radius for step in drawn(DiscBlur())], 0.5, 8)
    motions = drawn(MotionBlur())
    assert_uniform([step.length for step in motions], 1, 10)
    assert_uniform([step.angle for step in motions], 0, math.pi)
    sizes = [step.size for step in drawn(RandomKernel(size=(1, 7)))]
    paths = drawn(TrajectoryBlur())
    for field, low, high in (("centripetal", 0, 0.7), ("shake", 0, 0.2), ("jitter", 0, 10), ("angle", 0, 2 * math.pi)):
        assert_uniform([getattr(step, field) for step in paths], low, high, field)
    for values, choices in (
        (sizes, (1, 3, 5, 7)),
        ([step.exposure for step in paths], EXPOSURES),
        ([step.explosiveness for step in paths], EXPLOSIVENESS),
    ):
        for choice in choices:
            assert_frequency(values.count(choice), len(values), 1 / len(choices), str(choice))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BoxBlur(radius=(2, 1)), "radius: must satisfy 0 <= low <= high <= 127"),
        (lambda: DiscBlur(radius=128), "radius: must satisfy 0 <= low <= high <= 127"),
        (lambda: MotionBlur(length=255), "length: must satisfy 0 <= low <= high <= 254"),
        (lambda: MotionBlur(angle=4), "angle: must satisfy -3.14159 <= low <= high <= 3.14159"),
        (lambda: RandomKernel(size=(3, 6)), "size: must satisfy 1 <= low <= high <= 255, both odd"),
        (lambda: TrajectoryBlur(exposures=[]), "exposures: must have at least one item"),
        (lambda: TrajectoryBlur(exposures=[0.5, 1.5]), r"exposures\[1\]: must be between 0.001 and 1"),
        (lambda: TrajectoryBlur(explosiveness=["a"]), r"explosiveness\[0\]: must be a number"),
    ],
)
def test_bad_fields_are_refused_with_rule_and_value(make, message):
    with pytest.raises(RecipeError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DiscBlurStep(1e9), "radius: must be between 0 and 127"),
        (lambda: MotionBlurStep(1e9, 0.0), "length: must be between 0 and 254"),
        (lambda: RandomKernelStep(301, 0), "size: must be odd and between 1 and 255"),
        (lambda: TrajectoryBlurStep(60, 1.0, 2.0, 0.5, 0.1, 5.0, 1.0, 7), "explosiveness: must be between 0 and 1"),
    ],
)
def test_steps_that_no_kernel_can_hold_are_refused(make, message):
    with pytest.raises(RecordError, match=message):
        make()


def test_the_longest_motions_fit_the_largest_kernel():
    assert MotionBlurStep(254, 0.0).kernel().shape == (255, 255)
    assert TrajectoryBlurStep(254, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 7).kernel().shape[0] <= 255
    assert DiscBlurStep(127).kernel().shape == (255, 255)
