"""Screentone against a few lines of its own."""

import colorsys
import math
from typing import get_args

import numpy as np
import pytest

from degradekit import RecipeError, RecordError, Screentone
from degradekit.functional.screentones import Screen, thresholds, tone, tone_inks, tone_value
from degradekit.operators.screentone import INK_ANGLES, GrayScreentoneStep, Spot

ROUNDING = 1e-5
"""Far above what a few float32 operations on values near 1 lose, 1e-6 at most; far below a level's half step."""
each_spot = pytest.mark.parametrize("spot", get_args(Spot))


def spot_distance(spot: str, x: int, y: int, size: int) -> float:
    """The function by which a cell's pixels are ranked; but for the dot's, their middle is that of integers."""
    i, j = x - size // 2, y - size // 2
    return {
        "dot": math.hypot(x - size / 2 - 0.1, y - size / 2 - 0.15),
        "line": abs(i - j),
        "inverse_line": abs(i + j),
        "cross": min(abs(i - j), abs(i + j)),
        "ellipse": sum(i * i + j * j - i * j >= 0.75 * h * h for h in range(1, 2 * size + 1)),
    }[spot]


@pytest.mark.parametrize("spot", get_args(Spot)[:-1])
@pytest.mark.parametrize("size", [2, 3, 7, 8])
def test_cells_are_ranked_by_their_spot_and_alternate(spot, size):
    cell = [(x, y) for x in range(size) for y in range(size)]
    ranked = sorted(cell, key=lambda pixel: -round(spot_distance(spot, *pixel, size), 9))
    expected = np.empty((2 * size, 2 * size))
    for rank, (x, y) in enumerate(ranked):
        rising = 0.5 - rank * 0.5 / (size**2 - 1)
        expected[y, x] = expected[y + size, x + size] = 1 - rising
        expected[y + size, x] = expected[y, x + size] = rising + 0.003
    np.testing.assert_allclose(thresholds(size, spot), expected, atol=1e-6)


@each_spot
@pytest.mark.parametrize("angle", [0.0, 0.3, -math.pi / 4, math.pi / 2])
def test_screentone_keeps_exact_black_and_white_and_is_ink_or_paper(spot, angle, random_image):
    plane = random_image(33, 38, 1)[..., 0]
    plane[:5], plane[5:9] = 0, 1
    result = tone(plane, Screen(7, spot, angle))
    assert (result[:5] == 0).all()
    assert (result[5:9] == 1).all()
    if spot != "smooth_dot":
        assert set(np.unique(result)) == {0, 1}


@pytest.mark.parametrize("spot", get_args(Spot)[:-1])
@pytest.mark.parametrize("value", [0.1, 0.5, 0.72])
def test_the_share_of_paper_is_the_tone(spot, value):
    """Half of the thresholds are spread over [0, 1/2] + 0.003 and half over [1/2, 1], size^2 of each."""
    size = 6
    mean = tone(np.full((48, 48), value, np.float32), Screen(size, spot, 0.0)).mean(dtype=np.float64)
    assert abs(mean - value) <= 0.003 + 1.5 / (2 * size**2)


@pytest.mark.parametrize("angle", [0.0, 0.4])
def test_a_screen_looks_its_threshold_up_at_the_rotated_coordinate(angle, random_image):
    plane = random_image(31, 44, 1)[..., 0]
    result, matrix = tone(plane, Screen(5, "dot", angle)), thresholds(5, "dot")
    for y in range(31):
        for x in range(44):
            turned = complex(x - 22, y - 15.5) * complex(math.cos(angle), math.sin(angle)) + complex(22, 15.5)
            row, column = math.floor(turned.imag + 1e-6) + 2, math.floor(turned.real + 1e-6) + 2
            assert result[y, x] == (plane[y, x] >= matrix[row % 10, column % 10])


