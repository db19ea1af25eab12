"""Halos, thick lines, interlaced lines, stripes and large pixels, against their formulas in float64."""

import math

import numpy as np
import pytest
from bounds import assert_frequency, assert_uniform
from color_formulas import FLOAT32, LUMA, wide
from scipy.ndimage import convolve1d, minimum_filter

from degradekit import Halo, Interlace, Pixelate, SineStripes, ThickLines
from degradekit.errors import RecipeError, RecordError
from degradekit.operators.halo import HaloStep
from degradekit.operators.pixelate import PixelateStep
from degradekit.operators.scan_lines import BlendStep, BobStep, CombStep, SineStripesStep
from degradekit.operators.thick_lines import ThickLinesStep

SHAPES = [(1, 1, 3), (2, 1, 1), (17, 30, 3), (70, 31, 1)]
FILTERS = 40 * FLOAT32
"""Sums of some 40 products of numbers below 1, and what is made of them."""


def detail(image, sigma: float) -> np.ndarray:
    half = math.ceil(4 * sigma)
    taps = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    blurred = wide(image)
    for axis in (0, 1):
        blurred = convolve1d(blurred, taps / taps.sum(), axis=axis, mode="mirror")
    return image - blurred


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.6])
def test_halos_follow_their_formulas(shape, sigma, random_image):
    image = random_image(*shape)
    luma = wide(image) @ LUMA[:, None] if shape[2] == 3 else wide(image)
    amount, threshold = 1.7, 12.0

    def excess(values):
        return np.sign(values) * np.maximum(np.abs(values) - threshold / 255, 0) * amount

    channels, gray = excess(detail(image, sigma)), excess(detail(luma, sigma))
    added = {"unsharp_mask": channels, "unsharp_gray": np.maximum(gray, 0), "unsharp_dark": np.minimum(gray, 0)}
    for kind, field in added.items():
        result = HaloStep(kind, sigma, amount, threshold)(image)
        np.testing.assert_allclose(result, np.clip(image + field, 0, 1), atol=FILTERS)


def test_hard_white_rims_are_where_the_bright_detail_is_nearly_one():
    image = np.full((20, 30, 3), 0.1, np.float32)
    image[:, 15:] = 0.7
    result = HaloStep("unsharp_halo", 2.0, 6.0)(image)
    rims = 6 * detail(wide(image) @ LUMA[:, None], 2.0)[..., 0] > 254 / 255
    assert 0 < rims.sum() < rims.size / 4
    assert (result[rims] == 1).all()
    np.testing.assert_array_equal(result[~rims], image[~rims])


def test_bright_and_dark_halos_lie_on_their_sides_of_an_edge():
    image = np.full((20, 30, 3), 0.3, np.float32)
    image[:, 15:] = 0.7
    bright, dark = (HaloStep(kind, 1.5, 1.0)(image) - image for kind in ("unsharp_gray", "unsharp_dark"))
    assert bright[:, 15].min() > 0.1
    assert dark[:, 14].max() < -0.1
    assert abs(bright[:, :15]).max() < FILTERS
    assert abs(dark[:, 15:]).max() < FILTERS


def test_halos_are_drawn_from_their_spans():
    kinds = {"unsharp_mask": 1.0, "unsharp_gray": 2.0, "unsharp_dark": 1.0}
    steps = [Halo(kinds=kinds).sample((9, 9), seed=1, variant=variant).steps[0] for variant in range(4000)]
    for name, high in (("sigma", 3), ("amount", 2), ("threshold", 0.5)):
        assert_uniform([getattr(step, name) for step in steps], 0, high, name)
    for kind, weight in kinds.items():
        assert_frequency(sum(step.kind == kind for step in steps), len(steps), weight / 4, kind)


def test_the_work_of_the_widest_halo_is_counted():
    assert HaloStep("unsharp_mask", 30.0, 1.0).taps >= 2 * 241


@pytest.mark.parametrize("shape", SHAPES)
def test_thick_lines_mix_in_the_darkest_of_nine_pixels(shape, random_image):
    image = random_image(*shape)
    darkest = minimum_filter(wide(image), (3, 3, 1), mode="nearest")
    for strength in (0.25, 1.0):
        expected = (1 - strength) * image + strength * darkest
        np.testing.assert_allclose(ThickLinesStep(strength)(image), expected, atol=FLOAT32)


def moved(image, motion: float) -> np.ndarray:
    columns = np.arange(image.shape[1])
    lines = image.transpose(0, 2, 1).reshape(-1, image.shape[1])
    lines = np.array([np.interp(columns - motion, columns, line) for line in wide(lines)])
    return lines.reshape(image.shape[0], image.shape[2], -1).transpose(0, 2, 1)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("motion", [3.0, -0.75, 6.4])
