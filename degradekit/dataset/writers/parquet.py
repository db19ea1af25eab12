"""Parquet shards that `datasets` opens with pictures in them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from degradekit.dataset.files import publish, temporary
from degradekit.dataset.writers.base import Row, Writer

_GROUP_ROWS = 64
_GROUP_BYTES = 16 * 2**20

_IMAGE = pa.struct({"bytes": pa.binary(), "path": pa.string()})
_TILE = pa.struct({"y": pa.int32(), "x": pa.int32(), "height": pa.int32(), "width": pa.int32()})

FEATURES = {
    "hr": {"_type": "Image"},
    "lr": {"_type": "Image"},
    "degradation": {"dtype": "string", "_type": "Value"},
    "key": {"dtype": "string", "_type": "Value"},
    "tile": {name: {"dtype": "int32", "_type": "Value"} for name in ("y", "x", "height", "width")},
    "variant": {"dtype": "int32", "_type": "Value"},
    "scale": {"dtype": "int32", "_type": "Value"},
}
"""The columns in the words of `datasets`."""

SCHEMA = pa.schema(
    {
        "hr": _IMAGE,
        "lr": _IMAGE,
        "degradation": pa.string(),
        "key": pa.string(),
        "tile": _TILE,
        "variant": pa.int32(),
        "scale": pa.int32(),
    },
    metadata={"huggingface": json.dumps({"info": {"features": FEATURES}})},
)


class ParquetWriter(Writer):
    """Row groups of whole tiles, so that the dictionary stores the HR of a tile's variants once."""

    extension = ".parquet"

    def __init__(self, path: Path) -> None:
        """Open a shard that will be called `path`."""
        self._path = path
        self._rows: list[Row] = []
        self._bytes = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = pq.ParquetWriter(
            temporary(path),
            SCHEMA,
            compression="NONE",  # PNG does not compress again
            use_dictionary=["hr.bytes", "key"],
            dictionary_pagesize_limit=2**30,  # never fall back to plain within a row group
            write_statistics=["key", "variant"],
        )

    def add(self, rows: Sequence[Row]) -> None:
        """Take all rows of one tile."""
        self._rows += rows
        self._bytes += len(rows[0].hr) + sum(len(row.lr) for row in rows)
        if len(self._rows) >= _GROUP_ROWS or self._bytes >= _GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        """Write the last row group and publish the file."""
        self._flush()
        self._writer.close()
        publish(self._path)

    def discard(self) -> None:
        """Close and delete the unfinished file."""
        self._writer.close()
        temporary(self._path).unlink(missing_ok=True)

    def _flush(self) -> None:
        if self._rows:
            table = pa.Table.from_pylist([_cells(row) for row in self._rows], schema=SCHEMA)
            self._writer.write_table(table, row_group_size=len(self._rows))
        self._rows, self._bytes = [], 0


def _cells(row: Row) -> dict[str, Any]:
    cells = row._asdict()
    cells["hr"] = {"bytes": row.hr, "path": None}
    cells["lr"] = {"bytes": row.lr, "path": None}
    cells["tile"] = row.tile._asdict()
    return cells
