"""Convolution with a small kernel, as a short sum of separable filters or directly, whichever takes fewer products.

A kernel is first cut to the middle that holds nearly all of it, then split into products of a column and a row. The
magnitudes of all that is left out add up to at most `TOLERANCE`, so no pixel of an image in [0, 1] moves by more than a
quarter of a gray level.

Source: docs/model.md, section Kernels.
"""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.kernels import Kernel64
from degradekit.functional.lines import (
    add_ring_twice,
    add_shifted,
    aligned_stride,
    aligned_zeros,
    clear_line,
    copy_line,
    copy_sum,
    padded,
    reflect,
)
from degradekit.functional.splitting import cut_to_middle, split_into_products
from degradekit.types import Image

TOLERANCE = 0.24 / 255
"""The largest sum of the magnitudes of what is left out of a kernel."""


def convolve(image: Image, kernel: Kernel64) -> Image:
    """Convolve every channel with one kernel; the border is reflected without repeating the edge pixel.

    Nothing is clipped: overshoot is part of the model.

    Args:
        image: (H, W, C) float32 of any size from 1 x 1.
        kernel: (k, k) float64, k odd, of sum 1 and point-symmetric, so that correlation and convolution are the same.

    Returns:
        (H, W, C) float32.
    """
    # The cut and the split each leave out up to `negligible`, and each then scales what it keeps to the old sum, which
    # changes that by as much times the sum of its magnitudes.
    negligible = TOLERANCE / 2 / (1 + np.abs(kernel).sum())
    kernel = cut_to_middle(kernel, negligible)
    columns, rows = split_into_products(kernel, negligible, kernel.shape[0])
    contiguous = np.ascontiguousarray(image)
    folded = np.array_equal(kernel, kernel[::-1])
    lines = (kernel.shape[0] + 1) // 2 if folded else kernel.shape[0]
    if 2 * columns.shape[0] < lines:
        return convolve_separable(contiguous, columns, rows)
    return _convolve_directly(contiguous, kernel, folded)


def convolve_psf(image: Image, psf: Kernel64) -> Image:
    """Convolve every channel with a PSF of any shape; the border is reflected without repeating the edge pixel.

    A point of light becomes the PSF itself, not its mirror image. Nothing is clipped.

    Args:
        image: (H, W, C) float32 of any size from 1 x 1.
        psf: (k, k) float64, k odd, >= 0 and of sum 1.

    Returns:
        (H, W, C) float32.
    """
    negligible = TOLERANCE / 4
    kernel = cut_to_middle(psf[::-1, ::-1], negligible)
    firsts, counts = _spans(kernel)
    fewer = int(counts.sum() - 1) // (2 * padded(kernel.shape[0]))  # products that are less work than the spans
    contiguous = np.ascontiguousarray(image)
    columns, rows = split_into_products(kernel, negligible, min(fewer + 1, kernel.shape[0]))
    if columns.shape[0] <= fewer:
        return convolve_separable(contiguous, columns, rows)
    return _convolve_spans(contiguous, kernel, firsts, counts)