def test_fields_are_woven_or_blended(shape, motion, random_image):
    image = random_image(*shape)
    for top_first, kept in ((True, 0), (False, 1)):
        expected = moved(image, motion)
        expected[kept::2] = image[kept::2]
        np.testing.assert_allclose(CombStep(motion, top_first)(image), expected, atol=FLOAT32)
    np.testing.assert_allclose(BlendStep(motion)(image), (image + moved(image, motion)) / 2, atol=FLOAT32)


@pytest.mark.parametrize("height", [2, 3, 8, 9])
@pytest.mark.parametrize("top_first", [True, False])
def test_one_field_is_kept_and_the_lines_between_are_interpolated(height, top_first, random_image):
    image = random_image(height, 7)
    result = BobStep(top_first)(image)
    for y in range(height):
        if (y % 2 == 0) == top_first:
            np.testing.assert_array_equal(result[y], image[y])
        else:
            near = [image[z] for z in (y - 1, y + 1) if 0 <= z < height]
            np.testing.assert_allclose(result[y], np.mean(near, axis=0), atol=FLOAT32)


def test_fields_are_drawn_in_both_orders():
    steps = [Interlace().sample((9, 9), seed=1, variant=variant).steps[0] for variant in range(3000)]
    for kind in (CombStep, BlendStep, BobStep):
        assert_frequency(sum(isinstance(step, kind) for step in steps), len(steps), 1 / 3, kind.op)
    combs = [step for step in steps if isinstance(step, CombStep)]
    assert_frequency(sum(step.top_first for step in combs), len(combs), 1 / 2)
    assert_uniform([step.motion for step in combs], 1, 12)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("direction", ["horizontal", "vertical"])
def test_stripes_follow_their_formula(shape, direction, random_image):
    image = random_image(*shape)
    index = np.indices(shape)[0 if direction == "horizontal" else 1]
    expected = np.clip(image * (1 + 0.3 * np.sin(2 * np.pi * index / 7.5 + 1.2)), 0, 1)
    np.testing.assert_allclose(SineStripesStep(0.3, 7.5, 1.2, direction)(image), expected, atol=FLOAT32)


def test_stripes_are_drawn_from_their_spans():
    steps = [SineStripes().sample((9, 9), seed=1, variant=variant).steps[0] for variant in range(2000)]
    for name, low, high in (("depth", 0.05, 0.5), ("period", 4, 200), ("phase", 0, 2 * math.pi)):
        assert_uniform([getattr(step, name) for step in steps], low, high, name)


def test_large_pixels_are_weighted_by_a_triangle(random_image):
    """Of twice their width, cut at the border."""
    image = random_image(24, 36)
    result = wide(image)
    for axis in (0, 1):
        n = image.shape[axis]
        weights = np.maximum(1 - np.abs(np.arange(n // 3)[:, None] * 3 + 1 - np.arange(n)) / 3, 0)
        weights /= weights.sum(axis=1, keepdims=True)
        result = np.moveaxis(np.tensordot(weights, result, (1, axis)), 0, axis).repeat(3, axis=axis)
    np.testing.assert_allclose(PixelateStep(3.0)(image), result, atol=FLOAT32)


@pytest.mark.parametrize("shape", SHAPES)
def test_real_factors_leave_as_many_large_pixels_as_fit(shape, random_image):
    image = random_image(*shape)
    result = PixelateStep(2.6)(image)
    for axis in (0, 1):
        lines = np.unique(result, axis=axis).shape[axis]
        assert lines == max(1, int(shape[axis] / 2.6))


def test_the_size_of_pixels_is_drawn_from_its_span():
    steps = [Pixelate().sample((9, 9), seed=1, variant=variant).steps[0] for variant in range(1000)]
    assert_uniform([step.factor for step in steps], 1, 4)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Halo(sigma=(0, 31)), RecipeError, r"sigma: must satisfy 0 <= low <= high <= 30 \(got"),
        (lambda: Halo(kinds="laplacian"), RecipeError, "kinds: unknown name 'laplacian'; known: unsharp_mask"),
        (lambda: ThickLines(strength=2), RecipeError, r"strength: must satisfy 0 <= low <= high <= 1 \(got"),
        (lambda: Interlace(kinds="weave"), RecipeError, "kinds: unknown name 'weave'; known: comb, blend, bob"),
        (lambda: SineStripes(period=1), RecipeError, r"period: must satisfy 2 <= low <= high"),
        (lambda: Pixelate(factor=0.5), RecipeError, r"factor: must satisfy 1 <= low <= high <= 100 \(got"),
        (lambda: HaloStep("unsharp_mask", -1.0, 1.0), RecordError, r"sigma: must be between 0 and 30 \(got -1"),
        (lambda: CombStep(3.0, 1), RecordError, r"top_first: must be "),
    ],
)
def test_a_bad_parameter_is_refused_with_its_rule(make, error, message):
    with pytest.raises(error, match=message):
        make()
