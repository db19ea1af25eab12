"""Counter-based random bits for noise fields: number i of seed s is one hash of (s, i), so any part stands alone.

The hash is SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) at position i of the sequence that starts at the hash of
the seed. Draws of parameters come from `degradekit.rng`; only fields, which need millions of numbers, come from here.
"""

import numpy as np

from degradekit.functional.compiled import compiled

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MULTIPLIER_1 = np.uint64(0xBF58476D1CE4E5B9)
_MULTIPLIER_2 = np.uint64(0x94D049BB133111EB)
_SHIFT_1, _SHIFT_2, _SHIFT_3 = np.uint64(30), np.uint64(27), np.uint64(31)


@compiled
def mix(x: np.uint64) -> np.uint64:
    """A bijection of 64 bits in which every output bit depends on every input bit."""
    x = (x ^ (x >> _SHIFT_1)) * _MULTIPLIER_1
    x = (x ^ (x >> _SHIFT_2)) * _MULTIPLIER_2
    return x ^ (x >> _SHIFT_3)


@compiled
def origin(seed: int) -> np.uint64:
    """Where the sequence of a seed starts; seeds next to each other start far apart."""
    return mix(np.uint64(seed) + _GAMMA)


@compiled
def word(start: np.uint64, index: int) -> np.uint64:
    """64 random bits: number `index` of the sequence that starts at `start`."""
    return mix(start + np.uint64(index) * _GAMMA)
