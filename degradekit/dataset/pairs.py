"""Reads the pairs of a dataset for training: by index, in order, or shuffled as a stream."""

import operator
import os
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, overload

from degradekit.dataset.formats import IndexedReader, RowGroup
from degradekit.dataset.layout import split_of
from degradekit.dataset.opening import VERIFY, Dataset
from degradekit.dataset.report import Report
from degradekit.dataset.row import Row
from degradekit.dataset.tiles import Tile
from degradekit.errors import DatasetError
from degradekit.rng import stream
from degradekit.types import Pixels, Size

_POOLED_GROUPS = 16
_OPEN_FILES = 32


class Pair(NamedTuple):
    """One row, its pictures decoded.

    Attributes:
        hr: (H, W, 3) uint8 RGB.
        lr: (H / scale, W / scale, 3) uint8 RGB.
        degradation: The record, JSON, for `Degradation.from_json`, whose `target` has the sharpened HR.
        key: The key of the photo.
        tile: The part of the photo.
        variant: Which of the degradations of the tile.
    """

    hr: Pixels
    lr: Pixels
    degradation: str
    key: str
    tile: Tile
    variant: int

    @classmethod
    def of(cls, row: Row) -> "Pair":
        """Return a row with its pictures decoded.

        Raises:
            ImageError: A picture cannot be decoded.
            DatasetError: It does not fit the other one, the tile or the record.
        """
        row.refuse_contradiction()
        pictures = {name: row.decode(name) for name in ("hr", "lr")}
        return cls(**{name: getattr(row, name) for name in cls._fields} | pictures)


class Pairs:
    """The pairs of one split of a dataset, in the order of the shards.

    Reads straight from the shards, decoding only what is asked for; pickles and forks, so it serves a torch
    `DataLoader` with any number of workers as it is. The variants of a tile are neighbors.

    Args:
        location: The dataset, a path or a URL.
        split: `train`, `validation` or `test`.

    Attributes:
        scale: HR side / LR side.
        variants: Degradations of each tile.
        splits: Names of the splits of the dataset.
        digest: The digest of the content of the whole dataset.

    Raises:
        DatasetError: There is no finished dataset or no such split, a manifest is missing or damaged, or the rows
            cannot be read by index; when pairs are read, a shard is damaged.
    """

    def __init__(self, location: str | os.PathLike[str], split: str = "train") -> None:
        self._dataset = Dataset.open_finished(location)
        stored = self._dataset.format
        if stored.reader is None or not issubclass(stored.reader, IndexedReader):
            raise DatasetError(
                f"shards: must be in a format that is read by index; `degradekit export --format parquet` writes one"
                f" (got {stored.name})"
            )
        self._reader = stored.reader
        report = Report.load(self._dataset.folder)
        if split not in report.pairs:
            raise DatasetError(f"split: must be one of {', '.join(report.pairs)} (got {split!r})")
        self.scale = self._dataset.plan.scale
        self.variants = self._dataset.plan.options.variants
        self.splits = tuple(report.pairs)
        self.digest = report.digest
        shards = [shard for shard in self._dataset.plan.shards if split_of(shard) == split]
        manifests = map(self._dataset.manifest, shards)
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
                f"shards: every tile must have {self.variants} variants, so that the pairs of a shard are a multiple of"
                f" that; {VERIFY} (got {counts[odd[0]]} in {odd[0]})"
            )
        self._files = list(counts)
        self._ends = list(accumulate(counts.values()))
        self._opened: _OpenShards | None = None

    def __len__(self) -> int:
        return self._ends[-1]

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
        file = bisect_right(self._ends, position)
        first = self._ends[file - 1] if file else 0
        return self._shards().pair(file, position - first)

    def __iter__(self) -> Iterator[Pair]:
        """Yield all pairs in order."""
        for file, group in self._groups():
            pairs = self._shards().group(file, group)
            yield from map(pairs.__getitem__, range(len(pairs)))

    def stream(self, seed: int, *, rank: int = 0, world: int = 1) -> Iterator[Pair]:
        """Yield all pairs once in a random order that reads the shards piece by piece, as slow disks and buckets need.

        Row groups are shuffled, and the pairs of every sixteen of them are shuffled together.

        Args:
            seed: Another one for each epoch.
            rank: This process takes every `world`-th row group, beginning with this one.
            world: Processes that share the pairs; some may get a few more than others, as row groups are not split.

        Raises:
            DatasetError: The rank is not one of the world's, or there are fewer row groups than processes.
        """
        if not 0 <= rank < world:
            raise DatasetError(f"rank: must be between 0 and world - 1 (got rank {rank}, world {world})")
        groups = list(self._groups())
        if world > len(groups):
            raise DatasetError(
                f"world: must be at most the number of row groups of the split, {len(groups)}, because a process that"
                f" gets no pairs would make the others wait forever; use fewer processes (got world {world})"
            )
        order = stream(seed, "groups").permutation(len(groups))[rank::world]
        for first in range(0, len(order), _POOLED_GROUPS):
            pool = [self._shards().group(*groups[index]) for index in order[first : first + _POOLED_GROUPS]]
            rows = [(group, row) for group in pool for row in range(len(group))]
            for index in stream(seed, f"rows/{rank}/{world}", first).permutation(len(rows)):
                group, row = rows[index]
                yield group[row]

    def smallest_tile(self) -> tuple[str, Size]:
        """Return the key of a photo whose HR tile has the shortest side of all, and the tile's (height, width).

        No picture is read, and no shard where all tiles are of one size; the key is then empty.
        """
        options = self._dataset.plan.options
        if options.tile and options.small != "keep":
            return "", (options.tile, options.tile)
        smallest = []
        for file, name in enumerate(self._files):
            reader = self._shards().reader(file)
            with self._dataset.read_errors(name):
                smallest.append(reader.smallest_tile())
        return min(smallest, key=lambda tile: min(tile[1]))

    def _groups(self) -> Iterator[tuple[int, int]]:
        for file in range(len(self._files)):
            for group in range(len(self._shards().reader(file).starts) - 1):
                yield file, group

    def _shards(self) -> "_OpenShards":
        """Return the open files of this process: another one's may not be used after a fork."""
        if self._opened is None or self._opened.process != os.getpid():
            rows = [stop - start for start, stop in pairwise([0, *self._ends])]
            self._opened = _OpenShards(self._dataset, self._reader, self._files, rows)
        return self._opened

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_opened": None}


