"""The blocks of a JPEG: their samples after the cosine transform, quantization and the inverse transform.

A plane is stored as eight *lines*: the first holds rows 0, 8, 16 ... one after the other, the second rows 1, 9, 17 ...,
and so on. So all blocks of the plane lie side by side. Sixteen of them, a *tile*, are coded at a time. A line of a tile
holds the left halves of the blocks' rows and then their right halves, so that transposing swaps runs of samples, and
samples within 64-bit words. All steps are loops along a line, which vectorize, and all numbers are integers, which
every machine computes alike.

Source: docs/model.md, section Compression.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled, inlined

_BLOCKS = 16
_LINE = 8 * _BLOCKS
"""Samples in a line of a tile."""

_0, _1, _2, _3, _13, _20, _31 = (np.int32(n) for n in (0, 1, 2, 3, 13, 20, 31))
_128, _255, _1152 = np.int32(128), np.int32(255), np.int32(1152)
_8, _16, _32, _N, _N8, _SIZE = (np.uint64(n) for n in (8, 16, 32, _BLOCKS, _LINE, 8 * _LINE))
_L1, _L2, _L3, _L4, _L5, _L6, _L7 = (np.uint64(k * _LINE) for k in range(1, 8))
_W1, _W2, _W3, _W4, _W5, _W6, _W7 = (np.uint64(k * 2 * _BLOCKS) for k in range(1, 8))
_PAIRS, _SINGLES = np.uint64(0x00000000FFFFFFFF), np.uint64(0x0000FFFF0000FFFF)
_PAIRS_OF_BYTES, _BYTES = np.uint64(0x0000FFFF0000FFFF), np.uint64(0x00FF00FF00FF00FF)
"""Constants have the types of the variables beside them, as other types would make the loops slower."""


def _rotations() -> tuple[np.int32, ...]:
    """Return the factors of the transforms, sums of c(k) = sqrt(2) cos(k pi / 16) with 13 bits after the point."""
    c = [math.sqrt(2) * math.cos(k * math.pi / 16) for k in range(8)]
    even = (c[6], c[2] - c[6], c[2] + c[6])
    odd = (c[3], c[3] + c[5], c[3] - c[5], c[3] - c[7], c[1] + c[3])
    last = (c[3] + c[5] - c[1] - c[7], c[1] + c[3] + c[7] - c[5], c[1] + c[3] + c[5] - c[7], c[1] + c[3] - c[5] - c[7])
    return tuple(np.int32(round(factor * 2**13)) for factor in even + odd + last)


_C6, _C2_MINUS_C6, _C2_PLUS_C6, _C3, _C3_PLUS_C5, _C3_MINUS_C5, _C3_MINUS_C7, _C1_PLUS_C3, _E, _F, _G, _H = _rotations()

Lines = NDArray[np.uint8]
Samples = NDArray[np.uint8]
Words = NDArray[np.uint64]
Halves = NDArray[np.uint32]
Tile = NDArray[np.int16]
Divisors = NDArray[np.int32]


def divisors(table: Sequence[int]) -> Divisors:
    """Return the 64 divisors of a quantization table, and factors that replace the division, (2, 8 lines) int32.

    Both are repeated for the blocks of a tile. An eighth of a coefficient is below 1152, and 2^20 / n, rounded up, is
    too large by less than 1 / 1152 of the smallest quotient's step, so the product of the two, plus 1152, has the
    quotient in the bits from the twentieth on.
    """
    halves = np.array(table, np.int32).reshape(8, 2, 1, 4)
    numbers = np.broadcast_to(halves, (8, 2, _BLOCKS, 4)).reshape(-1)
    return np.stack([numbers, (2**20 + numbers - 1) // numbers])


def line_length(block_rows: int, stride: int) -> int:
    """Return the length of the lines of a plane of whole blocks: whole tiles."""
    return (block_rows * stride + _LINE - 1) // _LINE * _LINE


def code_blocks(*planes: tuple[Lines, Divisors]) -> None:
    """Replace the samples of planes by those that a decoder of the JPEG would return.

    Args:
        planes: For each plane its lines, (8, n) uint8 where n is a multiple of a tile's columns, and the table that
            `divisors` returns.
    """
    samples, tile = np.empty(8 * _LINE, np.uint8), np.empty(8 * _LINE, np.int16)
    halves, tile_words = samples.view(np.uint32), tile.view(np.uint64)
    for lines, table in planes:
        _code(lines.view(np.uint64), table, samples, halves, tile, tile_words)


@compiled
def _code(words: Words, table: Divisors, samples: Samples, halves: Halves, tile: Tile, tile_words: Words) -> None:
    """Code the blocks of lines; the last four arrays are two, for samples and numbers of one tile, also as words."""
    for first in range(0, words.shape[1], _BLOCKS):
        _load(words, np.uint64(first), halves)
        for i in range(_SIZE):
            tile[i] = np.int16(samples[i]) - np.int16(128)
        for step in range(4):  # rows and columns forward, columns and rows backward
            if step < 2:
                _transform(tile, np.int32(15 if step else 11))
            else:
                _restore(tile, np.int32(18 if step == 3 else 11))
            if step == 1:
                _quantize(tile, table)
            elif step != 3:
                _transpose(tile_words)
        for i in range(_SIZE):
            samples[i] = min(max(np.int32(tile[i]) + _128, _0), _255)
        _store(halves, tile_words, words, np.uint64(first))


@inlined
def _load(words: Words, first: np.uint64, halves: Halves) -> None:
    """Load a tile of samples, transposed."""
    for k in range(2):
        line, side = 4 * k, np.uint64(k) * _N
        for i in range(_N):
            at, to = first + i, side + i
            a, b = words[line, at], words[line + 1, at]
            c, d = words[line + 2, at], words[line + 3, at]
            a, b, c, d = _transposed(a, b, c, d, _PAIRS_OF_BYTES, _BYTES, _8, _16)
            halves[to], halves[to + _W1], halves[to + _W2], halves[to + _W3] = a, b, c, d
            halves[to + _W4], halves[to + _W5], halves[to + _W6], halves[to + _W7] = (
                a >> _32,
                b >> _32,
                c >> _32,
                d >> _32,
            )


@inlined
def _store(halves: Halves, buffer: Words, words: Words, first: np.uint64) -> None:
    """Store a tile of transposed samples; the buffer is overwritten."""
    for k in range(2):
        line, side = 4 * k, np.uint64(k) * _N
        for i in range(_N):
            at = side + i
            a, b = (
                np.uint64(halves[at + _W4]) << _32 | halves[at],
                np.uint64(halves[at + _W5]) << _32 | halves[at + _W1],
            )
            c, d = (
                np.uint64(halves[at + _W6]) << _32 | halves[at + _W2],
                np.uint64(halves[at + _W7]) << _32 | halves[at + _W3],
            )
            a, b, c, d = _transposed(a, b, c, d, _PAIRS_OF_BYTES, _BYTES, _8, _16)
            to = i + np.uint64(k) * _W4
            buffer[to], buffer[to + _W1], buffer[to + _W2], buffer[to + _W3] = a, b, c, d
    for line in range(8):
        for i in range(_N):
            words[line, first + i] = buffer[np.uint64(line) * _W1 + i]


@inlined
def _transpose(words: Words) -> None:
    """Transpose each block of a tile: its quarters of four by four numbers, of which two are swapped."""
    for i in range(_N):
        j = i + _N
        a, b, c, d = words[i], words[i + _W1], words[i + _W2], words[i + _W3]
        words[i], words[i + _W1], words[i + _W2], words[i + _W3] = _transposed(a, b, c, d, _PAIRS, _SINGLES, _16, _32)
        a, b, c, d = words[j + _W4], words[j + _W5], words[j + _W6], words[j + _W7]
        words[j + _W4], words[j + _W5], words[j + _W6], words[j + _W7] = _transposed(
            a, b, c, d, _PAIRS, _SINGLES, _16, _32
        )
        a, b, c, d = _transposed(words[j], words[j + _W1], words[j + _W2], words[j + _W3], _PAIRS, _SINGLES, _16, _32)
        e, f, g, h = words[i + _W4], words[i + _W5], words[i + _W6], words[i + _W7]
        words[j], words[j + _W1], words[j + _W2], words[j + _W3] = _transposed(e, f, g, h, _PAIRS, _SINGLES, _16, _32)
        words[i + _W4], words[i + _W5], words[i + _W6], words[i + _W7] = a, b, c, d


@compiled
def _transposed(
    a: np.uint64,
    b: np.uint64,
    c: np.uint64,
    d: np.uint64,
    pairs: np.uint64,
    singles: np.uint64,
    one: np.uint64,
    two: np.uint64,
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Transpose four by four numbers in words; masks and shifts choose every other one, and every other pair."""
    a, c = (a & pairs) | ((c & pairs) << two), ((a >> two) & pairs) | (c & ~pairs)
    b, d = (b & pairs) | ((d & pairs) << two), ((b >> two) & pairs) | (d & ~pairs)
    a, b = (a & singles) | ((b & singles) << one), ((a >> one) & singles) | (b & ~singles)
    c, d = (c & singles) | ((d & singles) << one), ((c >> one) & singles) | (d & ~singles)
    return a, b, c, d


