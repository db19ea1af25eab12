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
from degradekit.dataset.row import FEATURES, PICTURES, Row
from degradekit.errors import DatasetError
from degradekit.limits import MAX_GROUP_ROWS
from degradekit.storage import Folder
from degradekit.types import Size

_GROUP_ROWS = 64
_GROUP_BYTES = 2**20
"""In memory. Reading one row reads its group."""
_MOST_BYTES = 128 * 2**20
"""In memory, with the HR copied for each of its rows."""

SCHEMA = pa.schema(
    {name: arrow_type(feature) for name, feature in FEATURES.items()},
    metadata={"huggingface": json.dumps({"info": {"features": FEATURES}})},
)

_TEXTS = ["hr.bytes", "lr.bytes", "degradation", "key"]
"""The columns of texts and bytes."""


class _ParquetWriter(Writer):
    """Writes row groups of whole tiles, so that the dictionary stores the HR of a tile's variants once."""

    def __init__(self, folder: Folder, shard: str, file: str) -> None:
        super().__init__(folder, shard, file)
        self._rows: list[Row] = []
        self._bytes = 0
        self._file = pa.OSFile(os.fsencode(self.new.path), "wb")  # Arrow takes text such as ~/a for something else
        self._parquet = pq.ParquetWriter(
            self._file,
            SCHEMA,
            compression="NONE",  # PNG does not compress again
            use_dictionary=["hr.bytes", "key"],
            dictionary_pagesize_limit=2**30,  # never fall back to plain within a row group
            write_statistics=["key", "variant"],
        )

    def add(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._rows.append(row)
            self._bytes += len(row.hr) + len(row.lr)
            if len(self._rows) >= MAX_GROUP_ROWS or self._bytes >= _MOST_BYTES:
                self._flush()
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
            cells = zip(*self._rows, strict=True)
            columns = [column(values, field.type) for values, field in zip(cells, SCHEMA, strict=True)]
            self._parquet.write_table(pa.Table.from_arrays(columns, schema=SCHEMA), row_group_size=len(self._rows))
        self._rows, self._bytes = [], 0


class _ParquetReader(IndexedReader):
    """Reads row groups; a local file is mapped into memory."""

    def __init__(self, folder: Folder, file: str) -> None:
        super().__init__(folder, file)
        path = folder.readable_path(file)
        opened: Any = folder.open(file) if path is None else pa.memory_map(os.fsencode(path))
        metadata = pq.read_metadata(opened)
        require_layout(metadata, SCHEMA, MAX_GROUP_ROWS, file)
        # Values that stand for many rows are not copied for each of them, however long they are.
        self._parquet = pq.ParquetFile(opened, metadata=metadata, read_dictionary=_TEXTS)
        self.starts = [0]
        for group in range(metadata.num_row_groups):
            self.starts.append(self.starts[-1] + metadata.row_group(group).num_rows)

    def rows(self) -> Iterator[Row]:
        try:
            for group in range(len(self.starts) - 1):
                rows = self.group(group)
                yield from map(rows.__getitem__, range(len(rows)))
        finally:
            self.close()

    def rows_without_pictures(self) -> Iterator[Row]:
        names = [name for name in SCHEMA.names if name not in PICTURES]
        try:
            for group, start in enumerate(self.starts[:-1]):
                rows = _Group(self._parquet.read_row_group(group, columns=names, use_threads=False), self.file, start)
                yield from (rows.row(index, **dict.fromkeys(PICTURES, b"")) for index in range(len(rows)))
        finally:
            self.close()

    def group(self, index: int) -> RowGroup:
        table = self._parquet.read_row_group(index, columns=SCHEMA.names, use_threads=False)
        return _Group(table, self.file, self.starts[index])

    def smallest_tile(self) -> tuple[str, Size]:
        columns = self._parquet.read(columns=["key", "tile.height", "tile.width"], use_threads=False)
        tiles = columns.column("tile").combine_chunks().flatten()
        sides = np.stack([np.asarray(tile_sides) for tile_sides in tiles], axis=1)  # of each row height and width
        smallest = int(sides.min(axis=1).argmin())
        return columns.column("key")[smallest].as_py(), (int(sides[smallest, 0]), int(sides[smallest, 1]))

    def close(self) -> None:
        self._parquet.close(force=True)


class _Group(RowGroup):
    def __init__(self, table: pa.Table, file: str, start: int) -> None:
        self._table, self._file, self._start = table, file, start

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __getitem__(self, index: int) -> Row:
        return self.row(index)

    def row(self, index: int, **pictures: bytes) -> Row:
        """Return a row with the given pictures, instead of those that were not read."""
        where = f"{self._file}, row {self._start + index}"
        try:
            (cells,) = self._table.slice(index, 1).to_pylist()
        except (pa.ArrowException, ValueError) as error:
            raise DatasetError(f"{where}: cannot be read ({error})") from None
        for name in PICTURES:
            cells[name] = pictures[name] if pictures else (cells[name] or {}).get("bytes")
        return Row.load(cells, where)


PARQUET = Format(
    name="parquet",
    extension=".parquet",
    writer=_ParquetWriter,
    reader=_ParquetReader,
    open_hint='open with datasets.load_dataset("{}")',
    open_url_hint='open with degradekit.dataset.Pairs("{}")',
    opens_with_datasets=True,
    card_text="""
Every row holds its pair (`hr`, `lr`), the exact degradation that made the one from the other, where the tile lies in
which photo (`key`, `tile`), and which of the degradations of the tile it is (`variant`).

To make an LR again, byte for byte:

```python
from degradekit import Degradation

assert Degradation.from_json(row["degradation"])(row["hr"]).tobytes() == row["lr"].tobytes()
```

A plain `load_dataset` copies the HR of a tile once for each variant into its cache; `streaming=True` and
`degradekit.dataset.Pairs` do not.
""",
)
