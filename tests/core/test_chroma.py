"""Luma and chroma: the matrices, subsampled chroma with its sitings, and the mistakes of reading it."""

import math

import numpy as np
import pytest
from bounds import assert_frequency, assert_uniform

from degradekit import ChromaSubsampling
from degradekit.errors import RecipeError, RecordError
from degradekit.functional.ycbcr import FACTORS, MATRICES, from_limited, merge, restore, split, subsample, to_limited
from degradekit.operators.chroma import ChromaSubsamplingStep

SITINGS = ["center", "left"]


def ycbcr(image, matrix):
    """The definition, in float64."""
    red, blue = MATRICES[matrix]
    r, g, b = np.moveaxis(image.astype(np.float64), 2, 0)
    y = red * r + (1 - red - blue) * g + blue * b
    return y, (b - y) / (2 - 2 * blue), (r - y) / (2 - 2 * red)


def rgb(y, cb, cr, matrix):
    red, blue = MATRICES[matrix]
    r, b = y + (2 - 2 * red) * cr, y + (2 - 2 * blue) * cb
    return np.clip(np.stack([r, (y - red * r - blue * b) / (1 - red - blue), b], axis=2), 0, 1)


def gray_with(cr):
    """A gray image with a plane of Cr, by BT.601."""
    planes = np.full(cr.shape, 0.5), np.zeros(cr.shape), cr
    return rgb(*planes, "bt601").astype(np.float32)


def cr_of(image):
    return ycbcr(image, "bt601")[2]


@pytest.mark.parametrize("matrix", MATRICES)
def test_the_matrices_are_the_definition_and_undo_each_other(matrix, random_image):
    image = random_image(21, 34)
    planes = split(image, matrix)
    for plane, expected in zip(planes, ycbcr(image, matrix), strict=True):
        np.testing.assert_allclose(plane[:, :, 0], expected, atol=1e-6)
    np.testing.assert_allclose(merge(planes, matrix), image, atol=1e-6)


def test_white_has_no_chroma_and_primaries_reach_the_ends():
    colors = np.float32([[[1, 1, 1], [0, 0, 1], [1, 0, 0], [1, 1, 0]]])
    _, cb, cr = split(colors, "bt709")
    np.testing.assert_allclose(cb[0, :, 0], [0, 0.5, cb[0, 2, 0], -0.5], atol=1e-7)
    np.testing.assert_allclose(cr[0, :2, 0], [0, cr[0, 1, 0]], atol=1e-7)
    assert cr[0, 2, 0] == pytest.approx(0.5, abs=1e-7)


def test_limited_levels_are_those_of_the_standard_and_read_back():
    assert to_limited(np.float32([[[0], [0.5], [1]]]), 219, 16).tolist() == [[16, 126, 235]]  # 125.5 to even
    assert to_limited(np.float32([[[-0.5], [0], [0.5]]]), 224, 128).tolist() == [[16, 128, 240]]
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(to_limited(from_limited(levels, 219, 16), 219, 16), levels)


