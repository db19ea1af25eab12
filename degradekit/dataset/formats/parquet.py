"""Parquet shards that `datasets` opens with pictures in them."""

import json
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from degradekit.dataset.columns import arrow_type, column, require_layout
from degradekit.dataset.formats.base import Format, IndexedReader, RowGroup, Writer
from degradekit.dataset.pages import chunk_range, require_bounded
from degradekit.dataset.pictures import PictureFormat
from degradekit.dataset.row import FACTS, PICTURES, Row, features
from degradekit.errors import DatasetError
from degradekit.limits import MAX_GROUP_ROWS
from degradekit.storage import Folder
from degradekit.types import Size

_GROUP_ROWS = 64
_GROUP_BYTES = 2**20
"""In memory. Reading one row reads its group."""
_MOST_BYTES = 128 * 2**20
"""In memory, with the HR copied for each of its rows, unless a single row has more."""
_ZSTD_LEVEL = 1
"""Level 3 makes pages 3 % smaller in 1.6 times the time; LZ4 makes them 1.5 times as large."""


def schema(pictures: Sequence[str]) -> pa.Schema:
    """Return the columns of a dataset that has these columns of pictures."""
    columns = features(pictures)
    return pa.schema(
        {name: arrow_type(feature) for name, feature in columns.items()},
        metadata={"huggingface": json.dumps({"info": {"features": columns}})},
    )


def _zstd_columns(pictures: Sequence[str]) -> list[str]:
    """Return the columns that Zstandard compresses, of a dataset with these columns of pictures that are not."""
    return ["degradation", *(f"{kind}.bytes" for kind in pictures)]


class _ParquetWriter(Writer):
    """Writes row groups of whole tiles, so that the dictionaries store what a tile's variants share once."""

    def __init__(
        self, folder: Folder, shard: str, file: str, pictures: Sequence[str], picture_format: PictureFormat = "png"
    ) -> None:
        super().__init__(folder, shard, file, pictures, picture_format)
        self._schema = schema(pictures)
        compressed = _zstd_columns(pictures if picture_format == "png" else ())
        self._rows: list[Row] = []
        self._bytes = 0
        self._file = pa.OSFile(os.fsencode(self.new.path), "wb")  # Arrow takes text such as ~/a for something else
        self._parquet = pq.ParquetWriter(
            self._file,
            self._schema,
            compression=dict.fromkeys(compressed, "ZSTD"),
            compression_level=dict.fromkeys(compressed, _ZSTD_LEVEL),
            use_dictionary=[*(f"{kind}.bytes" for kind in pictures if kind != "lr"), "key"],
            dictionary_pagesize_limit=2**30,  # never fall back to plain within a row group
            write_statistics=["key", "variant"],
        )

    def add(self, rows: Sequence[Row]) -> None:
        for row in rows:
            size = sum(len(getattr(row, kind)) for kind in self.pictures)
            if len(self._rows) >= MAX_GROUP_ROWS or self._bytes + size > _MOST_BYTES:
                self._flush()
            self._rows.append(row)
            self._bytes += size
        if len(self._rows) >= _GROUP_ROWS or self._bytes >= _GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._parquet.close()
        self._file.close()

    def discard(self) -> None:
        self._rows = []
        super().discard()

    def _flush(self) -> None:
        if self._rows:
            columns = [column([getattr(row, field.name) for row in self._rows], field.type) for field in self._schema]
            table = pa.Table.from_arrays(columns, schema=self._schema)
            self._parquet.write_table(table, row_group_size=len(self._rows))
        self._rows, self._bytes = [], 0


