"""The rows of a dataset without their pictures, as plain values by the names of columns, and the types of these."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from degradekit.dataset.layout import split_of
from degradekit.dataset.opening import Dataset
from degradekit.dataset.row import Row
from degradekit.dataset.stored import mapping
from degradekit.errors import DatasetError
from degradekit.limits import MAX_COLUMNS, MAX_INTEGER
from degradekit.parameters import STEPS, parameter_columns

PairRow = dict[str, Any]
"""What is known of a pair; a column that it lacks is null."""

_TYPES = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string(), type(None): pa.null()}
_JSON = pa.large_string()
"""Stands for text that is JSON where a value is not text, until all values are known."""
_MAX_DEPTH = 3
_FIXED = {
    "key": pa.string(),
    "split": pa.string(),
    "shard": pa.string(),
    "row": pa.int64(),
    **dict.fromkeys(("tile_y", "tile_x", "tile_height", "tile_width"), pa.int64()),
    **dict.fromkeys(("tile_photo_height", "tile_photo_width"), pa.int64()),
    "tile_factor": pa.float64(),
    "variant": pa.int64(),
    "scale": pa.int64(),
    STEPS: pa.string(),
}
"""The columns of every dataset, in order; those of what was drawn follow."""


def pair_rows(dataset: Dataset, shards: Iterable[str]) -> Iterator[PairRow]:
    """Yield a row for each pair of some shards, in order.

    Records are read as plain data, whose operators need not be installed.

    Raises:
        DatasetError: A shard cannot be read, or a record is not one.
    """
    for shard in shards:
        split = split_of(shard)
        for index, row in enumerate(dataset.rows_without_pictures(shard)):
            tile = {f"tile_{name}": value for name, value in row.tile._asdict().items()}
            where = {"key": row.key, "split": split, "shard": shard, "row": index}
            facts = where | tile | {"variant": row.variant, "scale": row.scale}
            with dataset.read_errors(dataset.file(shard)):
                drawn = parameter_columns(_steps(row))
            yield facts | drawn


def schema_of(rows: Iterable[PairRow]) -> pa.Schema:
    """Return the columns that rows have together: the same ones first, then what was drawn, in the order of names.

    A number with a point makes a column float64; values of kinds that do not go together make it text, with JSON for
    values that are not text.

    Raises:
        DatasetError: They have too many different columns.
    """
    types: dict[str, pa.DataType] = dict(_FIXED)
    seen: set[tuple[str, type]] = set()
    for row in rows:
        for name, value in row.items():
            python_type = type(value)
            if (name, python_type) in seen or name in _FIXED:
                continue
            kind = _type(value)
            types[name] = _common(types[name], kind) if name in types else kind
            if kind == _TYPES.get(python_type):  # one of another type has something special inside
                seen.add((name, python_type))
        if len(types) > MAX_COLUMNS:
            raise DatasetError(
                f"shards: records must have at most {MAX_COLUMNS} different fields, counted by their steps"
            )
    drawn = sorted(types.keys() - _FIXED.keys(), key=_natural)
    return pa.schema({name: pa.string() if types[name] == _JSON else types[name] for name in (*_FIXED, *drawn)})


def without_lists(schema: pa.Schema) -> pa.Schema:
    """Return the columns with text, which is JSON, in place of lists."""
    return pa.schema({field.name: pa.string() if pa.types.is_list(field.type) else field.type for field in schema})


def converted(values: Iterable[Any], kind: pa.DataType) -> Iterable[Any]:
    """Return values of a column as its type takes them."""
    if pa.types.is_string(kind):
        return (value if value is None or isinstance(value, str) else json.dumps(value) for value in values)
    if pa.types.is_floating(kind):
        return (None if value is None else float(value) for value in values)
    return values


def _steps(row: Row) -> list[dict[str, Any]]:
    """Return the steps of a record as plain data.

    Raises:
        DatasetError: It has none, or one without a name.
    """
    steps = mapping(row.degradation.encode()).get("steps")
    if not isinstance(steps, list):
        raise DatasetError(f"{row.name}: the record: steps: must be a list")
    for index, step in enumerate(steps):
        if not isinstance(step, dict) or not isinstance(step.get("op"), str):
            raise DatasetError(f"{row.name}: the record: steps[{index}]: must be a mapping with the text 'op'")
    return steps


def _type(value: Any, depth: int = 0) -> pa.DataType:
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        return _JSON
    if not isinstance(value, list):
        return _TYPES.get(type(value), _JSON)
    kind = pa.list_(pa.null())
    for item in value if depth < _MAX_DEPTH else ():
        kind = _common(kind, pa.list_(_type(item, depth + 1)))
    return kind if depth < _MAX_DEPTH else _JSON


def _common(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """Return the type that holds values of both."""
    if pa.types.is_list(one) and pa.types.is_list(other):
        inner = _common(one.value_type, other.value_type)
        return _JSON if inner == _JSON else pa.list_(inner)
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    return pa.float64() if {one, other} == {pa.int64(), pa.float64()} else _JSON


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key by which `jpeg_2_quality` is before `jpeg_10_quality`, however many digits a name may have."""
    return [(len(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", name)]
