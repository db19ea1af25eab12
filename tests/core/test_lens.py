"""Vignetting, chromatic aberration and shifted channels, against their formulas in float64, on photos and on parts.

A part of a photo must get exactly what the photo gets.
"""

import numpy as np
import pytest
from bounds import assert_uniform
from color_formulas import CURVE, FLOAT32, decoded, encoded, wide
from scipy.ndimage import map_coordinates

from degradekit import Chain, ChannelShift, ChromaticAberration, Resize, Vignetting
from degradekit.errors import RecipeError, RecordError
from degradekit.functional.lens import PLANES
from degradekit.operators.lens import ChannelShiftStep, ChromaticAberrationStep, VignettingStep
from degradekit.types import Frame

SIZE = (90, 120)
TILES = [(0, 0, 40, 48), (25, 37, 40, 48), (50, 72, 40, 48)]


def sampled(plane, rows, columns) -> np.ndarray:
    return map_coordinates(wide(plane), [rows, columns], order=1, mode="nearest")


def test_light_falls_off_with_the_fourth_power_of_the_cosine(random_image):
    image = random_image(30, 41)
    y, x = np.indices((30, 41))
    angle = np.arctan(0.8 * np.hypot(y - 40.5, x + 3.25) / 55)
    expected = encoded(decoded(image) * np.cos(angle)[..., None] ** 4)
    np.testing.assert_allclose(VignettingStep(40.5, -3.25, 55.0, 0.8)(image), expected, atol=CURVE)


def test_the_corner_of_a_photo_has_the_stated_light():
    (step,) = Vignetting(falloff=1).sample((301, 401), seed=0).steps
    assert (step.center_y, step.center_x, step.radius) == (150, 200, np.hypot(301, 401) / 2)
    dark = decoded(step(np.ones((301, 401, 1), np.float32)))
    assert dark[150, 200, 0] == 1
    assert abs(dark[0, 0, 0] - 0.25) < 0.002  # the center of the corner's pixel lies a little inside
    assert str(step) == "vignetting, the corners have 25% of the light"


def test_tiles_of_a_photo_and_the_photo_darken_exactly_alike(random_image):
    photo = random_image(*SIZE)
    operator = Vignetting(falloff=0.9)
    whole = operator.sample(SIZE, seed=0).apply(photo)
    for top, left, height, width in TILES:
        tile = operator.sample((height, width), seed=0, frame=Frame(top, left, *SIZE))
        np.testing.assert_array_equal(
            tile.apply(photo[top : top + height, left : left + width]),
            whole[top : top + height, left : left + width],
        )


def test_colors_meet_exactly_alike_in_tiles_and_in_the_photo(random_image):
    """Inside, as a tile repeats its edge pixels; the corners of the photo move by 75 * 0.05 px, less than 4."""
    photo = random_image(*SIZE)
    operator = ChromaticAberration(k1=0.04, k2=0.01)
    whole = operator.sample(SIZE, seed=0).apply(photo)
    for top, left, height, width in TILES:
        tile = operator.sample((height, width), seed=0, frame=Frame(top, left, *SIZE))
        result = tile.apply(photo[top : top + height, left : left + width])
        inside = whole[top + 4 : top + height - 4, left + 4 : left + width - 4]
        np.testing.assert_array_equal(result[4:-4, 4:-4], inside)


@pytest.mark.parametrize(
    "frame",
    [
        [0, 0, 40, 40],
        Frame("0", 0, 40, 40),
        Frame(float("nan"), 0, 40, 40),
        Frame(0, 0.5, 40, 40),
        Frame(0, 0, 0, 40),
    ],
)
def test_what_is_no_frame_in_pixels_is_refused(frame):
    with pytest.raises(RecipeError, match=r"frame: must be a degradekit.types.Frame, .*, integers \(got \["):
        Vignetting().sample((40, 40), seed=0, frame=frame)


def test_after_a_resize_the_lens_is_that_of_the_smaller_photo():
    shrink = Resize(to=(30, 24), filters="area")
    for operator in (Vignetting(), ChromaticAberration()):
        step = Chain((shrink, operator)).sample((60, 48), seed=0, frame=Frame(20, 100, 90, 200)).steps[1]
        assert (step.center_y, step.center_x) == (25 / 2 - 0.5, 0 - 0.5)
        assert step.radius == np.hypot(90, 200) / 4


