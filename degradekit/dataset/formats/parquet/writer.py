"""Writes Parquet shards, in row groups of whole tiles."""

import os
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from degradekit.dataset.arrow_columns import column
from degradekit.dataset.formats.base import Writer
from degradekit.dataset.formats.parquet.groups import schema, zstd_columns
from degradekit.dataset.pictures import PictureFormat
from degradekit.dataset.row import Row
from degradekit.limits import MAX_GROUP_ROWS
from degradekit.storage import Folder

_GROUP_ROWS = 64
_GROUP_BYTES = 2**18
"""Bytes of encoded pictures in a group, so that a tile of 400 x 400 has its own: reading one row reads its group.

Two or three tiles in a group take 20 to 26 % less where they overlap by half, and a pair at random 1.3 to 1.6 times as
long, which is then hardly faster than from a folder of PNGs. Lossless WebP is smaller in any case.
"""
_MOST_BYTES = 128 * 2**20
"""The most such bytes, with the HR counted for each of its rows, unless a single row has more."""
_ZSTD_LEVEL = 1
"""Level 3 makes pages 4 % smaller in 1.6 times the time; LZ4 makes them 1.5 times as large."""


class ParquetWriter(Writer):
    """Writes what the variants of a tile share once for each row group, by its dictionaries."""

    def __init__(
        self, folder: Folder, shard: str, file: str, pictures: Sequence[str], picture_format: PictureFormat = "png"
    ) -> None:
        super().__init__(folder, shard, file, pictures, picture_format)
        self._schema = schema(pictures)
        compressed = zstd_columns(pictures) if picture_format == "png" else []
        self._rows: list[Row] = []
        self._bytes = self._distinct_bytes = 0
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
        """Take all rows of one tile."""
        pictures: dict[int, int] = {}
        for row in rows:
            cells = [getattr(row, kind) for kind in self.pictures]
            size = sum(map(len, cells))
            if len(self._rows) >= MAX_GROUP_ROWS or self._bytes + size > _MOST_BYTES:
                self._flush()
            self._rows.append(row)
            self._bytes += size
            pictures |= {id(cell): len(cell) for cell in cells}  # those that the variants share count once
        self._distinct_bytes += sum(pictures.values())
        if len(self._rows) >= _GROUP_ROWS or self._distinct_bytes >= _GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        """Write what is left and close the file."""
        self._flush()
        self._parquet.close()
        self._file.close()

    def discard(self) -> None:
        """Close the file and delete it."""
        self._rows = []
        super().discard()

    def _flush(self) -> None:
        if self._rows:
            columns = [column([getattr(row, field.name) for row in self._rows], field.type) for field in self._schema]
            table = pa.Table.from_arrays(columns, schema=self._schema)
            self._parquet.write_table(table, row_group_size=len(self._rows))
        self._rows, self._bytes, self._distinct_bytes = [], 0, 0
