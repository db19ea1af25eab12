"""The rules by which statistics count: where rings of a spectrum end, and which coefficients show a JPEG."""

import math

import numpy as np
import pytest
import scipy.fft

from degradekit.functional.jpeg_tables import LUMA
from degradekit.statistics import STATISTICS, detect_jpeg_quality, measure_crop
from degradekit.statistics.pixel_quality import _add_periodicity
from degradekit.statistics.spectrum import cutoff, ring_means

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


def with_coefficients(count: int) -> np.ndarray:
    """A gray crop in which `count` blocks have one coefficient that is its divisor at quality 50: 57, or .1 more."""
    transform = np.zeros((8, 8))
    transform[2, 5] = LUMA[2 * 8 + 5]
    block = scipy.fft.idctn(transform, norm="ortho")
    blocks = np.zeros((64, 8, 8))
    blocks[::2][:count] = block
    plane = blocks.reshape(8, 8, 8, 8).transpose(0, 2, 1, 3).reshape(64, 64)
    return np.rint(128 + plane).astype(np.uint8)[:, :, None]


@pytest.mark.parametrize(("count", "quality"), [(1, 100), (18, 100), (22, 50)])
def test_a_quality_is_given_from_a_score_of_one_half_on(count, quality):
    """Twenty coefficients without periodicity are added to n perfect ones, so that the score is n / (n + 20)."""
    pixels = with_coefficients(count)
    assert detect_jpeg_quality(pixels) == (50, pytest.approx(count / (count + 20), abs=0.005))
    assert measured(pixels)["jpeg_quality"] == quality
