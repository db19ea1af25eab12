"""Splitting a kernel into few products of a column and a row, by cross approximation.

The column and the row through the largest remaining element are taken out, again and again, until the magnitudes of
what remains add up to no more than a tolerance. A Gaussian is one product, most other kernels are two to eight.

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
    """Return columns and rows, both (n, k), whose products add up to the kernel but for `tolerance`.

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
