"""The noise of a sensor: photons that are counted, the noise of reading them, and an offset of each row.

Source: docs/model.md, section Camera.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.bits import sequence_start, uniform
from degradekit.functional.compiled import compiled
from degradekit.functional.normal import standard_normal

Samples = NDArray[np.float32]

_MANY = 8
"""Mean count from which a Poisson count is made of a normal number."""
_LEAST = 1e-12
"""Less shot noise is none: its counts would leave the range of float32."""
_UNIFORMS = 2**40
"""Where the words of a seed begin that decide small counts, far behind those of its normal numbers."""
_0, _1, _6TH, _72 = np.float32(0), np.float32(1), np.float32(1 / 6), np.float32(72)
_RECIPROCALS = np.array([0.0] + [1 / k for k in range(1, 101)])


class SensorNoise(NamedTuple):
    """The noise of a sensor whose white is 1.

    Attributes:
        shot: Variance of the shot noise of white, >= 0; 1 / shot is the photo-electrons of white.
        read: Variance of the read noise, >= 0.
        row_sigma: Standard deviation of an offset of each row of the sensor, >= 0.
        seed: Seed of all fields, >= 0.
    """

    shot: float
    read: float
    row_sigma: float
    seed: int


def sensed(raw: Samples, noise: SensorNoise) -> Samples:
    """Return what the sensor makes of each sample: shot Poisson(x / shot) + N(0, read) + its row's offset.

    From a mean of 8 on, a count is a normal number with the mean, variance and skewness of a Poisson count (the first
    terms of the expansion of Cornish and Fisher).

    Args:
        raw: (H, n) float32 in [0, 1], the samples of each row.
        noise: The sensor's noise.
    """
    height, n = raw.shape
    normals = standard_normal((2 * height * n + height,), noise.seed)
    shot, read, row = np.float32(noise.shot), np.float32(noise.read**0.5), np.float32(noise.row_sigma)
    return _sensed(raw, normals, shot, read, row, noise.seed)


@compiled
def _sensed(
    raw: Samples, normals: Samples, shot: np.float32, read: np.float32, row_sigma: np.float32, seed: int
) -> Samples:
    height, n = raw.shape
    start = sequence_start(seed)
    first_read, first_row = height * n, 2 * height * n
    noisy = np.empty_like(raw)
    for y in range(height):
        offset, i = row_sigma * normals[first_row + y], y * n
        line, out, reading = raw[y], noisy[y], normals[first_read + i : first_read + i + n]
        if shot > np.float32(_LEAST):
            _shoot(line, normals[i : i + n], shot, start, _UNIFORMS + i, out)
        else:
            out[:] = line
        for x in range(n):
            out[x] = out[x] + read * reading[x] + offset
    return noisy


@compiled
def _shoot(line: Samples, normals: Samples, shot: np.float32, start: np.uint64, first: int, out: Samples) -> None:
    """Write the shot noise of a line: as if there were no small counts, so that it vectorizes, and then these."""
    for x in range(line.size):
        mean, z = line[x] / shot, normals[x]
        root, squared = np.sqrt(mean), z * z
        count = mean + root * z + (squared - _1) * _6TH + (z - z * squared) / (_72 * root)
        out[x] = shot * max(count, _0)
    for x in range(line.size):
        mean = line[x] / shot
        if mean < np.float32(_MANY):
            out[x] = shot * _small_count(np.float64(mean), uniform(start, first + x))


@compiled
def _small_count(mean: np.float64, drawn: float) -> np.float32:
    """Return a Poisson count: the first whose cumulative probability exceeds a uniform draw in [0, 1)."""
    rest = drawn
    x = mean / -32.0
    p = 1 + x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6 * (1 + x / 7 * (1 + x / 8)))))))
    p *= p
    p *= p
    p *= p
    p *= p
    p *= p  # now it is exp(-mean)
    count = 0
    while rest >= p and count < _RECIPROCALS.size - 1:
        rest -= p
        count += 1
        p *= mean * _RECIPROCALS[count]
    return np.float32(count)
