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
from degradekit.functional.compiled import compiled, inlined

_LEVELS = 256
_BLOCK = 2048
_NEGLIGIBLE = 2.0**-45
"""A table ends where the probability falls below this part of the mode's, so that 256 buckets do for a mean of 256."""
_CACHE_LINE = 64
_PRELOADED_BYTES = 2**19
"""Tables of up to this size, those of peaks up to 256, are read once in order before the look-ups at random: the steps
between two noises leave nothing of them in the caches, and reading memory in order is faster."""
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
    first_and_offset = np.empty((_LEVELS, 2), np.float32)  # of each level: one look-up returns both
    first_and_offset[:, 0] = tables.first
    first_and_offset[:, 1] = np.arange(_LEVELS, dtype=np.float32) * np.float32(per_level)
    counts = np.empty(flat.size, np.float32)
    words, entries, looked_up = (np.empty(_BLOCK, np.uint64) for _ in range(3))
    _fill(
        counts, words, entries, looked_up, looked_up.view(np.float32), flat, seed, tables.buckets, tables.bits,
        first_and_offset.view(np.uint64).reshape(-1), np.float32(per_count),
    )  # fmt: skip
    return counts.reshape(levels.shape)


@lru_cache(maxsize=12)
def _tables(peak: float) -> _Tables:
    first, counts = np.empty(_LEVELS, np.int64), np.empty(_LEVELS, np.int64)
    _find_spans(first, counts, peak)
    bits = max(1, (int(counts.max()) - 1).bit_length())
    buckets = np.empty(_LEVELS << bits, np.uint64)
    weights, share = np.empty(1 << bits), np.empty(1 << bits)
    poor, rich = np.empty(1 << bits, np.int64), np.empty(1 << bits, np.int64)
    _fill_buckets(buckets, first, counts, peak, weights, share, poor, rich)
    return _Tables(buckets, bits, first.astype(np.float32))


@compiled
def _find_spans(first: NDArray[np.int64], counts: NDArray[np.int64], peak: float) -> None:
    """Write for each level the smallest count that has a bucket, and how many counts have one."""
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


@compiled
def _fill_buckets(
    buckets: NDArray[np.uint64],
    first: NDArray[np.int64],
    counts: NDArray[np.int64],
    peak: float,
    weights: NDArray[np.float64],
    share: NDArray[np.float64],
    poor: NDArray[np.int64],
    rich: NDArray[np.int64],
) -> None:
    """Fill the buckets of all levels; the last four arrays are for one level."""
    n = weights.size
    for level in range(_LEVELS):
        _weigh(weights, level / 255.0 * peak, first[level], counts[level])
        _distribute(buckets[level * n : (level + 1) * n], weights[: counts[level]], share, poor, rich)


@inlined
def _weigh(weights: NDArray[np.float64], mean: float, first: int, count: int) -> None:
    """Write P(X = first + k) for k = 0 .. count - 1, up to a common factor."""
    mode = int(mean) - first
    weights[mode] = 1.0
    for k in range(mode, 0, -1):
        weights[k - 1] = weights[k] * (first + k) / mean
    for k in range(mode + 1, count):
        weights[k] = weights[k - 1] * mean / (first + k)


@inlined
def _distribute(
    buckets: NDArray[np.uint64],
    weights: NDArray[np.float64],
    share: NDArray[np.float64],
    poor: NDArray[np.int64],
    rich: NDArray[np.int64],
) -> None:
    """Distribute the weights over buckets of equal size, each shared by its own count and one other, its alias."""
    n = buckets.size
    total = 0.0
    for k in range(weights.size):
        total += weights[k]
    poor_count = rich_count = 0
    full = np.uint64(2**_SHARE_BITS - 1) << np.uint64(_ALIAS_BITS)
    for k in range(n):
        buckets[k] = full | np.uint64(k)  # which stays where the share differs from 1 by rounding alone
        share[k] = weights[k] / total * n if k < weights.size else 0.0
        if share[k] < 1.0:
            poor[poor_count] = k
            poor_count += 1
        else:
            rich[rich_count] = k
            rich_count += 1
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


@compiled
def _fill(
    counts: NDArray[np.float32],
    words: NDArray[np.uint64],
    entries: NDArray[np.uint64],
    looked_up: NDArray[np.uint64],
    floats: NDArray[np.float32],
    levels: NDArray[np.uint8],
    seed: int,
    buckets: NDArray[np.uint64],
    bits: int,
    first_and_offset: NDArray[np.uint64],
    per_count: np.float32,
) -> None:
    """Write the counts; `words` to `looked_up` are for one block, and `floats` is the memory of `looked_up`."""
    start = sequence_start(seed)
    top, alias_bits = np.uint64(bits), np.uint64(_ALIAS_BITS)
    shift = np.uint64(64) - top
    for begin in range(0, levels.size, _BLOCK):
        part, mapped = levels[begin : begin + _BLOCK], counts[begin : begin + _BLOCK]
        for i in range(part.size):
            words[i] = word(start, begin + i)
        for i in range(part.size):  # which cannot vectorize, as the loops around it do
            row = np.uint64(part[i])
            entries[i] = buckets[(row << top) + (words[i] >> shift)]
            looked_up[i] = first_and_offset[row]
        for i in range(part.size):
            # The bits of the word below those of the bucket decide between it and its alias.
            is_own = ((words[i] << top) >> alias_bits) < (entries[i] >> alias_bits)
            bucket = (words[i] >> shift) if is_own else entries[i] & np.uint64(2**_ALIAS_BITS - 1)
            count = floats[2 * i] + np.float32(np.int32(bucket))
            mapped[i] = count * per_count - floats[2 * i + 1]
