"""The files of the shards of a split: opened, and read by row groups, in any order or by several threads."""

import os
from bisect import bisect_right
from itertools import accumulate
from typing import NamedTuple

from degradekit.dataset.formats import GroupReader, IndexedReader
from degradekit.dataset.opening import VERIFY, Dataset
from degradekit.dataset.pair import Pair, PairGroup
from degradekit.errors import DatasetError
from degradekit.locations import is_url

_KEPT_BYTES = 2**27
"""Memory for open shards: enough for 8,000 local ones, or for 300 of 450 row groups each behind a URL."""


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

    Attributes:
        names: The names of the files.
        ends: For each file, the index after its last row in the split.
        variants: Degradations of each tile.
        is_remote: Whether they lie behind a URL.
    """

    def __init__(self, dataset: Dataset, reader: type[IndexedReader], rows: dict[str, int]) -> None:
        self._dataset, self._reader = dataset, reader
        self.names, self.ends = list(rows), list(accumulate(rows.values()))
        self.variants, self.is_remote = dataset.plan.options.variants, is_url(dataset.folder.location)

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

    def open_in_any_order(self, shard: int) -> GroupReader:
        """Open a shard to read single row groups of it."""
        reader = self.open(shard)
        with self._dataset.read_errors(self.names[shard]):
            return reader.in_any_order()

    def group(self, shard: int, reader: GroupReader, index: int) -> PairGroup:
        """Read a row group."""
        name = self.names[shard]
        with self._dataset.read_errors(name):
            return PairGroup(self._dataset, name, reader.group(index))


class RandomAccessReader:
    """Reads pairs in any order, in one process; it keeps shards open, and the row group that it has read last."""

    def __init__(self, files: ShardFiles) -> None:
        self.process = os.getpid()
        self._files, self._bytes = files, 0
        self._readers: dict[int, GroupReader] = {}
        self._last: tuple[int, int] = (-1, -1)
        self._group: PairGroup | None = None

    def pair(self, shard: int, index: int) -> Pair:
        """Return a pair by its index in the shard; its row group is kept for the next one."""
        reader = self._reader(shard)
        group = bisect_right(reader.starts, index) - 1
        if self._group is None or self._last != (shard, group):
            self._group = self._files.group(shard, reader, group)
            self._last = shard, group
        return self._group.pair(index - reader.starts[group])

    def _reader(self, shard: int) -> GroupReader:
        """Return an open shard, and close those that were used least recently if it needs their memory."""
        reader = self._readers.pop(shard, None)
        if reader is None:
            reader = self._files.open_in_any_order(shard)
            self._bytes += reader.kept_bytes
            while self._bytes > _KEPT_BYTES and self._readers:
                self._bytes -= self._readers.pop(next(iter(self._readers))).kept_bytes
        self._readers[shard] = reader
        return reader
