"""Reads Parquet shards, whole or by runs of row groups, from disks and buckets."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from degradekit.dataset.arrow_columns import require_layout
from degradekit.dataset.formats.base import GroupReader, IndexedReader, RowGroup
from degradekit.dataset.formats.parquet.files import StoredFile
from degradekit.dataset.formats.parquet.groups import (
    PAIR,
    ParquetGroupReader,
    extent,
    read_groups,
    read_tables,
    schema,
    zstd_columns,
)
from degradekit.dataset.parquet_footers import MAGIC, Footer, footer_range
from degradekit.dataset.row import Row
from degradekit.limits import MAX_GROUP_ROWS
from degradekit.storage import Folder
from degradekit.types import Size

RUN_ROWS = 64
RUN_BYTES = 2**20
"""Row groups that are neighbors are read together until they have so many rows, or so many bytes in the file."""


class ParquetReader(IndexedReader):
    """Reads row groups; of a file behind a URL, a run of them is one request."""

    def __init__(self, folder: Folder, file: str, pictures: Sequence[str]) -> None:
        super().__init__(folder, file, pictures)
        stored = StoredFile.open(folder, file)
        start, size = footer_range(stored.size, stored.part)
        self._stored = stored.holding(start, stored.size)
        end = self._stored.part(start, stored.size - start)
        parquet = pq.ParquetFile(pa.BufferReader(b"".join((MAGIC, end))))  # it would read 64 KiB of the file
        self._metadata = parquet.metadata
        self._footer = Footer(end[:size])
        require_layout(parquet, schema(pictures), MAX_GROUP_ROWS, file, zstd_columns(pictures))
        groups = map(self._metadata.row_group, range(self._metadata.num_row_groups))
        self.starts = array("Q", accumulate((group.num_rows for group in groups), initial=0))

    def rows(self) -> Iterator[Row]:
        """Yield the rows, in order, each with its fields checked."""
        return self._rows(self.pictures)

    def rows_without_pictures(self) -> Iterator[Row]:
        """Yield the rows, in order, with empty pictures."""
        return self._rows(())

    def _rows(self, pictures: Sequence[str]) -> Iterator[Row]:
        for run in self.runs() if pictures else [range(index, index + 1) for index in range(len(self.starts) - 1)]:
            for group in self._groups(run, pictures):
                yield from map(group.__getitem__, range(len(group)))

    def groups(self, run: range) -> list[RowGroup]:
        """Return the rows of neighboring groups, without the sharpened HR; several threads may ask at once."""
        return self._groups(run, PAIR)

    def _groups(self, run: range, pictures: Sequence[str]) -> list[RowGroup]:
        return read_groups(self._stored, self._metadata, run, self.file, pictures, self.starts[run.start])

    def runs(self) -> list[range]:
        """Return the groups in runs of neighbors."""
        runs, first, size = [], 0, 0
        for index in range(len(self.starts) - 1):
            start, stop = extent(self._metadata, range(index, index + 1))
            size += stop - start
            rows = self.starts[index + 1] - self.starts[first]
            if rows >= RUN_ROWS or size >= RUN_BYTES or index == len(self.starts) - 2:
                runs.append(range(first, index + 1))
                first, size = index + 1, 0
        return runs

    def in_any_order(self) -> GroupReader:
        """Return a reader of single row groups."""
        return ParquetGroupReader(self._stored, self._footer, self.file, self.pictures, self.starts)

    def smallest_tile(self) -> tuple[str, Size]:
        """Return the key of the photo whose tile has the shortest side, and the tile's size; no picture is read."""
        columns = ["key", "tile.height", "tile.width"]
        runs = (range(index, index + 1) for index in range(len(self.starts) - 1))
        tables = (read_tables(self._stored, self._metadata, run, self.file, columns) for run in runs)
        table = pa.concat_tables(each for part in tables for each in part)
        tiles = table.column("tile").combine_chunks().flatten()
        sides = np.stack([np.asarray(tile_sides) for tile_sides in tiles], axis=1)  # of each row height and width
        smallest = int(sides.min(axis=1).argmin())
        return table.column("key")[smallest].as_py(), (int(sides[smallest, 0]), int(sides[smallest, 1]))
