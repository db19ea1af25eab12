"""Exact Poisson counts, from one alias table for each distinct mean.

An 8-bit image has at most 256 distinct means, so the tables are few, small and shared by all pixels; each count takes
one random word and one look into its table (Walker 1977, built as in Vose 1991). Probabilities are computed outwards
from the mode by the recurrence p(k + 1) = p(k) mean / (k + 1) and divided by their sum: there is no exponential, no
logarithm and no approximation but the rounding of float64. The tails that are left out hold less than 2^-48, and a
bucket's share is kept to 2^-48 of it.

Source: docs/model.md, section Noise.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.bits import sequence_start, word
from degradekit.functional.compiled import compiled

_LEVELS = 256
_BLOCK = 2048
_NEGLIGIBLE = 2.0**-45
"""A table ends where the probability falls below this part of the mode's, so that 256 buckets do for a mean of 256."""
_CACHE_LINE = 64
_PRELOADED_BYTES = 2**19
"""Tables of up to this size, those of peaks up to 256, are read once in order before they are looked into at random:
the steps between two noises leave nothing of them in the caches, and memory in order is faster."""
_ALIAS_BITS = 16
_SHARE_BITS = 64 - _ALIAS_BITS


class _Tables(NamedTuple):
    """The alias tables of all levels.

    Attributes:
        buckets: The buckets of all levels, one level after another. The high 48 bits of a bucket are the share, in
            2^-48, that its own count has of it; the low 16 bits are its alias, the bucket whose count has the rest.
        bits: Each level has 2^bits buckets.
        first: For each level, the count that its bucket 0 stands for.
    """

    buckets: NDArray[np.uint64]
    bits: int
    first: NDArray[np.float32]


def poisson_counts(
    levels: NDArray[np.uint8], peak: float, seed: int, per_count: float = 1.0, per_level: float = 0.0
) -> NDArray[np.float32]:
    """Return independent Poisson counts of the means levels / 255 * peak, in the shape of `levels`.

    A linear map is applied in the same pass: counts * per_count - levels * per_level.

    Args:
        levels: 8-bit levels of any shape.
        peak: Mean count of level 255, in (0, 1e6].
        seed: Seed of the counts, >= 0; the same seed and levels give the same counts.
        per_count: Factor of the counts.
        per_level: Factor of the levels, which are subtracted.
    """
    tables = _tables(peak)
    if tables.buckets.nbytes <= _PRELOADED_BYTES:
        tables.buckets[:: _CACHE_LINE // tables.buckets.itemsize].max()
    flat = np.ascontiguousarray(levels).reshape(-1)
    counts = _fill(flat, seed, *tables, np.float32(per_count), np.float32(per_level))
    return counts.reshape(levels.shape)


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
    """Return P(X = first + k) for k = 0 .. count - 1, up to a common factor."""
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
    """Distribute the weights over buckets of equal size, each shared by its own count and one other, its alias."""
    n = buckets.size
    total = 0.0
    for k in range(weights.size):
        total += weights[k]
    share = np.zeros(n)
    for k in range(weights.size):
        share[k] = weights[k] / total * n
    poor, rich = np.empty(n, np.int64), np.empty(n, np.int64)
    poor_count = rich_count = 0
    for k in range(n):
        if share[k] < 1.0:
            poor[poor_count] = k
            poor_count += 1
        else:
            rich[rich_count] = k
            rich_count += 1
    full = np.uint64(2**_SHARE_BITS - 1)
    while poor_count > 0 and rich_count > 0:
        poor_count -= 1
        small, large = poor[poor_count], rich[rich_count - 1]
        own = np.uint64(share[small] * 2.0**_SHARE_BITS)
        buckets[small] = (own << np.uint64(_ALIAS_BITS)) | np.uint64(large)
        share[large] -= 1.0 - share[small]
        if share[large] < 1.0:
            rich_count -= 1
            poor[poor_count] = large
            poor_count += 1
    # The shares that are left differ from 1 by rounding alone.
    for i in range(poor_count):
        buckets[poor[i]] = (full << np.uint64(_ALIAS_BITS)) | np.uint64(poor[i])
    for i in range(rich_count):
        buckets[rich[i]] = (full << np.uint64(_ALIAS_BITS)) | np.uint64(rich[i])


@compiled
def _fill(
    levels: NDArray[np.uint8],
    seed: int,
    buckets: NDArray[np.uint64],
    bits: int,
    first: NDArray[np.float32],
    per_count: np.float32,
    per_level: np.float32,
) -> NDArray[np.float32]:
    start = sequence_start(seed)
    top, alias_bits = np.uint64(bits), np.uint64(_ALIAS_BITS)
    shift = np.uint64(64) - top
    pairs = np.empty(2 * _LEVELS, np.float32)  # of each level its first count and what is subtracted: one look-up
    for level in range(_LEVELS):
        pairs[2 * level], pairs[2 * level + 1] = first[level], np.float32(level) * per_level
    pair_of_level = pairs.view(np.uint64)
    counts = np.empty(levels.size, np.float32)
    words, entries, own_pairs = np.empty(_BLOCK, np.uint64), np.empty(_BLOCK, np.uint64), np.empty(_BLOCK, np.uint64)
    floats = own_pairs.view(np.float32)
    for begin in range(0, levels.size, _BLOCK):
        part, mapped = levels[begin : begin + _BLOCK], counts[begin : begin + _BLOCK]
        for i in range(part.size):
            words[i] = word(start, begin + i)
        for i in range(part.size):  # which cannot vectorize, as the loops around it do
            row = np.uint64(part[i])
            entries[i] = buckets[(row << top) + (words[i] >> shift)]
            own_pairs[i] = pair_of_level[row]
        for i in range(part.size):
            # The bits of the word below those of the bucket decide between it and its alias.
            is_own = ((words[i] << top) >> alias_bits) < (entries[i] >> alias_bits)
            bucket = (words[i] >> shift) if is_own else entries[i] & np.uint64(2**_ALIAS_BITS - 1)
            count = floats[2 * i] + np.float32(np.int32(bucket))
            mapped[i] = count * per_count - floats[2 * i + 1]
    return counts
