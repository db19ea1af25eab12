"""Levels, saturation, casts and jitter, against their formulas in float64."""

import colorsys

import numpy as np
import pytest
from bounds import assert_frequency, assert_uniform
from color_formulas import CURVE, FLOAT32, LUMA, decoded, encoded, wide

from degradekit import (
    ChannelShift,
    ChromaticAberration,
    ColorCast,
    ColorJitter,
    Halo,
    Interlace,
    Levels,
    LinearLight,
    Maybe,
    Noise,
    Pixelate,
    Resize,
    Saturation,
    SineStripes,
    ThickLines,
    Vignetting,
)
from degradekit.errors import RecipeError, RecordError
from degradekit.functional import curves
from degradekit.linear_light import DecodeStep, EncodeStep
from degradekit.operators.color import ColorCastStep, GrayscaleStep, SaturationStep
from degradekit.operators.color_jitter import BrightnessStep, ContrastStep, HueStep
from degradekit.operators.levels import LevelsStep


@pytest.fixture
def overshooting(random_image) -> np.ndarray:
    """Values from -0.5 to 1.5."""
    return random_image(40, 50) * 2 - np.float32(0.5)


NEUTRAL = {
    "halo sigma": Halo(sigma=0),
    "halo amount": Halo(kinds={"unsharp_mask": 1, "unsharp_gray": 1, "unsharp_halo": 1, "unsharp_dark": 1}, amount=0),
    "thick lines": ThickLines(strength=0),
    "levels": Levels(out_low=0, out_high=255, gamma=1),
    "saturation": Saturation(factor=1, models={"hsv": 1, "luma": 1}),
    "color cast": ColorCast(gain=1),
    "color jitter": ColorJitter(brightness=1, contrast=1, saturation=1, hue=0),
    "vignetting": Vignetting(falloff=0),
    "chromatic aberration": ChromaticAberration(k1=0, k2=0),
    "channel shift": ChannelShift(planes={"red": 1, "green": 1, "blue": 1, "luma": 1, "cb": 1, "cr": 1}, shift=0),
    "interlace": Interlace(kinds={"comb": 1, "blend": 1}, motion=0),
    "sine stripes": SineStripes(depth=0),
    "pixelate": Pixelate(factor=1),
    "linear light": LinearLight((Maybe(Noise(), 0),)),
}


@pytest.mark.parametrize("name", NEUTRAL)
@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 1, 1), (2, 3, 3), (31, 70, 3), (70, 33, 1)])
def test_without_strength_the_image_is_the_same_to_the_bit(name, shape, random_image):
    image = random_image(*shape)
    for variant in range(8):
        result = NEUTRAL[name].sample(shape[:2], seed=0, variant=variant).apply(image)
        np.testing.assert_array_equal(result, image)


def test_powers_are_exact_to_float64_precision():
    x = np.concatenate([np.random.default_rng(0).random(500) * 3, 2.0 ** np.arange(-60, 20)])
    for exponent in (2.2, 1 / 2.2, 2.4, 1 / 2.4, 0.25, 4.0, 0.9):
        got = np.array([curves.power(value, exponent) for value in x])
        np.testing.assert_allclose(got, x**exponent, rtol=1e-13)
    assert curves.power(0.0, 0.5) == 0


@pytest.mark.parametrize("transfer", ["srgb", "power"])
def test_light_is_that_of_the_curve_with_the_sign_kept(transfer, overshooting):
    to = decoded if transfer == "srgb" else lambda x: np.sign(x) * np.abs(wide(x)) ** 2.2
    back = encoded if transfer == "srgb" else lambda x: np.sign(x) * np.abs(wide(x)) ** (1 / 2.2)
    light, levels = DecodeStep(transfer)(overshooting), EncodeStep(transfer)(overshooting)
    np.testing.assert_allclose(light, to(overshooting), atol=1e-3 / 255)
    np.testing.assert_allclose(levels, back(overshooting), atol=CURVE)
    np.testing.assert_allclose(EncodeStep(transfer)(light), overshooting, atol=CURVE)


@pytest.mark.parametrize("transfer", ["srgb", "power"])
def test_every_8_bit_level_comes_back_from_light(transfer):
    levels = (np.arange(256) / 255).astype(np.float32).reshape(16, 16, 1)
    light = DecodeStep(transfer)(levels)
    assert (light[0, 0, 0], light[-1, -1, 0]) == (0, 1)
    np.testing.assert_allclose(EncodeStep(transfer)(light), levels, atol=1e-3 / 255)


def test_overshoot_stays_finite_however_often_it_is_decoded():
    image = np.array([-1.5, 1.5, 3e38], np.float32).reshape(1, 3, 1)
    for _ in range(40):
        image = DecodeStep()(image)
    np.testing.assert_array_equal(image, DecodeStep()(np.array([-100, 100, 100], np.float32).reshape(1, 3, 1)))