@compiled
def _spans(kernel: Kernel64) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first element of each row that is not 0, and how many there are to the last, in multiples of four."""
    k = kernel.shape[0]
    firsts, counts = np.zeros(k, np.int64), np.zeros(k, np.int64)
    for i in range(k):
        last = -1
        for j in range(k):
            if kernel[i, j] != 0.0:
                if last < 0:
                    firsts[i] = j
                last = j
        counts[i] = padded(last - firsts[i] + 1) if last >= 0 else 0
    return firsts, counts


@compiled
def _convolve_spans(image: Image, kernel: Kernel64, firsts: NDArray[np.int64], counts: NDArray[np.int64]) -> Image:
    """Add up the image filtered with each row of the kernel, from its first to its last element that is not 0."""
    height, width, channels = image.shape
    k = kernel.shape[0]
    half, n = k // 2, width * channels
    taps = np.zeros((k, padded(k)), np.float32)
    for i in range(k):
        for j in range(min(counts[i], k - firsts[i])):
            taps[i, j] = kernel[i, firsts[i] + j]
    flat, result, total = image.reshape(-1), np.empty(height * n, np.float32), aligned_zeros(1, n)
    stride = n + (k - 1 + 4) * channels
    ring = np.zeros(k * stride, np.float32)
    mirrored = -half
    for y in range(height):
        while mirrored <= y + half:
            start = (mirrored + half) % k * stride
            copy_line(ring, start + half * channels, flat, reflect(mirrored, height) * n, n)
            _mirror_ends(ring[start : start + stride], width, channels, half)
            mirrored += 1
        clear_line(total, 0, n)
        for row in range(k):
            if counts[row] > 0:
                start = (y + row) % k * stride + firsts[row] * channels
                add_shifted(total, 0, ring[start:], channels, taps[row, : counts[row]], n)
        copy_line(result, y * n, total, 0, n)
    return result.reshape(height, width, channels)


@compiled
def convolve_separable(image: Image, columns: NDArray[np.float64], rows: NDArray[np.float64]) -> Image:
    """Apply the sum of n separable filters, each of which is a column and a row of k taps.

    The rows of the image are filtered one after the other into a ring of rows, from which two rows of the result at a
    time are completed.

    Args:
        image: (H, W, C) float32, contiguous.
        columns: (n, k), the taps along the columns of the image, k odd.
        rows: (n, k), the taps along its rows.

    Returns:
        (H, W, C) float32.
    """
    height, width, channels = image.shape
    k = columns.shape[1]
    half, n = k // 2, width * channels
    row_taps, column_taps = np.zeros(padded(k), np.float32), np.zeros(padded(k), np.float32)
    flat, result = image.reshape(-1), np.empty(height * n, np.float32)
    stride, lines = aligned_stride(n), padded(k) + 1
    ring, sums = aligned_zeros(lines, n), aligned_zeros(2, n)
    line = np.zeros(n + (k - 1 + padded(k) - k) * channels, np.float32)
    for product in range(columns.shape[0]):
        for t in range(k):
            row_taps[t], column_taps[t] = rows[product, t], columns[product, t]
        filtered = -half
        for y in range(0, height, 2):
            while filtered <= y + 1 + half:
                ring_start = (filtered + half) % lines * stride
                clear_line(ring, ring_start, n)
                copy_line(line, half * channels, flat, reflect(filtered, height) * n, n)
                _mirror_ends(line, width, channels, half)
                add_shifted(ring, ring_start, line, channels, row_taps, n)
                filtered += 1
            end = min(y + 2, height)
            for row in range(y, end):
                if product:
                    copy_line(sums, (row - y) * stride, result, row * n, n)
                else:
                    clear_line(sums, (row - y) * stride, n)
            add_ring_twice(sums, 0, stride, ring, lines, stride, y, column_taps, n)
            for row in range(y, end):
                copy_line(result, row * n, sums, (row - y) * stride, n)
    return result.reshape(height, width, channels)


@compiled
def _convolve_directly(image: Image, kernel: Kernel64, folded: bool) -> Image:
    """Add up the image filtered with each line of the kernel.

    If `folded`, the kernel is the same upside down, and two lines of the image are added before they are filtered.
    """
    height, width, channels = image.shape
    k = kernel.shape[0]
    half, n = k // 2, width * channels
    taps = np.zeros((k, padded(k)), np.float32)
    for i in range(k):
        for j in range(k):
            taps[i, j] = kernel[i, j]
    flat, result, total = image.reshape(-1), np.empty(height * n, np.float32), aligned_zeros(1, n)
    line = np.zeros(n + (k - 1 + padded(k) - k) * channels, np.float32)
    for y in range(height):
        clear_line(total, 0, n)
        for row in range(half + 1 if folded else k):
            above, below = reflect(y + row - half, height) * n, reflect(y + half - row, height) * n
            if folded and row < half:
                copy_sum(line, half * channels, flat, above, below, n)
            else:
                copy_line(line, half * channels, flat, above, n)
            _mirror_ends(line, width, channels, half)
            add_shifted(total, 0, line, channels, taps[row], n)
        copy_line(result, y * n, total, 0, n)
    return result.reshape(height, width, channels)


@compiled
def _mirror_ends(line: NDArray[np.float32], width: int, channels: int, half: int) -> None:
    """Mirror a line of `width` pixels into the `half` pixels before it and the `half` pixels after it."""
    first = half * channels
    for x in range(half):
        left, right = reflect(-1 - x, width) * channels, reflect(width + x, width) * channels
        for c in range(channels):
            line[first - (x + 1) * channels + c] = line[first + left + c]
            line[first + (width + x) * channels + c] = line[first + right + c]
