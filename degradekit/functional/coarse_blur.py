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

from degradekit.functional.compiled import compiled, inlined
from degradekit.functional.lines import Flat, aligned_lines, aligned_stride, copy_pixel, reflect
from degradekit.functional.weighted_sum import weighted_sum
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
"""Blocks beyond each edge that the result depends on: 9 because of the smoothing, one because of the mixing."""
_TAPS = np.concatenate([CONDENSING[:0:-1], CONDENSING, SMOOTHING[:0:-1], SMOOTHING, MIXING.ravel()])
_CONDENSING, _SMOOTHING, _MIXING = 0, 9, 28
"""The indices in `_TAPS` at which the taps of each filter begin."""


def coarse_blur(image: Image) -> NDArray[np.float32]:
    """Blur an image at full width, but only in the middle row of each block of three rows.

    The border is reflected without repeating the edge pixel.

    Args:
        image: (H, W, C) float32 of any size from 1 x 1, contiguous.

    Returns:
        (ceil(H / 3) + 2, at least W C) float32: a row for each block, one before the first and one after the last.
        The first W C elements of each are its pixels; the others have no meaning. Row y of the blurred image is the sum
        of rows y // 3, y // 3 + 1 and y // 3 + 2, weighted by MIXING[y % 3].
    """
    return _coarse_blur(image, _TAPS)


@compiled
def _coarse_blur(image: Image, taps: Flat) -> NDArray[np.float32]:
    height, width, channels = image.shape
    rows, columns = (height + 2) // 3 + 2 * _MARGIN, (width + 2) // 3 + 2 * _MARGIN
    smooth_rows, blocks = rows - 18, columns - 2 * _MARGIN
    n, m = width * channels, (columns - 18) * channels
    stride = aligned_stride((columns + 2) * channels + 4)  # of a line that has one pixel of each block
    source, lines = image.reshape(-1), aligned_lines(rows + 7, stride)  # the first `rows` are the condensed image
    coarse, phases, whole = rows * stride, (rows + 1) * stride, (rows + 4) * stride
    pixel_starts = np.empty(3 * (columns + 2), np.int64)  # of a line with its margins, which are reflected
    for x in range(pixel_starts.size):
        pixel_starts[x] = whole + reflect(x - 3 * (_MARGIN + 1), width) * channels
    across, down = np.empty(taps.size, np.int64), np.empty(taps.size, np.int64)
    for t in range(_SMOOTHING):
        across[t] = phases + t % 3 * stride + t // 3 * channels
    for t in range(_SMOOTHING, _MIXING):
        across[t] = coarse + (t - _SMOOTHING) * channels
    for t in range(_MIXING, taps.size):
        across[t] = coarse + (t - _MIXING) % 3 * channels
    for row in range(rows):
        for t in range(_SMOOTHING):
            down[t] = reflect(3 * (row - _MARGIN - 1) + t, height) * n
        weighted_sum(lines, whole, source, down, taps, (_CONDENSING, _SMOOTHING), (0, n))
        _split_by_phase(lines, phases, stride, pixel_starts, channels)
        weighted_sum(lines, coarse, lines, across, taps, (_CONDENSING, _SMOOTHING), (0, columns * channels))
        weighted_sum(lines, row * stride, lines, across, taps, (_SMOOTHING, _MIXING), (0, m))
    full = aligned_stride(3 * blocks * channels + 4)
    result = np.empty(smooth_rows * full, np.float32)
    for row in range(smooth_rows):
        for t in range(_SMOOTHING, _MIXING):
            down[t] = (row + t - _SMOOTHING) * stride
        weighted_sum(lines, coarse, lines, down, taps, (_SMOOTHING, _MIXING), (0, m))
        for first in range(_MIXING, taps.size, 3):
            at = phases + (first - _MIXING) // 3 * stride
            weighted_sum(lines, at, lines, across, taps, (first, first + 3), (0, blocks * channels))
        _interleave(result, row * full, lines, phases, stride, blocks, channels)
    return result.reshape(smooth_rows, full)


@inlined
def _split_by_phase(lines: Flat, phases: int, stride: int, pixel_starts: NDArray[np.int64], channels: int) -> None:
    """Copy the first pixel of each block to the line at `phases`, the second pixel to the next line, and so on."""
    for phase in range(3):
        to = phases + phase * stride
        for x in range(phase, pixel_starts.size, 3):
            copy_pixel(lines, to, lines, pixel_starts[x], channels)
            to += channels


@inlined
def _interleave(target: Flat, at: int, lines: Flat, phases: int, stride: int, blocks: int, channels: int) -> None:
    """Copy the pixels of the three lines at `phases` in turn to one line of `target`."""
    for block in range(blocks):
        for phase in range(3):
            to = at + (3 * block + phase) * channels
            copy_pixel(target, to, lines, phases + phase * stride + block * channels, channels)
