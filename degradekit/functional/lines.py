"""Lines of numbers in flat arrays: where they start, copies of them, and reflection at their ends.

Lines are given by where they start: making views of them would take longer than summing them. Starts become unsigned
in loops over a line, which spares the check for negative indices and lets the loops vectorize.
"""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled, inlined

Flat = NDArray[np.float32]

_STRIP = 12000
"""The numbers in all lines of a strip, so few that a first-level cache keeps most of them."""


@compiled
def reflect(i: int, n: int) -> int:
    """Return the pixel in 0 .. n - 1 that lies at position i when a line is mirrored about its edge pixels.

    The mirror images repeat without end, so i may be any integer.
    """
    if 0 <= i < n:
        return i
    if n == 1:
        return 0
    i = abs(i) % (2 * n - 2)
    return i if i < n else 2 * n - 2 - i


@compiled
def whole_blocks(length: int) -> int:
    """Return the length, rounded up to a multiple of 64: the numbers that `weighted_sum` computes at a time."""
    return (length + 63) // 64 * 64


@compiled
def aligned_stride(length: int) -> int:
    """Return the distance between the starts of lines with room for `length` numbers, or 64 more from a multiple of 16.

    Lines start at cache lines of 64 bytes; a stride that is an odd multiple of these maps them to different cache sets.
    """
    return whole_blocks(length) + 80


@compiled
def aligned_lines(count: int, stride: int) -> Flat:
    """Return `count` lines with undefined content, the first of which starts at a cache line.

    Reading vectors that straddle cache lines takes half as long again.
    """
    buffer = np.empty(count * stride + 16, np.float32)
    first = (-(buffer.ctypes.data // 4)) % 16
    return buffer[first : first + count * stride]


@compiled
def strip_width(width: int, channels: int, k: int, lines: int) -> int:
    """Return the width in pixels of the vertical strips in which an image is filtered.

    A strip overlaps its neighbors by k - 1 pixels for a kernel of k columns, at most a quarter of its width. `lines` is
    the number of lines that are in use at a time.
    """
    widest = max(_STRIP // (lines * channels), 4 * k)
    strips = (width + widest - 1) // widest
    return (width + strips - 1) // strips


@compiled
def load_lines(
    ring: Flat,
    stride: int,
    starts: NDArray[np.int64],
    k: int,
    loaded: int,
    image: Flat,
    shape: tuple[int, int, int],
    y: int,
    left: int,
    width: int,
) -> int:
    """Load the lines of a strip that a kernel of k rows needs for line y, and set starts[i] for its row i.

    They are longer than the strip by k // 2 pixels at both ends; beyond the image they are reflected.

    Args:
        ring: k lines, `stride` apart; changed.
        stride: The numbers from one line of the ring to the next.
        starts: (k,) or longer; changed.
        k: Rows of the kernel, odd.
        loaded: The lines of the image that have been loaded before, for the lines above y of the same strip.
        image: The image, flat.
        shape: (H, W, C) of the image.
        y: The line, from 0; it grows by one from call to call.
        left: The first column of the strip.
        width: The columns of the strip.

    Returns:
        The lines of the image that have been loaded now.
    """
    height, columns, channels = shape
    half = k // 2
    first, end = max(left - half, 0), min(left + width + half, columns)
    while loaded < min(y + half + 1, height):
        line, to = loaded * columns * channels, loaded % k * stride + (half - left) * channels
        copy_line(ring, to + first * channels, image, line + first * channels, (end - first) * channels)
        for x in range(left - half, 0):
            copy_line(ring, to + x * channels, image, line + reflect(x, columns) * channels, channels)
        for x in range(columns, left + width + half):
            copy_line(ring, to + x * channels, image, line + reflect(x, columns) * channels, channels)
        loaded += 1
    start = (y - half) % k * stride
    for i in range(k):
        row = y + i - half
        starts[i] = start if 0 <= row < height else reflect(row, height) % k * stride
        start = start + stride if start < (k - 1) * stride else 0
    return loaded


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
def copy_sum_and_difference(
    target: Flat, sum_start: int, difference_start: int, source: Flat, start_a: int, start_b: int, length: int
) -> None:
    """Copy the sum of two lines of `source`, and the first less the second, to two lines of `target`."""
    to_sum, to_difference = np.uint64(sum_start), np.uint64(difference_start)
    a, b, n = np.uint64(start_a), np.uint64(start_b), np.uint64(length)
    for i in range(n):
        target[to_sum + i] = source[a + i] + source[b + i]
        target[to_difference + i] = source[a + i] - source[b + i]


@inlined
def copy_pixel(target: Flat, target_start: int, source: Flat, source_start: int, channels: int) -> None:
    """Copy a pixel as four numbers at least, which take one instruction where three would take three.

    These must exist in both arrays, and what follows the pixel in `target` must be written later.
    """
    to, start = np.uint64(target_start), np.uint64(source_start)
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    x0, x1, x2, x3 = source[start], source[start + one], source[start + two], source[start + three]
    target[to], target[to + one], target[to + two], target[to + three] = x0, x1, x2, x3
    for c in range(4, channels):
        target[target_start + c] = source[source_start + c]
