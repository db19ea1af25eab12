"""Statistics of crops whose values are known."""

import math

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from degradekit.errors import ImageError
from degradekit.statistics import STATISTICS, measure_crop

SIDE = 160
RNG_SEED = 5


def levels(plane: np.ndarray) -> np.ndarray:
    """(H, W) or (H, W, 3) numbers as the pixels of a crop."""
    pixels = np.clip(np.rint(plane), 0, 255).astype(np.uint8)
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def measured(plane: np.ndarray) -> dict[str, float]:
    """All statistics by name."""
    return dict(zip((each.name for each in STATISTICS), measure_crop(levels(plane)).tolist(), strict=True))


def noise(sigma: float, shape: tuple[int, ...] = (SIDE, SIDE)) -> np.ndarray:
    return sigma * np.random.default_rng(RNG_SEED).standard_normal(shape)


def ramp() -> np.ndarray:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return 60 + 0.4 * rows + 0.3 * columns


def waves(frequency_down: float, frequency_across: float, amplitude: float = 40) -> np.ndarray:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return 128 + amplitude * np.cos(2 * np.pi * (frequency_down * rows + frequency_across * columns) + 0.4)


def texture() -> np.ndarray:
    """Noise whose amplitude falls with frequency, as that of photos, (SIDE, SIDE), standard deviation 40."""
    spectrum = np.fft.rfft2(noise(1))
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE))
    plane = np.fft.irfft2(spectrum / np.maximum(frequency, 1 / SIDE), (SIDE, SIDE))
    return 128 + 40 * plane / plane.std()


