"""Tone curves: between levels and light, and gamma.

A curve is a table over the square root of the level, in which all of them are nearly straight, so that straight lines
between its nodes are off by less than a hundredth of a gray level. Powers are computed from additions, products and
quotients only, which IEEE 754 defines to the bit: the C library's may differ in the last one.

Source: docs/model.md, section Color.
"""

import math
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.types import Image

_CELLS = 8192
_POWER, _TO_LIGHT, _FROM_LIGHT = range(3)
_BEYOND = np.float32(100)
_ATANH = np.array([1 / odd for odd in range(23, 0, -2)])
_EXP = np.array([1 / math.factorial(n) for n in range(14, -1, -1)])
_LN2 = 0.6931471805599453

Transfer = Literal["srgb", "power"]
"""How levels stand for light: by the curve of sRGB (IEC 61966-2-1), or as its power 1/2.2."""


class Curve(NamedTuple):
    """A curve through (0, 0) and (1, 1), which mirrored goes on below 0, and goes on above 1 up to 100.

    What is beyond 100 counts as 100, so that no nesting of curves makes a number that is not finite.

    Attributes:
        nodes: (8193,) the values of the curve at the squares of 0, 1 / 8192, ..., 1, float32.
        kind: The formula that the nodes are from.
        exponent: The exponent of a power.
    """

    nodes: NDArray[np.float32]
    kind: int
    exponent: float


def gamma_curve(exponent: float) -> Curve:
    """Return the curve x^exponent, exponent > 0."""
    return _curve(_POWER, exponent)


def to_light(transfer: Transfer) -> Curve:
    """Return the curve from levels to light."""
    return _curve(_TO_LIGHT, 1.0) if transfer == "srgb" else _curve(_POWER, 2.2)


def from_light(transfer: Transfer) -> Curve:
    """Return the curve from light to levels."""
    return _curve(_FROM_LIGHT, 1.0) if transfer == "srgb" else _curve(_POWER, 1 / 2.2)


def apply_curve(image: Image, curve: Curve) -> Image:
    """Return an image with a curve applied to every value."""
    return _apply(np.ascontiguousarray(image).reshape(-1), *curve).reshape(image.shape)


@lru_cache(maxsize=16)
def _curve(kind: int, exponent: float) -> Curve:
    nodes = _nodes(kind, exponent)
    nodes.setflags(write=False)
    return Curve(nodes, kind, exponent)


@compiled
def power(x: float, exponent: float) -> float:
    """Return x^exponent for x >= 0, by series: 2^k e^r with |r| <= ln(2) / 2."""
    if x == 0.0:
        return 0.0
    mantissa, binary = math.frexp(x)
    if mantissa < 0.7071067811865476:
        mantissa, binary = 2.0 * mantissa, binary - 1
    t = (mantissa - 1.0) / (mantissa + 1.0)
    square, logarithm = t * t, 0.0
    for term in _ATANH:
        logarithm = logarithm * square + term
    exact = exponent * (2.0 * t * logarithm + binary * _LN2)
    k = math.floor(exact / _LN2 + 0.5)
    rest, result = exact - k * _LN2, 0.0
    for term in _EXP:
        result = result * rest + term
    return math.ldexp(result, k)


@compiled
def _value(x: float, kind: int, exponent: float) -> float:
    if kind == _TO_LIGHT:
        return x / 12.92 if x <= 0.04045 else power((x + 0.055) / 1.055, 2.4)
    if kind == _FROM_LIGHT:
        return 12.92 * x if x <= 0.0031308 else 1.055 * power(x, 1.0 / 2.4) - 0.055
    return power(x, exponent)


@compiled
def _nodes(kind: int, exponent: float) -> NDArray[np.float32]:
    nodes = np.empty(_CELLS + 1, np.float32)
    for i in range(_CELLS):
        nodes[i] = _value((i / _CELLS) * (i / _CELLS), kind, exponent)
    nodes[_CELLS] = 1.0
    return nodes


@compiled
def _curve_value(x: np.float32, nodes: NDArray[np.float32], kind: int, exponent: float) -> np.float32:
    """Return a curve at x, of any sign."""
    magnitude = abs(x)
    if magnitude > np.float32(1):
        value = np.float32(_value(float(min(magnitude, _BEYOND)), kind, exponent))
    else:
        position = np.sqrt(magnitude) * np.float32(_CELLS)
        cell = min(np.int32(position), np.int32(_CELLS - 1))
        low = nodes[cell]
        value = low + (position - np.float32(cell)) * (nodes[cell + 1] - low)
    return -value if x < np.float32(0) else value


@compiled
def _apply(values: NDArray[np.float32], nodes: NDArray[np.float32], kind: int, exponent: float) -> Image:
    result = np.empty_like(values)
    for i in range(values.size):
        result[i] = _curve_value(values[i], nodes, kind, exponent)
    return result
