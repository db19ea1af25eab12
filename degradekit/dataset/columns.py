"""Arrow columns from Python values and back, without `pyarrow.array`.

That function imports pandas, with which a worker takes 45 MB more.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

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
    return numbers(np.array(values, kind.to_pandas_dtype()))


def numbers(values: Any) -> pa.Array:
    """Return a NumPy array as a column of the same type."""
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(values)])


def binary(cells: Sequence[bytes], large: bool = False) -> pa.Array:
    """Return a column of bytes; a `large` one may hold more than 2 GiB."""
    kind, offset = (pa.large_binary(), np.int64) if large else (pa.binary(), np.int32)
    offsets = np.cumsum([0, *map(len, cells)], dtype=offset)
    return pa.Array.from_buffers(kind, len(cells), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(cells))])
