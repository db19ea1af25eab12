"""Blur kernels: the Gaussian families and the circular low-pass, each (size, size) float64 and of sum 1.

Source: docs/model.md, sections Kernels and Sinc filter.
"""

import math

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled, inlined

Kernel64 = NDArray[np.float64]


def generalized_gaussian(size: int, sigma_x: float, sigma_y: float, theta: float, beta: float) -> Kernel64:
    """Return the kernel exp(-1/2 (C^T S^-1 C)^beta), which is a Gaussian for beta 1.

    Args:
        size: Side of the kernel in pixels, odd.
        sigma_x: Standard deviation in pixels along the first axis, > 0.
        sigma_y: Standard deviation in pixels along the second axis, > 0.
        theta: Angle in radians by which the axes are rotated, from the columns of the image toward its rows.
        beta: Shape, > 0; below 1 the kernel is more peaked than a Gaussian, above 1 it is flatter.
    """
    return _normalized_bell(size, sigma_x, sigma_y, theta, beta, False)


def plateau(size: int, sigma_x: float, sigma_y: float, theta: float, beta: float) -> Kernel64:
    """Return the kernel 1 / (1 + (C^T S^-1 C)^beta); the arguments are those of `generalized_gaussian`."""
    return _normalized_bell(size, sigma_x, sigma_y, theta, beta, True)


def sinc(size: int, cutoff: float) -> Kernel64:
    """Return the ideal circular low-pass w J1(w d) / (2 pi d), which is w^2 / (4 pi) at its center.

    Args:
        size: Side of the kernel in pixels, odd.
        cutoff: The cutoff frequency w in radians per pixel, in (0, pi].
    """
    kernel = np.empty((size, size))
    kernel /= _sinc(kernel, cutoff)
    return kernel


def _normalized_bell(
    size: int, sigma_x: float, sigma_y: float, theta: float, beta: float, is_plateau: bool
) -> Kernel64:
    kernel = np.empty((size, size))
    kernel /= _bell(kernel, sigma_x, sigma_y, theta, beta, is_plateau)
    return kernel


@compiled
def _bell(kernel: Kernel64, sigma_x: float, sigma_y: float, theta: float, beta: float, is_plateau: bool) -> float:
    """Fill a kernel, up to a common factor, and return its sum."""
    cos, sin = math.cos(theta), math.sin(theta)
    size = kernel.shape[0]
    center = size // 2
    total = 0.0
    for row in range(size):
        for column in range(size):
            i, j = column - center, row - center
            along = (cos * i + sin * j) / sigma_x
            across = (cos * j - sin * i) / sigma_y
            power = along * along + across * across
            if beta != 1.0:
                power = math.pow(power, beta)
            value = 1.0 / (1.0 + power) if is_plateau else math.exp(-0.5 * power)
            kernel[row, column] = value
            total += value
    return total


@compiled
def _sinc(kernel: Kernel64, cutoff: float) -> float:
    """Fill a kernel, up to a common factor, and return its sum."""
    size = kernel.shape[0]
    center = size // 2
    total = 0.0
    for j in range(center + 1):
        for i in range(j + 1):
            if j == 0:
                value = cutoff * cutoff / (4.0 * math.pi)
            else:
                distance = math.sqrt(i * i + j * j)
                value = cutoff * _bessel_j1(cutoff * distance) / (2.0 * math.pi * distance)
            # The kernel has the symmetry of a square, so one octant determines all of it.
            for row, column in ((j, i), (i, j)):
                kernel[center + row, center + column] = value
                kernel[center + row, center - column] = value
                kernel[center - row, center + column] = value
                kernel[center - row, center - column] = value
    for row in range(size):
        for column in range(size):
            total += kernel[row, column]
    return total


@inlined
def _bessel_j1(x: float) -> float:
    """Return J1(x) = 2 / pi times the integral of sin(x sin t) sin t over [0, pi / 2], by the trapezoid rule.

    The integrand is even, periodic and entire, so the rule converges faster than any power of its step: with n
    intervals its error is about 2 J_(4n - 1)(x), which is below 1e-16 for 4 n > x + 12 x^(1/3) + 12.
    """
    n = int(0.25 * (x + 12.0 * x ** (1.0 / 3.0) + 12.0)) + 2
    total = 0.5 * math.sin(x)
    for k in range(1, n):
        s = math.sin(0.5 * math.pi * k / n)
        total += math.sin(x * s) * s
    return total / n
