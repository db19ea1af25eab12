"""Weighted sums of lines of numbers: the inner loops of every filter and every resampler.

Up to eight lines are added at a time, so that a sum is loaded and stored once for as many products. The order of the
additions is fixed and no product is fused with its addition, so every machine computes the same bits. Lines are parts
of flat arrays and are given by where they start: making views of them would take longer than summing them. Starts are
unsigned, which spares the check for negative indices and lets the loops vectorize.
"""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled

Flat = NDArray[np.float32]
Index = int | np.int64
Start = np.uint64
Starts = tuple[np.uint64, ...]


@compiled
def reflect(i: int, n: int) -> int:
    """Return the pixel in 0 .. n - 1 that is seen at position i when a line is mirrored about its edge pixels.

    The mirror images repeat without end, so i may be any integer.
    """
    if n == 1:
        return 0
    i = abs(i) % (2 * n - 2)
    return i if i < n else 2 * n - 2 - i


@compiled
def aligned_stride(length: int) -> int:
    """Return the length in float32 numbers, rounded up to whole cache lines of 64 bytes."""
    return (length + 15) // 16 * 16


@compiled
def aligned_zeros(count: int, length: int) -> Flat:
    """Return `count` lines of zeros, `aligned_stride(length)` apart, each of which starts a cache line.

    Adding to lines that straddle cache lines takes twice as long.
    """
    size = count * aligned_stride(length)
    buffer = np.zeros(size + 16, np.float32)
    first = (-(buffer.ctypes.data // 4)) % 16
    return buffer[first : first + size]


@compiled
def padded(taps: int) -> int:
    """Return the number of taps, rounded up to a multiple of four; the taps that are added are zeros."""
    return (taps + 3) // 4 * 4


@compiled
def clear_line(target: Flat, target_start: int, length: int) -> None:
    """Fill one line of `target` with zeros."""
    to, n = np.uint64(target_start), np.uint64(length)
    for i in range(n):
        target[to + i] = 0.0


@compiled
def copy_line(target: Flat, target_start: int, source: Flat, source_start: int, length: int) -> None:
    """Copy one line of `source` to `target`."""
    to, start, n = np.uint64(target_start), np.uint64(source_start), np.uint64(length)
    for i in range(n):
        target[to + i] = source[start + i]


@compiled
def copy_sum(target: Flat, target_start: int, source: Flat, start_a: int, start_b: int, length: int) -> None:
    """Copy the sum of two lines of `source` to `target`."""
    to, a, b, n = np.uint64(target_start), np.uint64(start_a), np.uint64(start_b), np.uint64(length)
    for i in range(n):
        target[to + i] = source[a + i] + source[b + i]


@compiled
def add_shifted(total: Flat, total_start: int, line: Flat, shift: int, taps: Flat, length: int) -> None:
    """Add taps[t] times the part of `line` that starts at t shift to one line of `total`, for all t.

    The number of taps is a multiple of four.
    """
    to, s, n = np.uint64(total_start), np.uint64(shift), np.uint64(length)
    t = np.int64(0)  # A literal would make numba compile everything below a second time.
    while t < taps.size:
        a = np.uint64(t * shift)
        b = a + s
        c = b + s
        d = c + s
        if taps.size - t >= 8:
            e = d + s
            f = e + s
            g = f + s
            _add_eight(total, to, line, (a, b, c, d, e, f, g, g + s), taps, t, n)
            t += 8
        else:
            _add_four(total, to, line, (a, b, c, d), taps, t, n)
            t += 4


@compiled
def add_ring_twice(
    total: Flat, start_a: int, start_b: int, ring: Flat, count: int, stride: int, first: int, taps: Flat, length: int
) -> None:
    """Add two neighboring weighted sums of the lines of a ring to two lines of `total`.

    The line at `start_a` gains taps[t] times line first + t of the ring, for all t, and the line at `start_b` gains
    taps[t] times line first + t + 1. Two sums at once load each line of the ring once. The ring has `count` lines,
    `stride` apart; line k stands where line k % count does. The number of taps is a multiple of four.
    """
    a, b, n = np.uint64(start_a), np.uint64(start_b), np.uint64(length)
    t = np.int64(0)  # A literal would make numba compile everything below a second time.
    while t < taps.size:
        k = first + t
        s0, s1 = np.uint64(k % count * stride), np.uint64((k + 1) % count * stride)
        s2, s3 = np.uint64((k + 2) % count * stride), np.uint64((k + 3) % count * stride)
        s4 = np.uint64((k + 4) % count * stride)
        if taps.size - t >= 8:
            s5, s6 = np.uint64((k + 5) % count * stride), np.uint64((k + 6) % count * stride)
            s7, s8 = np.uint64((k + 7) % count * stride), np.uint64((k + 8) % count * stride)
            _add_eight_twice(total, a, b, ring, (s0, s1, s2, s3, s4, s5, s6, s7, s8), taps, t, n)
            t += 8
        else:
            _add_four_twice(total, a, b, ring, (s0, s1, s2, s3, s4), taps, t, n)
            t += 4


@compiled
def add_gathered(
    total: Flat, total_start: int, lines: Flat, stride: int, indices: NDArray[np.int64], taps: Flat
) -> None:
    """Add taps[t] times line indices[t] of `lines`, each `stride` numbers long, to one line of `total`, for all t."""
    to, n = np.uint64(total_start), np.uint64(stride)
    t = np.int64(0)  # A literal would make numba compile everything below a second time.
    while t < taps.size:
        a = np.uint64(indices[t] * stride)
        if taps.size - t >= 4:
            b, c = np.uint64(indices[t + 1] * stride), np.uint64(indices[t + 2] * stride)
            _add_four(total, to, lines, (a, b, c, np.uint64(indices[t + 3] * stride)), taps, t, n)
            t += 4
        elif taps.size - t >= 2:
            _add_two(total, to, lines, (a, np.uint64(indices[t + 1] * stride)), taps, t, n)
            t += 2
        else:
            _add_one(total, to, lines, a, taps, t, n)
            t += 1


# Below, `x` holds lines of n numbers that start at `starts`, and their weights are taps[t], taps[t + 1], and so on.
# The functions named "twice" add two sums; the second one's lines are the first one's, moved on by one.


@compiled
def _add_one(total: Flat, to: Start, x: Flat, start: Start, taps: Flat, t: Index, n: Start) -> None:
    w = taps[t]
    for i in range(n):
        total[to + i] += w * x[start + i]


@compiled
def _add_two(total: Flat, to: Start, x: Flat, starts: Starts, taps: Flat, t: Index, n: Start) -> None:
    s0, s1 = starts
    w0, w1 = taps[t], taps[t + 1]
    for i in range(n):
        total[to + i] += w0 * x[s0 + i] + w1 * x[s1 + i]


@compiled
def _add_four(total: Flat, to: Start, x: Flat, starts: Starts, taps: Flat, t: Index, n: Start) -> None:
    s0, s1, s2, s3 = starts
    w0, w1, w2, w3 = taps[t], taps[t + 1], taps[t + 2], taps[t + 3]
    for i in range(n):
        total[to + i] += (w0 * x[s0 + i] + w1 * x[s1 + i]) + (w2 * x[s2 + i] + w3 * x[s3 + i])


@compiled
def _add_eight(total: Flat, to: Start, x: Flat, starts: Starts, taps: Flat, t: Index, n: Start) -> None:
    s0, s1, s2, s3, s4, s5, s6, s7 = starts
    w0, w1, w2, w3 = taps[t], taps[t + 1], taps[t + 2], taps[t + 3]
    w4, w5, w6, w7 = taps[t + 4], taps[t + 5], taps[t + 6], taps[t + 7]
    for i in range(n):
        near = (w0 * x[s0 + i] + w1 * x[s1 + i]) + (w2 * x[s2 + i] + w3 * x[s3 + i])
        far = (w4 * x[s4 + i] + w5 * x[s5 + i]) + (w6 * x[s6 + i] + w7 * x[s7 + i])
        total[to + i] += near + far


@compiled
def _add_four_twice(total: Flat, a: Start, b: Start, x: Flat, starts: Starts, taps: Flat, t: Index, n: Start) -> None:
    s0, s1, s2, s3, s4 = starts
    w0, w1, w2, w3 = taps[t], taps[t + 1], taps[t + 2], taps[t + 3]
    for i in range(n):
        x1, x2, x3 = x[s1 + i], x[s2 + i], x[s3 + i]
        total[a + i] += (w0 * x[s0 + i] + w1 * x1) + (w2 * x2 + w3 * x3)
        total[b + i] += (w0 * x1 + w1 * x2) + (w2 * x3 + w3 * x[s4 + i])


@compiled
def _add_eight_twice(total: Flat, a: Start, b: Start, x: Flat, starts: Starts, taps: Flat, t: Index, n: Start) -> None:
    s0, s1, s2, s3, s4, s5, s6, s7, s8 = starts
    w0, w1, w2, w3 = taps[t], taps[t + 1], taps[t + 2], taps[t + 3]
    w4, w5, w6, w7 = taps[t + 4], taps[t + 5], taps[t + 6], taps[t + 7]
    for i in range(n):
        x1, x2, x3, x4 = x[s1 + i], x[s2 + i], x[s3 + i], x[s4 + i]
        x5, x6, x7 = x[s5 + i], x[s6 + i], x[s7 + i]
        near, far = (w0 * x[s0 + i] + w1 * x1) + (w2 * x2 + w3 * x3), (w4 * x4 + w5 * x5) + (w6 * x6 + w7 * x7)
        total[a + i] += near + far
        near, far = (w0 * x1 + w1 * x2) + (w2 * x3 + w3 * x4), (w4 * x5 + w5 * x6) + (w6 * x7 + w7 * x[s8 + i])
        total[b + i] += near + far
