"""Convolution with a small kernel, as a short sum of separable filters or directly, whichever takes fewer products.

A kernel is first cut to the part that holds nearly all of it, then split into products of a column and a row by cross
approximation: the column and the row through the largest remaining element are taken out, again and again, until what
remains is negligible. A Gaussian is one product, most other kernels are two to eight. All that is left out adds up to
at most `TOLERANCE`, so no pixel of an image in [0, 1] moves by more than a quarter of a gray level.
"""

import math

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
from degradekit.types import Image

TOLERANCE = 0.24 / 255
"""Sum of the magnitudes of what is left out of a kernel."""


def convolve(image: Image, kernel: Kernel64) -> Image:
    """Filter every channel with one odd-sized kernel; the border reflects without repeating the edge pixel.

    The kernels of this library are point-symmetric, for which correlation and convolution are the same. Nothing is
    clipped: overshoot is part of the model.

    Args:
        image: (H, W, C) float32, any size from 1 x 1.
        kernel: (k, k), k odd, sum 1.
    """
    # What is left out is put back by scaling to the old sum, which changes the rest by as much times its magnitude.
    negligible = TOLERANCE / 2 / (1 + np.abs(kernel).sum())
    kernel = _cut(kernel, negligible)
    columns, rows = _products(kernel, negligible)
    contiguous = np.ascontiguousarray(image)
    folded = np.array_equal(kernel, kernel[::-1])
    lines = (kernel.shape[0] + 1) // 2 if folded else kernel.shape[0]
    if 2 * columns.shape[0] < lines:
        return convolve_separable(contiguous, columns, rows)
    return _convolve_directly(contiguous, kernel, folded)


@compiled
def _cut(kernel: Kernel64, tolerance: float) -> Kernel64:
    """The middle of a kernel, as small as `tolerance` allows, scaled to its sum."""
    center = kernel.shape[0] // 2
    left_out, half = 0.0, center
    while half > 0:
        ring = 0.0
        for i in range(-half, half + 1):
            ring += abs(kernel[center - half, center + i]) + abs(kernel[center + half, center + i])
        for i in range(-half + 1, half):
            ring += abs(kernel[center + i, center - half]) + abs(kernel[center + i, center + half])
        if left_out + ring > tolerance:
            break
        left_out += ring
        half -= 1
    k, first = 2 * half + 1, center - half
    middle = np.empty((k, k))
    for i in range(k):
        for j in range(k):
            middle[i, j] = kernel[first + i, first + j]
    _scale(middle, _sum(kernel) / _sum(middle))
    return middle


@compiled
def _products(kernel: Kernel64, tolerance: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Columns and rows, both (n, k), whose products add up to the kernel but for `tolerance`, scaled to its sum.

    So flat parts of an image keep their brightness.
    """
    k = kernel.shape[0]
    columns, rows, rest = np.zeros((k, k)), np.zeros((k, k)), kernel.copy()
    found, n = 0.0, 0
    while n < k:
        left, best, row, column = 0.0, 0.0, 0, 0
        for i in range(k):
            for j in range(k):
                magnitude = abs(rest[i, j])
                left += magnitude
                if magnitude > best:
                    best, row, column = magnitude, i, j
        if left <= tolerance:
            break
        pivot = rest[row, column]
        column_sum, row_sum = 0.0, 0.0
        for i in range(k):
            columns[n, i], rows[n, i] = rest[i, column], rest[row, i] / pivot
            column_sum += columns[n, i]
            row_sum += rows[n, i]
        found += column_sum * row_sum
        for i in range(k):
            for j in range(k):
                rest[i, j] -= columns[n, i] * rows[n, j]
        n += 1
    _scale(columns, _sum(kernel) / found)
    return columns[:n], rows[:n]


@compiled
def _sum(values: Kernel64) -> float:
    total = 0.0
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            total += values[i, j]
    return total


@compiled
def _scale(values: Kernel64, factor: float) -> None:
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            values[i, j] *= factor


@compiled
def convolve_separable(image: Image, columns: NDArray[np.float64], rows: NDArray[np.float64]) -> Image:
    """The sum of separable filters, each a column and a row of k taps; both (n, k).

    Rows are filtered one after the other into a ring, from which two rows of the result at a time are completed.
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
                at, start = (filtered + half) % lines * stride, reflect(filtered, height) * n
                clear_line(ring, at, n)
                copy_line(line, half * channels, flat, start, n)
                _mirror_ends(line, width, channels, half)
                add_shifted(ring, at, line, channels, row_taps, n)
                filtered += 1
            last = min(y + 2, height)
            for row in range(y, last):
                if product:
                    copy_line(sums, (row - y) * stride, result, row * n, n)
                else:
                    clear_line(sums, (row - y) * stride, n)
            add_ring_twice(sums, 0, stride, ring, lines, stride, y, column_taps, n)
            for row in range(y, last):
                copy_line(result, row * n, sums, (row - y) * stride, n)
    return result.reshape(height, width, channels)


@compiled
def _convolve_directly(image: Image, kernel: Kernel64, folded: bool) -> Image:
    """Line by line of the kernel; if `folded`, which takes a kernel that is the same upside down, by pairs of lines."""
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
    """Fill `half` pixels before and after the `width` pixels that start there with their mirror images."""
    first = half * channels
    for x in range(half):
        left, right = reflect(-1 - x, width) * channels, reflect(width + x, width) * channels
        for c in range(channels):
            line[first - (x + 1) * channels + c] = line[first + left + c]
            line[first + (width + x) * channels + c] = line[first + right + c]


def gaussian_blur(image: Image, size: int) -> Image:
    """Gaussian blur with `size` taps per axis and sigma 0.3 ((size - 1) / 2 - 1) + 0.8, OpenCV's rule for a size."""
    sigma = 0.3 * ((size - 1) * 0.5 - 1) + 0.8
    taps = np.array([[math.exp(-0.5 * ((i - size // 2) / sigma) ** 2) for i in range(size)]])
    taps /= taps.sum()
    return convolve_separable(np.ascontiguousarray(image), taps, taps)


def unsharp_mask(image: Image, size: int, weight: float, threshold: float) -> Image:
    """Sharpen where the detail is strong: unsharp masking behind a soft mask.

    Args:
        image: (H, W, C) float32 in [0, 1].
        size: Taps of the Gaussian, odd; 51 gives sigma 8.0 px.
        weight: How much of the residual image - blur is added.
        threshold: Residuals above it, on the 0..255 scale and per channel, are sharpened.

    Source: spec section 7.
    """
    blurred = gaussian_blur(image, size)
    mask = _detail_mask(image, blurred, np.float32(threshold))
    return _sharpen(image, blurred, gaussian_blur(mask, size), np.float32(weight))


@compiled
def _detail_mask(image: Image, blurred: Image, threshold: np.float32) -> Image:
    mask = np.empty_like(image)
    source, smooth, out = image.reshape(-1), blurred.reshape(-1), mask.reshape(-1)
    for i in range(source.size):
        out[i] = np.float32(1) if abs(source[i] - smooth[i]) * np.float32(255) > threshold else np.float32(0)
    return mask


@compiled
def _sharpen(image: Image, blurred: Image, mask: Image, weight: np.float32) -> Image:
    result = np.empty_like(image)
    source, smooth, soft, out = image.reshape(-1), blurred.reshape(-1), mask.reshape(-1), result.reshape(-1)
    for i in range(source.size):
        sharp = min(max(source[i] + weight * (source[i] - smooth[i]), np.float32(0)), np.float32(1))
        out[i] = soft[i] * sharp + (np.float32(1) - soft[i]) * source[i]
    return result
