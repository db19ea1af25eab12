"""The spectrum of a crop, by rings of frequency."""

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from degradekit.statistics.crop import Crop, Plane
from degradekit.statistics.statistic import Family, Statistic

_EDGES = (0.03, 0.05, 0.08, 0.12, 0.17, 0.23, 0.30, 0.37, 0.44, 0.50)
"""Edges of the rings in cycles / pixel."""
_FLOOR = 1e-3
"""Power below that of rounding, 1 / 12, which keeps logarithms finite."""
_FINE_RINGS = 32
_NEAR_FLOOR = 0.3
_SOURCE = "degradekit: docs/matching.md"
_TINY = 1e-9


@lru_cache(maxsize=8)
def _frequencies(height: int, width: int) -> NDArray[np.float64]:
    return np.asarray(np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)))


@lru_cache(maxsize=8)
def _ring_of(height: int, width: int, edges: tuple[float, ...]) -> NDArray[np.int64]:
    """Return the ring of each frequency, from 1 on; 0 for what lies below the first edge."""
    return np.searchsorted(np.array(edges), _frequencies(height, width), side="right").ravel()


def ring_means(log_power: Plane, shape: tuple[int, int], edges: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the mean of a spectrum's logarithm in each ring of frequencies."""
    ring = _ring_of(*shape, edges)
    sums = np.bincount(ring, weights=log_power.ravel(), minlength=len(edges) + 1)
    counts = np.bincount(ring, minlength=len(edges) + 1)
    return (sums / np.maximum(counts, 1))[1 : len(edges)]


def _slope(values: NDArray[np.float64], centers: NDArray[np.float64]) -> float:
    x = centers - centers.mean()
    return float((x * values).sum() / (x**2).sum())


def _cutoff(fine: NDArray[np.float64]) -> tuple[float, float]:
    """Return the frequency from which on the spectrum is at its floor, and its steepest fall over two fine rings."""
    above = np.flatnonzero(fine > fine.min() + _NEAR_FLOOR)
    cutoff = 0.5 * (above[-1] + 1) / _FINE_RINGS if len(above) else 0.0
    return cutoff, float((fine[:-2] - fine[2:])[2:].max())


def _measure(crop: Crop) -> tuple[float, ...]:
    shape = crop.luma.shape[0], crop.luma.shape[1]
    centers = np.log10((np.array(_EDGES[1:]) + np.array(_EDGES[:-1])) / 2)
    log_power = np.log10(crop.luma_power + _FLOOR)
    rings = ring_means(log_power, shape, _EDGES)
    cb = ring_means(np.log10(crop.cb_power + _FLOOR), shape, _EDGES)
    fine_edges = tuple(np.linspace(0, 0.5, _FINE_RINGS + 1).tolist())
    fine = ring_means(log_power, shape, fine_edges)
    return (
        *rings,
        _slope(rings[:5], centers[:5]),
        _slope(rings[5:], centers[5:]),
        rings[8] - rings[3],
        cb[8],
        _slope(cb[3:7], centers[3:7]),
        *_cutoff(fine),
        _peak(crop.luma_power, shape, fine_edges),
    )


def _peak(power: Plane, shape: tuple[int, int], edges: tuple[float, ...]) -> float:
    """Return log10 of the highest power off the axes over the mean power at its frequency."""
    ring = _ring_of(*shape, edges)
    flat = power.ravel() + _FLOOR
    means = np.bincount(ring, weights=flat) / np.maximum(np.bincount(ring), 1)
    down, across = np.abs(np.fft.fftfreq(shape[0]))[:, None], np.fft.rfftfreq(shape[1])
    off_axis = ((down > 0.03) & (across > 0.03) & (np.hypot(down, across) > 0.08)).ravel()
    return float(np.log10((flat / means[ring])[off_axis].max()))


SPECTRUM = Family(
    (
        *(
            Statistic(
                f"power_ring_{i + 1}",
                f"power of the luma from {low} to {high} cycles / pixel",
                "log10 levels^2",
                _SOURCE,
            )
            for i, (low, high) in enumerate(pairwise(_EDGES))
        ),
        Statistic("spectrum_slope_low", "slope of the spectrum up to .23 cycles / pixel", "log10 / log10", _SOURCE),
        Statistic("spectrum_slope_high", "slope of the spectrum from .23 cycles / pixel on", "log10 / log10", _SOURCE),
        Statistic("spectrum_drop", "the last ring's power minus the fourth's", "log10", _SOURCE),
        Statistic("cb_power_last", "power of Cb in the last ring", "log10 levels^2", _SOURCE),
        Statistic(
            "cb_spectrum_slope", "slope of Cb's spectrum from .08 to .37 cycles / pixel", "log10 / log10", _SOURCE
        ),
        Statistic("spectrum_cutoff", "frequency from which on the spectrum is at its floor", "cycles / pixel", _SOURCE),
        Statistic(
            "spectrum_steepest", "steepest fall of the spectrum over a 32nd of a cycle / pixel", "log10", _SOURCE
        ),
        Statistic("spectrum_peak", "highest power off the axes over the mean at its frequency", "log10", _SOURCE),
    ),
    _measure,
)