class _ParquetReader(IndexedReader):
    """Reads row groups; a local file is mapped into memory."""

    def __init__(self, folder: Folder, file: str, pictures: Sequence[str]) -> None:
        super().__init__(folder, file, pictures)
        path = folder.readable_path(file)
        opened: Any = folder.open(file) if path is None else pa.memory_map(os.fsencode(path))
        metadata = pq.read_metadata(opened)
        require_layout(metadata, schema(pictures), MAX_GROUP_ROWS, file, _zstd_columns(pictures))
        self._opened, self._metadata = opened, metadata
        # Values that stand for many rows are not copied for each of them, however long they are.
        texts = [*(f"{kind}.bytes" for kind in pictures), "degradation", "key"]
        self._parquet = pq.ParquetFile(opened, metadata=metadata, read_dictionary=texts)
        self.starts = [0]
        for group in range(metadata.num_row_groups):
            self.starts.append(self.starts[-1] + metadata.row_group(group).num_rows)

    def rows(self) -> Iterator[Row]:
        try:
            for index in range(len(self.starts) - 1):
                group = self._group(index, self.pictures)
                yield from map(group.__getitem__, range(len(group)))
        finally:
            self.close()

    def rows_without_pictures(self) -> Iterator[Row]:
        try:
            for index in range(len(self.starts) - 1):
                group = self._group(index, ())
                yield from map(group.__getitem__, range(len(group)))
        finally:
            self.close()

    def group(self, index: int) -> RowGroup:
        return self._group(index, ("hr", "lr"))

    def _group(self, index: int, pictures: Sequence[str]) -> "_Group":
        self._require_bounded(index)
        table = self._parquet.read_row_group(index, columns=[*pictures, *FACTS], use_threads=False)
        return _Group(table, pictures, self.file, self.starts[index])

    def _require_bounded(self, index: int) -> None:
        group = self._metadata.row_group(index)
        for chunk in map(group.column, range(group.num_columns)):
            if chunk.compression == "ZSTD":
                start, size = chunk_range(chunk)
                self._opened.seek(start)
                pages = memoryview(self._opened.read(size))
                require_bounded(pages, f"{self.file}, row group {index}, {chunk.path_in_schema}")

    def smallest_tile(self) -> tuple[str, Size]:
        columns = self._parquet.read(columns=["key", "tile.height", "tile.width"], use_threads=False)
        tiles = columns.column("tile").combine_chunks().flatten()
        sides = np.stack([np.asarray(tile_sides) for tile_sides in tiles], axis=1)  # of each row height and width
        smallest = int(sides.min(axis=1).argmin())
        return columns.column("key")[smallest].as_py(), (int(sides[smallest, 0]), int(sides[smallest, 1]))

    def close(self) -> None:
        self._parquet.close(force=True)


class _Group(RowGroup):
    def __init__(self, table: pa.Table, pictures: Sequence[str], file: str, start: int) -> None:
        self._table, self._pictures, self._file, self._start = table, pictures, file, start

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __getitem__(self, index: int) -> Row:
        """Return a row; the pictures that were not read are empty."""
        where = f"{self._file}, row {self._start + index}"
        try:
            (cells,) = self._table.slice(index, 1).to_pylist()
        except (pa.ArrowException, ValueError) as error:
            raise DatasetError(f"{where}: cannot be read ({error})") from None
        pictures = dict.fromkeys(PICTURES, b"") | {kind: (cells[kind] or {}).get("bytes") for kind in self._pictures}
        return Row.load(cells | pictures, where)


def _card_text(pictures: Sequence[str], _: PictureFormat) -> str:
    return f"""
Every row holds its pair ({", ".join(f"`{kind}`" for kind in pictures)}), the exact degradation that made the LR, where
the tile lies in which photo (`key`, `tile`), and which of the degradations of the tile it is (`variant`).
{_AGAIN if "hr" in pictures else ""}"""


_AGAIN = """
To make an LR again, byte for byte, and what it is made from:

```python
from degradekit import Degradation

degradation = Degradation.from_json(row["degradation"])
assert degradation(row["hr"]).tobytes() == row["lr"].tobytes()
target = degradation.target(row["hr"])  # what the LR is made from
```

A plain `load_dataset` copies the HR of a tile once for each variant into its cache; `streaming=True` and
`degradekit.dataset.Pairs` do not.
"""
PARQUET = Format(
    name="parquet",
    extension=".parquet",
    writer=_ParquetWriter,
    reader=_ParquetReader,
    open_hint='open with datasets.load_dataset("{}")',
    open_url_hint='open with degradekit.dataset.Pairs("{}")',
    compresses_pictures=True,
    opens_with_datasets=True,
    card_text=_card_text,
)