def test_linear_light_wraps_what_its_children_draw():
    shrink = Resize(factor=0.5, direction="down", filters="area")
    steps = LinearLight((shrink,), transfer="power").sample((8, 8), seed=0).steps
    assert [step.op for step in steps] == ["linear_light.decode", "resize", "linear_light.encode"]
    checkered = np.indices((8, 8)).sum(axis=0)[..., None].astype(np.float32) % 2
    gray = LinearLight((shrink,)).sample((8, 8), seed=0).apply(checkered)
    np.testing.assert_allclose(gray, encoded(np.array(0.5)), atol=CURVE)


@pytest.mark.parametrize("gamma", [0.25, 0.9, 1.0, 1.1, 4.0])
def test_levels_follow_their_formula(gamma, overshooting):
    step = LevelsStep(20.0, 230.0, 10.0, 250.0, gamma)
    line = (wide(overshooting) * 255 - 20) / 210 * 240 + 10
    np.testing.assert_allclose(step(overshooting), np.clip(line / 255, 0, 1) ** gamma, atol=CURVE)


def test_the_limited_range_and_its_inverse_meet():
    image = (np.arange(256) / 255).astype(np.float32).reshape(16, 16, 1)
    pale = LevelsStep(0.0, 255.0, 16.0, 235.0)(image)
    assert (round(pale.min() * 255), round(pale.max() * 255)) == (16, 235)
    np.testing.assert_allclose(LevelsStep(16.0, 235.0, 0.0, 255.0)(pale), image, atol=FLOAT32)


def test_levels_can_shift_the_mean_and_invert():
    image = np.full((4, 4, 3), 0.4, np.float32)
    np.testing.assert_allclose(LevelsStep(0.0, 255.0, 38.25, 293.25)(image), 0.55, atol=FLOAT32)
    np.testing.assert_allclose(LevelsStep(0.0, 255.0, 255.0, 0.0)(image), 0.6, atol=FLOAT32)


@pytest.mark.parametrize("factor", [-0.4, 0.0, 0.5, 1.0, 1.7, 6.0])
def test_saturation_of_hsv_is_that_of_the_standard_library(factor, random_image):
    image = random_image(12, 13)

    def saturated(pixel):
        _, saturation, value = colorsys.rgb_to_hsv(*pixel)
        return np.clip(value - (value - pixel) * min(factor * saturation, 1) / saturation, 0, 1)

    expected = np.apply_along_axis(saturated, 2, wide(image))
    np.testing.assert_allclose(SaturationStep(factor)(image), expected, atol=20 * FLOAT32)
    if 0 <= factor <= 1:
        plain = np.apply_along_axis(
            lambda p: colorsys.hsv_to_rgb(*(np.array(colorsys.rgb_to_hsv(*p)) * (1, factor, 1))), 2, wide(image)
        )
        np.testing.assert_allclose(SaturationStep(factor)(image), plain, atol=20 * FLOAT32)


@pytest.mark.parametrize("factor", [-1.0, 0.0, 0.5, 3.0])
def test_saturation_about_the_luma(factor, overshooting):
    luma = (wide(overshooting) @ LUMA)[..., None]
    expected = np.clip(luma + factor * (overshooting - luma), 0, 1)
    np.testing.assert_allclose(SaturationStep(factor, "luma")(overshooting), expected, atol=4 * FLOAT32)


def test_grayscale_is_the_luma_in_all_channels(overshooting):
    expected = np.clip(wide(overshooting) @ LUMA, 0, 1)
    gray = GrayscaleStep()(overshooting)
    for channel in range(3):
        np.testing.assert_allclose(gray[..., channel], expected, atol=FLOAT32)
    np.testing.assert_array_equal(GrayscaleStep()(gray), gray)


def test_brightness_and_contrast_are_torchvisions(random_image):
    image = random_image(30, 20)
    mean = (wide(image) @ LUMA).mean()
    np.testing.assert_allclose(BrightnessStep(1.4)(image), np.clip(1.4 * wide(image), 0, 1), atol=FLOAT32)
    for factor in (0.0, 0.5, 1.5):
        expected = np.clip(factor * wide(image) + (1 - factor) * mean, 0, 1)
        np.testing.assert_allclose(ContrastStep(factor)(image), expected, atol=FLOAT32)


@pytest.mark.parametrize("turns", [-0.5, -0.1, 0.03, 1 / 3, 0.5])
def test_hue_is_turned_as_in_the_standard_library(turns, random_image):
    image = random_image(12, 13)

    def turned(pixel):
        hue, saturation, value = colorsys.rgb_to_hsv(*pixel)
        return np.array(colorsys.hsv_to_rgb((hue + turns) % 1, saturation, value))

    expected = np.apply_along_axis(turned, 2, wide(image))
    np.testing.assert_allclose(HueStep(turns)(image), expected, atol=10 * FLOAT32)


def test_a_third_of_a_turn_takes_red_to_green_and_grays_stay():
    red, gray = (np.full((1, 1, 3), color, np.float32) for color in ((1, 0, 0), (0.3, 0.3, 0.3)))
    np.testing.assert_allclose(HueStep(1 / 3)(red), [[[0, 1, 0]]], atol=FLOAT32)
    np.testing.assert_array_equal(HueStep(1 / 3)(gray), gray)


