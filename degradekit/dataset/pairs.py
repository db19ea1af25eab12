"""Reads a dataset's pairs for training: by number, in order, or shuffled as a stream."""

import os
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, overload

import pyarrow as pa
import pyarrow.parquet as pq

from degradekit.dataset.build import Place
from degradekit.dataset.export import open_finished
from degradekit.dataset.formats import find_format
from degradekit.dataset.manifest import load
from degradekit.dataset.report import load_report
from degradekit.dataset.tiles import Tile
from degradekit.errors import DatasetError
from degradekit.picture_files import decode_png
from degradekit.rng import stream
from degradekit.types import Pixels

_COLUMNS = ["hr", "lr", "degradation", "key", "tile", "variant"]
_POOLED_GROUPS = 16
_OPEN_FILES = 32


class Pair(NamedTuple):
    """One row.

    Attributes:
        hr: (H, W, 3) uint8 RGB.
        lr: (H / scale, W / scale, 3) uint8 RGB.
        degradation: The record, JSON, for `Degradation.from_json`.
        key: Of the photo.
        tile: The part of the photo.
        variant: Which of the tile's degradations.
    """

    hr: Pixels
    lr: Pixels
    degradation: str
    key: str
    tile: Tile
    variant: int


class Pairs:
    """The pairs of one split of a Parquet dataset, in the order of the shards.

    Reads straight from the shards, decoding only what is asked for; pickles and forks, so it serves a torch
    `DataLoader` with any number of workers as it is. The variants of a tile are neighbors.

    Args:
        place: The dataset, a path or a URL.
        split: `train`, `validation` or `test`.

    Attributes:
        scale: HR side / LR side.
        variants: Degradations of each tile.
        splits: Names of the dataset's splits.
        digest: Of the whole dataset's content.

    Raises:
        DatasetError: There is no finished dataset, no such split, or the shards are not Parquet; when pairs are read,
            a shard cannot be.
    """

    def __init__(self, place: Place, split: str = "train") -> None:
        self._folder, plan = open_finished(place)
        if plan.format != "parquet":
            raise DatasetError(
                f"shards: must be Parquet to be read by number; `degradekit export --format parquet` makes them"
                f" (got {plan.format})"
            )
        report = load_report(self._folder)
        if split not in report["pairs"]:
            raise DatasetError(f"split: there is {', '.join(report['pairs'])} (got {split!r})")
        self.scale: int = plan.record["scale"]
        self.variants: int = plan.record["options"]["variants"]
        self.splits: tuple[str, ...] = tuple(report["pairs"])
        self.digest: str = report["digest"]
        names = [name for name in plan.shard_names if name.startswith(f"{split}-")]
        found = [(name, manifest.pairs) for name in names if (manifest := load(self._folder, name))]
        self._files = [find_format(plan.format).file(name) for name, pairs in found if pairs]
        self._ends: list[int] = []
        for _, pairs in found:
            if pairs:
                self._ends.append(pairs + (self._ends[-1] if self._ends else 0))
        self._opened: _Opened | None = None

    def __len__(self) -> int:
        return self._ends[-1]

    @overload
    def __getitem__(self, index: int) -> Pair: ...
    @overload
    def __getitem__(self, index: slice) -> list[Pair]: ...
    def __getitem__(self, index: int | slice) -> Pair | list[Pair]:
        """A pair by its number."""
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        number = index + len(self) if index < 0 else index
        if not 0 <= number < len(self):
            raise IndexError(f"index: must lie in -{len(self)}..{len(self) - 1} (got {index})")
        file = bisect_right(self._ends, number)
        first = self._ends[file - 1] if file else 0
        return self._here().pair(file, number - first)

    def __iter__(self) -> Iterator[Pair]:
        """All pairs in order."""
        for file, group in self._groups():
            yield from self._here().group(file, group)

    def stream(self, seed: int, *, rank: int = 0, world: int = 1) -> Iterator[Pair]:
        """All pairs once in a random order that reads the shards piece by piece: right for slow disks and buckets.

        Row groups are shuffled, and the pairs of every sixteen of them are shuffled together.

        Args:
            seed: Another one for each epoch.
            rank: This process takes every `world`-th row group, beginning with number `rank`.
            world: Processes that share the pairs; some may get a few more than others, as row groups are not split.

        Raises:
            DatasetError: The rank is not one of the world's.
        """
        if not 0 <= rank < world:
            raise DatasetError(f"rank: must lie in 0..world - 1 (got rank {rank}, world {world})")
        groups = list(self._groups())
        order = stream(seed, "groups").permutation(len(groups))[rank::world]
        for first in range(0, len(order), _POOLED_GROUPS):
            tables = [self._here().table(*groups[number]) for number in order[first : first + _POOLED_GROUPS]]
            rows = [(table, row) for table in tables for row in range(table.num_rows)]
            for number in stream(seed, f"rows/{rank}/{world}", first).permutation(len(rows)):
                yield _pair(*rows[number])

    def _groups(self) -> Iterator[tuple[int, int]]:
        for file in range(len(self._files)):
            for group in range(len(self._here().starts(file)) - 1):
                yield file, group

    def _here(self) -> "_Opened":
        """The open files of this process: another one's may not be used after a fork."""
        if self._opened is None or self._opened.process != os.getpid():
            self._opened = _Opened(self)
        return self._opened

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_opened": None}


