"""Reads the row groups of Parquet shards as rows, and states which columns they have."""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from degradekit.dataset.arrow_columns import arrow_type, require_group
from degradekit.dataset.formats.base import GroupReader, RowGroup
from degradekit.dataset.formats.parquet.files import StoredFile
from degradekit.dataset.parquet_footers import Footer
from degradekit.dataset.parquet_pages import chunk_range, require_bounded
from degradekit.dataset.row import FACTS, PICTURES, Row, features
from degradekit.errors import DatasetError
from degradekit.limits import MAX_GROUP_ROWS

PAIR = ("hr", "lr")
"""The pictures that training reads."""


def schema(pictures: Sequence[str]) -> pa.Schema:
    """Return the columns of a dataset that has these columns of pictures."""
    columns = features(pictures)
    return pa.schema(
        {name: arrow_type(feature) for name, feature in columns.items()},
        metadata={"huggingface": json.dumps({"info": {"features": columns}})},
    )


def zstd_columns(pictures: Sequence[str]) -> list[str]:
    """Return the columns that Zstandard may compress, in a dataset with these columns of pictures."""
    return [f"{kind}.bytes" for kind in pictures]


def read_groups(
    stored: StoredFile, metadata: pq.FileMetaData, run: range, file: str, pictures: Sequence[str], start: int
) -> list[RowGroup]:
    """Read the rows of row groups that follow each other; several threads may do so at once.

    Args:
        stored: The file.
        metadata: The metadata of the file.
        run: The indices of the groups in the metadata.
        file: The name of the file, for messages.
        pictures: The columns of pictures to read; the other pictures of the rows are empty.
        start: The index of the first row.

    Raises:
        DatasetError: A page would expand to too many bytes.
    """
    groups: list[RowGroup] = []
    for table in read_tables(stored, metadata, run, file, [*(f"{kind}.bytes" for kind in pictures), *FACTS]):
        groups.append(_Group(table, pictures, file, start))
        start += table.num_rows
    return groups


def read_tables(
    stored: StoredFile, metadata: pq.FileMetaData, run: range, file: str, columns: Sequence[str]
) -> list[pa.Table]:
    """Read columns of row groups that follow each other, of a file behind a URL with one request; see `read_groups`."""
    if not stored.is_whole:
        stored = stored.holding(*extent(metadata, run, columns))
    # Values that stand for many rows are not copied for each of them, however long they are.
    texts = [*(column for column in columns if column.endswith(".bytes")), "degradation", "key"]
    parquet = pq.ParquetFile(stored.for_arrow(), metadata=metadata, read_dictionary=texts)
    tables = []
    for index in run:
        group = metadata.row_group(index)
        for chunk in map(group.column, range(group.num_columns)):
            if chunk.physical_type == "BYTE_ARRAY" and _is_of(chunk.path_in_schema, columns):
                pages = memoryview(stored.part(*chunk_range(chunk)))
                require_bounded(pages, f"{file}, row group {index}, {chunk.path_in_schema}")
        tables.append(parquet.read_row_group(index, columns=columns, use_threads=False))
    return tables


def extent(metadata: pq.FileMetaData, run: range, columns: Sequence[str] = ()) -> tuple[int, int]:
    """Return from where to where columns of neighboring row groups lie in the file, all columns by default.

    Only the number of requests depends on it: metadata of others may state anything.
    """
    first, *_ = (chunk_range(chunk) for chunk in _chunks(metadata, run[0], columns))
    *_, last = (chunk_range(chunk) for chunk in _chunks(metadata, run[-1], columns))
    return first[0], sum(last)


def _chunks(metadata: pq.FileMetaData, index: int, columns: Sequence[str]) -> list[Any]:
    group = metadata.row_group(index)
    chunks = map(group.column, range(group.num_columns))
    return [chunk for chunk in chunks if not columns or _is_of(chunk.path_in_schema, columns)]


def _is_of(path: str, columns: Sequence[str]) -> bool:
    return path in columns or path.partition(".")[0] in columns


class ParquetGroupReader(GroupReader):
    """Reads single row groups in any order, and keeps little memory for each file.

    Args:
        stored: A file that `ParquetReader` has opened, with its footer in memory.
        footer: The footer of the file.
        file: The name of the file, for messages.
        pictures: The columns of pictures that it has.
        starts: The index of the first row of each group, and the number of rows.
    """

    def __init__(
        self, stored: StoredFile, footer: Footer, file: str, pictures: Sequence[str], starts: Sequence[int]
    ) -> None:
        self.starts, self._file, self._pictures = starts, file, pictures
        self._stored, self._footer = stored, footer
        self.kept_bytes = 2**14 + stored.held_bytes

    def group(self, index: int) -> RowGroup:
        """Return the rows of a group, without the sharpened HR."""
        metadata = self._footer.metadata(index)
        require_group(metadata.row_group(0), MAX_GROUP_ROWS, self._file, zstd_columns(self._pictures))
        (group,) = read_groups(self._stored, metadata, range(1), self._file, PAIR, self.starts[index])
        if len(group) != self.starts[index + 1] - self.starts[index]:
            raise DatasetError(f"{self._file}: its footer is damaged")
        return group


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
