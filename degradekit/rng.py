"""Where every random draw comes from.

NumPy's generators may change their methods' streams between versions, so draws rest on BLAKE2b instead: a stream is
a 32-byte key, its blocks are hashes of a counter, and a child stream's key is the hash of its name under the parent's
key. Nothing but (seed, key, variant) and the names along an operator's path decides a draw.
"""

import json
import math
import operator
import struct
from collections.abc import Mapping
from hashlib import blake2b
from typing import TypeVar

from degradekit.errors import DegradekitError, Mistake
from degradekit.limits import MAX_SEED

T = TypeVar("T")

_UNIT = 2.0**-53
_BLOCK = struct.Struct("<8Q")


class Stream:
    """A sequence of uniform draws, and a parent of independent named streams."""

    __slots__ = ("_counter", "_key", "_words")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._counter = 0
        self._words: list[int] = []

    def fork(self, name: str) -> "Stream":
        """Return the child stream called `name`: independent of this one's position and of its other children."""
        return Stream(
            blake2b(name.encode("utf-8", "surrogatepass"), digest_size=32, key=self._key, person=b"fork").digest()
        )

    def outer(self) -> "Stream":
        """Return a stream that no name leads to, for what wraps the operator whose stream this is."""
        return Stream(blake2b(digest_size=32, key=self._key, person=b"beside").digest())

    def random(self) -> float:
        """Draw a uniform multiple of 2^-53 in [0, 1)."""
        if not self._words:
            block = blake2b(self._counter.to_bytes(8, "little"), key=self._key, person=b"draw").digest()
            self._words = list(_BLOCK.unpack(block)[::-1])
            self._counter += 1
        return (self._words.pop() >> 11) * _UNIT

    def uniform(self, low: float, high: float) -> float:
        """Draw uniformly from [low, high]."""
        return low + (high - low) * self.random()

    def log_uniform(self, low: float, high: float) -> float:
        """Draw from [low, high], 0 < low, so that the logarithm is uniform."""
        return math.exp(self.uniform(math.log(low), math.log(high)))

    def integer(self, low: int, high: int) -> int:
        """Draw uniformly from {low, ..., high}; the bias is below (high - low + 1) / 2^53."""
        return low + int((high - low + 1) * self.random())

    def odd(self, low: int, high: int) -> int:
        """Draw uniformly from the odd numbers of {low, ..., high}, both of which are odd."""
        return 2 * self.integer(low // 2, high // 2) + 1

    def seed(self) -> int:
        """Draw the seed of a noise field: 53 bits, so that JSON readers everywhere keep it exact."""
        return int(self.random() * 2.0**53)

    def coin(self, probability: float) -> bool:
        """Return True with the given probability."""
        return self.random() < probability

    def choice(self, weights: Mapping[T, float]) -> T:
        """Draw a key of `weights`, with probability proportional to its value; the order of the keys matters."""
        point = self.random() * sum(weights.values())
        for name, weight in weights.items():
            if point < weight and weight > 0:
                return name
            point -= weight
        return [name for name, weight in weights.items() if weight > 0][-1]  # as the sum was rounded up

    def permutation(self, n: int) -> list[int]:
        """Draw a uniform permutation of 0 .. n - 1 (Fisher and Yates, from the end)."""
        order = list(range(n))
        for last in range(n - 1, 0, -1):
            other = self.integer(0, last)
            order[last], order[other] = order[other], order[last]
        return order


def stream(seed: int, key: str = "", variant: int = 0) -> Stream:
    """Return the root stream of one degradation.

    Args:
        seed: The dataset's or the caller's seed, any integer of up to 128 bits.
        key: What is degraded, such as the key of a tile; any string.
        variant: Which of several degradations of the same key.
    """
    if not isinstance(key, str):
        raise DegradekitError(Mistake("key", "must be text", key))
    identity = json.dumps([_integer("seed", seed), key, _integer("variant", variant)]).encode("ascii")
    return Stream(blake2b(identity, digest_size=32, person=b"degradekit").digest())


def _integer(name: str, value: int) -> int:
    """Return an int: NumPy's integers count as integers, floats and None do not."""
    try:
        integer = operator.index(value)
    except TypeError:
        raise DegradekitError(Mistake(name, "must be an integer", value)) from None
    if abs(integer) > MAX_SEED:
        raise DegradekitError(Mistake(name, "must be between -2**128 and 2**128", value))
    return integer
