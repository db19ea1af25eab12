"""Parquet shards that `datasets` opens with pictures in them."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from degradekit.dataset.files import publish, temporary
from degradekit.dataset.writers.base import Row, Writer

_GROUP_ROWS = 64
_GROUP_BYTES = 16 * 2**20
_MOST_ROWS = 1000
"""In one row group, or the dictionary that keeps an HR once falls back to plain cells."""
_MOST_BYTES = 128 * 2**20
"""In memory, with the HR copied for each of its rows."""

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
        for row in rows:
            self._rows.append(row)
            self._bytes += len(row.hr) + len(row.lr)
            if len(self._rows) >= _MOST_ROWS or self._bytes >= _MOST_BYTES:
                self._flush()
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
            self._writer.write_table(_table(self._rows), row_group_size=len(self._rows))
        self._rows, self._bytes = [], 0


def _table(rows: Sequence[Row]) -> pa.Table:
    tiles = pa.StructArray.from_arrays(
        [_integers(column) for column in zip(*(row.tile for row in rows), strict=True)], fields=list(_TILE)
    )
    columns = [
        _images([row.hr for row in rows]),
        _images([row.lr for row in rows]),
        _binary([row.degradation.encode() for row in rows]).cast(pa.string()),
        _binary([row.key.encode() for row in rows]).cast(pa.string()),
        tiles,
        _integers([row.variant for row in rows]),
        _integers([row.scale for row in rows]),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


# From buffers, because `pyarrow.array` imports pandas, with which a worker takes 45 MB more.


def _binary(cells: Sequence[bytes]) -> pa.Array:
    offsets = np.cumsum([0, *(len(cell) for cell in cells)], dtype=np.int32)
    return pa.Array.from_buffers(pa.binary(), len(cells), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(cells))])


def _integers(cells: Sequence[int]) -> pa.Array:
    return pa.Array.from_buffers(pa.int32(), len(cells), [None, pa.py_buffer(np.array(cells, np.int32))])


def _images(files: Sequence[bytes]) -> pa.Array:
    paths = pa.nulls(len(files), pa.string())
    return pa.StructArray.from_arrays([_binary(files), paths], fields=list(_IMAGE))
