"""Counter-based random bits for noise fields: word i of a seed is one hash of both, so any part can be made alone.

The hash is SplitMix64's (Steele, Lea and Flood, OOPSLA 2014) at position i of the sequence that starts at the hash of
the seed. Only noise fields, which need millions of numbers, take their bits from this module; the draws of parameters
come from `degradekit.rng`.

Source: docs/model.md, section Noise.
"""

import numpy as np

from degradekit.functional.compiled import inlined

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MULTIPLIER_1 = np.uint64(0xBF58476D1CE4E5B9)
_MULTIPLIER_2 = np.uint64(0x94D049BB133111EB)
_SHIFT_1, _SHIFT_2, _SHIFT_3 = np.uint64(30), np.uint64(27), np.uint64(31)


@inlined
def mix(x: np.uint64) -> np.uint64:
    """Return 64 bits, each of which depends on all bits of x; different x give different results."""
    x = (x ^ (x >> _SHIFT_1)) * _MULTIPLIER_1
    x = (x ^ (x >> _SHIFT_2)) * _MULTIPLIER_2
    return x ^ (x >> _SHIFT_3)


@inlined
def sequence_start(seed: int) -> np.uint64:
    """Return where the sequence of a seed starts; the sequences of neighboring seeds start far apart."""
    return mix(np.uint64(seed) + _GAMMA)


@inlined
def word(start: np.uint64, index: int) -> np.uint64:
    """Return 64 random bits: word `index` of the sequence that starts at `start`."""
    return mix(start + np.uint64(np.int64(index)) * _GAMMA)  # which wraps below 0 without numba too


@inlined
def uniform(start: np.uint64, index: int) -> float:
    """Return a uniform multiple of 2^-53 in [0, 1): the high bits of word `index` of a sequence."""
    return np.float64(word(start, index) >> np.uint64(11)) * 2.0**-53
