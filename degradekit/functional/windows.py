"""Antialiased windows for resampling, by their names: polynomials, and sincs that are cut off or windowed.

A window is a function of the distance from an output's center, in outputs where the image shrinks and in inputs where
it grows. Inputs beyond the border have no part, as in Pillow, torch and ImageMagick.

Source: docs/model.md, section Resizing.
"""

import math

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled

Taps = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Which inputs each output of an axis is made of: their indices and their weights, both (outputs, taps)."""

_TRIANGLE, _HERMITE, _CATROM, _MITCHELL, _BSPLINE, _HAMMING, _HANN, _LAGRANGE, _SINC = range(9)
WINDOWS = {
    "bilinear_antialiased": (_TRIANGLE, 1.0),
    "hermite": (_HERMITE, 1.0),
    "catrom": (_CATROM, 2.0),
    "mitchell": (_MITCHELL, 2.0),
    "bspline": (_BSPLINE, 2.0),
    "hamming": (_HAMMING, 1.0),
    "hann": (_HANN, 1.0),
    "lagrange": (_LAGRANGE, 2.0),
    "sinc": (_SINC, 4.0),
}
"""The shape of each window but the box, and half its width."""


@compiled
def window_taps(
    n: int, m: int, support: float, stretch: float, shape: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the inputs within `support` of each output's center, weighted by a window.

    Args:
        n: Inputs along the axis.
        m: Outputs along the axis.
        support: Half the width of the stretched window in inputs, >= 1/2.
        stretch: Factor by which the shape is stretched.
        shape: One of the shapes in `WINDOWS`.
    """
    taps = math.ceil(2 * support)
    indices, weights = np.empty((m, taps), np.int64), np.empty((m, taps))
    for output in range(m):
        center = (output + 0.5) * n / m - 0.5
        first = math.floor(center - support) + 1
        for k in range(taps):
            i = first + k
            indices[output, k] = min(max(i, 0), n - 1)
            weights[output, k] = _window(shape, abs(i - center) / stretch) if 0 <= i < n else 0.0
        _normalize(weights[output], math.floor(center + 0.5) - first)
    return indices, weights


@compiled
def box_taps(n: int, m: int, width: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the inputs within half a width of each output's center, with equal weights; the ends are included.

    Distances are compared as integers, so that inputs at the two ends have the same fate.
    """
    reach = max(n, m) * width  # 2 m times half the box's width in inputs
    support = max(reach / (2 * m), 0.5) + 0.01
    taps = math.ceil(2 * support)
    indices, weights = np.empty((m, taps), np.int64), np.empty((m, taps))
    for output in range(m):
        center = (output + 0.5) * n / m - 0.5
        first = math.floor(center - support) + 1
        for k in range(taps):
            i = first + k
            distance = abs((2 * output + 1) * n - (2 * i + 1) * m)
            indices[output, k] = min(max(i, 0), n - 1)
            weights[output, k] = 1.0 if distance <= reach and 0 <= i < n else 0.0
        _normalize(weights[output], math.floor(center + 0.5) - first)
    return indices, weights


@compiled
def _normalize(weights: NDArray[np.float64], nearest: int) -> None:
    """Divide weights by their sum; where a narrow window has missed all inputs, the nearest one gets all."""
    total = 0.0
    for k in range(weights.size):
        total += weights[k]
    if total == 0.0:
        weights[nearest] = total = 1.0
    for k in range(weights.size):
        weights[k] /= total


@compiled
def _window(shape: int, t: float) -> float:
    if shape == _TRIANGLE:
        return max(1.0 - t, 0.0)
    if shape == _HERMITE:
        return _cubic(t, 0.0, 0.0)
    if shape == _CATROM:
        return _cubic(t, 0.0, 0.5)
    if shape == _MITCHELL:
        return _cubic(t, 1.0 / 3.0, 1.0 / 3.0)
    if shape == _BSPLINE:
        return _cubic(t, 1.0, 0.0)
    if shape == _LAGRANGE:
        return _lagrange(t)
    if t == 0.0:
        return 1.0
    sinc = math.sin(math.pi * t) / (math.pi * t)
    if shape == _SINC:
        return sinc if t < 4.0 else 0.0
    if t >= 1.0:
        return 0.0
    constant = 0.54 if shape == _HAMMING else 0.5
    return sinc * (constant + (1.0 - constant) * math.cos(math.pi * t))


@compiled
def _cubic(t: float, b: float, c: float) -> float:
    """Return the cubic of Mitchell and Netravali (1988)."""
    if t < 1.0:
        return (((12.0 - 9.0 * b - 6.0 * c) * t - 18.0 + 12.0 * b + 6.0 * c) * t * t + 6.0 - 2.0 * b) / 6.0
    if t < 2.0:
        outer = ((-b - 6.0 * c) * t + 6.0 * b + 30.0 * c) * t * t
        return (outer - (12.0 * b + 48.0 * c) * t + 8.0 * b + 24.0 * c) / 6.0
    return 0.0


@compiled
def _lagrange(t: float) -> float:
    """Return Lagrange's cubic through the four inputs around an output."""
    if t >= 2.0:
        return 0.0
    last = math.floor(2.0 + t)
    value = 1.0
    for i in range(4):
        d = last - i
        if d != 0:
            value *= (d - t) / d
    return value
