"""The photos of a dataset as columns, so that a million of them take little memory."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from degradekit.dataset.columns import numbers, to_numpy
from degradekit.dataset.layout import PHOTOS, SPLITS, shard_name
from degradekit.errors import DatasetError
from degradekit.storage import Folder, as_dataset_error

UNKNOWN_SIZE = -1
BATCH_ROWS = 2**16


@dataclass(frozen=True)
class PhotoSet:
    """What a plan holds of its photos.

    Attributes:
        counts: Number of photos of each split that has some, in the order of `SPLITS`.
        digest: SHA-256 of keys, splits and sizes.
    """

    counts: dict[str, int]
    digest: str

    def shards(self, shard_size: int) -> dict[str, range]:
        """Return the name of each shard, in order, with the rows of its photos in the table."""
        shards, first = {}, 0
        for split, count in self.counts.items():
            shard_count = -(-count // shard_size)
            for index in range(shard_count):
                start = first + index * shard_size
                stop = min(start + shard_size, first + count)
                shards[shard_name(split, index, shard_count)] = range(start, stop)
            first += count
        return shards


@dataclass(frozen=True, eq=False)
class PhotoTable:
    """Photos by split and, within a split, by key.

    Attributes:
        keys: The keys of the photos, an Arrow array of large strings.
        splits: Indices into `SPLITS`, uint8.
        sizes: Bytes of the files, int64; `UNKNOWN_SIZE` where that could not be seen.
    """

    keys: pa.Array
    splits: NDArray[np.uint8]
    sizes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.splits)

    def take(self, rows: NDArray[Any]) -> "PhotoTable":
        """Return the rows of these indices, in their order."""
        return PhotoTable(self.keys.take(numbers(rows)), self.splits[rows], self.sizes[rows])

    @cached_property
    def summary(self) -> PhotoSet:
        """What a plan holds of the table."""
        digest = hashlib.sha256()
        for part in batches(len(self)):
            keys = self.keys[part]
            lengths = np.diff(_offsets(keys)).astype("<i8")
            digest.update(lengths.tobytes() + _text(keys))
        digest.update(self.splits.tobytes() + self.sizes.astype("<i8").tobytes())
        counts = np.bincount(self.splits, minlength=len(SPLITS)).tolist()
        return PhotoSet(
            {split: count for split, count in zip(SPLITS, counts, strict=True) if count}, digest.hexdigest()
        )

    def splits_and_keys(self) -> Iterator[tuple[str, str]]:
        """Yield the split and the key of each photo."""
        for part in batches(len(self)):
            splits = map(SPLITS.__getitem__, self.splits[part].tolist())
            yield from zip(splits, self.keys[part].to_pylist(), strict=True)

    def save(self, folder: Folder) -> None:
        """Write the table into the folder of a dataset."""
        columns = {"key": self.keys, "split": numbers(self.splits), "size": numbers(self.sizes)}
        table = pa.Table.from_arrays(list(columns.values()), list(columns))
        with folder.new(PHOTOS).published() as path:
            pq.write_table(table, path, use_dictionary=False, row_group_size=BATCH_ROWS)

    @classmethod
    def load(cls, folder: Folder) -> "PhotoTable":
        """Read the table of a dataset.

        Raises:
            DatasetError: There is none, or it is damaged.
        """
        with as_dataset_error(f"{PHOTOS}: is missing or damaged", folder.location), folder.open(PHOTOS) as file:
            # Without Arrow's threads: one that lets go of the Python file while the process ends aborts it.
            table = pq.ParquetFile(file, pre_buffer=False).read(use_threads=False)
            keys, splits, sizes = (table.column(name) for name in ("key", "split", "size"))
            return cls(_whole(keys), to_numpy(_whole(splits), np.uint8), to_numpy(_whole(sizes), np.int64))


def load_photos(folder: Folder, expected: PhotoSet) -> PhotoTable:
    """Read the table of the photos of a plan.

    Raises:
        DatasetError: There is none, or it is not the plan's.
    """
    table = PhotoTable.load(folder)
    if table.summary != expected:
        raise DatasetError(f"{PHOTOS}: holds other photos than the plan (got {folder.location!r})")
    return table


def batches(count: int) -> Iterator[slice]:
    """Yield slices that together cover `count` rows, of at most `BATCH_ROWS` each."""
    for start in range(0, count, BATCH_ROWS):
        yield slice(start, min(start + BATCH_ROWS, count))


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _offsets(texts: pa.Array) -> NDArray[np.int64]:
    offsets = np.frombuffer(texts.buffers()[1], np.int64)
    return offsets[texts.offset : texts.offset + len(texts) + 1]


def _text(texts: pa.Array) -> bytes:
    offsets = _offsets(texts)
    data = texts.buffers()[2]
    return bytes(memoryview(data)[offsets[0] : offsets[-1]]) if data is not None else b""
