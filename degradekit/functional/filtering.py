"""Convolution with a small kernel, in one of three ways: by products, folded, or element by element.

A kernel is first cut to the middle that holds nearly all of it. The magnitudes of all that is left out, then and later,
add up to at most `TOLERANCE`, so no pixel of an image in [0, 1] moves by more than a quarter of a gray level.

The image is filtered in vertical strips, so that the lines that a pixel needs stay in a first-level cache. A line of
the result is a weighted sum of shifted lines, each of which is in turn a weighted sum of lines of the image.

Source: docs/model.md, section Kernels.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled, inlined
from degradekit.functional.kernels import Kernel64
from degradekit.functional.lines import (
    aligned_lines,
    aligned_stride,
    copy_line,
    copy_sum,
    copy_sum_and_difference,
    load_lines,
    strip_width,
    whole_blocks,
)
from degradekit.functional.splitting import cut_to_middle, drop_smallest, fold, split_into_products
from degradekit.functional.weighted_sum import weighted_sum
from degradekit.types import Image

TOLERANCE = 0.24 / 255
"""The largest sum of the magnitudes of what is left out of a kernel."""
_ZERO: Any = np.int64(0)
"""For arguments of compiled functions, which would be compiled once more for a literal."""


def convolve(image: Image, kernel: Kernel64) -> Image:
    """Convolve every channel with one kernel; the border is reflected without repeating the edge pixel.

    Nothing is clipped: overshoot is part of the model.

    Args:
        image: (H, W, C) float32 of any size from 1 x 1.
        kernel: (k, k) float64, k odd, of sum 1 and point-symmetric, so that correlation and convolution are the same.

    Returns:
        (H, W, C) float32.
    """
    # The cut and what follows each leave out up to `negligible`, and each then scales what it keeps to the old sum,
    # which changes that by as much times the sum of its magnitudes.
    return _convolve(image, kernel, TOLERANCE / 2 / (1 + np.abs(kernel).sum()), True)


def convolve_psf(image: Image, psf: Kernel64) -> Image:
    """Convolve every channel with a PSF of any shape; the border is reflected without repeating the edge pixel.

    A point of light becomes the PSF itself, not its mirror image. Nothing is clipped.

    Args:
        image: (H, W, C) float32 of any size from 1 x 1.
        psf: (k, k) float64, k odd, >= 0 and of sum 1.

    Returns:
        (H, W, C) float32.
    """
    return _convolve(image, psf[::-1, ::-1], TOLERANCE / 4, False)


def convolve_gaussian(image: Image, half: int, sigma: float) -> Image:
    """Convolve every channel with a Gaussian that ends `half` pixels from its middle; the border is that of `convolve`.

    Args:
        image: (H, W, C) float32 of any size from 1 x 1.
        half: How far the taps reach to each side, in pixels, >= 0; there are 2 half + 1 of them, of sum 1.
        sigma: Standard deviation in pixels, > 0.

    Returns:
        (H, W, C) float32.
    """
    taps = np.array([[math.exp(-0.5 * (i / sigma) ** 2) for i in range(-half, half + 1)]])
    taps /= taps.sum()
    return convolve_separable(np.ascontiguousarray(image), taps, taps)


def _convolve(image: Image, kernel: Kernel64, negligible: float, symmetric: bool) -> Image:
    """Correlate in the fastest way; the choice depends on the kernel alone, so all machines make the same one.

    Costs are in tenths of a nanosecond for 16 numbers, as measured with AVX-512: 2 for a product with a line that
    starts a cache line, and 3 with a shifted one.
    """
    kernel = cut_to_middle(kernel, negligible)
    elements = drop_smallest(kernel, negligible)
    even, odd, folded_cost = fold(elements)
    cost = 3 * np.count_nonzero(elements)
    folded = symmetric and folded_cost < cost
    most = (folded_cost if folded else cost) // (5 * kernel.shape[0])  # products that cost no more
    columns, rows = split_into_products(kernel, negligible, min(most + 1, kernel.shape[0]))
    contiguous = np.ascontiguousarray(image)
    if columns.shape[0] <= most:
        return convolve_separable(contiguous, columns, rows)
    return _convolve_folded(contiguous, even, odd) if folded else _convolve_elements(contiguous, elements)


@compiled
def convolve_separable(image: Image, columns: NDArray[np.float64], rows: NDArray[np.float64]) -> Image:
    """Apply the sum of n separable filters, each of which is a column and a row of k taps.

    Args:
        image: (H, W, C) float32, contiguous.
        columns: (n, k), the taps along the columns of the image, k odd.
        rows: (n, k), the taps along its rows.

    Returns:
        (H, W, C) float32.
    """
    height, width, channels = image.shape
    n, k = columns.shape
    half = k // 2
    strip = strip_width(width, channels, k, k + n)
    stride = aligned_stride((strip + 2 * half) * channels)
    ring, sums = aligned_lines(k, stride), aligned_lines(n, stride)
    column_taps, row_taps = np.empty(n * k, np.float32), np.empty(n * k, np.float32)
    starts, shifts = np.empty(n * k, np.int64), np.empty(n * k, np.int64)
    for t in range(n * k):
        column_taps[t], row_taps[t] = _tap(columns[t // k, t % k]), _tap(rows[t // k, t % k])
        shifts[t] = t // k * stride + t % k * channels
    flat, result = image.reshape(-1), np.empty(height * width * channels, np.float32)
    for left in range(0, width, strip):
        pixels, loaded = min(strip, width - left), _ZERO
        for y in range(height):
            loaded = load_lines(ring, stride, starts, k, loaded, flat, image.shape, y, left, pixels)
            for t in range(k, n * k):
                starts[t] = starts[t - k]
            span = (0, whole_blocks((pixels + 2 * half) * channels))
            for product in range(n):
                terms = (product * k, (product + 1) * k)
                weighted_sum(sums, product * stride, ring, starts, column_taps, terms, span)
            at = (y * width + left) * channels
            weighted_sum(result, at, sums, shifts, row_taps, (0, n * k), (0, pixels * channels))
    return result.reshape(height, width, channels)


@inlined
def _tap(weight: float) -> float:
    """Return a tap, or 0 if it would make subnormal products, with which processors are much slower."""
    return weight if abs(weight) > 1e-15 else 0.0


@compiled
def _convolve_folded(image: Image, even: NDArray[np.float32], odd: NDArray[np.float32]) -> Image:
    """Convolve with a point-symmetric kernel of 2 n - 1 rows that is folded in both directions (see `fold`).

    The lines y + i and y - i of the image are added up, and subtracted, once for all columns of the kernel. The sums
    are weighted with even[t] and the differences with odd[t]; what is t pixels to the right and to the left of a pixel
    is then added, or subtracted.

    Args:
        image: (H, W, C) float32, contiguous.
        even: (n, n) float32, column t and row i of the kernel, both from its middle.
        odd: (n, n) float32, or (0, n) if there are no differences.

    Returns:
        (H, W, C) float32.
    """
    height, width, channels = image.shape
    n, lines, k = even.shape[0], even.shape[0] + odd.shape[0], 2 * even.shape[0] - 1
    half = n - 1
    strip = strip_width(width, channels, k, lines)
    stride = aligned_stride((strip + 2 * half) * channels)
    ring, folded, sums = aligned_lines(k, stride), aligned_lines(lines, stride), aligned_lines(lines, stride)
    starts, ends = np.empty(k, np.int64), np.zeros(lines + 1, np.int64)
    folded_starts, taps = np.empty(lines * n, np.int64), np.empty(lines * n, np.float32)
    shifts, signs, used = np.empty(2 * lines, np.int64), np.ones(2 * lines + 1, np.float32), 0
    for line in range(lines):
        t, end = line % n, ends[line]
        for i in range(n):
            tap = even[t, i] if line < n else odd[t, i]
            if tap != 0.0:
                folded_starts[end], taps[end] = (line // n * n + i) * stride, tap
                end += 1
        ends[line + 1] = end
        if end > ends[line]:
            center = line * stride + half * channels
            shifts[used], shifts[used + 1] = center + t * channels, center - t * channels
            signs[used + 1] = 1.0 if line < n else -1.0
            used += 2 if t > 0 else 1
            signs[used] = 1.0
    flat, result = image.reshape(-1), np.empty(height * width * channels, np.float32)
    for left in range(0, width, strip):
        pixels, loaded = min(strip, width - left), _ZERO
        length = (pixels + 2 * half) * channels
        for y in range(height):
            loaded = load_lines(ring, stride, starts, k, loaded, flat, image.shape, y, left, pixels)
            copy_line(folded, _ZERO, ring, starts[half], length)
            for i in range(1, n):
                to, below, above = i * stride, starts[half + i], starts[half - i]
                if lines > n:
                    copy_sum_and_difference(folded, to, to + n * stride, ring, below, above, length)
                else:
                    copy_sum(folded, to, ring, below, above, length)
            for line in range(lines):
                if ends[line + 1] > ends[line]:
                    t = line % n
                    first = (half - t) * channels // 16 * 16
                    span = (first, first + whole_blocks((half + t + pixels) * channels - first))
                    terms = (ends[line], ends[line + 1])
                    weighted_sum(sums, line * stride, folded, folded_starts, taps, terms, span)
            at = (y * width + left) * channels
            weighted_sum(result, at, sums, shifts, signs, (0, used), (0, pixels * channels))
    return result.reshape(height, width, channels)


@compiled
def _convolve_elements(image: Image, kernel: Kernel64) -> Image:
    """Add up the image, shifted and weighted for each element of the kernel that is not 0."""
    height, width, channels = image.shape
    k = kernel.shape[0]
    rows, columns = np.nonzero(kernel)
    taps, shifts = np.empty(rows.size, np.float32), np.empty(rows.size, np.int64)
    for t in range(rows.size):
        taps[t] = kernel[rows[t], columns[t]]
    strip = strip_width(width, channels, k, k)
    stride = aligned_stride((strip + k - 1) * channels)
    ring, starts = aligned_lines(k, stride), np.empty(k, np.int64)
    flat, result = image.reshape(-1), np.empty(height * width * channels, np.float32)
    for left in range(0, width, strip):
        pixels, loaded = min(strip, width - left), _ZERO
        for y in range(height):
            loaded = load_lines(ring, stride, starts, k, loaded, flat, image.shape, y, left, pixels)
            for t in range(rows.size):
                shifts[t] = starts[rows[t]] + columns[t] * channels
            at = (y * width + left) * channels
            weighted_sum(result, at, ring, shifts, taps, (0, taps.size), (0, pixels * channels))
    return result.reshape(height, width, channels)
