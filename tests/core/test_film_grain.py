"""Film grain: AV1's against a plain float64 version, the Boolean model's against a simulation of its disks."""

import math

import numpy as np
import pytest
from bounds import STANDARD_ERRORS, assert_frequency, assert_mean, assert_uniform

from degradekit import BooleanGrain, FilmGrain
from degradekit.errors import RecipeError, RecordError
from degradekit.functional.boolean_grain import variances
from degradekit.functional.film_grain import enlarge, templates
from degradekit.functional.film_grain_sets import SETS
from degradekit.functional.normal import standard_normal
from degradekit.operators.boolean_grain import BooleanGrainStep
from degradekit.operators.film_grain import FilmGrainStep

# AV1


def filtered(
    white: np.ndarray, coefficients: tuple, lag: int, shift: int, luma: np.ndarray | None = None
) -> np.ndarray:
    """The autoregressive filter of a template, margin 3, in plain Python."""
    grain = white.astype(float)
    around = [(dy, dx) for dy in range(-lag, 1) for dx in range(-lag, lag + 1) if (dy, dx) < (0, 0)]
    for y in range(3, 73):
        for x in range(3, 79):
            total = sum(a * grain[y + dy, x + dx] for a, (dy, dx) in zip(coefficients, around, strict=False))
            if luma is not None:
                total += coefficients[-1] * luma[y, x]
            grain[y, x] = min(max(grain[y, x] + total / 2**shift, -128), 127)
    return grain


@pytest.mark.parametrize("name", SETS)
def test_templates_are_filtered_by_the_published_coefficients(name):
    chosen = SETS[name]
    white = standard_normal((3, 73, 82), 5) * np.float32(32)
    luma = filtered(white[0], chosen.ar, chosen.lag, chosen.ar_shift)
    expected = [luma]
    for plane, chroma in ((white[1], chosen.cb), (white[2], chosen.cr)):
        expected.append(filtered(plane, chroma.ar, chosen.lag, chosen.ar_shift, luma))
    np.testing.assert_allclose(templates(chosen, 5), expected, atol=1e-4)


@pytest.mark.parametrize("name", SETS)
def test_every_set_has_as_many_coefficients_as_its_lag_asks_for(name):
    chosen = SETS[name]
    count = 2 * chosen.lag * (chosen.lag + 1)
    assert (len(chosen.ar), len(chosen.cb.ar), len(chosen.cr.ar)) == (count, count + 1, count + 1)
    for points in (chosen.points, chosen.cb.points, chosen.cr.points):
        assert list(points) == sorted(points)
        assert all(0 <= value <= 255 for point in points for value in point)


def test_white_grain_has_a_sigma_of_32_before_it_is_filtered():
    """The margin is not filtered."""
    margin = np.concatenate([templates(SETS["T2"], seed)[0][:, :3].ravel() for seed in range(40)])
    assert_mean(margin.astype(float) ** 2, 32**2, 32**2 * math.sqrt(2))


def grain_of(name: str, level: float, size: tuple[int, int] = (64, 96), seed: int = 5) -> np.ndarray:
    """The grain on a flat gray image over the amplitude's unit, strength 1."""
    flat = np.full((*size, 1), level, np.float32)
    change = FilmGrainStep(name, 1.0, 1.0, seed)(flat).astype(float) - flat
    return change[..., 0] * 255 * 2 ** SETS[name].shift


def window_of(block: np.ndarray, template: np.ndarray) -> tuple[int, int]:
    """Which of the 256 windows of a template equals the inner 28 x 28 pixels of a block."""
    errors = {
        (y, x): np.abs(template[y + 2 : y + 30, x + 2 : x + 30] - block[2:30, 2:30]).max()
        for y in range(9, 41, 2)
        for x in range(9, 41, 2)
    }
    best = min(errors, key=lambda window: errors[window])
    assert errors[best] < 0.02
    return best


def test_blocks_are_windows_of_the_template_and_overlap_by_two_pixels():
    template = templates(SETS["T2"], 5)[0].astype(float)
    grain = grain_of("T2", 0.5) / 96
    (y0, x0), (y1, x1) = window_of(grain[:32, :32], template), window_of(grain[:32, 32:64], template)
    np.testing.assert_allclose(grain[:30, :32], template[y0 : y0 + 30, x0 : x0 + 32], atol=0.02)
    for column, (old, new) in ((0, (27, 17)), (1, (17, 27))):
        before, own = template[y0 : y0 + 32, x0 + 32 + column], template[y1 : y1 + 32, x1 + column]
        np.testing.assert_allclose(grain[:32, 32 + column], (old * before + new * own) / 32, atol=0.02)
    (y2, x2) = window_of(grain[32:64, :32], template)
    for row, (old, new) in ((0, (27, 17)), (1, (17, 27))):
        before, own = template[y0 + 32 + row, x0 : x0 + 32], template[y2 + row, x2 : x2 + 32]
        np.testing.assert_allclose(grain[32 + row, :32], (old * before + new * own) / 32, atol=0.02)


