"""Quantization, dithers and palettes, each against a few lines of its own."""

import math
from fractions import Fraction
from typing import get_args

import numpy as np
import pytest

from degradekit import Dither, Palette, Quantize, RecipeError, RecordError
from degradekit.functional.dithering import bayer_matrix, diffuse, dither_ordered, dither_riemersma, hilbert_order
from degradekit.functional.levels import to_float, to_pixels
from degradekit.functional.palettes import fixed_palette, median_cut, to_palette
from degradekit.operators.dither import Diffusion, DiffusionDitherStep, OrderedDitherStep, QuantizeStep
from degradekit.operators.palette import MedianCutStep

ROUNDING = 1e-5
"""Far above what a few float32 operations on values near 1 lose, 1e-6 at most; far below a level's half step."""
# By (rows down, columns right), in sixteenths, forty-eighths, ... as published.
WEIGHTS = {
    "floyd_steinberg": (16, {(0, 1): 7, (1, -1): 3, (1, 0): 5, (1, 1): 1}),
    "jarvis_judice_ninke": (
        48,
        {(0, 1): 7, (0, 2): 5, (1, -2): 3, (1, -1): 5, (1, 0): 7, (1, 1): 5, (1, 2): 3}
        | {(2, -2): 1, (2, -1): 3, (2, 0): 5, (2, 1): 3, (2, 2): 1},
    ),
    "stucki": (
        42,
        {(0, 1): 8, (0, 2): 4, (1, -2): 2, (1, -1): 4, (1, 0): 8, (1, 1): 4, (1, 2): 2}
        | {(2, -2): 1, (2, -1): 2, (2, 0): 4, (2, 1): 2, (2, 2): 1},
    ),
    "atkinson": (8, {(0, 1): 1, (0, 2): 1, (1, -1): 1, (1, 0): 1, (1, 1): 1, (2, 0): 1}),
    "burkes": (32, {(0, 1): 8, (0, 2): 4, (1, -2): 2, (1, -1): 4, (1, 0): 8, (1, 1): 4, (1, 2): 2}),
    "sierra": (
        32,
        {(0, 1): 5, (0, 2): 3, (1, -2): 2, (1, -1): 4, (1, 0): 5, (1, 1): 4, (1, 2): 2}
        | {(2, -1): 2, (2, 0): 3, (2, 1): 2},
    ),
    "two_row_sierra": (16, {(0, 1): 4, (0, 2): 3, (1, -2): 1, (1, -1): 2, (1, 0): 3, (1, 1): 2, (1, 2): 1}),
    "sierra_lite": (4, {(0, 1): 2, (1, -1): 1, (1, 0): 1}),
}
each_filter = pytest.mark.parametrize("filter", get_args(Diffusion))


def scattered(image: np.ndarray, filter: str, nearest, kind: type) -> tuple[np.ndarray, np.ndarray]:
    """Diffuse pixel after pixel, adding each error to the later pixels at once; return the values and the results."""
    divisor, weights = WEIGHTS[filter]
    height, width = image.shape[:2]
    added, values, result = np.zeros(image.shape, kind), np.zeros(image.shape, kind), np.zeros(image.shape, kind)
    for y in range(height):
        for x in range(width):
            values[y, x] = image[y, x].astype(kind) + added[y, x]
            result[y, x] = nearest(values[y, x], y, x)
            for (down, right), weight in weights.items():
                if y + down < height and 0 <= x + right < width:
                    added[y + down, x + right] += (values[y, x] - result[y, x]) * kind(weight / divisor)
    return values, result


@pytest.mark.parametrize("levels", [2, 3, 16, 255, 256])
def test_quantization_is_rounding_half_up_of_the_clipped_image_and_idempotent(levels, random_image):
    image = random_image(30, 31) * np.float32(1.4) - np.float32(0.2)
    result = QuantizeStep(levels)(image)
    scaled = np.clip(image.astype(np.float64), 0, 1) * (levels - 1)
    sure = np.abs(scaled % 1 - 0.5) > ROUNDING * levels
    assert sure.mean() > 0.95
    np.testing.assert_array_equal(np.rint(result * np.float64(levels - 1))[sure], np.floor(scaled + 0.5)[sure])
    assert set(np.unique(result)) <= {np.float32(k) / np.float32(levels - 1) for k in range(levels)}
    np.testing.assert_array_equal(QuantizeStep(levels)(result), result)


