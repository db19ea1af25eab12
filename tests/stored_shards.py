"""The files of shards as bytes, for rows of any values: the library's own writers would refuse some of them."""

import io
import json
import tarfile
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from degradekit.dataset.formats.parquet.groups import schema
from degradekit.dataset.row import PICTURES
from degradekit.dataset.training_target import PICTURES_OF

Data = dict[str, Any]


def stored(format: str, file: str, split: str, rows: list[Data]) -> dict[str, bytes]:
    """Return the content of the files of a shard by name; its list or archive is `file`."""
    if format == "parquet":
        unnamed = [{name: value for name, value in row.items() if name != "name"} for row in rows]
        pictures = [
            row | {kind: {"bytes": row[kind], "path": None} for kind in PICTURES if isinstance(row.get(kind), bytes)}
            for row in unnamed
        ]
        return {file: parquet(pictures, schema(PICTURES_OF["plain"]))}
    contents = {}
    members = []
    lines = []
    for row in rows:
        facts = {name: value for name, value in row.items() if name not in (*PICTURES, "name")}
        with suppress(KeyError, ValueError, TypeError, RecursionError):  # a record that is no JSON stays text
            facts["degradation"] = json.loads(facts["degradation"])
        pictures = {kind: row[kind] for kind in PICTURES if isinstance(row.get(kind), bytes)}
        members += [(f"{row['name']}.{kind}.png", data) for kind, data in pictures.items()]
        members.append((f"{row['name']}.json", json.dumps(facts).encode()))
        lines.append(json.dumps({"name": f"{row['name']}.png"} | facts) + "\n")
        contents |= {f"{split}/{kind.upper()}/{row['name']}.png": data for kind, data in pictures.items()}
    if format == "webdataset":
        return {file: tar(members)}
    inside = {name: data for name, data in contents.items() if _is_possible(name)}
    return inside | {file: "".join(lines).encode()}


def _is_possible(name: str) -> bool:
    """Return whether a disk can have a file of this name, inside of the folder."""
    parts = name.split("/")
    return ".." not in parts and "\0" not in name and all(len(part.encode()) <= 255 for part in parts)


def _cells(row: Data) -> Data:
    pictures = {kind: {"bytes": row[kind], "path": None} for kind in PICTURES if isinstance(row.get(kind), bytes)}
    return {name: value for name, value in row.items() if name != "name"} | pictures


def tar(members: list[tuple[str, bytes]]) -> bytes:
    """Return an archive of files, in which a name may stand twice and may be any."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in members:
            header = tarfile.TarInfo(name)
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))
    return buffer.getvalue()


def parquet(rows: list[Any], schema: pa.Schema, **options: Any) -> bytes:
    """Return rows as Parquet: in the schema if they fit, with other types if those fit, and as texts otherwise."""
    mappings = [row if isinstance(row, dict) else {"row": row} for row in rows]
    texts = [{name: _text(value) for name, value in row.items()} for row in mappings]
    fits = all(row.keys() == set(schema.names) for row in mappings)
    tries = [(mappings, schema)] * fits + [(mappings, None), (texts, None)]
    for values, types in tries:
        buffer = io.BytesIO()
        with suppress(pa.ArrowException, TypeError, ValueError, OverflowError):
            pq.write_table(pa.Table.from_pylist(values, schema=types), buffer, **options)
            break
    return buffer.getvalue()


def _text(value: Any) -> Any:
    return value if isinstance(value, bytes | None) else repr(value)
