"""Poisson counts, exactly, from one alias table per distinct mean.

An 8-bit image has at most 256 distinct means, so the tables are few, small and shared by all pixels; each count takes
one random word and one look into its table (Walker 1977, built as Vose 1991). Probabilities are made outwards from
the mode by the recurrence p(k + 1) = p(k) mean / (k + 1) and normalized by their sum: no exponential, no logarithm, no
approximation but double rounding. The tails left out hold less than 2^-48, and a bucket's share is kept to
2^-48 of it.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.bits import origin, word
from degradekit.functional.compiled import compiled

_LEVELS = 256
_BLOCK = 2048
_NEGLIGIBLE = 2.0**-45
"""Of the mode's probability: where a table ends. Below 2^-48 lies beyond, and 256 buckets do for a mean of 256."""
_ALIAS_BITS = 16
_SHARE_BITS = 64 - _ALIAS_BITS


class _Tables(NamedTuple):
    buckets: NDArray[np.uint64]
    """Of all levels one after another: the bucket's own share of 2^48, and the alias in the low 16 bits."""
    bits: int
    """Each level has 2^bits buckets."""
    first: NDArray[np.float32]
    """The count that bucket 0 stands for."""


def poisson_counts(
    levels: NDArray[np.uint8], peak: float, seed: int, per_count: float = 1.0, per_level: float = 0.0
) -> NDArray[np.float32]:
    """Independent Poisson counts of mean levels / 255 * peak, of the shape of `levels`.

    In one pass with a linear map: counts * per_count - levels * per_level.

    Args:
        levels: 8-bit levels, any shape.
        peak: Mean count of level 255, > 0 and at most 1e6.
        seed: Of the field.
        per_count: Factor of the counts.
        per_level: Factor of the levels that are subtracted.
    """
    offsets = np.arange(_LEVELS, dtype=np.float32) * np.float32(per_level)
    flat = np.ascontiguousarray(levels).reshape(-1)
    return _fill(flat, seed, *_tables(peak), np.float32(per_count), offsets).reshape(levels.shape)


@lru_cache(maxsize=12)
def _tables(peak: float) -> _Tables:
    buckets, bits, first = _build(peak)
    return _Tables(buckets, bits, first.astype(np.float32))


@compiled
def _build(peak: float) -> tuple[NDArray[np.uint64], int, NDArray[np.int64]]:
    first = np.zeros(_LEVELS, np.int64)
    counts = np.zeros(_LEVELS, np.int64)
    for level in range(_LEVELS):
        mean = level / 255.0 * peak
        low = high = int(mean)
        p = 1.0
        while low > 0 and p > _NEGLIGIBLE:
            p *= low / mean
            low -= 1
        p = 1.0
        while p > _NEGLIGIBLE:
            high += 1
            p *= mean / high
        first[level], counts[level] = low, high - low + 1
    most = 0
    for level in range(_LEVELS):
        most = max(most, counts[level])
    bits = 1
    while (1 << bits) < most:
        bits += 1
    buckets = np.empty(_LEVELS << bits, np.uint64)
    for level in range(_LEVELS):
        weights = _weights(level / 255.0 * peak, first[level], counts[level])
        _alias(weights, buckets[level << bits : (level + 1) << bits])
    return buckets, bits, first


@compiled
def _weights(mean: float, first: int, count: int) -> NDArray[np.float64]:
    """P(X = first + k) for k = 0 .. count - 1, up to a factor."""
    weights = np.empty(count)
    mode = int(mean) - first
    weights[mode] = 1.0
    for k in range(mode, 0, -1):
        weights[k - 1] = weights[k] * (first + k) / mean
    for k in range(mode + 1, count):
        weights[k] = weights[k - 1] * mean / (first + k)
    return weights


@compiled
def _alias(weights: NDArray[np.float64], buckets: NDArray[np.uint64]) -> None:
    """Split the weights over equal buckets, each with a share for its own number and the rest for one other."""
    n = buckets.size
    total = 0.0
    for k in range(weights.size):
        total += weights[k]
    share = np.zeros(n)
    for k in range(weights.size):
        share[k] = weights[k] / total * n
    poor, rich = np.empty(n, np.int64), np.empty(n, np.int64)
    poors = riches = 0
    for k in range(n):
        if share[k] < 1.0:
            poor[poors] = k
            poors += 1
        else:
            rich[riches] = k
            riches += 1
    full = np.uint64(2**_SHARE_BITS - 1)
    while poors > 0 and riches > 0:
        poors -= 1
        small, large = poor[poors], rich[riches - 1]
        own = np.uint64(share[small] * 2.0**_SHARE_BITS)
        buckets[small] = (own << np.uint64(_ALIAS_BITS)) | np.uint64(large)
        share[large] -= 1.0 - share[small]
        if share[large] < 1.0:
            riches -= 1
            poor[poors] = large
            poors += 1
    # What is left differs from 1 by rounding alone.
    for i in range(poors):
        buckets[poor[i]] = (full << np.uint64(_ALIAS_BITS)) | np.uint64(poor[i])
    for i in range(riches):
        buckets[rich[i]] = (full << np.uint64(_ALIAS_BITS)) | np.uint64(rich[i])


@compiled
def _fill(
    levels: NDArray[np.uint8],
    seed: int,
    buckets: NDArray[np.uint64],
    bits: int,
    first: NDArray[np.float32],
    per_count: np.float32,
    offsets: NDArray[np.float32],
) -> NDArray[np.float32]:
    start = origin(seed)
    top, alias_bits = np.uint64(bits), np.uint64(_ALIAS_BITS)
    counts = np.empty(levels.size, np.float32)
    words = np.empty(_BLOCK, np.uint64)
    for begin in range(0, levels.size, _BLOCK):
        part, found = levels[begin : begin + _BLOCK], counts[begin : begin + _BLOCK]
        for i in range(part.size):  # a loop of its own, which vectorizes
            words[i] = word(start, begin + i)
        for i in range(part.size):
            bucket = words[i] >> (np.uint64(64) - top)
            entry = buckets[(np.uint64(part[i]) << top) + bucket]
            alias = entry & np.uint64(2**_ALIAS_BITS - 1)
            # The bits below the bucket's number decide between it and its alias; a product, not a branch that is
            # mispredicted half of the time.
            own = np.uint64(((words[i] << top) >> alias_bits) < (entry >> alias_bits))
            count = first[part[i]] + np.float32(np.int32(alias + (bucket - alias) * own))
            found[i] = count * per_count - offsets[part[i]]
    return counts