def test_256_levels_are_those_of_8_bits():
    image = to_float(np.arange(256, dtype=np.uint8).reshape(16, 16, 1))
    np.testing.assert_array_equal(QuantizeStep(256)(image), image)


@pytest.mark.parametrize("size", [2, 4, 8, 16])
def test_bayers_matrix_is_the_recursive_one(size):
    recursive = np.zeros((1, 1))
    while len(recursive) < size:
        recursive = np.block([[4 * recursive, 4 * recursive + 2], [4 * recursive + 3, 4 * recursive + 1]])
    np.testing.assert_array_equal(bayer_matrix(size) * size**2, recursive)


@pytest.mark.parametrize("size", [2, 4, 8, 16])
@pytest.mark.parametrize("levels", [2, 5])
def test_ordered_dither_is_rounding_by_the_matrix_and_keeps_the_mean_of_a_plane(size, levels, random_image):
    image = random_image(19, 21)
    matrix = np.tile(bayer_matrix(size).astype(np.float64), (19, 19))[:19, :21, None]
    scaled = image.astype(np.float64) * (levels - 1) + matrix
    sure = np.minimum(scaled % 1, 1 - scaled % 1) > ROUNDING * levels
    result = OrderedDitherStep(levels, size)(image) * np.float64(levels - 1)
    np.testing.assert_array_equal(np.rint(result)[sure], np.floor(scaled)[sure])
    for value in (0.0, 0.21, 0.5, 0.83, 1.0):  # of size^2 thresholds, the last whole number of them is passed
        mean = dither_ordered(np.full((32, 32, 1), value, np.float32), levels, size).mean(dtype=np.float64)
        assert -1 / size**2 / (levels - 1) - ROUNDING < mean - value < ROUNDING


@each_filter
@pytest.mark.parametrize("shape", [(17, 23, 3), (1, 9, 1), (9, 1, 1)])
@pytest.mark.parametrize("levels", [2, 7])
def test_error_diffusion_adds_each_error_to_later_pixels_in_raster_order(filter, shape, levels, random_image):
    """To the bit, as float32 is part of the definition: a rounding that falls the other way moves all that follows."""
    image, steps = random_image(*shape), np.float32(levels - 1)

    def nearest(value, *_):
        return np.clip(np.floor(value * steps + np.float32(0.5)), np.float32(0), steps) / steps

    _, expected = scattered(image, filter, nearest, np.float32)
    np.testing.assert_array_equal(DiffusionDitherStep(levels, filter)(image), expected)


@each_filter
def test_every_diffused_value_has_gone_to_its_nearest_level(filter, random_image):
    """In float64, where the errors are those of the result: then no tie can move what follows."""
    image = random_image(24, 24)
    result = diffuse(image, 4, filter).astype(np.float64)
    values, _ = scattered(image, filter, lambda _, *pixel: result[pixel], np.float64)
    assert np.abs(values - result).max() <= 1 / 6 + ROUNDING