def test_a_cast_multiplies_light_and_shifts_levels(overshooting):
    gains, offsets = (0.8, 1.0, 1.2), (10.0, -20.0, 0.0)
    expected = np.clip(encoded(np.clip(decoded(overshooting) * gains, 0, 1)) + np.array(offsets) / 255, 0, 1)
    np.testing.assert_allclose(ColorCastStep(gains, offsets)(overshooting), expected, atol=CURVE)
    shifted = np.clip(wide(overshooting) + np.array(offsets) / 255, 0, 1)
    np.testing.assert_allclose(ColorCastStep((1.0, 1.0, 1.0), offsets)(overshooting), shifted, atol=FLOAT32)


def drawn(operator, n: int = 4000) -> list:
    return [operator.sample((64, 64), seed=1, variant=variant).steps for variant in range(n)]


@pytest.mark.parametrize(
    ("gains", "offsets", "words"),
    [
        ((0.5, 1.0, 1.25), (0.0, 0.0, 0.0), "color cast, light x 0.50 1.00 1.25"),
        ((1.0, 1.0, 1.0), (-3.0, 0.0, 20.0), "color cast, levels -3.0 +0.0 +20.0"),
        ((0.5, 1.0, 1.0), (1.0, 0.0, 0.0), "color cast, light x 0.50 1.00 1.00, levels +1.0 +0.0 +0.0"),
        ((1.0, 1.0, 1.0), (0.0, 0.0, 0.0), "color cast"),
    ],
)
def test_the_words_of_a_cast_leave_out_what_does_nothing(gains, offsets, words):
    assert str(ColorCastStep(gains=gains, offsets=offsets)) == words


def test_jitter_draws_gfpgans_spans_in_every_order():
    draws = drawn(ColorJitter())
    values = {"color_jitter.brightness": [], "color_jitter.contrast": [], "saturation": [], "color_jitter.hue": []}
    orders = {}
    for steps in draws:
        order = tuple(step.op for step in steps)
        orders[order] = orders.get(order, 0) + 1
        for step in steps:
            values[step.op].append(step.turns if step.op.endswith("hue") else step.factor)
    spans = {"color_jitter.brightness": (0.5, 1.5), "color_jitter.contrast": (0.5, 1.5), "saturation": (0.0, 1.5)}
    for op, (low, high) in (spans | {"color_jitter.hue": (-0.1, 0.1)}).items():
        assert_uniform(values[op], low, high, op)
    assert len(orders) == 24
    for order, count in orders.items():
        assert_frequency(count, len(draws), 1 / 24, str(order))


def test_a_cast_draws_for_each_channel_or_once_for_all():
    draws = drawn(ColorCast(gain=(0.8, 1.2), offset=(-20, 20)))
    for channel in range(3):
        assert_uniform([step.gains[channel] for (step,) in draws], 0.8, 1.2)
        assert_uniform([step.offsets[channel] for (step,) in draws], -20, 20)
    assert abs(np.corrcoef(np.array([step.offsets for (step,) in draws]).T)[0, 1:]).max() < 5 / 4000**0.5
    gray = drawn(ColorCast(channels="gray", offset=(-38, 38)), 300)
    assert all(len(set(step.gains)) == len(set(step.offsets)) == 1 for (step,) in gray)


def test_levels_are_drawn_from_their_spans():
    draws = [step for (step,) in drawn(Levels())]
    assert_uniform([step.out_low for step in draws], 0, 15)
    assert_uniform([step.out_high for step in draws], 240, 255)
    assert_uniform([step.gamma for step in draws], 0.9, 1.1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Levels(in_low=200), r"in_low: must satisfy 0 <= low <= high <= 127 \(got"),
        (lambda: Levels(gamma=0), r"gamma: must satisfy 0.25 <= low <= high <= 4 \(got"),
        (lambda: Saturation(models="hsl"), "models: unknown name 'hsl'; known: hsv, luma"),
        (lambda: ColorJitter(hue=(-0.6, 0.1)), r"hue: must satisfy -0.5 <= low <= high <= 0.5 \(got"),
        (lambda: ColorCast(gain=-1), r"gain: must satisfy 0 <= low <= high <= 100 \(got"),
        (lambda: LinearLight(()), "children: must have at least one item"),
        (lambda: LinearLight((Noise(),), transfer="hlg"), "transfer: must be "),
    ],
)
def test_a_bad_parameter_is_refused_with_its_rule(make, message):
    with pytest.raises(RecipeError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LevelsStep(0.0, 100.0, 0.0, 255.0), r"in_high: must be between 128 and 255 \(got 100"),
        (lambda: SaturationStep(float("nan")), "factor: must be a finite number"),
        (lambda: ColorCastStep((1.0, 1.0)), "gains"),
        (lambda: HueStep(1.0), r"turns: must be between -0.5 and 0.5 \(got 1"),
    ],
)
def test_a_bad_step_is_refused_with_its_rule(make, message):
    with pytest.raises(RecordError, match=message):
        make()