@inlined
def _transform(tile: Tile, shift: np.int32) -> None:
    """Replace the eight numbers of each column by their cosine transform, times sqrt(8) 2^(13 - shift), rounded."""
    half = _1 << (shift - _1)
    for i in range(_N8):
        a, b, c, d = np.int32(tile[i]), np.int32(tile[i + _L1]), np.int32(tile[i + _L2]), np.int32(tile[i + _L3])
        e, f, g, h = np.int32(tile[i + _L4]), np.int32(tile[i + _L5]), np.int32(tile[i + _L6]), np.int32(tile[i + _L7])
        p, q, r, s = a + h, b + g, c + f, d + e
        e, f, g, h = d - e, c - f, b - g, a - h
        a, b, c, d = p + s, q + r, q - r, p - s
        even, odd = (c + d) * _C6 + half, (e + f + g + h) * _C3
        y, z = odd - (e + g) * _C3_PLUS_C5, odd - (f + h) * _C3_MINUS_C5
        v, w = half - (e + h) * _C3_MINUS_C7, half - (f + g) * _C1_PLUS_C3
        tile[i], tile[i + _L1] = (((a + b) << _13) + half) >> shift, (h * _H + v + z) >> shift
        tile[i + _L2], tile[i + _L3] = (even + d * _C2_MINUS_C6) >> shift, (g * _G + w + y) >> shift
        tile[i + _L4], tile[i + _L5] = (((a - b) << _13) + half) >> shift, (f * _F + w + z) >> shift
        tile[i + _L6], tile[i + _L7] = (even - c * _C2_PLUS_C6) >> shift, (e * _E + v + y) >> shift


