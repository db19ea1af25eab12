"""The spectrum of a crop, by rings of frequency."""

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from degradekit.statistics.crop import Crop, Plane
from degradekit.statistics.statistic import Family, Statistic

_EDGES = (0.03, 0.05, 0.08, 0.12, 0.17, 0.23, 0.30, 0.37, 0.44, 0.50)
"""Edges of the rings in cycles / pixel."""
_FINE_EDGES = tuple(np.linspace(0, 0.5, 33).tolist())
_FLOOR = 1e-3
"""Power below that of rounding, 1 / 12, which keeps logarithms finite."""
_SOURCE = __name__


@lru_cache(maxsize=8)
def _frequencies(height: int, width: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the magnitude of each frequency of a spectrum, and whether it lies off the axes."""
    down, across = np.abs(np.fft.fftfreq(height))[:, None], np.fft.rfftfreq(width)
    magnitude = np.hypot(down, across)
    return magnitude, (down > 0.03) & (across > 0.03) & (magnitude > 0.08)


@lru_cache(maxsize=16)
def _ring_of(height: int, width: int, edges: tuple[float, ...]) -> NDArray[np.int64]:
    """Return the ring of each frequency, from 1 on; 0 for what lies below the first edge."""
    return np.searchsorted(np.array(edges), _frequencies(height, width)[0], side="right").ravel()


def _means(values: Plane, ring: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(np.bincount(ring, weights=values.ravel()) / np.maximum(np.bincount(ring), 1))


def ring_means(power: Plane, width: int, edges: tuple[float, ...] = _EDGES) -> NDArray[np.float64]:
    """Return the mean of log10 of a spectrum in each ring of frequencies; white noise has log10 sigma^2 - .25.

    Args:
        power: (H, W // 2 + 1), see `crop.power`.
        width: W.
        edges: Edges of the rings in cycles / pixel.
    """
    ring = _ring_of(power.shape[0], width, edges)
    return _means(np.log10(power + _FLOOR), ring)[1 : len(edges)]


def slope(values: NDArray[np.float64], centers: NDArray[np.float64]) -> float:
    """Return the slope of the line of least squares."""
    x = centers - centers.mean()
    return float((x * values).sum() / (x**2).sum())


def cutoff(fine: NDArray[np.float64]) -> tuple[float, float]:
    """Return the frequency where a spectrum is cut off, .5 if nowhere, and how steeply it falls.

    The spectra of photos are nearly lines on logarithmic axes. The cutoff is the end of the last ring that lies less
    than .5 below the line through the rings from .04 to .15 cycles / pixel: about .5 / f after an upscale by f, and
    the cutoff of a sinc filter. The fall is the greatest over three rings.

    Args:
        fine: The means of 32 rings up to .5 cycles / pixel.
    """
    centers = (np.array(_FINE_EDGES[1:]) + np.array(_FINE_EDGES[:-1])) / 2
    x, is_low = np.log10(centers), (centers > 0.04) & (centers < 0.15)
    line = fine[is_low].mean() + slope(fine[is_low], x[is_low]) * (x - x[is_low].mean())
    above = np.flatnonzero(fine > line - 0.5)
    return float(_FINE_EDGES[above[-1] + 1]), float((fine[4:-3] - fine[7:]).max())


def peak(power: Plane, width: int) -> float:
    """Return log10 of the highest power off the axes over the mean power at its frequency: screentone, moire."""
    ring = _ring_of(power.shape[0], width, _FINE_EDGES)
    values = power + _FLOOR
    off_axes = _frequencies(power.shape[0], width)[1]
    return float(np.log10((values / _means(values, ring)[ring].reshape(values.shape))[off_axes].max()))


def _measure(crop: Crop) -> tuple[float, ...]:
    width = crop.luma.shape[1]
    x = np.log10((np.array(_EDGES[1:]) + np.array(_EDGES[:-1])) / 2)
    rings, cb = ring_means(crop.luma_power, width), ring_means(crop.cb_power, width)
    return (
        *rings,
        slope(rings[:5], x[:5]),
        slope(rings[5:], x[5:]),
        rings[8] - rings[3],
        cb[8],
        slope(cb[3:7], x[3:7]),
        *cutoff(ring_means(crop.luma_power, width, _FINE_EDGES)),
        peak(crop.luma_power, width),
    )


SPECTRUM = Family(
    (
        *(
            Statistic(f"power_ring_{i + 1}", f"power from {low} to {high} cycles / pixel", "log10 levels^2", _SOURCE)
            for i, (low, high) in enumerate(pairwise(_EDGES))
        ),
        Statistic("spectrum_slope_low", "slope of the spectrum up to .23 cycles / pixel", "log10 / log10", _SOURCE),
        Statistic("spectrum_slope_high", "slope of the spectrum from .23 cycles / pixel on", "log10 / log10", _SOURCE),
        Statistic("spectrum_drop", "power from .44 to .5 cycles / pixel over that from .12 to .17", "log10", _SOURCE),
        Statistic("cb_power_last", "power of Cb from .44 to .5 cycles / pixel", "log10 levels^2", _SOURCE),
        Statistic(
            "cb_spectrum_slope", "slope of Cb's spectrum from .12 to .37 cycles / pixel", "log10 / log10", _SOURCE
        ),
        Statistic("spectrum_cutoff", "frequency where the spectrum is cut off", "cycles / pixel", _SOURCE),
        Statistic("spectrum_fall", "steepest fall of the spectrum within .05 cycles / pixel", "log10", _SOURCE),
        Statistic("spectrum_peak", "highest power off the axes over the mean at its frequency", "log10", _SOURCE),
    ),
    _measure,
)