class _OpenShards:
    """Open shards and the last row group that was read, in one process."""

    def __init__(self, dataset: Dataset, reader: type[IndexedReader], files: list[str], rows: list[int]) -> None:
        self.process = os.getpid()
        self._dataset, self._open, self._files, self._rows = dataset, reader, files, rows
        self._readers: dict[int, IndexedReader] = {}
        self._last: tuple[int, int] = (-1, -1)
        self._group: _PairGroup | None = None

    def reader(self, file: int) -> IndexedReader:
        if file not in self._readers:
            if len(self._readers) >= _OPEN_FILES:
                self._readers.pop(next(iter(self._readers))).close()  # the one opened first
            name, expected = self._files[file], self._rows[file]
            with self._dataset.read_errors(name):
                reader = self._open(self._dataset.folder, name, self._dataset.plan.options.pictures)
            if reader.starts[-1] != expected:
                reader.close()
                raise DatasetError(
                    f"shards: {name} must have the {expected} rows of its manifest; {VERIFY} (got {reader.starts[-1]})"
                )
            self._readers[file] = reader
        return self._readers[file]

    def group(self, file: int, index: int) -> "_PairGroup":
        """Return the pairs of a row group; the last one is kept."""
        if self._group is None or self._last != (file, index):
            reader = self.reader(file)
            with self._dataset.read_errors(self._files[file]):
                self._group = _PairGroup(self._dataset, self._files[file], reader.group(index))
            self._last = (file, index)
        return self._group

    def pair(self, file: int, index: int) -> Pair:
        starts = self.reader(file).starts
        group = bisect_right(starts, index) - 1
        return self.group(file, group)[index - starts[group]]


class _PairGroup:
    """The pairs of a row group, each decoded when it is asked for."""

    def __init__(self, dataset: Dataset, file: str, rows: RowGroup) -> None:
        self._dataset, self._file, self._rows = dataset, file, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Pair:
        with self._dataset.read_errors(self._file):
            return Pair.of(self._dataset.checked(self._rows[index]))
