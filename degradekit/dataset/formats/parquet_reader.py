"""Reads Parquet shards, whole or by runs of row groups, from disks and buckets."""

import json
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from degradekit.dataset.columns import arrow_type, require_layout
from degradekit.dataset.formats.base import IndexedReader, RowGroup
from degradekit.dataset.pages import chunk_range, require_bounded
from degradekit.dataset.row import FACTS, PICTURES, Row, features
from degradekit.dataset.stored_file import StoredFile
from degradekit.errors import DatasetError
from degradekit.limits import MAX_GROUP_ROWS
from degradekit.storage import Folder
from degradekit.types import Size

RUN_ROWS = 64
RUN_BYTES = 2**20
"""Row groups that are neighbors are read together until they have so many rows, or so many bytes in the file."""


def schema(pictures: Sequence[str]) -> pa.Schema:
    """Return the columns of a dataset that has these columns of pictures."""
    columns = features(pictures)
    return pa.schema(
        {name: arrow_type(feature) for name, feature in columns.items()},
        metadata={"huggingface": json.dumps({"info": {"features": columns}})},
    )


def zstd_columns(pictures: Sequence[str]) -> list[str]:
    """Return the columns that Zstandard compresses, of a dataset with these columns of pictures that are not."""
    return ["degradation", *(f"{kind}.bytes" for kind in pictures)]


class ParquetReader(IndexedReader):
    """Reads row groups; of a file behind a URL, a run of them is one request."""

    def __init__(self, folder: Folder, file: str, pictures: Sequence[str]) -> None:
        super().__init__(folder, file, pictures)
        self._stored = StoredFile.open(folder, file)
        self._metadata = pq.read_metadata(self._stored.for_arrow())
        require_layout(self._metadata, schema(pictures), MAX_GROUP_ROWS, file, zstd_columns(pictures))
        self.starts = [0]
        for group in range(self._metadata.num_row_groups):
            self.starts.append(self.starts[-1] + self._metadata.row_group(group).num_rows)

    def rows(self) -> Iterator[Row]:
        """Yield the rows, in order, each with its fields checked."""
        return self._rows(self.pictures)

    def rows_without_pictures(self) -> Iterator[Row]:
        """Yield the rows, in order, with empty pictures."""
        return self._rows(())

    def _rows(self, pictures: Sequence[str]) -> Iterator[Row]:
        for run in self.runs():
            for group in self._read(run, pictures):
                yield from map(group.__getitem__, range(len(group)))

    def groups(self, run: range) -> list[RowGroup]:
        """Return the rows of neighboring groups, without the sharpened HR; several threads may ask at once."""
        return self._read(run, ("hr", "lr"))

    def runs(self) -> list[range]:
        """Return the groups in runs of neighbors."""
        runs, first = [], 0
        offsets = [self._offset(group) for group in range(len(self.starts))]
        for stop in range(1, len(self.starts)):
            rows, size = (ends[stop] - ends[first] for ends in (self.starts, offsets))
            if rows >= RUN_ROWS or size >= RUN_BYTES or stop == len(self.starts) - 1:
                runs.append(range(first, stop))
                first = stop
        return runs

    def _read(self, run: range, pictures: Sequence[str]) -> list[RowGroup]:
        columns = [*(f"{kind}.bytes" for kind in pictures), *FACTS]
        return [
            _Group(table, pictures, self.file, self.starts[index])
            for index, table in zip(run, self._tables(run, columns), strict=True)
        ]

    def _tables(self, run: range, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Yield some columns of neighboring row groups: the pictures with all others, or only others."""
        has_pictures = columns[0].endswith(".bytes")
        for part in [run] if has_pictures else [range(index, index + 1) for index in run]:
            first = self._offset(part.start, 0 if has_pictures else 2 * len(self.pictures))  # each has bytes and path
            stored = self._stored.holding(first, self._offset(part.stop))
            # Values that stand for many rows are not copied for each of them, however long they are.
            texts = [*(f"{kind}.bytes" for kind in self.pictures), "degradation", "key"]
            parquet = pq.ParquetFile(stored.for_arrow(), metadata=self._metadata, read_dictionary=texts)
            for index in part:
                self._require_bounded(stored, index, columns)
                yield parquet.read_row_group(index, columns=columns, use_threads=False)

    def _require_bounded(self, stored: StoredFile, index: int, columns: Sequence[str]) -> None:
        group = self._metadata.row_group(index)
        for chunk in map(group.column, range(group.num_columns)):
            if chunk.compression == "ZSTD" and chunk.path_in_schema in columns:
                pages = memoryview(stored.part(*chunk_range(chunk)))
                require_bounded(pages, f"{self.file}, row group {index}, {chunk.path_in_schema}")

    def _offset(self, group: int, column: int = 0) -> int:
        """Return where a column of a row group begins in the file, or where the file ends, as its metadata state it.

        Nothing but the number of requests depends on it.
        """
        if group == len(self.starts) - 1:
            return self._stored.size
        return chunk_range(self._metadata.row_group(group).column(column))[0]

    def smallest_tile(self) -> tuple[str, Size]:
        """Return the key of the photo whose tile has the shortest side, and the tile's size; no picture is read."""
        columns = ["key", "tile.height", "tile.width"]
        table = pa.concat_tables(self._tables(range(len(self.starts) - 1), columns))
        tiles = table.column("tile").combine_chunks().flatten()
        sides = np.stack([np.asarray(tile_sides) for tile_sides in tiles], axis=1)  # of each row height and width
        smallest = int(sides.min(axis=1).argmin())
        return table.column("key")[smallest].as_py(), (int(sides[smallest, 0]), int(sides[smallest, 1]))


class _Group(RowGroup):
    def __init__(self, table: pa.Table, pictures: Sequence[str], file: str, start: int) -> None:
        self._rows, self._file, self._start = int(table.num_rows), file, start
        columns = {
            name: column.combine_chunks() for name, column in zip(table.column_names, table.columns, strict=True)
        }
        self._tiles = dict(zip(columns["tile"].type.names, columns.pop("tile").flatten(), strict=True))
        self._pictures = {kind: columns.pop(kind).flatten()[0] for kind in pictures}
        self._facts = columns

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, index: int) -> Row:
        """Return a row; the pictures that were not read are empty."""
        where = f"{self._file}, row {self._start + index}"
        try:
            cells, tile, pictures = (
                {name: column[index].as_py() for name, column in columns.items()}
                for columns in (self._facts, self._tiles, self._pictures)
            )
        except (pa.ArrowException, ValueError) as error:
            raise DatasetError(f"{where}: cannot be read ({error})") from None
        return Row.load(_NO_PICTURES | cells | pictures | {"tile": tile}, where)


_NO_PICTURES = dict.fromkeys(PICTURES, b"")
