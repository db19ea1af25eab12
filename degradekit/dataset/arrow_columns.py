"""Arrow columns from Python and NumPy values and back, without `pyarrow.array` and `to_numpy`.

Those import pandas, with which a worker takes 30 MB more.
"""

from collections.abc import Container, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from degradekit.errors import DatasetError

_SCALARS = {"string": pa.string(), "int32": pa.int32(), "float64": pa.float64()}
_IMAGE = pa.struct({"bytes": pa.binary(), "path": pa.string()})


def arrow_type(feature: dict[str, Any]) -> pa.DataType:
    """Return the type of a column that `datasets` describes by a feature."""
    if feature.get("_type") == "Image":
        return _IMAGE
    if feature.get("_type") == "Value":
        return _SCALARS[feature["dtype"]]
    return pa.struct({name: arrow_type(inner) for name, inner in feature.items()})


def column(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Return values as a column: bytes for an image, a tuple for a struct, plain values for the others."""
    if kind == _IMAGE:
        return pa.StructArray.from_arrays([binary(values), pa.nulls(len(values), pa.string())], fields=list(kind))
    if pa.types.is_struct(kind):
        parts = zip(*values, strict=True)
        arrays = [column(part, field.type) for part, field in zip(parts, kind, strict=True)]
        return pa.StructArray.from_arrays(arrays, fields=list(kind))
    if pa.types.is_string(kind):
        return binary([value.encode() for value in values]).cast(kind)
    return numbers(np.array(values, str(kind)))


def numbers(values: Any) -> pa.Array:
    """Return a NumPy array as a column of the same type."""
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(values)])


def to_numpy(column: pa.Array, dtype: Any) -> NDArray[Any]:
    """Return a column of numbers without nulls as a read-only NumPy array that shares its memory."""
    return np.frombuffer(column.buffers()[1], dtype)[column.offset : column.offset + len(column)]


def binary(cells: Sequence[bytes], large: bool = False) -> pa.Array:
    """Return a column of bytes; a `large` one may hold more than 2 GiB."""
    kind, offset = (pa.large_binary(), np.int64) if large else (pa.binary(), np.int32)
    offsets = np.cumsum([0, *map(len, cells)], dtype=offset)
    return pa.Array.from_buffers(kind, len(cells), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(cells))])


def require_layout(
    parquet: pq.ParquetFile, schema: pa.Schema, max_group_rows: int, file: str, zstd: Container[str] = ()
) -> None:
    """Refuse a Parquet file that is not laid out as a dataset's, before any of its pages is read.

    Its pages may be compressed by Snappy, which cannot make more than some twenty bytes of one. Those by Zstandard have
    to pass `parquet_pages.require_bounded` before they are decompressed.

    Args:
        parquet: The file.
        schema: The columns that it must have.
        max_group_rows: Rows that a row group may have, all of which are decoded together.
        file: The name of the file, for messages.
        zstd: The columns that Zstandard may compress.

    Raises:
        DatasetError: A column, a codec or a number of rows is another one.
    """
    metadata = parquet.metadata
    if not parquet.schema_arrow.equals(schema):  # metadata.schema would make a cycle, which keeps the footer for long
        names = ", ".join(f"{field.name} ({field.type})" for field in schema)
        raise DatasetError(f"{file}: must have the columns {names}")
    for index in range(metadata.num_row_groups):
        require_group(metadata.row_group(index), max_group_rows, file, zstd)


def require_group(group: pq.RowGroupMetaData, max_group_rows: int, file: str, zstd: Container[str] = ()) -> None:
    """Refuse a row group that `require_layout` would refuse."""
    if not 0 <= group.num_rows <= max_group_rows:
        raise DatasetError(f"{file}: row groups must have at most {max_group_rows} rows (got {group.num_rows})")
    for column in map(group.column, range(group.num_columns)):
        name, codec = column.path_in_schema, column.compression
        if codec not in ("UNCOMPRESSED", "SNAPPY") and not (codec == "ZSTD" and name in zstd):
            allowed = "by Zstandard, by Snappy or not at all" if name in zstd else "by Snappy or not at all"
            raise DatasetError(f"{file}: {name} must be compressed {allowed} (got {codec})")
