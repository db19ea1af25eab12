"""Point spread functions of lenses and moving cameras, each (k, k) float64, k odd, of sum 1 and centroid 0.

Source: docs/model.md, section Lens and motion blur.
"""

import math

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.bits import sequence_start, uniform
from degradekit.functional.compiled import compiled
from degradekit.functional.kernels import Kernel64
from degradekit.functional.normal import standard_normal

_SAMPLES = 8
"""Samples along each side of a pixel of the disc; points for each pixel of a line."""
_PATH_POINTS = 2000


@compiled
def box(radius: float) -> Kernel64:
    """Return a box of (2 radius + 1)^2 pixels; its outermost pixels have the part that is left of a whole one.

    Args:
        radius: Radius in pixels, >= 0; 0.5 is a soft 3 x 3.
    """
    half = math.ceil(radius)
    line = np.ones(2 * half + 1)
    if half > radius:
        line[0] = line[-1] = radius - (half - 1)
    line /= line.sum()
    kernel = np.empty((line.size, line.size))
    for i in range(line.size):
        for j in range(line.size):
            kernel[i, j] = line[i] * line[j]
    return kernel


@compiled
def disc(radius: float) -> Kernel64:
    """Return the part of each pixel that a circle covers, from 8 x 8 samples of each.

    Args:
        radius: Radius in pixels, >= 0; up to 0.5 the circle lies in one pixel.
    """
    half = max(math.ceil(radius - 0.5), 0)
    limit = (2 * _SAMPLES * radius) ** 2
    kernel = np.zeros((2 * half + 1, 2 * half + 1))
    total = 0
    for i in range(-half, half + 1):
        for j in range(-half, half + 1):
            count = 0
            for a in range(_SAMPLES):
                y = 2 * _SAMPLES * i + 2 * a + 1 - _SAMPLES  # in sixteenths of a pixel
                for b in range(_SAMPLES):
                    x = 2 * _SAMPLES * j + 2 * b + 1 - _SAMPLES
                    count += 1 if y * y + x * x <= limit else 0
            kernel[half + i, half + j] = count
            total += count
    if total == 0:
        kernel[half, half] = total = 1
    return kernel / total


@compiled
def line(length: float, angle: float) -> Kernel64:
    """Return a straight path, ceil(8 length) + 1 equidistant points that are each shared by the four nearest pixels.

    Args:
        length: Length in pixels, >= 0.
        angle: Direction in radians, from the columns of the image toward its rows.
    """
    half = math.ceil(0.5 * length)
    kernel = np.zeros((2 * half + 1, 2 * half + 1))
    n = math.ceil(_SAMPLES * length)
    dx, dy = 0.5 * length * math.cos(angle), 0.5 * length * math.sin(angle)
    for t in range(n + 1):
        along = (2 * t - n) / n if n else 0.0
        splat(kernel, half + along * dy, half + along * dx, 1.0)
    return kernel / (n + 1)


def path(
    length: float,
    exposure: float,
    explosiveness: float,
    centripetal: float,
    shake: float,
    jitter: float,
    angle: float,
    seed: int,
) -> Kernel64:
    """Return a random path of a shaking camera (Boracchi and Foi, 2012), in the smallest square around its centroid.

    Args:
        length: Length of the whole path in pixels, >= 0.
        exposure: The part of the path, from its start, during which light falls on the sensor, in (0, 1].
        explosiveness: How strongly the direction changes, >= 0; 0 is a straight line.
        centripetal: Pull toward the start.
        shake: Probability of an abrupt turn in each of 2,000 steps, before it is multiplied by `explosiveness`.
        jitter: Standard deviation of the random change of direction.
        angle: First direction in radians, from the columns of the image toward its rows.
        seed: Seed of all random changes.
    """
    normals = standard_normal((_PATH_POINTS, 2), seed)
    points = _path_points(length, explosiveness, centripetal, shake, jitter, angle, normals, seed)
    return _exposed(points[: max(1, round(exposure * _PATH_POINTS))], math.ceil(0.5 * length * exposure))