@pytest.mark.parametrize("subsampling", FACTORS)
def test_area_averages_the_samples_amid_which_a_centered_one_lies(subsampling, random_image):
    rows, columns = FACTORS[subsampling]
    plane = random_image(8, 12, 1)
    expected = plane[:, :, 0].astype(np.float64).reshape(8 // rows, rows, 12 // columns, columns).mean((1, 3))
    np.testing.assert_allclose(subsample(plane, subsampling, "area", left=False)[:, :, 0], expected, atol=1e-6)


def test_area_weighs_the_neighbors_of_a_sample_on_the_left():
    """A box of two columns around column 2 j holds half of each neighbor."""
    plane = np.zeros((1, 10, 1), np.float32)
    plane[0, :, 0] = np.arange(10) ** 2
    squares = np.float64(plane[0, :, 0])
    expected = [0.25 * squares[max(x - 1, 0)] + 0.5 * squares[x] + 0.25 * squares[x + 1] for x in range(0, 10, 2)]
    np.testing.assert_allclose(subsample(plane, "4:2:2", "area", left=True)[0, :, 0], expected, atol=1e-5)


def test_bilinear_restores_a_left_sample_in_its_column_and_the_mean_of_two_between():
    samples = np.float32([[[1], [5], [2]]])
    restored = restore(samples, "4:2:2", "bilinear", True, 1, 6)
    np.testing.assert_allclose(restored[0, :, 0], [1, 3, 5, 3.5, 2, 2], atol=1e-6)


@pytest.mark.parametrize("siting", SITINGS)
@pytest.mark.parametrize("subsampling", FACTORS)
def test_a_ramp_of_color_stays_where_it_was(subsampling, siting):
    """Both filters keep a ramp away from the border; `bicubic`, with a = -0.75, does not."""
    image = gray_with(np.add.outer(np.arange(32), np.arange(48)) * 0.004 - 0.15)
    for up in ("bilinear", "bicubic_antialiased"):
        step = ChromaSubsamplingStep(subsampling, "area", up, siting, siting)
        np.testing.assert_allclose(step(image)[12:20, 16:32], image[12:20, 16:32], atol=2e-6)


@pytest.mark.parametrize(
    ("subsampling", "moved"), [("4:4:4", 0), ("4:4:0", 0), ("4:2:2", 0.5), ("4:2:0", 0.5), ("4:1:1", 1.5)]
)
def test_a_wrong_siting_moves_the_color_by_part_of_a_sample(subsampling, moved):
    ramp = np.tile(np.arange(48) * 0.008 - 0.2, (16, 1))
    written, read = SITINGS
    right = ChromaSubsamplingStep(subsampling, "area", "bilinear", read, written)(gray_with(ramp))
    left = ChromaSubsamplingStep(subsampling, "area", "bilinear", written, read)(gray_with(ramp))
    np.testing.assert_allclose(cr_of(right)[:, 12:36], (ramp - 0.008 * moved)[:, 12:36], atol=2e-6)
    np.testing.assert_allclose(cr_of(left)[:, 12:36], (ramp + 0.008 * moved)[:, 12:36], atol=2e-6)


def test_luma_is_kept(random_image):
    """In the middle of the range, where nothing is clipped."""
    image = random_image(31, 45) * np.float32(0.2) + np.float32(0.4)
    for subsampling in FACTORS:
        result = ChromaSubsamplingStep(subsampling, "lanczos", "bicubic", blur_sigma=3.0)(image)
        np.testing.assert_allclose(ycbcr(result, "bt601")[0], ycbcr(image, "bt601")[0], atol=1e-6)


def test_with_all_samples_and_no_mistake_an_image_stays_as_it_was(random_image):
    image = random_image(17, 9)
    np.testing.assert_allclose(ChromaSubsamplingStep("4:4:4")(image), image, atol=1e-6)


@pytest.mark.parametrize("decode_matrix", MATRICES)
def test_a_wrong_matrix_is_its_definition(decode_matrix, random_image):
    image = random_image(9, 11)
    result = ChromaSubsamplingStep("4:4:4", matrix="bt601", decode_matrix=decode_matrix)(image)
    np.testing.assert_allclose(result, rgb(*ycbcr(image, "bt601"), decode_matrix), atol=2e-6)


@pytest.mark.parametrize("channels", [1, 3])
def test_levels_in_a_wrong_range_wash_out_or_crush(channels):
    gray = np.float32([0, 0.25, 0.5, 1]).reshape(1, 4, 1).repeat(channels, axis=2)
    washed = ChromaSubsamplingStep("4:4:4", range_mistake="limited_as_full")(gray)
    crushed = ChromaSubsamplingStep("4:4:4", range_mistake="full_as_limited")(gray)
    np.testing.assert_allclose(washed[0, :, 0] * 255, [16, 70.75, 125.5, 235], atol=1e-3)
    np.testing.assert_allclose(crushed[0, :, 0] * 219, [0, 0.25 * 255 - 16, 0.5 * 255 - 16, 219], atol=1e-3)


def test_a_wrong_range_changes_the_saturation():
    image = np.full((1, 1, 3), [0.6, 0.5, 0.45], np.float32)
    for mistake, factor in (("limited_as_full", 224 / 255), ("full_as_limited", 255 / 224)):
        result = ChromaSubsamplingStep("4:4:4", range_mistake=mistake)(image)
        assert cr_of(result)[0, 0] == pytest.approx(factor * cr_of(image)[0, 0], abs=1e-6)


def test_the_blur_of_the_chroma_is_a_gaussian():
    """To within what the kernel's split leaves out, a quarter of a level of the largest color difference."""
    cr = np.zeros((41, 41))
    cr[20, 20] = 0.3
    result = cr_of(ChromaSubsamplingStep("4:4:4", blur_sigma=2.0)(gray_with(cr)))
    weights = np.array([math.exp(-(x**2) / 8) for x in range(-6, 7)])
    expected = 0.3 * np.outer(weights, weights) / weights.sum() ** 2
    np.testing.assert_allclose(result[14:27, 14:27], expected, atol=0.3 * 0.25 / 255)


def test_gray_images_see_a_wrong_range_and_nothing_else(random_image):
    gray = random_image(15, 22, 1)
    step = ChromaSubsamplingStep("4:1:0", "lanczos", "nearest", "left", "center", "bt601", "bt2020", blur_sigma=4.0)
    np.testing.assert_array_equal(step(gray), gray)


def test_draws_take_what_is_read_from_what_is_written_unless_it_has_weights():
    operator = ChromaSubsampling(
        sitings={"center": 1, "left": 3}, matrices={"bt601": 1, "bt709": 1}, blur_sigma=(0.5, 3.0)
    )
    steps = [operator.sample((64, 64), seed=1, variant=v).steps[0] for v in range(1000)]
    assert all((step.siting, step.matrix) == (step.decode_siting, step.decode_matrix) for step in steps)
    assert_frequency(sum(step.siting == "left" for step in steps), 1000, 0.75)
    assert_frequency(sum(step.subsampling == "4:2:0" for step in steps), 1000, 0.7)
    assert_uniform([step.blur_sigma for step in steps], 0.5, 3.0)
    wrong = ChromaSubsampling(matrices="bt601", decode_matrices={"same": 1, "bt709": 1})
    drawn = [wrong.sample((64, 64), seed=1, variant=v).steps[0].decode_matrix for v in range(1000)]
    assert_frequency(drawn.count("bt709"), 1000, 0.5)


def test_bad_parameters_are_refused_with_field_rule_and_value():
    with pytest.raises(RecipeError, match=r"subsampling: unknown name '4:2:1'; known: 4:4:4, 4:4:0, 4:2:2"):
        ChromaSubsampling(subsampling="4:2:1")
    with pytest.raises(RecipeError, match=r"down_filters: unknown name 'gaussian'; known: area"):
        ChromaSubsampling(down_filters="gaussian")
    with pytest.raises(RecipeError, match=r"blur_sigma: must satisfy 0 <= low <= high <= 40 \(got \[0, 41\]\)"):
        ChromaSubsampling(blur_sigma=(0, 41))
    with pytest.raises(RecordError, match="decode_siting: must be 'center' or 'left'"):
        ChromaSubsamplingStep("4:2:0", decode_siting="same")
