"""The Gaussian of 51 taps, sigma 8, computed on a third of the rows and a third of the columns.

Such a wide Gaussian leaves no detail that would need every pixel, so three short filters along each axis replace it.
The image is condensed to a coarse grid, one pixel in the middle of each block of 3 x 3, by 9 taps; there, 19 taps do
most of the blur; and each pixel of the result is a mix of the 3 x 3 coarse pixels around it. That takes 12 products per
pixel for both axes instead of 102, and has no recursion that could drift.

The impulse response depends on the pixel's *phase*, its row and column in its block, and differs a little from the
Gaussian, whose taps end in a step of 0.8 % of their peak that a coarse grid cannot follow. The taps were fitted
(benchmarks/coarse_taps.py) so that the responses of all phases have the sum, the mean and the variance of the Gaussian
and the sum of the magnitudes of their differences from it is as small as possible.

Source: docs/model.md, section Sharpening.
"""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.lines import Flat, aligned_stride, aligned_zeros, reflect
from degradekit.types import Image

SIZE = 51
"""The number of taps of the Gaussian that is computed this way."""
ERROR = 9.2e-4
"""The largest error of a blurred image, for an image in [0, 1]."""

CONDENSING = np.array([0.2320426, 0.1961026, 0.1241443, 0.0506580, 0.0130738], np.float32)
"""The tap in the middle and those to either side of it; the sum of all 9 is 1."""
SMOOTHING = np.array(
    [0.1566142, 0.1450111, 0.1151662, 0.0784179, 0.0457879, 0.0229568, 0.0098659, 0.0035802, 0.0013437, -0.0004368],
    np.float32,
)
"""The tap in the middle and those to either side of it; the sum of all 19 is 1."""
MIXING = np.array(
    [[0.3716710, 0.5899913, 0.0383377], [0.1494488, 0.7011024, 0.1494488], [0.0383377, 0.5899913, 0.3716710]],
    np.float32,
)
"""For each phase, the weights of the coarse lines before, in and after the block."""

_MARGIN = 10
"""Blocks beyond each edge that the image depends on: 9 by smoothing, one by mixing."""

Starts = NDArray[np.uint64]


@compiled
def coarse_blur(image: Image) -> NDArray[np.float32]:
    """Blur an image at full width, but only in the middles of blocks of three rows.

    The border is reflected without repeating the edge pixel.

    Args:
        image: (H, W, C) float32 of any size from 1 x 1, contiguous, C at most 4.

    Returns:
        (ceil(H / 3) + 2, at least W C), a row for each block, and one more beyond the first and the last. Each begins
        with its W C numbers; what follows has no meaning. Row y of the blurred image is the sum of rows y // 3,
        y // 3 + 1 and y // 3 + 2, with the weights MIXING[y % 3].
    """
    height, width, channels = image.shape
    rows, columns = (height + 2) // 3 + 2 * _MARGIN, (width + 2) // 3 + 2 * _MARGIN
    smooth_rows, blocks = rows - 18, columns - 2 * _MARGIN
    n, m = width * channels, (columns - 18) * channels
    source, condensed = image.reshape(-1), np.empty(rows * m, np.float32)
    line = aligned_zeros(1, aligned_stride(n + 4))
    coarse_line = aligned_zeros(1, aligned_stride(columns * channels))
    length = (columns + 2) * channels + 4  # of a line that has one pixel of each block
    stride = aligned_stride(length)
    places = aligned_zeros(3, stride)
    seen = np.empty(3 * (columns + 2), np.uint64)  # the start of the pixel that is seen at each position
    for x in range(seen.size):
        seen[x] = reflect(x - 3 * (_MARGIN + 1), width) * channels
    starts = np.empty(19, np.uint64)
    for row in range(rows):
        for t in range(9):
            starts[t] = reflect(3 * (row - _MARGIN - 1) + t, height) * n
        _condense(line, source, starts, n)
        _split_by_place(places, stride, line, seen, channels)
        for t in range(9):
            starts[t] = t % 3 * stride + t // 3 * channels
        _condense(coarse_line, places, starts, columns * channels)
        for t in range(19):
            starts[t] = t * channels
        _smooth(condensed, row * m, coarse_line, starts, m)
    full = aligned_stride(3 * blocks * channels + 4)
    result = np.empty(smooth_rows * full, np.float32)
    for row in range(smooth_rows):
        for t in range(19):
            starts[t] = (row + t) * m
        _smooth(coarse_line, 0, condensed, starts, m)
        _widen(result, row * full, coarse_line, places, stride, blocks, channels)
    return result.reshape(smooth_rows, full)