def steps(sigma_px: float, overshoot: float = 0.0) -> np.ndarray:
    """Vertical edges, 40 pixels apart, blurred by a Gaussian, with overshoot by an unsharp mask."""
    rising = np.where(np.arange(SIDE) // 40 % 2 == 0, 80.0, 170.0)
    line = scipy.ndimage.gaussian_filter1d(rising, sigma_px, mode="wrap")
    sharp = line + overshoot * (line - scipy.ndimage.gaussian_filter1d(line, 2.0, mode="wrap"))
    return np.tile(sharp, (SIDE, 1))


@pytest.mark.parametrize("name", ["noise_immerkaer", "noise_mad", "noise_patches", "flat_residual"])
def test_white_noise_on_a_ramp_has_its_standard_deviation(name):
    """Standard errors, with n = 25,600 pixels: 1.2 sigma / sqrt(n / 4) at most; selection of blocks takes 15 % off."""
    sigma = 10.0
    value = measured(ramp() + noise(sigma))[name]
    expected = math.sqrt(sigma**2 + 1 / 12) * (0.87 if name == "flat_residual" else 1.0)
    assert value == pytest.approx(expected, rel=0.06 if name == "flat_residual" else 5 * 1.2 / math.sqrt(SIDE**2 / 4))


def test_gray_noise_shows_in_no_statistic_of_cb_and_colored_noise_does():
    gray = measured(np.repeat((ramp() + noise(10))[:, :, None], 3, axis=2))
    colored = measured(ramp()[:, :, None] + noise(10, (SIDE, SIDE, 3)))
    of_cb = 0.564 * math.hypot(0.886, 0.587, 0.299) * 10  # of .564 (B - Y), for independent channels
    for name in ("cb_noise_immerkaer", "cb_noise_mad", "cb_noise_patches"):
        assert gray[name] < 1e-9, name
        assert colored[name] == pytest.approx(of_cb, rel=0.08), name


def test_a_gray_crop_has_no_chroma_and_no_displacement():
    gray = measured(texture())
    names = ("cb_noise_immerkaer", "cb_noise_mad", "cb_noise_patches", "channel_range", "red_displacement")
    assert [gray[name] for name in names] == [0] * len(names)


def test_noise_that_was_resized_is_correlated_and_white_noise_is_not():
    """A plane takes 3 of 64 degrees of freedom, so that the correlation of white noise is within .05 of 0."""
    white = measured(ramp() + noise(10))
    doubled = measured(ramp() + np.kron(noise(10, (SIDE // 2, SIDE // 2)), np.ones((2, 2))))
    assert white["flat_correlation_1"] == pytest.approx(0, abs=0.1)
    assert doubled["flat_correlation_1"] == pytest.approx(0.5, abs=0.15)  # every other neighbor is the same


def test_noise_that_grows_with_levels_is_told_from_noise_of_the_middle_levels():
    """The flattest blocks of Poisson noise are the darkest of a third of the levels: 28 of 20..92, 170 of 163..235."""
    level = np.tile(np.linspace(20, 235, SIDE), (SIDE, 1))
    poisson, grain = (measured(level + noise(1) * sd) for sd in (np.sqrt(level), level * (255 - level) / 1500))
    assert poisson["flat_variance_slope"] == pytest.approx(math.log10(170 / 28), abs=0.2)
    assert abs(grain["flat_variance_slope"]) < 0.2
    assert grain["flat_variance_arch"] > poisson["flat_variance_arch"] + 0.3


def test_white_noise_has_its_variance_in_every_ring_of_the_spectrum():
    """The mean logarithm of a power, exponentially distributed, is log10 of its mean - .2507, with sd .557."""
    sigma, smallest_ring_px = 10, 60
    values = measured(128 + noise(sigma))
    rings = [values[f"power_ring_{i}"] for i in range(1, 10)]
    tolerance = 5 * 0.557 / math.sqrt(smallest_ring_px / 2)  # half a spectrum, whose window correlates neighbors
    np.testing.assert_allclose(rings, math.log10(sigma**2) - 0.2507, atol=tolerance)


@pytest.mark.parametrize(("frequency", "ring"), [(0.10, 3), (0.20, 5), (0.40, 8)])
def test_a_sinusoid_is_in_the_ring_of_its_frequency(frequency, ring):
    values = measured(waves(0, frequency))
    assert max(range(1, 10), key=lambda i: values[f"power_ring_{i}"]) == ring


def test_a_spectrum_is_cut_off_at_the_cutoff_of_a_filter():
    plane = texture()
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE))
    cut = np.fft.irfft2(np.where(frequency < 0.25, np.fft.rfft2(plane), 0), (SIDE, SIDE))
    assert measured(plane)["spectrum_cutoff"] == 0.5
    assert measured(cut)["spectrum_cutoff"] == pytest.approx(0.25, abs=1 / 32)
    assert measured(cut)["spectrum_fall"] > 1 > measured(plane)["spectrum_fall"]


def test_a_screentone_is_a_peak_off_the_axes():
    plane = texture()
    assert measured(plane + waves(0.18, 0.21, 12) - 128)["spectrum_peak"] > measured(plane)["spectrum_peak"] + 0.5


@pytest.mark.parametrize("shift", [0, 3])
def test_blocks_show_at_their_borders_whether_on_the_grid_or_off_it(shift):
    blocks = np.kron(np.random.default_rng(RNG_SEED).uniform(90, 160, (SIDE // 8 + 1,) * 2), np.ones((8, 8)))
    values = measured(blocks[shift : shift + SIDE, shift : shift + SIDE])
    if shift:
        assert values["border_ratio"] < 1 < values["off_grid_peak"]
    else:
        assert values["border_ratio"] > 100
        assert values["inner_difference"] == pytest.approx(0, abs=1e-9)
        assert values["off_grid_peak"] == pytest.approx(1)


def test_a_flat_crop_with_lines_has_no_huge_ratio_and_none_of_the_rounding_of_transforms():
    plane = np.full((SIDE, SIDE), 255.0)
    plane[:, 7::8] = 0
    values = measured(plane)
    assert 1 < values["grid_peak"] <= 255 / 0.05 + 1
    assert 1 < values["border_ratio"] <= 255 / 0.05 + 1
    assert {values[name] for name in values if name.startswith("cb_noise")} == {0.0}


def test_blocks_of_twelve_pixels_repeat_every_twelve():
    blocks = np.kron(np.random.default_rng(RNG_SEED).uniform(90, 160, (14, 14)), np.ones((12, 12)))
    values = measured(blocks[:SIDE, :SIDE] + noise(1))
    assert values["difference_period"] == 12
    assert values["difference_periodicity"] > 0.5


def test_the_score_of_wang_is_the_published_formula():
    """B, A and Z of a pattern by hand: differences +-6 at borders, +-2 elsewhere, all signs alternate."""
    heights = np.where(np.arange(SIDE - 1) % 8 == 7, 6.0, 2.0) * np.where(np.arange(SIDE - 1) % 2, -1, 1)
    line = 128 + np.concatenate([[0], np.cumsum(heights)])
    values = measured(np.tile(line, (SIDE, 1)))
    b, z = 6 / 2, 1 / 2  # rows do not differ, so the means of both directions are halves
    a = (8 * np.abs(heights).mean() - 6) / 7 / 2
    assert values["border_difference"] == pytest.approx(b)
    assert values["inner_difference"] == pytest.approx(a)
    assert values["sign_changes"] == pytest.approx(z)
    score = -245.8909 + 261.9373 * b**-0.02398886 * a**0.01601664 * z**0.00642859
    assert values["wang_score"] == pytest.approx(score, abs=1e-3)


def test_blur_makes_edges_wider_by_a_known_amount():
    """Between the levels where a step of 90 leaves its plateau by half a level, a Gaussian is 2 * 2.54 sigma wide."""
    narrow, wide = (measured(steps(sigma))["edge_width"] for sigma in (1.0, 2.0))
    widths = [2 * 2.54 * math.hypot(sigma, 0.7) for sigma in (1.0, 2.0)]
    assert wide - narrow == pytest.approx(widths[1] - widths[0], abs=2)  # a pixel at both ends


def test_a_halo_is_overshoot():
    assert measured(steps(1.0))["edge_overshoot"] == pytest.approx(0, abs=0.02)
    assert measured(steps(1.0, overshoot=1.0))["edge_overshoot"] > 0.05


def test_rows_that_differ_show_as_alternation_and_as_banding():
    plane, odd = texture() / 2 + 64, (np.arange(SIDE) % 2)[:, None]
    plain = measured(plane)
    assert measured(np.where(odd, np.roll(plane, 3, axis=1), plane))["row_alternation"] > plain["row_alternation"] + 0.1
    rows = measured(plane + noise(4, (SIDE, 1)))
    assert rows["row_banding"] > plain["row_banding"] + 0.2
    assert abs(rows["column_banding"] - plain["column_banding"]) < 0.2


def test_noise_that_rows_share_has_the_banding_of_its_width():
    assert measured(128 + noise(10, (SIDE, 1)) + np.zeros(SIDE))["row_banding"] == pytest.approx(
        math.log10(SIDE), abs=0.01
    )
    assert measured(128 + noise(10))["row_banding"] == pytest.approx(0, abs=5 * 0.43 * math.sqrt(2 / (SIDE / 3)))


def test_directions_are_one_for_stripes_and_none_for_noise():
    assert measured(waves(0.05, 0.08))["directionality"] > 0.95
    assert measured(128 + noise(10))["directionality"] < 0.05


def test_levels_that_a_contrast_stretch_skips_are_empty():
    plane = np.rint(texture())
    stretched = measured(np.rint((plane - 128) / 1.5) * 1.5 + 128)
    assert measured(plane)["empty_levels"] == 0
    assert stretched["empty_levels"] == pytest.approx(1 / 3, abs=0.03)


def test_shares_and_range_of_levels_are_counted():
    pixels = np.full((64, 64, 3), 100.0)
    pixels[:16], pixels[16:24], pixels[:, :, 2] = 0, 255, 130
    values = measured(pixels)
    assert values["share_of_0"] == pytest.approx(2 / 3 / 4)
    assert values["share_of_255"] == pytest.approx(2 / 3 / 8)
    assert values["channel_range"] == pytest.approx((130 * 16 + 125 * 8 + 30 * 40) / 64)


def test_a_channel_beside_another_is_displaced():
    smooth = scipy.ndimage.gaussian_filter(texture(), 1.0)
    smooth = 128 + 40 * (smooth - 128) / smooth.std()
    red = scipy.ndimage.shift(smooth, (0.3, 0.4), mode="nearest")
    values = measured(np.stack([red, smooth, smooth], axis=2))
    assert values["red_displacement"] == pytest.approx(0.5, abs=0.15)
    assert values["blue_displacement"] < 0.01


@settings(max_examples=25, deadline=None)
@given(st.integers(64, 83), st.integers(64, 83), st.sampled_from([1, 3]), st.data())
def test_all_statistics_of_any_crop_are_finite_and_the_same_again(height, width, channels, data):
    coarse = data.draw(arrays(np.uint8, (2, 3, channels), elements=st.sampled_from([0, 1, 127, 128, 254, 255])))
    rows, columns = np.arange(height) * 2 // height, np.arange(width) * 3 // width
    pixels = coarse[rows][:, columns]
    if data.draw(st.booleans()):
        pixels[:: data.draw(st.integers(1, 9)), :: data.draw(st.integers(1, 9))] ^= np.uint8(
            data.draw(st.integers(1, 255))
        )
    values = measure_crop(pixels)
    assert np.isfinite(values).all(), [
        each.name for each, value in zip(STATISTICS, values, strict=True) if not np.isfinite(value)
    ]
    assert values.tobytes() == measure_crop(pixels[:, ::-1][:, ::-1]).tobytes()


def test_a_crop_below_64_pixels_is_refused():
    with pytest.raises(ImageError, match="63 x 80 pixels is too small to be measured; take one of at least 64 x 64"):
        measure_crop(np.zeros((63, 80, 3), np.uint8))


def test_every_statistic_has_a_name_a_meaning_a_unit_and_a_source():
    names = [each.name for each in STATISTICS]
    assert len(set(names)) == len(names) == len(measure_crop(levels(ramp())))
    for each in STATISTICS:
        assert each.name.isidentifier(), each
        assert each.name == each.name.lower(), each
        assert all(len(text) > 3 for text in (each.meaning, each.unit, each.source)), each
