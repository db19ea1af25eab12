"""The rules by which statistics count: where rings of a spectrum end, and which coefficients show a JPEG."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.fft

from degradekit.functional.jpeg_tables import LUMA
from degradekit.statistics import STATISTICS, detect_jpeg_quality, measure_crop
from degradekit.statistics.edges import shape_of_edges
from degradekit.statistics.flat_blocks import residual
from degradekit.statistics.pixel_quality import _add_periodicity
from degradekit.statistics.spectrum import cutoff, peak, ring_means

SIDE = 160
EDGES = (0.03, 0.05, 0.08, 0.12, 0.17, 0.23, 0.30, 0.37, 0.44, 0.50)
"""Of the rings, in cycles / pixel, as docs/matching.md has them."""
LOG_CENTERS = np.log10(np.add(EDGES[1:], EDGES[:-1]) / 2)
FINE_CENTERS = (np.arange(32) + 0.5) / 64
FREQUENCY = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE))


def measured(pixels: np.ndarray) -> dict[str, float]:
    return dict(zip((each.name for each in STATISTICS), measure_crop(pixels).tolist(), strict=True))


def rings(values: dict[str, float]) -> np.ndarray:
    return np.array([values[f"power_ring_{i}"] for i in range(1, 10)])


def slope(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.polyfit(x, y, 1)[0])


@pytest.mark.parametrize("index", range(10))
def test_a_step_of_a_spectrum_at_an_edge_lies_between_two_rings(index):
    """A power of 100 below the edge and 1 above it; the floor of .001 adds less than .0005 to the logarithm."""
    means = ring_means(np.where(EDGES[index] > FREQUENCY, 100.0, 1.0), SIDE)
    np.testing.assert_allclose(means, np.repeat([2.0, 0.0], [index, 9 - index]), atol=5e-4)


def test_a_flat_crop_has_the_power_of_the_floor():
    assert rings(measured(np.full((64, 64, 1), 77, np.uint8))) == pytest.approx(-3)


def test_slopes_and_drop_are_those_of_their_rings(astronaut):
    """A texture in blue alone has .564 x .886 / .114 of its luma in Cb; powers differ by the square of that."""
    blue = np.full((SIDE, SIDE, 3), 128, np.uint8)
    blue[:, :, 2] = astronaut[:SIDE, 200 : 200 + SIDE, 2]
    values = measured(blue)
    powers = rings(values)
    assert values["spectrum_slope_low"] == pytest.approx(slope(LOG_CENTERS[:5], powers[:5]))
    assert values["spectrum_slope_high"] == pytest.approx(slope(LOG_CENTERS[5:], powers[5:]))
    assert values["spectrum_drop"] == pytest.approx(powers[8] - powers[3])
    assert values["cb_power_last"] == pytest.approx(powers[8] + 2 * math.log10(0.564 * 0.886 / 0.114), abs=0.05)
    assert values["cb_spectrum_slope"] == pytest.approx(slope(LOG_CENTERS[3:7], powers[3:7]), abs=0.02)


@pytest.mark.parametrize(("drop", "frequency"), [(0.45, 0.5), (0.55, 20 / 64)])
def test_a_spectrum_ends_where_it_is_half_a_power_of_ten_below_its_line(drop, frequency):
    line = 3 - 2 * np.log10(FINE_CENTERS)
    assert cutoff(line - drop * (np.arange(32) >= 20))[0] == frequency


def test_the_line_of_a_spectrum_goes_through_the_rings_from_04_to_15():
    """What lies beside these rings moves no line: rings beside them are raised by 2, and the last ones lie .45 low."""
    beside = ((FINE_CENTERS < 0.04) | (FINE_CENTERS > 0.15)) & (FINE_CENTERS < 0.3)
    assert cutoff(3 - 2 * np.log10(FINE_CENTERS) + 2 * beside - 0.45 * (FINE_CENTERS > 0.3))[0] == 0.5


def test_the_fall_of_a_spectrum_is_that_over_three_rings_from_the_fifth_on():
    falling = -np.clip(np.arange(32) - 10, 0, 6).astype(float)  # by 1 a ring, over six rings
    assert cutoff(falling)[1] == 3
    assert cutoff(9.0 * (np.arange(32) < 4))[1] == 0


@pytest.mark.parametrize(("down", "is_off"), [(4, False), (6, True)])
def test_peaks_lie_more_than_three_hundredths_off_the_axes(down, is_off):
    """Of a flat spectrum with one peak, at .025 or .0375 down and .3 across: one that does not count leaves 1."""
    power = np.ones((SIDE, SIDE // 2 + 1))
    power[down, 48] = 1e4
    assert (peak(power, SIDE) > 1) == is_off
    assert is_off or peak(power, SIDE) == pytest.approx(0, abs=1e-9)


def test_overshoot_and_ringing_are_looked_for_in_their_windows():
    """The highest value within 6 pixels is .8, the mean of the next four .475, the lowest of these .4, and then .6."""
    half = np.array([0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.8, 0.5, 0.5, 0.4, 0.5, 0.6, 0.5])
    line = np.append(-half[:0:-1], half)
    assert shape_of_edges(line[None]) == (2, pytest.approx(0.8 - 0.475), pytest.approx(0.2))


@pytest.mark.parametrize(("flat", "is_clean"), [(10, True), (9, False)])
def test_flat_areas_are_the_fifteen_percent_of_blocks_that_vary_least(flat, is_clean):
    """Of 64 blocks these are ten."""
    blocks = 128 + np.random.default_rng(0).normal(0, 20, (64, 8, 8))
    blocks[3 : 3 + flat] = 128
    assert (measured(crop_of(blocks))["flat_residual"] < 1e-3) == is_clean


def test_blocks_with_a_mean_below_20_or_above_235_are_not_flat_areas():
    """Noise of 10 levels has a standard deviation of at least 5 in the blocks that vary least; the others have none."""
    blocks = 128 + np.random.default_rng(0).normal(0, 10, (64, 8, 8))
    blocks[:12], blocks[12:24] = 19, 236
    assert measured(crop_of(blocks))["flat_residual"] > 5


def test_a_plane_takes_three_degrees_of_freedom():
    signs = np.where(np.add.outer(np.arange(8), np.arange(8)) % 2, 1.0, -1.0)
    assert residual(SimpleNamespace(residuals=signs[None]))[0] == pytest.approx(math.sqrt(64 / 61))


def test_coefficients_count_from_six_tenths_of_divisors_of_two_or_more_on():
    """Of 6.1, 6.0 and 5.9 the first counts for a divisor of 10, all for one of 2, none for one of 1."""
    magnitudes, steps = np.array([[6.1, 6.0, 5.9]]), np.array([[10.0, 2.0, 1.0]])
    gains, sums = np.zeros(3), np.zeros((2, 3))
    _add_periodicity(magnitudes, steps, gains, sums)
    assert sums[1].tolist() == [1, 3, 0]
    np.testing.assert_allclose(
        sums[0], [math.cos(0.61 * 2 * math.pi), 1 + 2 * math.cos(0.05 * 2 * math.pi), 0], atol=1e-3
    )
    of_two = 3 * math.log(2 / (0.35 * math.sqrt(2 * math.pi))) - 2 * 0.1**2 / (2 * 0.35**2)
    np.testing.assert_allclose(gains, [-1.5, of_two, 0], atol=1e-9)  # 3.9 from a multiple of 10, no likelihood is lower


def crop_of(blocks: np.ndarray) -> np.ndarray:
    """The gray crop, 64 x 64, of 64 blocks."""
    plane = blocks.reshape(8, 8, 8, 8).transpose(0, 2, 1, 3).reshape(64, 64)
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)[:, :, None]


def with_coefficients(count: int) -> np.ndarray:
    """A gray crop in which `count` blocks have one coefficient that is its divisor at quality 50: 57, or .1 more."""
    transform = np.zeros((8, 8))
    transform[2, 5] = LUMA[2 * 8 + 5]
    block = scipy.fft.idctn(transform, norm="ortho")
    blocks = np.full((64, 8, 8), 128.0)
    blocks[::2][:count] += block
    return crop_of(blocks)


@pytest.mark.parametrize(("count", "quality"), [(1, 100), (18, 100), (22, 50)])
def test_a_quality_is_given_from_a_score_of_one_half_on(count, quality):
    """Twenty coefficients without periodicity are added to n perfect ones, so that the score is n / (n + 20)."""
    pixels = with_coefficients(count)
    assert detect_jpeg_quality(pixels) == (50, pytest.approx(count / (count + 20), abs=0.005))
    assert measured(pixels)["jpeg_quality"] == quality
