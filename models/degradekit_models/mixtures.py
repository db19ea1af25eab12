"""Which pair each patch of a run comes from: every pair once per epoch, or sources by their weights."""

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from math import gcd, lcm
from typing import Any

import torch
from torch import Tensor

from degradekit.errors import Mistake
from degradekit.rng import Stream, stream
from degradekit_models.config import ConfigError
from degradekit_models.patch_sources import PatchSource, TrainingPair

_MOST_TURNS = 10_000
_KEPT_POSITIONS = 2**22
"""Positions in the orders that are kept, at most: loaders that shuffle the patches of many epochs jump among them."""


class Mixture:
    """The pairs of a run in their order, which is a function of the seed.

    Without weights, all sources together are one pool, of which each epoch takes every pair once. With weights, each
    source is a pool of its own, and the pools take turns: after any number of patches, each of them has given its share
    to within one patch.

    Args:
        sources: What the pairs come from.
        weights: A number above 0 for each source, or none at all.
        seed: Seed of everything that is drawn.

    Raises:
        ConfigError: There are not as many weights as sources, or their ratios are not simple.
    """

    def __init__(self, sources: Sequence[PatchSource], weights: Sequence[float], seed: int) -> None:
        self._turns = _turns(weights, len(sources)) if weights else [0]
        groups = [[source] for source in sources] if weights else [sources]
        self._pools = [
            _Pool(group, stream(seed, "pool", index).seed() if index else seed) for index, group in enumerate(groups)
        ]
        self._per_round = [self._turns.count(pool) for pool in range(len(self._pools))]
        self._earlier = [self._turns[:turn].count(pool) for turn, pool in enumerate(self._turns)]
        total = sum(map(len, sources))
        self.shares = (
            [count / len(self._turns) for count in self._per_round]
            if weights
            else [len(source) / total for source in sources]
        )

    def pair(self, index: int) -> tuple[TrainingPair, Stream]:
        """Read the pair of a patch, and return it with the stream from which all else about the patch is drawn.

        Args:
            index: The index of the patch in the run, counted through all epochs.

        Raises:
            DatasetError: The pair cannot be read.
        """
        rounds, turn = divmod(index, len(self._turns))
        pool = self._turns[turn]
        return self._pools[pool].pair(rounds * self._per_round[pool] + self._earlier[turn])


class _Pool:
    """Sources whose pairs take part in epochs together."""

    def __init__(self, sources: Sequence[PatchSource], seed: int) -> None:
        self._sources, self._seed = sources, seed
        self._ends = list(accumulate(map(len, sources)))
        self._orders: dict[int, Tensor] = {}

    def pair(self, index: int) -> tuple[TrainingPair, Stream]:
        epoch, position = divmod(index, self._ends[-1])
        item = int(self._order_of(epoch)[position])
        rng = stream(self._seed, f"patch {epoch}", item)
        source = bisect_right(self._ends, item)
        first = self._ends[source - 1] if source else 0
        return self._sources[source].pair(item - first, rng), rng

    def _order_of(self, epoch: int) -> Tensor:
        if epoch not in self._orders:
            generator = torch.Generator("cpu").manual_seed(stream(self._seed, "epoch", epoch).seed())
            order = torch.randperm(self._ends[-1], generator=generator, device="cpu")
            if len(self._orders) >= max(1, _KEPT_POSITIONS // self._ends[-1]):
                del self._orders[next(iter(self._orders))]
            self._orders[epoch] = order
        return self._orders[epoch]

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_orders": {}}


def _turns(weights: Sequence[float], sources: int) -> list[int]:
    """Return the index of the source that gives each patch of a round, after which the turns repeat.

    Each turn goes to the source with the largest weight / patches given, this one included, among the sources that are
    below their shares. So after every turn each source has given its share, rounded down or up.
    Source: Balinski and Young, The quota method of apportionment (1975).
    """
    if len(weights) != sources:
        raise ConfigError(
            Mistake(
                "data_weights", f"must have one number for each of shards and pairs, {sources} in all", list(weights)
            )
        )
    exact = [Fraction(str(weight)) for weight in weights]  # as they are written, not as they are rounded to bits
    common = lcm(*(weight.denominator for weight in exact))
    whole = [int(weight * common) for weight in exact]
    whole = [weight // gcd(*whole) for weight in whole]
    total = sum(whole)
    if total > _MOST_TURNS:
        rule = f"must be in the ratio of whole numbers whose sum is at most {_MOST_TURNS:,}, such as 4 and 1"
        raise ConfigError(Mistake("data_weights", rule, list(weights)))
    turns: list[int] = []
    given = [0] * sources
    for turn in range(1, total + 1):
        due = [each for each in range(sources) if given[each] * total < whole[each] * turn]
        chosen = max(due, key=lambda each: Fraction(whole[each], given[each] + 1))
        given[chosen] += 1
        turns.append(chosen)
    return turns
