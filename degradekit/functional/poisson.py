"""Poisson fields by exact inversion: one table of the distribution function per distinct mean.

An 8-bit image has at most 256 distinct means, so the tables are small and shared by all pixels. Probabilities are
built outwards from the mode by the recurrence p(k + 1) = p(k) mean / (k + 1) and normalized by their sum: no
exponential, no logarithm, no approximation but double rounding. The tails left out hold less than 2^-60.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.bits import origin, word
from degradekit.functional.compiled import compiled

_LEVELS = 256
_GUIDES = 64
_NEGLIGIBLE = 2.0**-64


class _Tables(NamedTuple):
    thresholds: NDArray[np.uint64]
    """Of all levels one after another: 2^53 P(X <= k), for k = first[level] + 0, 1, ..."""
    offset: NDArray[np.int64]
    first: NDArray[np.int64]
    guide: NDArray[np.int32]
    """(levels, _GUIDES): where the search of a word with these top bits may start."""


def poisson_counts(levels: NDArray[np.uint8], peak: float, seed: int) -> NDArray[np.float32]:
    """Independent Poisson counts of mean levels / 255 * peak, of the shape of `levels`.

    Args:
        levels: 8-bit levels, any shape.
        peak: Mean count of level 255, > 0.
        seed: Of the field.
    """
    tables = _tables(peak)
    return _fill(np.ascontiguousarray(levels).reshape(-1), seed, *tables).reshape(levels.shape)


@lru_cache(maxsize=12)
def _tables(peak: float) -> _Tables:
    return _Tables(*_build(peak))


@compiled
def _build(
    peak: float,
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    offset = np.zeros(_LEVELS + 1, np.int64)
    first = np.zeros(_LEVELS, np.int64)
    for level in range(_LEVELS):
        mean = level / 255.0 * peak
        mode = int(mean)
        low, p = mode, 1.0
        while low > 0 and p > _NEGLIGIBLE:
            p *= low / mean
            low -= 1
        high, p = mode, 1.0
        while p > _NEGLIGIBLE:
            high += 1
            p *= mean / high
        first[level] = low
        offset[level + 1] = offset[level] + high - low + 1
    thresholds = np.empty(offset[_LEVELS], np.uint64)
    guide = np.zeros((_LEVELS, _GUIDES), np.int32)
    for level in range(_LEVELS):
        mean = level / 255.0 * peak
        count = offset[level + 1] - offset[level]
        mode = int(mean) - first[level]
        weights = np.empty(count)
        weights[mode] = 1.0
        for k in range(mode, 0, -1):
            weights[k - 1] = weights[k] * (first[level] + k) / mean
        for k in range(mode + 1, count):
            weights[k] = weights[k - 1] * mean / (first[level] + k)
        total = 0.0
        for k in range(count):
            total += weights[k]
        cumulative = 0.0
        k_guide = 0
        for k in range(count):
            cumulative += weights[k]
            threshold = np.uint64(cumulative / total * 2.0**53)
            thresholds[offset[level] + k] = threshold
            while k_guide < _GUIDES and np.uint64(k_guide) * np.uint64(2**53 // _GUIDES) < threshold:
                guide[level, k_guide] = k
                k_guide += 1
        thresholds[offset[level + 1] - 1] = np.uint64(2**53)
        while k_guide < _GUIDES:
            guide[level, k_guide] = count - 1
            k_guide += 1
    return thresholds, offset, first, guide


@compiled
def _fill(
    levels: NDArray[np.uint8],
    seed: int,
    thresholds: NDArray[np.uint64],
    offset: NDArray[np.int64],
    first: NDArray[np.int64],
    guide: NDArray[np.int32],
) -> NDArray[np.float32]:
    start = origin(seed)
    counts = np.empty(levels.size, np.float32)
    for i in range(levels.size):
        level = levels[i]
        uniform = word(start, i) >> np.uint64(11)
        k = np.int64(guide[level, uniform // np.uint64(2**53 // _GUIDES)])
        base = offset[level]
        while uniform >= thresholds[base + k]:
            k += 1
        counts[i] = first[level] + k
    return counts