@each_filter
@pytest.mark.parametrize("value", [0.03, 0.3, 0.5, 0.9])
def test_error_diffusion_keeps_the_mean_but_for_the_errors_that_leave_the_image(filter, value):
    """Each pixel's error is at most half a step, so the mean is off by at most that times the share that is lost."""
    n, levels = 48, 3
    divisor, weights = WEIGHTS[filter]
    kept = sum(Fraction(w * (n - down) * (n - abs(right)), divisor) for (down, right), w in weights.items())
    lost = float(1 - kept / n**2)
    mean = diffuse(np.full((n, n, 1), value, np.float32), levels, filter).mean(dtype=np.float64)
    assert abs(mean - value) <= 0.5 / (levels - 1) * lost + ROUNDING


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (8, 8), (5, 13), (33, 20), (64, 64)])
def test_the_hilbert_curve_visits_each_pixel_once_and_in_a_square_steps_to_neighbors(size):
    order = hilbert_order(*size)
    assert sorted(order) == list(range(size[0] * size[1]))
    if size[0] == size[1]:
        y, x = np.divmod(order, size[1])
        assert (np.abs(np.diff(y)) + np.abs(np.diff(x)) == 1).all()
        for quarter in np.split(order, 4) if size[0] > 1 else ():  # the curve stays in each quarter
            assert len(np.unique(quarter // size[1] // (size[0] // 2) * 2 + quarter % size[1] // (size[0] // 2))) == 1


def riemersma_values(image: np.ndarray, result: np.ndarray, history: int, decay: float) -> np.ndarray:
    """Each pixel plus the weighted errors before it, in the order of the curve, in float64."""
    order = hilbert_order(*image.shape[:2])
    pixels, levels = (a.reshape(-1, image.shape[2])[order].astype(np.float64) for a in (image, result))
    weights = decay ** (np.arange(history) / (history - 1))
    errors = np.concatenate([np.zeros((history, image.shape[2])), pixels - levels])
    added = [(weights[:, None] * errors[i : i + history][::-1]).sum(0) for i in range(len(order))]
    return pixels + added - levels


@pytest.mark.parametrize(("history", "decay"), [(2, 0.5), (10, 0.9), (16, 1 / 16)])
def test_riemersma_rounds_each_pixel_with_the_decaying_errors_of_the_originals(history, decay, random_image):
    image = random_image(21, 34) * np.float32(0.5) + np.float32(0.25)  # so that no sum leaves the range of levels
    result = dither_riemersma(image, 12, history, decay)
    assert np.abs(riemersma_values(image, result, history, decay)).max() <= 0.5 / 11 + ROUNDING
    assert set(np.unique(np.rint(result * 11))) <= set(range(12))
    np.testing.assert_allclose(result * 11, np.rint(result * 11), atol=ROUNDING)


def test_riemersma_keeps_the_mean_of_a_plane():
    """Pixel plus errors minus level is at most half a step; all pixels together count each error 1 + W times.

    But for the last ones, which no pixel gets any more.
    """
    history, decay, step, n = 16, 1 / 16, 1 / 11, 64
    total = sum(decay ** (age / (history - 1)) for age in range(history))
    result = dither_riemersma(np.full((n, n, 1), 0.4321, np.float32), 12, history, decay)
    largest = np.abs(0.4321 - result).max()
    bound = (step / 2 + total * history * largest / n**2) / (1 + total)
    assert abs(result.mean(dtype=np.float64) - 0.4321) <= bound + ROUNDING
    assert bound < 0.15 * step


def median_cut_of_lists(pixels: list[tuple[int, ...]], colors: int) -> list[tuple[int, ...]]:
    boxes = [pixels]

    def sides(box):
        return [max(channel) - min(channel) for channel in zip(*box, strict=True)]

    while len(boxes) < colors and any(max(sides(box)) for box in boxes):
        index = max((i for i in range(len(boxes)) if max(sides(boxes[i]))), key=lambda i: (len(boxes[i]), -i))
        box = boxes[index]
        axis = sides(box).index(max(sides(box)))
        levels = sorted(pixel[axis] for pixel in box)
        median = levels[(len(levels) - 1) // 2]
        if median == levels[-1]:
            median = max(level for level in levels if level < levels[-1])
        boxes[index] = [pixel for pixel in box if pixel[axis] <= median]
        boxes.append([pixel for pixel in box if pixel[axis] > median])
    return [
        tuple(math.floor(Fraction(sum(channel), len(box)) + Fraction(1, 2)) for channel in zip(*box, strict=True))
        for box in boxes
    ]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("colors", [2, 7, 40])
def test_median_cut_cuts_the_fullest_box_across_its_longest_side(channels, colors, astronaut):
    levels = astronaut[100:120, 150:173, :channels]
    pixels = [tuple(map(int, pixel)) for pixel in levels.reshape(-1, channels)]
    expected = median_cut_of_lists(pixels, colors)
    assert [tuple(map(int, color)) for color in median_cut(to_float(levels), colors)] == expected


@pytest.mark.parametrize("channels", [1, 3])
def test_an_image_of_few_colors_keeps_them(channels):
    rng = np.random.default_rng(0)
    levels = rng.integers(0, 256, (40, channels), np.uint8)[rng.integers(0, 40, (20, 20))]
    for diffusion in ("none", "floyd_steinberg"):
        result = MedianCutStep(64, diffusion)(to_float(levels))
        np.testing.assert_array_equal(to_pixels(result), levels)


def test_the_fixed_palettes_are_those_of_the_web_and_of_ega():
    web = {tuple(color) for color in fixed_palette("web_safe", 3)}
    assert web == {(r, g, b) for r in range(0, 256, 51) for g in range(0, 256, 51) for b in range(0, 256, 51)}
    names = "000000 0000AA 00AA00 00AAAA AA0000 AA00AA AA5500 AAAAAA 555555 5555FF 55FF55 55FFFF FF5555 FF55FF FFFF55"
    ega = {tuple(bytes.fromhex(name)) for name in (*names.split(), "FFFFFF")}
    assert {tuple(map(int, color)) for color in fixed_palette("ega", 3)} == ega
    assert sorted(map(int, fixed_palette("ega", 1)[:, 0])) == [0, 85, 170, 255]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("colors", [2, 60, 256])
def test_each_pixel_gets_the_nearest_color(channels, colors, random_image):
    image = random_image(40, 50, channels)
    palette = median_cut(image, colors)
    result = to_palette(image, palette, "none")
    distances = ((image[:, :, None].astype(np.float64) - palette / 255) ** 2).sum(axis=3)
    np.testing.assert_allclose(((image - result.astype(np.float64)) ** 2).sum(axis=2), distances.min(2), atol=1e-6)
    assert {tuple(color) for color in to_pixels(result).reshape(-1, channels)} <= {tuple(color) for color in palette}


@pytest.mark.parametrize("filter", ["floyd_steinberg", "atkinson"])
def test_palettes_diffuse_the_error_of_the_clipped_sum(filter, random_image):
    image = random_image(20, 20)
    palette = fixed_palette("ega", 3) / 255
    result = to_palette(image, fixed_palette("ega", 3), filter).astype(np.float64)
    divisor, weights = WEIGHTS[filter]
    added = np.zeros((24, 24, 3))
    for y in range(20):
        for x in range(20):
            value = np.clip(image[y, x] + added[y, x + 2], 0, 1)
            distance = ((value - result[y, x]) ** 2).sum()
            assert distance <= ((value - palette) ** 2).sum(axis=1).min() + ROUNDING
            for (down, right), weight in weights.items():
                added[y + down, x + 2 + right] += (value - result[y, x]) * weight / divisor


def test_fewer_levels_and_colors_change_a_photo_more(astronaut):
    image = to_float(astronaut[:128, 100:228])
    for steps in ([QuantizeStep(n) for n in (256, 64, 16, 4, 2)], [MedianCutStep(n) for n in (256, 64, 16, 4, 2)]):
        errors = [float(((step(image) - image).astype(np.float64) ** 2).mean()) for step in steps]
        assert errors == sorted(errors)


def test_draws_cover_kinds_and_spans():
    drawn = [
        Dither(kinds={"ordered": 1, "stucki": 1, "riemersma": 1}).sample((9, 9), seed=0, variant=v).steps[0]
        for v in range(400)
    ]
    assert {step.op for step in drawn} == {"dither.ordered", "dither.diffusion", "dither.riemersma"}
    assert {step.levels for step in drawn} == set(range(2, 17))
    assert {step.size for step in drawn if step.op == "dither.ordered"} == {4, 8}
    assert {step.history for step in drawn if step.op == "dither.riemersma"} == set(range(10, 16))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Quantize(levels=1), RecipeError, r"levels: must satisfy 2 <= low <= high <= 256 \(got 1\)"),
        (lambda: Dither(kinds="bayer"), RecipeError, "kinds: unknown name 'bayer'; known: ordered, floyd_steinberg"),
        (lambda: Dither(history=1), RecipeError, "history: must satisfy 2 <= low <= high <= 256"),
        (lambda: Palette(colors=(16, 300)), RecipeError, "colors: must satisfy 2 <= low <= high <= 256"),
        (lambda: OrderedDitherStep(4, 3), RecordError, "size: "),
    ],
)
def test_what_breaks_a_rule_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