def test_the_smooth_dot_is_a_wave_compared_over_one_pixel(random_image):
    plane = random_image(40, 50, 1)[..., 0]
    size, angle = 6, 0.3
    y, x = np.indices(plane.shape) - np.array([20.0, 25.0])[:, None, None]
    a = np.cos(np.pi / size * (np.cos(angle) * x - np.sin(angle) * y))
    b = np.cos(np.pi / size * (np.sin(angle) * x + np.cos(angle) * y))
    gradient = np.pi / size / 2 * np.hypot(np.sqrt(1 - a**2) * b, a * np.sqrt(1 - b**2))
    covered = np.clip((plane - (1 + a * b) / 2) / np.maximum(gradient, 1e-9) + 0.5, 0, 1)
    sure = gradient > 0.02  # where the slope is small, the quotient of rounding errors is not
    expected = covered * covered * (3 - 2 * covered)
    np.testing.assert_allclose(tone(plane, Screen(size, "smooth_dot", angle))[sure], expected[sure], atol=1e-4)


def test_the_value_is_toned_and_hue_and_saturation_stay(random_image):
    image = random_image(24, 25)
    screen = Screen(5, "dot", 0.2)
    result, values = tone_value(image, screen), tone(image.max(axis=2), screen)
    for pixel, after, value in zip(image.reshape(-1, 3), result.reshape(-1, 3), values.reshape(-1), strict=True):
        hue, saturation, _ = colorsys.rgb_to_hsv(*map(float, pixel))
        np.testing.assert_allclose(after, colorsys.hsv_to_rgb(hue, saturation, float(value)), atol=ROUNDING)


def test_four_inks_are_printed_over_each_other(random_image):
    image = random_image(24, 25)
    image[:3], image[3:6] = 1, 0
    screens = [Screen(5, spot, angle) for spot, angle in zip(("dot", "line", "cross", "dot"), INK_ANGLES, strict=True)]
    strengths = (0.9, 0.8, 0.7, 0.95)
    result = tone_inks(image, screens, strengths)
    largest = image.max(axis=2).astype(np.float64)
    black = 1 - tone((1 - (1 - largest)).astype(np.float32), screens[3]).astype(np.float64)
    for c in range(3):
        ink = np.divide(largest - image[..., c], largest, out=np.zeros_like(largest), where=largest > 0)
        threshold_side = 1 - tone((1 - ink).astype(np.float32), screens[c]).astype(np.float64)
        expected = (1 - strengths[c] * threshold_side) * (1 - strengths[3] * black)
        assert (np.abs(result[..., c] - expected) < ROUNDING).mean() > 0.999  # 1 - ink may round across a threshold
    assert (result[:3] == 1).all()
    np.testing.assert_allclose(result[3:6], 0.05, atol=ROUNDING)


def test_a_gray_image_is_toned_the_same_by_gray_value_and_black_ink(random_image):
    gray = random_image(20, 30, 1)
    expected = GrayScreentoneStep(7, "dot", 0.3)(gray)
    np.testing.assert_array_equal(tone_value(gray, Screen(7, "dot", 0.3)), expected)
    screens = [Screen(7, "line", 0.0)] * 3 + [Screen(7, "dot", 0.3)]
    np.testing.assert_array_equal(tone_inks(gray, screens, (1.0, 1.0, 1.0, 1.0)), expected)


def test_inks_are_drawn_at_their_angles_and_of_many_strengths():
    inks = [Screentone(kinds="cmyk", angle=0.1).sample((9, 9), seed=0, variant=v).steps[0] for v in range(50)]
    assert {step.angles for step in inks} == {tuple(angle + 0.1 for angle in INK_ANGLES)}
    assert len({step.ink_strengths for step in inks}) == 50


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Screentone(size=1), RecipeError, "size: must satisfy 2 <= low <= high <= 64"),
        (lambda: GrayScreentoneStep(65, "dot", 0.0), RecordError, r"size: must be between 2 and 64 \(got 65\)"),
        (lambda: GrayScreentoneStep(7, "star", 0.0), RecordError, "spot: "),
    ],
)
def test_what_breaks_a_rule_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