def test_a_set_without_overlap_has_whole_windows():
    template = templates(SETS["T1"], 5)[0].astype(float)
    grain = grain_of("T1", 128 / 255) / 176
    for x in (0, 32, 64):
        top, left = window_of(grain[32:64, x : x + 32], template)
        np.testing.assert_allclose(grain[32:64, x : x + 32], template[top : top + 32, left : left + 32], atol=0.02)


def test_the_amplitude_runs_on_lines_between_the_published_points():
    """T4 has no grain up to 16, 137 at 24, 150 at 107, 147 at 122, and 153 from 166 on."""
    reference = grain_of("T4", 107 / 255) / 150
    for level, amplitude in (
        (10, 0),
        (16, 0),
        (20, 68.5),
        (24, 137),
        (122, 147),
        (114.5, 148.5),
        (166, 153),
        (200, 153),
    ):
        grain = grain_of("T4", level / 255)
        inside = np.abs(grain) < min(level, 255 - level) * 2**11 * 0.99  # what was not clipped
        np.testing.assert_allclose(grain[inside], amplitude * reference[inside], atol=6)


def test_gray_photos_get_the_lumas_grain_and_color_photos_chroma_too():
    gray = np.full((50, 70, 1), 0.5, np.float32)
    step = FilmGrainStep("T4", 1.0, 1.0, 3)
    grain = step(gray)[..., 0].astype(float) - 0.5
    color = step(np.repeat(gray, 3, axis=2)).astype(float) - 0.5
    luma = color @ [0.299, 0.587, 0.114]
    np.testing.assert_allclose(luma, grain, atol=1e-6)
    planes = templates(SETS["T4"], 3)
    red, blue = (color[..., 0] - luma) / 1.402, (color[..., 2] - luma) / 1.772
    for chroma, plane, points in ((blue, planes[1], SETS["T4"].cb.points), (red, planes[2], SETS["T4"].cr.points)):
        amplitude = np.interp(127.5, *np.array(points, float).T)
        window_of(chroma[:32, :32] * 255 * 2**11 / amplitude, plane.astype(float))


def test_chroma_may_follow_the_chromas_own_value():
    """T1 looks up (64 luma + 119 Cb) / 64 - 238: where that is below 16 there is no grain in Cb."""
    for blue, has_grain in ((0.06, False), (0.2, True)):  # looked up at 10 and at 46
        yellow = np.full((40, 40, 3), (0.5, 0.5, blue), np.float32)
        change = FilmGrainStep("T1", 0.5, 1.0, 3)(yellow).astype(float) - yellow
        cb = change[..., 2] - change @ [0.299, 0.587, 0.114]
        assert (np.abs(cb).max() > 1e-3) == has_grain


def test_enlarged_grain_is_as_strong_and_less_sharp():
    template = templates(SETS["T9"], 2)[0]
    large = enlarge(template, 2.5)
    assert large.shape == (182, 205)
    assert large.std() == pytest.approx(template.std(), rel=1e-4)
    roughness = [np.abs(np.diff(grain, axis=1)).mean() for grain in (template, large)]
    assert roughness[1] < 0.7 * roughness[0]


def test_film_grain_of_strength_0_keeps_every_bit(random_image):
    for shape in ((33, 41, 3), (1, 1, 3), (70, 9, 1)):
        image = random_image(*shape)
        np.testing.assert_array_equal(FilmGrainStep("T2", 0.0, 1.7, 3)(image), image)


def test_grain_grows_with_strength(astronaut):
    image = astronaut.astype(np.float32)[:100, :100] / np.float32(255)
    errors = [np.square(FilmGrainStep("T4", s, 1.0, 3)(image) - image).mean() for s in (0.3, 0.7, 1.0, 1.5)]
    assert errors == sorted(errors)


def test_film_grain_draws_its_spans_and_sets():
    steps = [FilmGrain().sample((40, 40), seed=1, variant=v).steps[0] for v in range(4000)]
    assert_uniform([step.strength for step in steps], 0.3, 1.5)
    assert_uniform([step.size for step in steps], 1.0, 2.5)
    for name in SETS:
        assert_frequency(sum(step.grain == name for step in steps), len(steps), 0.25, name)


def test_film_grain_refuses_what_is_not_a_set_or_a_size():
    with pytest.raises(RecipeError, match="grains: unknown name 'T5'; known: T1, T2, T4, T9"):
        FilmGrain(grains="T5")
    with pytest.raises(RecipeError, match="size: must satisfy 1 <= low <= high <= 8"):
        FilmGrain(size=(0.5, 2))
    with pytest.raises(RecordError, match="strength: must be between 0 and 10"):
        FilmGrainStep("T1", 11.0, 1.0, 3)


