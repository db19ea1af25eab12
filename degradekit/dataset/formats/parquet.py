"""Parquet shards that `datasets` opens with pictures in them."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from degradekit.dataset.formats.base import Format, Row
from degradekit.dataset.tiles import Tile
from degradekit.storage import Folder, sha256

_GROUP_ROWS = 64
_GROUP_BYTES = 2**20
"""In memory. Reading one row reads its group."""
_MOST_ROWS = 1000
"""In one row group, or the dictionary that keeps an HR once falls back to plain cells."""
_MOST_BYTES = 128 * 2**20
"""In memory, with the HR copied for each of its rows."""

_IMAGE = pa.struct({"bytes": pa.binary(), "path": pa.string()})
_TILE = pa.struct([*((name, pa.int32()) for name in ("y", "x", "height", "width")), ("factor", pa.float64())])

FEATURES = {
    "hr": {"_type": "Image"},
    "lr": {"_type": "Image"},
    "degradation": {"dtype": "string", "_type": "Value"},
    "key": {"dtype": "string", "_type": "Value"},
    "tile": {
        **{name: {"dtype": "int32", "_type": "Value"} for name in ("y", "x", "height", "width")},
        "factor": {"dtype": "float64", "_type": "Value"},
    },
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


class Parquet(Format):
    """Row groups of whole tiles, so that the dictionary stores the HR of a tile's variants once."""

    extension = ".parquet"
    opens_with_datasets = True

    def __init__(self, folder: Folder, shard: str) -> None:
        """Open a shard of this name."""
        super().__init__(folder, shard)
        self._rows: list[Row] = []
        self._bytes = 0
        self._new = folder.new(self.file(shard))
        self._writer = pq.ParquetWriter(
            self._new.path,
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

    def close(self) -> tuple[int, str]:
        """Write the last row group and publish the file."""
        self._flush()
        self._writer.close()
        size, digest = self._new.path.stat().st_size, sha256(self._new.path)
        self._new.publish()
        return size, digest

    def discard(self) -> None:
        """Close and delete the unfinished file."""
        try:
            self._writer.close()
        finally:
            self._new.discard()

    @staticmethod
    def read(folder: Folder, file: str) -> Iterator[Row]:
        """The rows, a row group at a time."""
        with folder.open(file) as opened:
            parquet = pq.ParquetFile(opened, read_dictionary=["hr.bytes"])
            for group in range(parquet.num_row_groups):
                for cells in parquet.read_row_group(group).to_pylist():
                    yield Row(
                        **cells
                        | {"hr": cells["hr"]["bytes"], "lr": cells["lr"]["bytes"], "tile": Tile(**cells["tile"])}
                    )

    @classmethod
    def read_facts(cls, folder: Folder, file: str) -> Iterator[dict[str, Any]]:
        """From the columns without pictures."""
        names = ["degradation", "key", "tile", "variant", "scale"]
        with folder.open(file) as opened:
            for batch in pq.ParquetFile(opened).iter_batches(columns=names):
                for cells in batch.to_pylist():
                    yield cells | {"degradation": json.loads(cells["degradation"])}

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(_table(self._rows), row_group_size=len(self._rows))
        self._rows, self._bytes = [], 0


def _table(rows: Sequence[Row]) -> pa.Table:
    *integers, factors = zip(*(row.tile for row in rows), strict=True)
    tiles = pa.StructArray.from_arrays(
        [*(_integers(column) for column in integers), _floats(factors)], fields=list(_TILE)
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


def _floats(cells: Sequence[float]) -> pa.Array:
    return pa.Array.from_buffers(pa.float64(), len(cells), [None, pa.py_buffer(np.array(cells, np.float64))])


def _images(files: Sequence[bytes]) -> pa.Array:
    paths = pa.nulls(len(files), pa.string())
    return pa.StructArray.from_arrays([_binary(files), paths], fields=list(_IMAGE))