@compiled
def _widen(target: Flat, first: int, line: Flat, places: Flat, stride: int, blocks: int, channels: int) -> None:
    """Mix the pixels of a coarse line for the three places in each block, and write them in turn to `target`."""
    one, two, three, s = np.uint64(channels), np.uint64(2 * channels), np.uint64(3 * channels), np.uint64(stride)
    for place in range(3):
        w0, w1, w2 = MIXING[place, 0], MIXING[place, 1], MIXING[place, 2]
        to = np.uint64(place * stride)
        for i in range(np.uint64(blocks * channels)):
            places[to + i] = (w0 * line[i] + w1 * line[one + i]) + w2 * line[two + i]
    to, start = np.uint64(first), np.uint64(0)
    for _ in range(blocks):
        _copy_four(target, to, places, start)
        _copy_four(target, to + one, places, start + s)
        _copy_four(target, to + two, places, start + s + s)
        to, start = to + three, start + one


@compiled
def _split_by_place(places: Flat, stride: int, line: Flat, seen: Starts, channels: int) -> None:
    """Copy the first pixels of all blocks to the first line of `places`, the second ones to the second, and so on."""
    a, c, s = np.uint64(0), np.uint64(channels), np.uint64(stride)
    for x in range(0, seen.size, 3):
        _copy_four(places, a, line, seen[x])
        _copy_four(places, a + s, line, seen[x + 1])
        _copy_four(places, a + s + s, line, seen[x + 2])
        a += c


@compiled
def _copy_four(target: Flat, to: np.uint64, source: Flat, start: np.uint64) -> None:
    """Copy a pixel and what follows it, four numbers in all, as they take one instruction and three would take three.

    What does not belong to the pixel is overwritten by the pixel that is copied next.
    """
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    x0, x1, x2, x3 = source[start], source[start + one], source[start + two], source[start + three]
    target[to], target[to + one], target[to + two], target[to + three] = x0, x1, x2, x3


@compiled
def _condense(target: Flat, x: Flat, starts: Starts, length: int) -> None:
    """Write the sum of the 9 lines of `x` that begin at `starts`, weighted, to the beginning of `target`."""
    s0, s1, s2, s3, s4 = starts[0], starts[1], starts[2], starts[3], starts[4]
    s5, s6, s7, s8 = starts[5], starts[6], starts[7], starts[8]
    w0, w1, w2, w3, w4 = CONDENSING[0], CONDENSING[1], CONDENSING[2], CONDENSING[3], CONDENSING[4]
    for i in range(np.uint64(length)):
        far = w4 * (x[s0 + i] + x[s8 + i]) + w3 * (x[s1 + i] + x[s7 + i])
        near = w2 * (x[s2 + i] + x[s6 + i]) + w1 * (x[s3 + i] + x[s5 + i])
        target[i] = (far + near) + w0 * x[s4 + i]


@compiled
def _smooth(target: Flat, target_start: int, x: Flat, starts: Starts, length: int) -> None:
    """Write the sum of the 19 lines of `x` that begin at `starts`, weighted, to one line of `target`."""
    a0, a1, a2, a3, a4 = starts[0], starts[1], starts[2], starts[3], starts[4]
    a5, a6, a7, a8, middle = starts[5], starts[6], starts[7], starts[8], starts[9]
    b8, b7, b6, b5, b4 = starts[10], starts[11], starts[12], starts[13], starts[14]
    b3, b2, b1, b0 = starts[15], starts[16], starts[17], starts[18]
    w0, w1, w2, w3, w4 = SMOOTHING[0], SMOOTHING[1], SMOOTHING[2], SMOOTHING[3], SMOOTHING[4]
    w5, w6, w7, w8, w9 = SMOOTHING[5], SMOOTHING[6], SMOOTHING[7], SMOOTHING[8], SMOOTHING[9]
    to = np.uint64(target_start)
    for i in range(np.uint64(length)):
        s9, s8 = w9 * (x[a0 + i] + x[b0 + i]), w8 * (x[a1 + i] + x[b1 + i])
        s7, s6 = w7 * (x[a2 + i] + x[b2 + i]), w6 * (x[a3 + i] + x[b3 + i])
        s5, s4 = w5 * (x[a4 + i] + x[b4 + i]), w4 * (x[a5 + i] + x[b5 + i])
        s3, s2 = w3 * (x[a6 + i] + x[b6 + i]), w2 * (x[a7 + i] + x[b7 + i])
        s1, s0 = w1 * (x[a8 + i] + x[b8 + i]), w0 * x[middle + i]
        target[to + i] = (((s9 + s8) + (s7 + s6)) + ((s5 + s4) + (s3 + s2))) + (s1 + s0)
