"""Parts of hostile datasets: what an attacker may write into each kind of file of a dataset."""

import io
import os
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hostile_datasets import first_record, forge
from stored_shards import Data

from degradekit.dataset.pictures import encode

SECRET = b"what no dataset may show"
HUGE = 10**400
Make = Callable[[Path, Path], object]
"""Makes a hostile dataset from a sound one, in a folder that is not there yet."""


def forged(format: str = "parquet", **edits: Any) -> Make:
    return lambda base, target: forge(base, target, format, **edits)


def field(path: str, value: object) -> Callable[[Data], None]:
    """Return an edit that sets a field, given with dots, of nested data."""

    def edit(data: Data) -> None:
        *outer, last = path.split(".")
        for name in outer:
            data = data[int(name) if isinstance(data, list) else name]
        data[last] = value

    return edit


def row(name: str, value: object) -> Callable[[list[Data]], None]:
    """Return an edit that sets a column of the first row of a shard."""
    return lambda rows: field(name, value)(rows[0]) if rows else None


def record(name: str, value: object) -> Callable[[list[Data]], None]:
    return first_record(field(name, value))


def in_file(name: str, content: bytes | Callable[[bytes], bytes], format: str = "parquet") -> Make:
    """Return what changes the content of a file when no hash is adapted any more."""

    def edit(files: dict[str, bytes]) -> None:
        files[name] = content if isinstance(content, bytes) else content(files[name])

    return forged(format, files=edit)


def replaced(name: str, make: Callable[[Path], object], format: str = "parquet") -> Make:
    """Return what puts something that is not a regular file in the place of one; `*` stands for any name."""

    def build(base: Path, target: Path) -> None:
        forge(base, target, format)
        (path, *_) = sorted(target.glob(name))
        path.rename(target.parent / "moved")
        make(path)

    return build


def pipe(path: Path) -> None:
    os.mkfifo(path)


def moved_link(path: Path) -> None:
    """Link to the file itself, which lies outside of the dataset now."""
    path.symlink_to(next(folder / "moved" for folder in path.parents if (folder / "moved").exists()))


def png_of(height: int, width: int) -> bytes:
    """A PNG that declares a size and holds next to nothing."""
    data = bytearray(encode(np.zeros((8, 8, 3), np.uint8), "png"))
    data[16:24] = struct.pack(">II", width, height)
    return bytes(data)


def tar_member(change: Callable[[tarfile.TarInfo], object], data: bytes | None = None) -> Callable[[bytes], bytes]:
    """Return an edit of an archive that changes the header of its first member."""

    def edit(archive: bytes) -> bytes:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            header = tar.getmembers()[0]
        start = header.offset_data + -(-header.size // 512) * 512
        change(header)
        return header.tobuf(tarfile.GNU_FORMAT) + (data or b"") + archive[start:]

    return edit


def parquet_again(
    change: Callable[[pa.Table], pa.Table] = lambda table: table, **options: Any
) -> Callable[[bytes], bytes]:
    """Return an edit of a Parquet file that writes its table again, changed or with other options."""

    def edit(data: bytes) -> bytes:
        buffer = io.BytesIO()
        pq.write_table(change(pq.read_table(io.BytesIO(data))), buffer, **options)
        return buffer.getvalue()

    return edit
