"""Standard normal fields by the transform of Box and Muller (1958), in float32 and without a mathematical library.

A 64-bit word makes two numbers, r cos a and r sin a: its low half decides the radius r = sqrt(-2 ln u), its high half
the angle a. The logarithm is the series of 2 atanh, sine and cosine are Taylor polynomials within an eighth of a turn,
each with an error of a few 1e-7. Only additions, multiplications, divisions and square roots occur, which IEEE 754
defines to the bit, so every machine makes the same field; and all of it vectorizes. The largest magnitude is 6.7.

Source: docs/model.md, section Noise.
"""

import math

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.bits import sequence_start, word
from degradekit.functional.compiled import compiled, inlined

_BLOCK = 4096
_SQRT_HALF_BITS = 0x3F3504F3
"""The bits of sqrt(1/2) as float32, read as an integer."""
_LN2 = np.float32(math.log(2))
_TURN = np.float32(2 * math.pi / 2**32)
_HALF, _1, _2, _32 = np.float32(0.5), np.float32(1), np.float32(2), np.float32(32)
_3RD, _5TH, _7TH, _9TH = (np.float32(1 / n) for n in (3, 5, 7, 9))
_S3, _S5, _S7 = (np.float32(1 / math.factorial(n)) for n in (3, 5, 7))
_C4, _C6, _C8 = (np.float32(1 / math.factorial(n)) for n in (4, 6, 8))


def standard_normal(shape: tuple[int, ...], seed: int) -> NDArray[np.float32]:
    """Return independent standard normal numbers as float32; the same shape and seed give the same field."""
    n = math.prod(shape)
    field = np.empty((n + 1) // 2 * 2, np.float32)
    low, high, exponents, quarters = (np.empty(_BLOCK, np.int32) for _ in range(4))
    _fill(field, field.view(np.int32), low, high, exponents, quarters, seed)
    return field[:n].reshape(shape)


@compiled
def _fill(
    field: NDArray[np.float32],
    field_bits: NDArray[np.int32],
    low: NDArray[np.int32],
    high: NDArray[np.int32],
    exponents: NDArray[np.int32],
    quarters: NDArray[np.int32],
    seed: int,
) -> None:
    """Fill a field of even length; `field_bits` is its memory as integers, and the other arrays are for one block."""
    start = sequence_start(seed)
    half = field.size // 2
    for first in range(0, half, _BLOCK):
        m = min(_BLOCK, half - first)
        for i in range(m):
            w = word(start, first + i)
            low[i], high[i] = np.int32(w), np.int32(w >> np.uint64(32))
        radius, angle = field[first : first + m], field[half + first : half + first + m]
        _uniform(low, radius)
        _split_exponent(field_bits[first : first + m], exponents)
        _radius(radius, exponents)
        _split_quarters(high, quarters, angle)
        _rotate(radius, angle, quarters)


@inlined
def _uniform(bits: NDArray[np.int32], out: NDArray[np.float32]) -> None:
    """Write u 2^32 to `out`: an odd integer in 1 .. 2^32 - 1, rounded to float32."""
    for i in range(out.size):
        out[i] = np.float32(np.int32(np.uint32(bits[i]) >> np.uint32(1))) * _2 + _1


@inlined
def _split_exponent(floats: NDArray[np.int32], exponents: NDArray[np.int32]) -> None:
    """Split each float x, given by its bits, into t 2^e with t in [sqrt(1/2), sqrt(2)); t replaces x."""
    for i in range(floats.size):
        exponent = np.int32(np.int32(floats[i] - _SQRT_HALF_BITS) >> 23)
        exponents[i] = exponent
        floats[i] = np.int32(floats[i] - np.int32(exponent << 23))


@inlined
def _radius(t: NDArray[np.float32], exponents: NDArray[np.int32]) -> None:
    """Replace t by sqrt(-2 ln(t 2^(e - 32))), with ln t = 2 atanh(z) and z = (t - 1) / (t + 1)."""
    for i in range(t.size):
        z = (t[i] - _1) / (t[i] + _1)
        y = z * z
        series = _1 + y * (_3RD + y * (_5TH + y * (_7TH + y * _9TH)))
        ln = (np.float32(exponents[i]) - _32) * _LN2 + _2 * z * series
        t[i] = np.sqrt(max(-_2 * ln, np.float32(0)))


@inlined
def _split_quarters(bits: NDArray[np.int32], quarters: NDArray[np.int32], angles: NDArray[np.float32]) -> None:
    """Split each angle, of which 2^32 are a turn, into its nearest quarter, -2 .. 1, and the radians from there."""
    for i in range(angles.size):
        quarter = np.int32(np.int32(bits[i] + 0x20000000) >> 30)
        quarters[i] = quarter
        angles[i] = np.float32(np.int32(bits[i] - np.int32(quarter << 30))) * _TURN


@inlined
def _rotate(radius: NDArray[np.float32], angle: NDArray[np.float32], quarters: NDArray[np.int32]) -> None:
    """Replace r by r cos a, and a by r sin a."""
    for i in range(radius.size):
        a, r, quarter = angle[i], radius[i], quarters[i]
        y = a * a
        sin = a * (_1 - y * (_S3 - y * (_S5 - y * _S7)))
        cos = _1 - y * (_HALF - y * (_C4 - y * (_C6 - y * _C8)))
        swap = (quarter & 1) != 0
        x = sin if swap else cos
        y = cos if swap else sin
        radius[i] = r * (-x if ((quarter + 1) & 2) != 0 else x)
        angle[i] = r * (-y if (quarter & 2) != 0 else y)