@pytest.mark.parametrize("strength", [0.01, 0.2])
def test_chromatic_aberration_magnifies_red_and_blue_about_the_center(strength, random_image):
    image = random_image(33, 40)
    k = {0: (strength, -strength / 2), 1: (0, 0), 2: (-strength, strength / 3)}
    step = ChromaticAberrationStep(10.5, 30.25, 25.0, *k[0], *k[2])
    result = step(image)
    y, x = np.indices((33, 40))
    dy, dx = y - 10.5, x - 30.25
    square = (dy**2 + dx**2) / 25**2
    for channel, (k1, k2) in k.items():
        factor = 1 + k1 * square + k2 * square**2
        expected = sampled(image[..., channel], 10.5 + dy * factor, 30.25 + dx * factor)
        np.testing.assert_allclose(result[..., channel], expected, atol=20 * FLOAT32)


def test_red_and_blue_are_drawn_independently():
    steps = [ChromaticAberration().sample((64, 64), seed=1, variant=variant).steps[0] for variant in range(4000)]
    for name, limit in (("red_k1", 0.004), ("red_k2", 0.002), ("blue_k1", 0.004), ("blue_k2", 0.002)):
        assert_uniform([getattr(step, name) for step in steps], -limit, limit, name)
    assert abs(np.corrcoef([step.red_k1 for step in steps], [step.blue_k1 for step in steps])[0, 1]) < 5 / 4000**0.5


def test_a_gray_image_has_no_colors_to_separate(random_image):
    gray = random_image(20, 30, 1)
    np.testing.assert_array_equal(ChromaticAberrationStep(9.5, 14.5, 18.0, 0.1, 0.1, -0.1, 0.0)(gray), gray)
    for plane in PLANES:
        np.testing.assert_array_equal(ChannelShiftStep(plane, 1.5, -2.0)(gray), gray)


@pytest.mark.parametrize("plane", PLANES)
def test_one_plane_is_shifted_and_the_other_two_stay(plane, random_image):
    """In RGB and in luma, B - luma, R - luma, by matrices; the image is clipped nowhere."""
    image = random_image(20, 31) * np.float32(0.2) + np.float32(0.4)
    luma = [0.299, 0.587, 0.114]
    matrix = np.array([luma, np.array([0, 0, 1]) - luma, np.array([1, 0, 0]) - luma])
    names = ["luma", "cb", "cr"]
    if plane not in names:
        matrix, names = np.eye(3), ["red", "green", "blue"]
    planes = wide(image) @ matrix.T
    index = names.index(plane)
    y, x = np.indices((20, 31))
    planes[..., index] = sampled(planes[..., index], y - 1.25, x + 2.5)
    expected = planes @ np.linalg.inv(matrix).T
    np.testing.assert_allclose(ChannelShiftStep(plane, 1.25, -2.5)(image), expected, atol=20 * FLOAT32)


def test_a_whole_shift_repeats_the_edge(random_image):
    image = random_image(9, 12)
    result = ChannelShiftStep("green", 0.0, 3.0)(image)
    np.testing.assert_allclose(result[:, 3:, 1], image[:, :-3, 1], atol=FLOAT32)
    np.testing.assert_allclose(result[:, :3, 1], np.repeat(image[:, :1, 1], 3, axis=1), atol=FLOAT32)
    np.testing.assert_array_equal(result[..., [0, 2]], image[..., [0, 2]])


def test_shifts_are_drawn_along_both_axes():
    steps = [ChannelShift().sample((64, 64), seed=1, variant=variant).steps[0] for variant in range(2000)]
    assert_uniform([step.dy for step in steps], -2, 2)
    assert_uniform([step.dx for step in steps], -2, 2)
    assert {step.plane for step in steps} == {"red", "green", "blue", "cb", "cr"}


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Vignetting(falloff=-1), RecipeError, r"falloff: must satisfy 0 <= low <= high <= 10 \(got"),
        (lambda: ChromaticAberration(k1=0.3), RecipeError, r"k1: must satisfy -0.2 <= low <= high <= 0.2 \(got"),
        (lambda: ChannelShift(planes="y"), RecipeError, "planes: unknown name 'y'; known: red, green"),
        (lambda: VignettingStep(0.0, 0.0, 0.0, 1.0), RecordError, r"radius: must be between 0.1 and .* \(got 0"),
        (lambda: ChannelShiftStep("red", 300.0, 0.0), RecordError, r"dy: must be between -256 and 256 \(got 300"),
    ],
)
def test_a_bad_parameter_is_refused_with_its_rule(make, error, message):
    with pytest.raises(error, match=message):
        make()