@compiled
def _path_points(
    length: float,
    explosiveness: float,
    centripetal: float,
    shake: float,
    jitter: float,
    angle: float,
    normals: NDArray[np.float32],
    seed: int,
) -> NDArray[np.float64]:
    """Return the (row, column) of each point of the path, which starts at 0."""
    n, start = normals.shape[0], sequence_start(seed)
    points = np.zeros((n, 2))
    step = length / (n - 1)
    vx, vy = math.cos(angle), math.sin(angle)
    scale = explosiveness if explosiveness > 0 else step
    vx, vy = vx * scale, vy * scale
    for t in range(n - 1):
        y, x = points[t, 0], points[t, 1]
        dx = explosiveness * step * (jitter * np.float64(normals[t, 0]) - centripetal * x)
        dy = explosiveness * step * (jitter * np.float64(normals[t, 1]) - centripetal * y)
        if uniform(start, n + 2 * t) < shake * explosiveness:  # the words below n have made the normal numbers
            turn = math.pi + uniform(start, n + 2 * t + 1) - 0.5
            cos, sin = 2.0 * math.cos(turn), 2.0 * math.sin(turn)
            dx, dy = dx + cos * vx - sin * vy, dy + sin * vx + cos * vy
        vx, vy = vx + dx, vy + dy
        speed = math.sqrt(vx * vx + vy * vy)
        vx, vy = (vx / speed * step, vy / speed * step) if speed > 0 else (step, 0.0)
        points[t + 1, 0], points[t + 1, 1] = y + vy, x + vx
    return points


@compiled
def _exposed(points: NDArray[np.float64], half: int) -> Kernel64:
    """Share each point between the four nearest pixels, with the centroid of all points in the middle.

    No point is more than `half` away from it, but for rounding.
    """
    n = points.shape[0]
    row = column = 0.0
    for t in range(n):
        row += points[t, 0]
        column += points[t, 1]
    kernel = np.zeros((2 * half + 1, 2 * half + 1))
    for t in range(n):
        y, x = half + points[t, 0] - row / n, half + points[t, 1] - column / n
        splat(kernel, min(max(y, 0.0), 2.0 * half), min(max(x, 0.0), 2.0 * half), 1.0)
    return trimmed(kernel / n)


@compiled
def random_kernel(size: int, seed: int) -> Kernel64:
    """Return a kernel of independent numbers, uniform in [0, 1] before they are divided by their sum.

    Its centroid is 0 on average only.

    Args:
        size: Side in pixels, odd.
        seed: Seed of the numbers.
    """
    start = sequence_start(seed)
    kernel = np.empty((size, size))
    total = 0.0
    for i in range(size):
        for j in range(size):
            kernel[i, j] = uniform(start, i * size + j)
            total += kernel[i, j]
    return kernel / total


@compiled
def centered(values: Kernel64, factor: float) -> Kernel64:
    """Return measured values as a kernel of sum 1, with the centroid in the middle, enlarged or reduced.

    A value is shared by the four pixels nearest to where it comes to lie, which keeps its weight and its centroid. When
    enlarged, each is first divided into equal parts over the area that it then covers.

    Args:
        values: (h, w), >= 0 and not all 0.
        factor: Factor of all lengths, > 0.
    """
    height, width = values.shape
    total = row = column = 0.0
    for i in range(height):
        for j in range(width):
            total += values[i, j]
            row += values[i, j] * i
            column += values[i, j] * j
    row, column = row / total, column / total
    half = math.ceil(factor * max(height, width)) + 1
    kernel = np.zeros((2 * half + 1, 2 * half + 1))
    parts = 2 * math.ceil(factor) - 1
    for i in range(height):
        for j in range(width):
            for a in range(parts):
                y = half + factor * (i - row + (2 * a + 1 - parts) / (2 * parts))
                for b in range(parts):
                    x = half + factor * (j - column + (2 * b + 1 - parts) / (2 * parts))
                    splat(kernel, y, x, values[i, j] / (total * parts * parts))
    return trimmed(kernel)


@compiled
def splat(kernel: Kernel64, row: float, column: float, weight: float) -> None:
    """Share a weight between the four elements around a point, so that its centroid is the point."""
    i, j = math.floor(row), math.floor(column)
    y, x = row - i, column - j
    kernel[i, j] += weight * (1.0 - y) * (1.0 - x)
    if x > 0:
        kernel[i, j + 1] += weight * (1.0 - y) * x
    if y > 0:
        kernel[i + 1, j] += weight * y * (1.0 - x)
        if x > 0:
            kernel[i + 1, j + 1] += weight * y * x


@compiled
def trimmed(kernel: Kernel64) -> Kernel64:
    """Return the smallest square in the middle of a kernel that holds all that is not 0."""
    center = kernel.shape[0] // 2
    half = 0
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            if kernel[i, j] != 0.0:
                half = max(half, abs(i - center), abs(j - center))
    return kernel[center - half : center + half + 1, center - half : center + half + 1].copy()
