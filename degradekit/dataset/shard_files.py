"""The files of the shards of a split: opened, and read by row groups, in any order or by several threads."""

import os
from bisect import bisect_right
from itertools import accumulate
from typing import NamedTuple

from degradekit.dataset.formats import IndexedReader
from degradekit.dataset.opening import VERIFY, Dataset
from degradekit.dataset.pair import Pair, PairGroup
from degradekit.errors import DatasetError

_OPEN_FILES = 32


class Run(NamedTuple):
    """Row groups of a shard that are read together."""

    shard: int
    reader: IndexedReader
    groups: range


class ShardFiles:
    """The shards of a split; it pickles, as it holds no open file.

    Args:
        dataset: The dataset.
        reader: Reads one of its shards.
        rows: The number of rows of each file that has any, in order.
    """

    def __init__(self, dataset: Dataset, reader: type[IndexedReader], rows: dict[str, int]) -> None:
        self._dataset, self._reader = dataset, reader
        self.names, self.ends = list(rows), list(accumulate(rows.values()))

    def __len__(self) -> int:
        return len(self.names)

    def open(self, shard: int) -> IndexedReader:
        """Open a shard; several threads may do so at once.

        Raises:
            DatasetError: It cannot be read, or does not have the rows of its manifest.
        """
        name, expected = self.names[shard], self.ends[shard] - (self.ends[shard - 1] if shard else 0)
        with self._dataset.read_errors(name):
            reader = self._reader(self._dataset.folder, name, self._dataset.plan.options.pictures)
        if reader.starts[-1] != expected:
            raise DatasetError(
                f"shards: {name} must have the {expected} rows of its manifest; {VERIFY} (got {reader.starts[-1]})"
            )
        return reader

    def runs(self, shard: int) -> list[Run]:
        """Open a shard, and return its runs of row groups; several threads may do so at once."""
        reader = self.open(shard)
        return [Run(shard, reader, groups) for groups in reader.runs()]

    def read(self, run: Run) -> list[PairGroup]:
        """Read a run of row groups; several threads may do so at once."""
        name = self.names[run.shard]
        with self._dataset.read_errors(name):
            return [PairGroup(self._dataset, name, group) for group in run.reader.groups(run.groups)]


class OpenShards:
    """Open shards for reading in any order, and the last row group that was read, in one process."""

    def __init__(self, files: ShardFiles) -> None:
        self.process = os.getpid()
        self._files = files
        self._readers: dict[int, IndexedReader] = {}
        self._last: tuple[int, int] = (-1, -1)
        self._group: PairGroup | None = None

    def reader(self, shard: int) -> IndexedReader:
        """Return an open shard; the one that was not used for the longest time is closed for it."""
        reader = self._readers.pop(shard, None)
        if reader is None:
            if len(self._readers) >= _OPEN_FILES:
                del self._readers[next(iter(self._readers))]
            reader = self._files.open(shard)
        self._readers[shard] = reader
        return reader

    def pair(self, shard: int, index: int) -> Pair:
        """Return a pair by its index in the shard; its row group is kept for the next one."""
        reader = self.reader(shard)
        group = bisect_right(reader.starts, index) - 1
        if self._group is None or self._last != (shard, group):
            (self._group,) = self._files.read(Run(shard, reader, range(group, group + 1)))
            self._last = shard, group
        return self._group.pair(index - reader.starts[group])
