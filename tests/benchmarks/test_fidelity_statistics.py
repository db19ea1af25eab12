"""The statistics by which streams of LR images are compared, on images whose values are known."""

import math
from itertools import pairwise

import cv2
import numpy as np
import pytest

pytest.importorskip("scipy")
statistics = pytest.importorskip("fidelity_statistics")

BANDS = list(pairwise(statistics.BANDS))


def waves(side: int, down: float, right: float) -> np.ndarray:
    """A wave of 20 pixels in both directions, moved down and to the right by so many pixels, 100 levels high."""
    y, x = np.mgrid[:side, :side].astype(float)
    step = 2 * math.pi / 20
    return 50 * (np.sin(step * (y - down)) + np.cos(step * (x - right)))


@pytest.mark.parametrize("band", range(len(BANDS)))
def test_a_wave_has_its_power_in_the_band_of_its_frequency(band):
    low, high = BANDS[band]
    plane = np.cos(math.pi * (low + high) * np.arange(100))[:, None] * np.ones(100)
    power = list(statistics.power(plane).values())
    assert np.argmax(power) == band


@pytest.mark.parametrize("sigma", [1.0, 5.0])
def test_white_noise_has_the_standard_deviation_that_is_estimated(sigma):
    """Within five standard errors, where at most nine neighbors share samples."""
    plane = np.random.default_rng(0).normal(100, sigma, (200, 200))
    error = sigma * math.sqrt((math.pi / 2 - 1) / (plane.size / 9))
    assert abs(statistics.noise(plane) - sigma) < 5 * error


def test_a_ramp_has_no_noise_and_no_blocks():
    ramp = np.add.outer(2.0 * np.arange(64), np.arange(64))
    assert statistics.noise(ramp) < 1e-9
    assert abs(statistics.blockiness(ramp, 8) - 1) < 1e-9


@pytest.mark.parametrize("block", [2, 8])
def test_steps_stand_out_only_at_the_size_of_the_blocks(block):
    plane = np.random.default_rng(0).normal(0, 10, (64 // block, 64 // block)).repeat(block, 0).repeat(block, 1)
    assert statistics.blockiness(plane, block) > 100
    assert statistics.blockiness(plane, 3) < 3


@pytest.mark.parametrize("moved", [-0.2, 0.0, 0.1])
def test_a_shift_is_measured_in_pixels_and_points_down_and_right(moved):
    """Central differences see a wave of 20 pixels (2 pi / 20)^2 / 6 = 1.6 % too flat."""
    measured = statistics.shift(waves(80, moved, moved), waves(80, 0, 0))
    assert abs(measured - moved) <= 0.02 * abs(moved) + 1e-9


def test_shifts_down_and_right_count_half_each():
    one_way = statistics.shift(waves(80, 0.2, 0.0), waves(80, 0, 0))
    assert abs(one_way - 0.1) < 0.02 * 0.1


def test_nearly_flat_tiles_cannot_shift_far():
    rng = np.random.default_rng(0)
    clean = 100 + 1e-3 * rng.standard_normal((40, 40))
    assert abs(statistics.shift(clean + rng.normal(0, 20, (40, 40)), clean)) <= statistics.LARGEST_SHIFT


def test_correlation_is_that_of_numpy_and_0_for_flat_planes():
    rng = np.random.default_rng(0)
    one = rng.random((30, 30))
    other = one + rng.random((30, 30))
    assert abs(statistics.correlation(one, other) - np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 1e-12
    assert statistics.correlation(one, np.ones((30, 30))) == 0


def test_an_lr_that_is_the_bicubic_one_differs_in_nothing(astronaut):
    lr = cv2.resize(astronaut, (100, 100), interpolation=cv2.INTER_AREA)
    values = statistics.describe(lr, lr)
    for name in ("mean minus bicubic's", "shift, upper left quarter", "shift, lower right quarter"):
        assert abs(values[name]) < 1e-9
    assert values["PSNR to bicubic"] == 10 * math.log10(255**2 / 1e-3)
    assert abs(values["mean G"] - lr[:, :, 1].mean()) < 1e-9
    assert all(math.isfinite(value) for value in values.values())


def test_levels_black_rows_and_the_psnr_are_measured():
    clean = np.full((40, 40, 3), 100, np.uint8)
    lr = clean.copy()
    lr[-2:] = 0
    values = statistics.describe(lr, clean)
    assert values["share of 0"] == 2 / 40
    assert values["last two rows' difference to bicubic minus first two's"] == 100
    assert abs(values["PSNR to bicubic"] - 10 * math.log10(255**2 / (100**2 * 2 / 40))) < 1e-9


def test_tiny_and_flat_lrs_have_finite_statistics():
    flat = np.full((24, 24, 3), 7, np.uint8)
    assert all(math.isfinite(value) for value in statistics.describe(flat, flat).values())


def test_z_is_the_mean_difference_over_its_standard_error():
    one = [5.0, 1.0, 0.0]
    assert abs(statistics.paired_z(one, [6.0, 3.0, 3.0]) - 2 * math.sqrt(3)) < 1e-12
    assert statistics.paired_z(one, one) == 0
    assert statistics.paired_z([0.0, 1.0], [-1.0, 0.0]) == -math.inf


def test_equal_streams_do_not_differ_and_moved_ones_do():
    values = np.random.default_rng(0).normal(0, 1, 500)
    same = statistics.compare(values, values)
    assert (same.distance, same.p, same.z, same.differs) == (0, 1, 0, False)
    other = np.random.default_rng(1).normal(0.5, 1, 500)
    moved = statistics.compare(values, other)
    assert moved.differs
    assert str(moved) == f"**{moved.distance:.3f} ({moved.p:.1g}) {moved.z:+.1f}**"
    # Half a standard deviation with 500 tiles is a z of 0.5 / sqrt(2 / 500) = 7.9, itself with a deviation of 1.
    assert abs(moved.z - 0.5 / math.sqrt(2 / 500)) < 5


def test_tables_show_medians_mark_differences_and_count_them():
    rng = np.random.default_rng(0)
    described = {
        name: [{"same": 1.0 * tile, "moved": by + noise} for tile, noise in enumerate(rng.normal(0, 1, 100))]
        for name, by in (("one", 0.0), ("other", 5.0))
    }
    pairs = {"one : other": ("one", "other")}
    header, _, same, moved = statistics.comparison_lines(described, ["one"], pairs)
    assert header == "| statistic | median, one | one : other |"
    assert same == "| same | 49.5 | 0.000 (1) +0.0 |"
    assert "| **" in moved
    *_, summary = statistics.summary_lines(described, pairs)
    assert summary.startswith("| one : other | 1 of 2 | ")
    assert summary.count("moved") == 2