@inlined
def _quantize(tile: Tile, table: Divisors) -> None:
    """Replace numbers by the nearest multiples of their divisors to an eighth of them; ties go away from zero."""
    steps, inverses = table[0], table[1]
    for i in range(_SIZE):
        value = np.int32(tile[i])
        eighth = (value + (value >> _31) + (steps[i] << _2)) >> _3
        tile[i] = ((eighth * inverses[i] + _1152) >> _20) * steps[i]


@inlined
def _restore(tile: Tile, shift: np.int32) -> None:
    """Replace the eight numbers of each column by their inverse transform, times sqrt(8) 2^(13 - shift), rounded."""
    half = _1 << (shift - _1)
    for i in range(_N8):
        a, b, c, d = np.int32(tile[i]), np.int32(tile[i + _L1]), np.int32(tile[i + _L2]), np.int32(tile[i + _L3])
        e, f, g, h = np.int32(tile[i + _L4]), np.int32(tile[i + _L5]), np.int32(tile[i + _L6]), np.int32(tile[i + _L7])
        even, odd = (c + g) * _C6, (b + d + f + h) * _C3
        p, q = even + c * _C2_MINUS_C6, even - g * _C2_PLUS_C6
        r, s = ((a + e) << _13) + half, ((a - e) << _13) + half
        a, c, e, g = r + p, s + q, s - q, r - p
        y, z = odd - (d + h) * _C3_PLUS_C5, odd - (b + f) * _C3_MINUS_C5
        v, w = (b + h) * _C3_MINUS_C7, (d + f) * _C1_PLUS_C3
        p, q, r, s = b * _H + z - v, d * _G + y - w, f * _F + z - w, h * _E + y - v
        tile[i], tile[i + _L1] = (a + p) >> shift, (c + q) >> shift
        tile[i + _L2], tile[i + _L3] = (e + r) >> shift, (g + s) >> shift
        tile[i + _L4], tile[i + _L5] = (g - s) >> shift, (e - r) >> shift
        tile[i + _L6], tile[i + _L7] = (c - q) >> shift, (a - p) >> shift