class _Opened:
    """Open shards and the last row group that was read, in one process."""

    def __init__(self, pairs: Pairs) -> None:
        self.process = os.getpid()
        self._folder, self._names = pairs._folder, pairs._files
        self._files: dict[int, pq.ParquetFile] = {}
        self._starts: dict[int, list[int]] = {}
        self._last: tuple[int, int] = (-1, -1)
        self._table: pa.Table | None = None

    def _file(self, file: int) -> pq.ParquetFile:
        if file not in self._files:
            if len(self._files) >= _OPEN_FILES:
                self._files.pop(next(iter(self._files))).close(force=True)  # the one opened first
            name = self._names[file]
            with self._told(file):
                place = self._folder.path(name) if self._folder.is_local else self._folder.open(name)
                self._files[file] = pq.ParquetFile(
                    place, read_dictionary=["hr.bytes"], memory_map=self._folder.is_local
                )
        return self._files[file]

    @contextmanager
    def _told(self, file: int) -> Iterator[None]:
        try:
            yield
        except (OSError, pa.ArrowException) as error:
            raise DatasetError(f"shards: {self._folder.path(self._names[file])} cannot be read ({error})") from None

    def starts(self, file: int) -> list[int]:
        """Where each row group starts, and where the last one ends."""
        if file not in self._starts:
            metadata = self._file(file).metadata
            starts = [0]
            for group in range(metadata.num_row_groups):
                starts.append(starts[-1] + metadata.row_group(group).num_rows)
            self._starts[file] = starts
        return self._starts[file]

    def table(self, file: int, group: int) -> pa.Table:
        """A row group; the last one is kept."""
        if self._last != (file, group) or self._table is None:
            opened = self._file(file)
            with self._told(file):
                self._table = opened.read_row_group(group, columns=_COLUMNS, use_threads=False)
            self._last = (file, group)
        return self._table

    def group(self, file: int, group: int) -> Iterator[Pair]:
        table = self.table(file, group)
        return (_pair(table, row) for row in range(table.num_rows))

    def pair(self, file: int, row: int) -> Pair:
        starts = self.starts(file)
        group = bisect_right(starts, row) - 1
        return _pair(self.table(file, group), row - starts[group])


def _pair(table: pa.Table, row: int) -> Pair:
    cells = table.slice(row, 1).to_pylist()[0]
    hr, lr = decode_png(cells["hr"]["bytes"]), decode_png(cells["lr"]["bytes"])
    return Pair(hr, lr, cells["degradation"], cells["key"], Tile(**cells["tile"]), cells["variant"])
