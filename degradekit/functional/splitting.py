"""Kernels made cheaper: cut to their middle, without their smallest elements, folded, or split into a few products.

Products come from cross approximation. The column and the row through the largest remaining element are taken out,
again and again, until the magnitudes of what remains add up to no more than a tolerance. A Gaussian is one product.

Source: docs/model.md, section Kernels.
"""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.kernels import Kernel64


@compiled
def cut_to_middle(kernel: Kernel64, tolerance: float) -> Kernel64:
    """Return the middle of a kernel, as small as `tolerance` allows, scaled to the sum of the whole."""
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
def split_into_products(
    kernel: Kernel64, tolerance: float, most: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return columns and rows, both (n, k), whose products add up to the kernel within `tolerance`.

    After `most` products the rest is left out; k are always enough. The columns are scaled so that the products have
    the kernel's sum, which keeps the brightness of flat parts of an image.
    """
    k = kernel.shape[0]
    columns, rows, rest = np.zeros((most, k)), np.zeros((most, k)), kernel.copy()
    products_sum, n = 0.0, 0
    while n < most:
        remaining, largest, row, column = 0.0, 0.0, 0, 0
        for i in range(k):
            for j in range(k):
                magnitude = abs(rest[i, j])
                remaining += magnitude
                if magnitude > largest:
                    largest, row, column = magnitude, i, j
        if remaining <= tolerance:
            break
        pivot = rest[row, column]
        column_sum, row_sum = 0.0, 0.0
        for i in range(k):
            columns[n, i], rows[n, i] = rest[i, column], rest[row, i] / pivot
            column_sum += columns[n, i]
            row_sum += rows[n, i]
        products_sum += column_sum * row_sum
        for i in range(k):
            for j in range(k):
                rest[i, j] -= columns[n, i] * rows[n, j]
        n += 1
    _scale(columns, _sum(kernel) / products_sum)
    return columns[:n], rows[:n]


@compiled
def drop_smallest(kernel: Kernel64, tolerance: float) -> Kernel64:
    """Return a kernel without small elements, whose magnitudes add up to at most `tolerance`, scaled to the old sum."""
    k, limit, dropped = kernel.shape[0], 0.0, 2.0 * tolerance
    for i in range(k):
        for j in range(k):
            limit = max(limit, abs(kernel[i, j]))
    while dropped > tolerance:
        limit, dropped = limit / 2, 0.0
        for i in range(k):
            for j in range(k):
                if abs(kernel[i, j]) < limit:
                    dropped += abs(kernel[i, j])
    kept = kernel.copy()
    for i in range(k):
        for j in range(k):
            if abs(kernel[i, j]) < limit:
                kept[i, j] = 0.0
    _scale(kept, _sum(kernel) / _sum(kept))
    return kept


@compiled
def fold(kernel: Kernel64) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
    """Fold a point-symmetric kernel of 2 n - 1 rows into a quarter that is even in both directions and one that is odd.

    Returns:
        Both quarters (n, n), with column t and row i from the middle; the kernel's elements are even[t, i] + odd[t, i]
        where both are on the same side of the middle, and even[t, i] - odd[t, i] where they are not. The odd quarter is
        (0, n) if it is zero. The third value is the cost of the folded convolution, in the unit of
        `degradekit.functional.filtering`.
    """
    half = kernel.shape[0] // 2
    n = half + 1
    even, odd = np.empty((n, n), np.float32), np.empty((n, n), np.float32)
    even_taps, odd_taps = 0, 0
    for t in range(n):
        for i in range(n):
            same, other = kernel[half + i, half + t], kernel[half + i, half - t]
            even[t, i], odd[t, i] = (same + other) / 2, (same - other) / 2
            even_taps += even[t, i] != 0.0
            odd_taps += odd[t, i] != 0.0
    cost = 2 * even_taps + 15 * n
    return (even, odd, cost + 2 * odd_taps + 10 * half) if odd_taps else (even, odd[:0], cost)


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