# The Boolean model


def simulated(gray: float, radius: float, blur: float, pixels: int, samples: int) -> np.ndarray:
    """Pixels far from each other, each the share of its normal samples that random disks cover."""
    rng = np.random.default_rng(5)
    reach = 4.5 * blur + radius
    rate = -math.log(1 - gray) / (math.pi * radius**2)
    shares = np.empty(pixels)
    for i in range(pixels):
        disks = rng.uniform(-reach, reach, (rng.poisson(rate * (2 * reach) ** 2), 1, 2))
        points = rng.normal(0, blur, (1, samples, 2))
        shares[i] = (((disks - points) ** 2).sum(axis=-1) <= radius**2).any(axis=0).mean()
    return shares


@pytest.mark.parametrize(("gray", "radius"), [(0.15, 0.5), (0.5, 0.5), (0.85, 0.9)])
def test_mean_and_variance_are_those_of_simulated_disks(gray, radius):
    """A share of `samples` points varies by (u (1 - u) - V) / samples more than the whole pixel's V."""
    samples, blur = 100, 0.8
    shares = simulated(gray, radius, blur, 1500, samples)
    variance = variances(radius, blur, np.array([gray]))[0]
    expected = variance + (gray * (1 - gray) - variance) / samples
    assert_mean(shares, gray, math.sqrt(expected), "mean")
    squares = (shares - gray) ** 2
    assert_mean(squares, expected, squares.std(), "variance")


def test_variance_of_small_grains_is_that_of_their_number():
    """u (1 - u) / M' with M' = 4 blur^2 / radius^2 holds where disks seldom overlap; else they hide each other."""
    for radius in (0.01, 0.05):
        low, middle = variances(radius, 0.8, np.array([0.002, 0.5]))
        assert low == pytest.approx(0.002 * 0.998 * radius**2 / (4 * 0.8**2), rel=2e-3)
        assert 0.7 < middle / (0.25 * radius**2 / (4 * 0.8**2)) < 0.9


@pytest.mark.parametrize("level", [0.3, 0.5, 0.7])
def test_the_fields_variance_is_the_models(level):
    """Neighbors are alike like exp(-d^2 / 4 s^2), so a pixel counts as 1 / (4 pi s^2) for a mean, 1 / (2 pi s^2) for a
    variance."""
    radius, blur = 0.2, 0.8
    squared = blur**2 + radius**2 / 4
    flat = np.full((400, 400, 3), level, np.float32)
    change = BooleanGrainStep(radius, blur, 7)(flat).astype(float) - flat
    variance = variances(radius, blur, np.array([level]))[0]
    mean_error = math.sqrt(variance / (change.size / (4 * math.pi * squared)))
    assert abs(change.mean()) < STANDARD_ERRORS * mean_error
    variance_error = variance * math.sqrt(2 / (change.size / (2 * math.pi * squared)))
    assert abs((change**2).mean() - variance) < STANDARD_ERRORS * variance_error + 2e-3 * variance


def test_grain_is_as_wide_as_pixel_and_disk():
    radius, blur = 0.3, 0.9
    flat = np.full((400, 400, 1), 0.5, np.float32)
    field = (BooleanGrainStep(radius, blur, 7)(flat).astype(float) - flat)[..., 0]
    squared = blur**2 + radius**2 / 4
    for lag in (1, 2, 3):
        correlation = (field[:, lag:] * field[:, :-lag]).mean() / (field**2).mean()
        assert correlation == pytest.approx(math.exp(-(lag**2) / (4 * squared)), abs=0.03)


def test_black_and_white_have_no_boolean_grain():
    for level in (0.0, 1.0):
        image = np.full((20, 30, 3), level, np.float32)
        np.testing.assert_array_equal(BooleanGrainStep(0.4, 0.8, 3)(image), image)


def test_channels_have_boolean_grain_of_their_own():
    flat = np.full((100, 100, 3), 0.5, np.float32)
    change = BooleanGrainStep(0.3, 0.3, 3)(flat).astype(float) - flat
    for a, b in ((0, 1), (0, 2), (1, 2)):
        product = change[..., a] * change[..., b]
        assert abs(product.mean()) < STANDARD_ERRORS * product.std() / math.sqrt(product.size / 4)


def test_boolean_grain_draws_its_spans_and_refuses_others():
    steps = [BooleanGrain().sample((40, 40), seed=1, variant=v).steps[0] for v in range(2000)]
    assert_uniform([step.radius for step in steps], 0.05, 0.5)
    assert {step.blur_sigma for step in steps} == {0.8}
    with pytest.raises(RecipeError, match=r"radius: must satisfy 0.001 <= low <= high <= 2"):
        BooleanGrain(radius=(0, 1))
