"""Weighted sums of lines of numbers: the inner loops of every filter and resampler here.

Four or eight lines at a time, so that a sum is loaded and stored once for as many products. The order of additions is
fixed and no product is fused with its addition, so every machine gets the same bits.
"""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled

Line = NDArray[np.float32]


@compiled
def reflect(i: int, n: int) -> int:
    """The index that position i shows when n pixels are mirrored about their edge pixels, again and again."""
    if n == 1:
        return 0
    i = abs(i) % (2 * n - 2)
    return i if i < n else 2 * n - 2 - i


@compiled
def aligned_lines(count: int, length: int) -> NDArray[np.float32]:
    """(count, length or a bit more) zeros, every line on a cache line of its own: sums of lines then run twice as fast."""
    stride = (length + 15) // 16 * 16
    buffer = np.zeros(count * stride + 16, np.float32)
    first = (-(buffer.ctypes.data // 4)) % 16
    return buffer[first : first + count * stride].reshape(count, stride)


@compiled
def padded(taps: int) -> int:
    """The number of taps with zeros added up to a multiple of four."""
    return (taps + 3) // 4 * 4


@compiled
def add_shifted(total: Line, line: Line, shift: int, taps: Line) -> None:
    """Add taps[t] times the line from position t shift on, for all t; the number of taps is a multiple of four."""
    t = 0
    while t < taps.size:
        s = line[t * shift :]
        if taps.size - t >= 8:
            _eight(
                total,
                s,
                s[shift:],
                s[2 * shift :],
                s[3 * shift :],
                s[4 * shift :],
                s[5 * shift :],
                s[6 * shift :],
                s[7 * shift :],
                taps[t:],
            )
            t += 8
        else:
            _four(total, s, s[shift:], s[2 * shift :], s[3 * shift :], taps[t:])
            t += 4


@compiled
def add_ring_twice(total: Line, next_total: Line, ring: NDArray[np.float32], first: int, taps: Line) -> None:
    """Add taps[t] times the ring's line first + t to `total`, and times the line after it to `next_total`.

    Two sums at once load each line of the ring once. Lines are numbered around the ring.
    """
    n = ring.shape[0]
    t = 0
    while t < taps.size:
        o = first + t
        a, b, c, d, e = ring[o % n], ring[(o + 1) % n], ring[(o + 2) % n], ring[(o + 3) % n], ring[(o + 4) % n]
        if taps.size - t >= 8:
            f, g, h, i = ring[(o + 5) % n], ring[(o + 6) % n], ring[(o + 7) % n], ring[(o + 8) % n]
            _eight_twice(total, next_total, a, b, c, d, e, f, g, h, i, taps[t:])
            t += 8
        else:
            _four_twice(total, next_total, a, b, c, d, e, taps[t:])
            t += 4


@compiled
def add_gathered(total: Line, lines: NDArray[np.float32], indices: NDArray[np.int64], taps: Line) -> None:
    """Add taps[t] times line number indices[t], for all t."""
    t = 0
    while t < taps.size:
        a = lines[indices[t]]
        if taps.size - t >= 4:
            _four(total, a, lines[indices[t + 1]], lines[indices[t + 2]], lines[indices[t + 3]], taps[t:])
            t += 4
        elif taps.size - t >= 2:
            _two(total, a, lines[indices[t + 1]], taps[t:])
            t += 2
        else:
            _one(total, a, taps[t])
            t += 1


@compiled
def _one(total: Line, a: Line, weight: np.float32) -> None:
    for i in range(total.size):
        total[i] += weight * a[i]


@compiled
def _two(total: Line, a: Line, b: Line, w: Line) -> None:
    w0, w1 = w[0], w[1]
    for i in range(total.size):
        total[i] += w0 * a[i] + w1 * b[i]


@compiled
def _four(total: Line, a: Line, b: Line, c: Line, d: Line, w: Line) -> None:
    w0, w1, w2, w3 = w[0], w[1], w[2], w[3]
    for i in range(total.size):
        total[i] += (w0 * a[i] + w1 * b[i]) + (w2 * c[i] + w3 * d[i])


@compiled
def _eight(total: Line, a: Line, b: Line, c: Line, d: Line, e: Line, f: Line, g: Line, h: Line, w: Line) -> None:
    w0, w1, w2, w3, w4, w5, w6, w7 = w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]
    for i in range(total.size):
        near = (w0 * a[i] + w1 * b[i]) + (w2 * c[i] + w3 * d[i])
        total[i] += near + ((w4 * e[i] + w5 * f[i]) + (w6 * g[i] + w7 * h[i]))


@compiled
def _four_twice(total: Line, after: Line, a: Line, b: Line, c: Line, d: Line, e: Line, w: Line) -> None:
    w0, w1, w2, w3 = w[0], w[1], w[2], w[3]
    for i in range(total.size):
        bi, ci, di = b[i], c[i], d[i]
        total[i] += (w0 * a[i] + w1 * bi) + (w2 * ci + w3 * di)
        after[i] += (w0 * bi + w1 * ci) + (w2 * di + w3 * e[i])


@compiled
def _eight_twice(
    total: Line, after: Line, a: Line, b: Line, c: Line, d: Line, e: Line, f: Line, g: Line, h: Line, j: Line, w: Line
) -> None:
    w0, w1, w2, w3, w4, w5, w6, w7 = w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]
    for i in range(total.size):
        bi, ci, di, ei, fi, gi, hi = b[i], c[i], d[i], e[i], f[i], g[i], h[i]
        total[i] += ((w0 * a[i] + w1 * bi) + (w2 * ci + w3 * di)) + ((w4 * ei + w5 * fi) + (w6 * gi + w7 * hi))
        after[i] += ((w0 * bi + w1 * ci) + (w2 * di + w3 * ei)) + ((w4 * fi + w5 * gi) + (w6 * hi + w7 * j[i]))
