"""Weighted sums of lines of numbers: the inner loops of every filter and resampler here.

Up to eight lines at a time, so that a sum is loaded and stored once for as many products. The order of additions is
fixed and no product is fused with its addition, so every machine gets the same bits. Lines are parts of flat arrays,
named by where they start: making views of them would take longer than summing them. Starts are unsigned, which spares
the check for negative indices and lets the loops vectorize.
"""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled

Flat = NDArray[np.float32]
Index = int | np.int64


@compiled
def reflect(i: int, n: int) -> int:
    """The index that position i shows when n pixels are mirrored about their edge pixels, again and again."""
    if n == 1:
        return 0
    i = abs(i) % (2 * n - 2)
    return i if i < n else 2 * n - 2 - i


@compiled
def aligned_stride(length: int) -> int:
    """The length rounded up to whole cache lines."""
    return (length + 15) // 16 * 16


@compiled
def aligned_zeros(count: int, length: int) -> Flat:
    """`count` lines of zeros at multiples of `aligned_stride(length)`, each on cache lines of its own.

    Sums into lines that straddle cache lines take twice as long.
    """
    size = count * aligned_stride(length)
    buffer = np.zeros(size + 16, np.float32)
    first = (-(buffer.ctypes.data // 4)) % 16
    return buffer[first : first + size]


@compiled
def padded(taps: int) -> int:
    """The number of taps with zeros added up to a multiple of four."""
    return (taps + 3) // 4 * 4


@compiled
def clear_line(to: Flat, at: int, length: int) -> None:
    """Fill the line of `to` at `at` with zeros."""
    first, n = np.uint64(at), np.uint64(length)
    for i in range(n):
        to[first + i] = 0.0


@compiled
def copy_line(to: Flat, at: int, source: Flat, start: int, length: int) -> None:
    """Copy the line of `source` at `start` to `at`."""
    first, other, n = np.uint64(at), np.uint64(start), np.uint64(length)
    for i in range(n):
        to[first + i] = source[other + i]


@compiled
def copy_sum(to: Flat, at: int, source: Flat, start: int, another: int, length: int) -> None:
    """Copy the sum of the lines of `source` at `start` and `another` to `at`."""
    first, a, b, n = np.uint64(at), np.uint64(start), np.uint64(another), np.uint64(length)
    for i in range(n):
        to[first + i] = source[a + i] + source[b + i]


@compiled
def add_shifted(total: Flat, at: int, line: Flat, start: int, shift: int, taps: Flat, length: int) -> None:
    """Add taps[t] times the line at start + t shift to the line of `total` at `at`, for all t.

    The number of taps is a multiple of four.
    """
    to, s, n = np.uint64(at), np.uint64(shift), np.uint64(length)
    t = np.int64(0)  # not a literal, for which numba would compile all below once more
    while t < taps.size:
        a = np.uint64(start + t * shift)
        b = a + s
        c = b + s
        d = c + s
        if taps.size - t >= 8:
            e = d + s
            f = e + s
            g = f + s
            _eight(total, to, line, a, b, c, d, e, f, g, g + s, taps, t, n)
            t += 8
        else:
            _four(total, to, line, a, b, c, d, taps, t, n)
            t += 4


@compiled
def add_ring_twice(
    total: Flat, at: int, after: int, ring: Flat, count: int, stride: int, first: int, taps: Flat, length: int
) -> None:
    """Add taps[t] times the ring's line first + t to the line at `at`, and times the next one to that at `after`.

    Two sums at once load each line of the ring once. The ring has `count` lines, `stride` apart, and its lines are
    numbered on and on around it. The number of taps is a multiple of four.
    """
    one, two, n = np.uint64(at), np.uint64(after), np.uint64(length)
    t = np.int64(0)  # not a literal, for which numba would compile all below once more
    while t < taps.size:
        o = first + t
        a, b = np.uint64(o % count * stride), np.uint64((o + 1) % count * stride)
        c, d = np.uint64((o + 2) % count * stride), np.uint64((o + 3) % count * stride)
        e = np.uint64((o + 4) % count * stride)
        if taps.size - t >= 8:
            f, g = np.uint64((o + 5) % count * stride), np.uint64((o + 6) % count * stride)
            h, i = np.uint64((o + 7) % count * stride), np.uint64((o + 8) % count * stride)
            _eight_twice(total, one, two, ring, a, b, c, d, e, f, g, h, i, taps, t, n)
            t += 8
        else:
            _four_twice(total, one, two, ring, a, b, c, d, e, taps, t, n)
            t += 4


@compiled
def add_gathered(total: Flat, at: int, lines: Flat, stride: int, indices: NDArray[np.int64], taps: Flat) -> None:
    """Add taps[t] times line number indices[t] to the line of `total` at `at`, for all t; lines are `stride` long."""
    to, n = np.uint64(at), np.uint64(stride)
    t = np.int64(0)  # not a literal, for which numba would compile all below once more
    while t < taps.size:
        a = np.uint64(indices[t] * stride)
        if taps.size - t >= 4:
            b, c = np.uint64(indices[t + 1] * stride), np.uint64(indices[t + 2] * stride)
            _four(total, to, lines, a, b, c, np.uint64(indices[t + 3] * stride), taps, t, n)
            t += 4
        elif taps.size - t >= 2:
            _two(total, to, lines, a, np.uint64(indices[t + 1] * stride), taps, t, n)
            t += 2
        else:
            _one(total, to, lines, a, taps, t, n)
            t += 1


@compiled
def _one(total: Flat, to: np.uint64, x: Flat, a: np.uint64, w: Flat, t: Index, n: np.uint64) -> None:
    weight = w[t]
    for i in range(n):
        total[to + i] += weight * x[a + i]


@compiled
def _two(total: Flat, to: np.uint64, x: Flat, a: np.uint64, b: np.uint64, w: Flat, t: Index, n: np.uint64) -> None:
    w0, w1 = w[t], w[t + 1]
    for i in range(n):
        total[to + i] += w0 * x[a + i] + w1 * x[b + i]


@compiled
def _four(
    total: Flat,
    to: np.uint64,
    x: Flat,
    a: np.uint64,
    b: np.uint64,
    c: np.uint64,
    d: np.uint64,
    w: Flat,
    t: Index,
    n: np.uint64,
) -> None:
    w0, w1, w2, w3 = w[t], w[t + 1], w[t + 2], w[t + 3]
    for i in range(n):
        total[to + i] += (w0 * x[a + i] + w1 * x[b + i]) + (w2 * x[c + i] + w3 * x[d + i])


@compiled
def _eight(
    total: Flat,
    to: np.uint64,
    x: Flat,
    a: np.uint64,
    b: np.uint64,
    c: np.uint64,
    d: np.uint64,
    e: np.uint64,
    f: np.uint64,
    g: np.uint64,
    h: np.uint64,
    w: Flat,
    t: Index,
    n: np.uint64,
) -> None:
    w0, w1, w2, w3, w4, w5, w6, w7 = w[t], w[t + 1], w[t + 2], w[t + 3], w[t + 4], w[t + 5], w[t + 6], w[t + 7]
    for i in range(n):
        near = (w0 * x[a + i] + w1 * x[b + i]) + (w2 * x[c + i] + w3 * x[d + i])
        total[to + i] += near + ((w4 * x[e + i] + w5 * x[f + i]) + (w6 * x[g + i] + w7 * x[h + i]))


@compiled
def _four_twice(
    total: Flat,
    one: np.uint64,
    two: np.uint64,
    x: Flat,
    a: np.uint64,
    b: np.uint64,
    c: np.uint64,
    d: np.uint64,
    e: np.uint64,
    w: Flat,
    t: Index,
    n: np.uint64,
) -> None:
    w0, w1, w2, w3 = w[t], w[t + 1], w[t + 2], w[t + 3]
    for i in range(n):
        bi, ci, di = x[b + i], x[c + i], x[d + i]
        total[one + i] += (w0 * x[a + i] + w1 * bi) + (w2 * ci + w3 * di)
        total[two + i] += (w0 * bi + w1 * ci) + (w2 * di + w3 * x[e + i])


@compiled
def _eight_twice(
    total: Flat,
    one: np.uint64,
    two: np.uint64,
    x: Flat,
    a: np.uint64,
    b: np.uint64,
    c: np.uint64,
    d: np.uint64,
    e: np.uint64,
    f: np.uint64,
    g: np.uint64,
    h: np.uint64,
    j: np.uint64,
    w: Flat,
    t: Index,
    n: np.uint64,
) -> None:
    w0, w1, w2, w3, w4, w5, w6, w7 = w[t], w[t + 1], w[t + 2], w[t + 3], w[t + 4], w[t + 5], w[t + 6], w[t + 7]
    for i in range(n):
        bi, ci, di, ei, fi, gi, hi = x[b + i], x[c + i], x[d + i], x[e + i], x[f + i], x[g + i], x[h + i]
        total[one + i] += ((w0 * x[a + i] + w1 * bi) + (w2 * ci + w3 * di)) + (
            (w4 * ei + w5 * fi) + (w6 * gi + w7 * hi)
        )
        total[two + i] += ((w0 * bi + w1 * ci) + (w2 * di + w3 * ei)) + (
            (w4 * fi + w5 * gi) + (w6 * hi + w7 * x[j + i])
        )
