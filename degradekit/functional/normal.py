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
from degradekit.functional.compiled import compiled

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
    bits, exponents, turns = (np.empty(_BLOCK, np.int32) for _ in range(3))
    _fill(field, bits, bits.view(np.float32), exponents, turns, seed)
    return field[:n].reshape(shape)


@compiled
def _fill(
    field: NDArray[np.float32],
    bits: NDArray[np.int32],
    floats: NDArray[np.float32],
    exponents: NDArray[np.int32],
    turns: NDArray[np.int32],
    seed: int,
) -> None:
    """Fill a field of even length; the arrays after it are for one block, and `floats` is the memory of `bits`."""
    start = sequence_start(seed)
    half = field.size // 2
    for first in range(0, half, _BLOCK):  # in loops that each vectorize
        m = min(_BLOCK, half - first)
        for i in range(m):
            w = word(start, first + i)
            # u 2^32: an odd integer in 1 .. 2^32 - 1, rounded to float32.
            floats[i] = np.float32(np.int32(np.uint32(w) >> np.uint32(1))) * _2 + _1
            turns[i] = np.int32(w >> np.uint64(32))
        for i in range(m):  # u 2^32 = t 2^exponent with t in [sqrt(1/2), sqrt(2))
            exponent = np.int32(np.int32(bits[i] - _SQRT_HALF_BITS) >> 23)
            exponents[i] = exponent
            bits[i] = np.int32(bits[i] - np.int32(exponent << 23))
        cosines, sines = field[first : first + m], field[half + first : half + first + m]
        for i in range(m):
            # ln t = 2 atanh(z).
            z = (floats[i] - _1) / (floats[i] + _1)
            y = z * z
            series = _1 + y * (_3RD + y * (_5TH + y * (_7TH + y * _9TH)))
            ln = (np.float32(exponents[i]) - _32) * _LN2 + _2 * z * series
            radius = np.sqrt(max(-_2 * ln, np.float32(0)))
            # The nearest quarter of a turn, -2 .. 1, and the radians from there.
            quarter = np.int32(np.int32(turns[i] + 0x20000000) >> 30)
            angle = np.float32(np.int32(turns[i] - np.int32(quarter << 30))) * _TURN
            y = angle * angle
            sin = angle * (_1 - y * (_S3 - y * (_S5 - y * _S7)))
            cos = _1 - y * (_HALF - y * (_C4 - y * (_C6 - y * _C8)))
            is_odd = (quarter & 1) != 0
            x, y = (sin, cos) if is_odd else (cos, sin)
            cosines[i] = radius * (-x if ((quarter + 1) & 2) != 0 else x)
            sines[i] = radius * (-y if (quarter & 2) != 0 else y)
