"""The pairs of a built dataset: their records, and those that meet a condition."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from degradekit.dataset import Pair, Pairs
from degradekit.dataset.condition import Condition
from degradekit.dataset.opening import Dataset
from degradekit.dataset.pair_rows import PairRow, pair_rows, schema_of
from degradekit.operators.base import Operator

MOST_ROWS = 20_000
"""Pairs whose records are read: some seconds, and a few hundred megabytes."""


class StoredRow(NamedTuple):
    """One pair.

    Attributes:
        ordinal: Its index among the rows that are read.
        split_index: Its index in its split.
        values: What is known of it.
    """

    ordinal: int
    split_index: int
    values: PairRow


class StoredRows:
    """The pairs of a finished dataset, the first ones of many.

    Args:
        location: A path or a URL.

    Attributes:
        recipe: The recipe of the dataset.
        columns: The names that a condition may have.
        rows: The pairs.
        total: How many the dataset has.

    Raises:
        DatasetError: There is no finished dataset, or its pairs cannot be read by index.
        RecipeError: Its recipe has an operator that is not known.
    """

    def __init__(self, location: str) -> None:
        dataset = Dataset.open_finished(location)
        self.recipe: Operator = dataset.plan.recipe
        first = Pairs(location)
        self._pairs = {split: first if split == "train" else Pairs(location, split) for split in first.splits}
        self.total = sum(map(len, self._pairs.values()))
        self.rows = list(islice(_with_indices(dataset), MOST_ROWS))
        self._schema = schema_of(row.values for row in self.rows)
        self.columns = tuple(self._schema.names)

    def matching(self, where: str) -> list[StoredRow]:
        """Return the pairs that meet a condition in SQL, such as `jpeg_1_quality < 40`; all where it is empty.

        Raises:
            DatasetError: The condition cannot be used.
        """
        if not where.strip():
            return self.rows
        chosen = Condition(where, self._schema).matching([row.values for row in self.rows])
        return [self.rows[index] for index in chosen]

    def pair(self, row: StoredRow) -> Pair:
        """Return a pair with its pictures.

        Raises:
            DatasetError: It cannot be read.
        """
        return self._pairs[row.values["split"]][row.split_index]


def _with_indices(dataset: Dataset) -> Iterator[StoredRow]:
    seen: Counter[str] = Counter()
    for ordinal, values in enumerate(pair_rows(dataset, dataset.plan.shards)):
        yield StoredRow(ordinal, seen[values["split"]], values)
        seen[values["split"]] += 1
