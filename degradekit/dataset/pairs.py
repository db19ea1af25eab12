"""Reads the pairs of a dataset for training: by index, in order, or shuffled as a stream."""

import operator
import os
from bisect import bisect_right
from collections.abc import Iterator
from functools import partial
from typing import Any, overload

from degradekit.dataset.formats import IndexedReader
from degradekit.dataset.layout import split_of
from degradekit.dataset.opening import VERIFY, Dataset
from degradekit.dataset.pair import Pair
from degradekit.dataset.pair_stream import in_order, shuffled
from degradekit.dataset.reading_ahead import read_ahead
from degradekit.dataset.report import Report
from degradekit.dataset.shard_files import RandomAccessReader, ShardFiles
from degradekit.errors import DatasetError
from degradekit.locations import Location, is_url
from degradekit.types import Size
from degradekit.wording import counted

_MANIFESTS = 64
"""The number of manifests that are requested of a service before they are needed."""


class Pairs:
    """The pairs of one split of a dataset, in the order of the shards.

    Reads straight from the shards, decoding only what is asked for; pickles and forks, so it serves a torch
    `DataLoader` with any number of workers as it is. The variants of a tile are neighbors.

    Args:
        location: The dataset, a path or a URL.
        split: `train`, `validation` or `test`.

    Attributes:
        scale: HR side / LR side.
        variants: Degradations of each tile; 1 in a filtered dataset, which has any number of those of a tile.
        splits: Names of the splits of the dataset.
        digest: The digest of the content of the whole dataset.

    Raises:
        DatasetError: There is no finished dataset or no such split, a manifest is missing or damaged, or the rows
            cannot be read by index; when pairs are read, a shard is damaged.
    """

    def __init__(self, location: Location, split: str = "train") -> None:
        self._dataset = Dataset.open_finished(location)
        stored = self._dataset.format
        if stored.reader is None or not issubclass(stored.reader, IndexedReader):
            raise DatasetError(
                f"shards: must be in a format that is read by index; `degradekit export --format parquet` writes one"
                f" (got {stored.name})"
            )
        report = Report.load(self._dataset.folder)
        if split not in report.pairs:
            raise DatasetError(f"split: must be one of {', '.join(report.pairs)} (got {split!r})")
        self.scale = self._dataset.plan.scale
        self.variants = 1 if self._dataset.plan.filters else self._dataset.plan.options.variants
        self.splits = tuple(report.pairs)
        self.digest = report.digest
        shards = [shard for shard in self._dataset.plan.shards if split_of(shard) == split]
        read = partial(read_ahead, ahead=_MANIFESTS) if is_url(self._dataset.folder.location) else map
        manifests = read(self._dataset.manifest, shards)
        counts = {self._dataset.file(manifest.shard): manifest.pairs for manifest in manifests if manifest.pairs}
        total = sum(counts.values())
        if total != report.pairs[split]:
            raise DatasetError(
                f"shards: the manifests of {split} must add up to the {report.pairs[split]} pairs of the report;"
                f" {VERIFY} (got {total} in {self._dataset.folder.location!r})"
            )
        odd = [file for file, pairs in counts.items() if pairs % self.variants]
        if odd:
            raise DatasetError(
                f"shards: every tile must have {counted(self.variants, 'variant')}, so that the pairs of a shard are a"
                f" multiple of that; {VERIFY} (got {counts[odd[0]]} in {odd[0]})"
            )
        self._files = ShardFiles(self._dataset, stored.reader, counts)
        self._reader: RandomAccessReader | None = None

    def __len__(self) -> int:
        return self._files.ends[-1]

    @overload
    def __getitem__(self, index: int) -> Pair: ...
    @overload
    def __getitem__(self, index: slice) -> list[Pair]: ...
    def __getitem__(self, index: int | slice) -> Pair | list[Pair]:
        """Return a pair by its index."""
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        position = index + len(self) if index < 0 else operator.index(index)
        if not 0 <= position < len(self):
            raise IndexError(f"index: must be between -{len(self)} and {len(self) - 1} (got {index})")
        shard = bisect_right(self._files.ends, position)
        first = self._files.ends[shard - 1] if shard else 0
        return self._random().pair(shard, position - first)

    def __iter__(self) -> Iterator[Pair]:
        """Yield all pairs in order."""
        return in_order(self._files)

    def stream(self, seed: int, *, rank: int = 0, world: int = 1) -> Iterator[Pair]:
        """Yield all pairs once in a random order that reads the shards piece by piece, as slow disks and buckets need.

        The shards are shuffled; then the runs of every sixteen shards, which are neighboring row groups of about a
        megabyte; and then the pairs of every sixteen runs. Threads read ahead.

        Args:
            seed: The seed of the order; use another one for each epoch.
            rank: The index of this process, which takes every `world`-th run, beginning with the run of this index.
            world: The number of processes that share the pairs; some may get a few more than others, as runs are not
                split.

        Raises:
            DatasetError: The rank is not one of the world's, or there are fewer runs than processes.
        """
        if not 0 <= rank < world:
            raise DatasetError(f"rank: must be between 0 and world - 1 (got rank {rank}, world {world})")
        if world > len(self._files) and world > (runs := self._runs()):
            raise DatasetError(
                f"world: must be at most the number of runs of row groups of the split, {runs}, because a process that"
                f" gets no pairs would make the others wait forever; use fewer processes (got world {world})"
            )
        return shuffled(self._files, seed, rank, world)

    def smallest_tile(self) -> tuple[str, Size]:
        """Return the key of a photo whose HR tile has the shortest side of all, and the tile's (height, width).

        No picture is read, and no shard where all tiles are of one size; the key is then empty.
        """
        options = self._dataset.plan.options
        if options.tile and options.small != "keep":
            return "", (options.tile, options.tile)
        smallest = []
        for shard, name in enumerate(self._files.names):
            reader = self._files.open(shard)
            with self._dataset.read_errors(name):
                smallest.append(reader.smallest_tile())
        return min(smallest, key=lambda tile: min(tile[1]))

    def _runs(self) -> int:
        return sum(len(self._files.runs(shard)) for shard in range(len(self._files)))

    def _random(self) -> RandomAccessReader:
        """Return what this process reads with: another one's may not be used after a fork."""
        if self._reader is None or self._reader.process != os.getpid():
            self._reader = RandomAccessReader(self._files)
        return self._reader

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_reader": None}
