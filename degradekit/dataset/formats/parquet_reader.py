"""Reads Parquet shards, whole or by runs of row groups, from disks and buckets."""

import io
import json
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from degradekit.dataset.columns import arrow_type, require_layout
from degradekit.dataset.formats.base import IndexedReader, RowGroup
from degradekit.dataset.row import FACTS, PICTURES, Row, features
from degradekit.errors import DatasetError
from degradekit.limits import MAX_FILE_BYTES, MAX_GROUP_ROWS
from degradekit.storage import Folder
from degradekit.types import Size

RUN_ROWS = 64
RUN_BYTES = 2**20
"""Row groups that are neighbors are read together until they have so many rows, or so many bytes in the file."""
_FOOTER_BYTES = 2**16


def schema(pictures: Sequence[str]) -> pa.Schema:
    """Return the columns of a dataset that has these columns of pictures."""
    columns = features(pictures)
    return pa.schema(
        {name: arrow_type(feature) for name, feature in columns.items()},
        metadata={"huggingface": json.dumps({"info": {"features": columns}})},
    )


class ParquetReader(IndexedReader):
    """Reads row groups; a local file is mapped into memory, and of one behind a URL a run of groups is one request."""

    def __init__(self, folder: Folder, file: str, pictures: Sequence[str]) -> None:
        super().__init__(folder, file, pictures)
        path = folder.readable_path(file)
        self._mapped = None if path is None else pa.memory_map(os.fsencode(path))
        remote = None if path else _RemoteFile.ending(folder, file)
        self._size = remote.size if remote else 0
        self._metadata = pq.read_metadata(remote or self._mapped)
        require_layout(self._metadata, schema(pictures), MAX_GROUP_ROWS, file)
        self.starts = [0]
        for group in range(self._metadata.num_row_groups):
            self.starts.append(self.starts[-1] + self._metadata.row_group(group).num_rows)
        self._parquet = self._open(self._mapped) if self._mapped else None

    def _open(self, source: Any) -> pq.ParquetFile:
        # Values that stand for many rows are not copied for each of them, however long they are.
        texts = [*(f"{kind}.bytes" for kind in self.pictures), "degradation", "key"]
        return pq.ParquetFile(source, metadata=self._metadata, read_dictionary=texts)

    def rows(self) -> Iterator[Row]:
        """Yield the rows, in order, each with its fields checked."""
        return self._rows(self.pictures)

    def rows_without_pictures(self) -> Iterator[Row]:
        """Yield the rows, in order, with empty pictures."""
        return self._rows(())

    def _rows(self, pictures: Sequence[str]) -> Iterator[Row]:
        try:
            for run in self.runs():
                for group in self._read(run, pictures):
                    yield from map(group.__getitem__, range(len(group)))
        finally:
            self.close()

    def group(self, index: int) -> RowGroup:
        """Return the rows of a group, without the sharpened HR."""
        if self._parquet is not None:
            return self._group(self._parquet, index, ("hr", "lr"))
        (group,) = self.groups(range(index, index + 1))
        return group

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
        return [self._group(parquet, index, pictures) for parquet, index in self._opened(run, pictures)]

    def _opened(self, run: range, pictures: Sequence[str]) -> Iterator[tuple[pq.ParquetFile, int]]:
        """Yield row groups that follow each other, each with a file that only this call uses, so threads may read."""
        if self._mapped is not None:
            parquet = self._open(self._mapped)
            yield from ((parquet, index) for index in run)
            return
        for part in [run] if pictures else [range(index, index + 1) for index in run]:
            first = self._offset(part.start, 0 if pictures else 2 * len(self.pictures))  # each has bytes and path
            remote = _RemoteFile.part(self.folder, self.file, self._size, first, self._offset(part.stop))
            parquet = self._open(remote)
            yield from ((parquet, index) for index in part)

    def _offset(self, group: int, column: int = 0) -> int:
        """Return where a column of a row group begins in the file, or where the file ends, as its metadata state it.

        Nothing but the number of requests depends on it.
        """
        if group == len(self.starts) - 1:
            return self._size if self._mapped is None else int(self._mapped.size())
        stored = self._metadata.row_group(group).column(column)
        first = stored.dictionary_page_offset
        return int(stored.data_page_offset if first is None else first)

    def _group(self, parquet: pq.ParquetFile, index: int, pictures: Sequence[str]) -> RowGroup:
        columns = [*(f"{kind}.bytes" for kind in pictures), *FACTS]
        table = parquet.read_row_group(index, columns=columns, use_threads=False)
        return _Group(table, pictures, self.file, self.starts[index])

    def smallest_tile(self) -> tuple[str, Size]:
        """Return the key of the photo whose tile has the shortest side, and the tile's size; no picture is read."""
        columns, groups = ["key", "tile.height", "tile.width"], range(len(self.starts) - 1)
        tables = [
            parquet.read_row_group(index, columns=columns, use_threads=False)
            for parquet, index in self._opened(groups, ())
        ]
        table = pa.concat_tables(tables)
        tiles = table.column("tile").combine_chunks().flatten()
        sides = np.stack([np.asarray(tile_sides) for tile_sides in tiles], axis=1)  # of each row height and width
        smallest = int(sides.min(axis=1).argmin())
        return table.column("key")[smallest].as_py(), (int(sides[smallest, 0]), int(sides[smallest, 1]))

    def close(self) -> None:
        """Close the file."""
        if self._mapped is not None:
            self._mapped.close()


class _RemoteFile(io.RawIOBase):
    """A file behind a URL of which a part has been read; what is read of the rest is a request of its own."""

    def __init__(self, folder: Folder, name: str, size: int, start: int, data: bytes) -> None:
        self._folder, self._name, self.size = folder, name, size
        self._start, self._data, self._position = start, memoryview(data), 0

    @classmethod
    def ending(cls, folder: Folder, name: str) -> "_RemoteFile":
        """Return a file of which the end has been read.

        Raises:
            FileNotFoundError: There is no such file.
        """
        size = folder.size(name)
        if size is None:
            raise FileNotFoundError(f"{folder}/{name}")
        return cls.part(folder, name, size, max(0, size - _FOOTER_BYTES), size)

    @classmethod
    def part(cls, folder: Folder, name: str, size: int, start: int, stop: int) -> "_RemoteFile":
        """Return a file of which the bytes from `start` to `stop` have been read, unless nobody would write such."""
        is_likely = 0 <= start < stop <= min(size, start + MAX_FILE_BYTES)
        return cls(folder, name, size, start, folder.read_range(name, start, stop) if is_likely else b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        return self._position

    def tell(self) -> int:
        return self._position

    def read(self, size: int = -1) -> Any:
        first = self._position
        self._position = stop = self.size if size < 0 else min(self.size, first + size)
        if self._start <= first and stop <= self._start + len(self._data):
            return self._data[first - self._start : stop - self._start]
        return self._folder.read_range(self._name, first, stop)


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
