"""The photos of a dataset as columns, so that a million of them take little memory."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import AfterValidator, ConfigDict

from degradekit.dataset.arrow_columns import numbers, require_layout, to_numpy
from degradekit.dataset.layout import PHOTOS, SPLITS, shard_name, split_and_index
from degradekit.dataset.parquet_footers import Footer, footer_range
from degradekit.dataset.parquet_pages import PLAIN, chunk_range, require_bounded
from degradekit.dataset.stored import Sha256, SplitCounts
from degradekit.errors import DatasetError
from degradekit.limits import MAX_PHOTOS
from degradekit.retrying import as_dataset_error
from degradekit.storage import Folder
from degradekit.wording import counted

UNKNOWN_SIZE = -1
BATCH_ROWS = 2**16
_MAX_GROUP_ROWS = 2**20
_SCHEMA = pa.schema({"key": pa.large_string(), "split": pa.uint8(), "size": pa.int64()})
_CURE = "delete it and run the command that built the dataset again"


@dataclass(frozen=True, eq=False)
class Shards(Mapping[str, range]):
    """The name of each shard, in order, with the rows of its photos in the table; computed, however many there are.

    Attributes:
        counts: Number of photos of each split, in the order of `SPLITS`.
        shard_size: Photos in a shard.
    """

    counts: dict[str, int]
    shard_size: int

    def __len__(self) -> int:
        return sum(map(self._count, self.counts.values()))

    def __iter__(self) -> Iterator[str]:
        for split, photos in self.counts.items():
            count = self._count(photos)
            for index in range(count):
                yield shard_name(split, index, count)

    def __getitem__(self, name: str) -> range:
        split, index = split_and_index(name)
        first = 0
        for each, photos in self.counts.items():
            if each == split and name == shard_name(split, index, count := self._count(photos)) and index < count:
                start = first + index * self.shard_size
                return range(start, min(start + self.shard_size, first + photos))
            first += photos
        raise KeyError(name)

    def _count(self, photos: int) -> int:
        return -(-photos // self.shard_size)


def _few_enough(counts: dict[str, int]) -> dict[str, int]:
    if sum(counts.values()) > MAX_PHOTOS:
        raise ValueError(f"must add up to at most {MAX_PHOTOS:,}")
    return counts


@dataclass(frozen=True)
class PhotoSet:
    """What a plan holds of its photos.

    Attributes:
        counts: Number of photos of each split that has some, in the order of `SPLITS`.
        digest: SHA-256 of keys, splits and sizes.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    counts: Annotated[SplitCounts, AfterValidator(_few_enough)]
    digest: Sha256

    def shards(self, shard_size: int) -> Shards:
        """Return the shards of the photos."""
        return Shards(self.counts, shard_size)


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
        with folder.new(PHOTOS).published() as path, path.open("wb") as file:
            pq.write_table(table, file, use_dictionary=False, row_group_size=BATCH_ROWS)

    @classmethod
    def load(cls, folder: Folder) -> "PhotoTable":
        """Read the table of a dataset.

        Raises:
            DatasetError: There is none, or it is damaged.
        """
        with (
            as_dataset_error(f"{PHOTOS}: is missing or damaged", folder.location, cure=_CURE),
            folder.open(PHOTOS) as file,
        ):
            # Without Arrow's threads: one that lets go of the Python file while the process ends aborts it.
            parquet = pq.ParquetFile(file, pre_buffer=False)
            file_bytes = folder.size(PHOTOS) or 0

            def part(start: int, size: int) -> bytes:
                file.seek(start)
                return file.read(max(0, min(size, file_bytes)))

            Footer(part(*footer_range(file_bytes, part)))
            require_layout(parquet, _SCHEMA, _MAX_GROUP_ROWS, PHOTOS)
            if parquet.metadata.num_rows > file_bytes:  # a photo takes more than a byte
                raise ValueError(f"it cannot hold {counted(parquet.metadata.num_rows, 'photo')}")
            for group in map(parquet.metadata.row_group, range(parquet.metadata.num_row_groups)):
                require_bounded(part(*chunk_range(group.column(0))), f"{PHOTOS}: key", PLAIN)
            table = parquet.read(use_threads=False)
            table.validate(full=True)
            if any(column.null_count for column in table.columns):
                raise ValueError("a value is missing")
            keys, splits, sizes = map(_whole, table.columns)
            photos = cls(keys, to_numpy(splits, np.uint8), to_numpy(sizes, np.int64))
            if (photos.splits >= len(SPLITS)).any() or (np.diff(photos.splits.astype(np.int8)) < 0).any():
                raise ValueError("the photos are not in the order of the splits")
            return photos


def load_photos(folder: Folder, expected: PhotoSet) -> PhotoTable:
    """Read the table of the photos of a plan.

    Raises:
        DatasetError: There is none, or it is not the plan's.
    """
    table = PhotoTable.load(folder)
    if table.summary != expected:
        raise DatasetError(f"{PHOTOS}: holds other photos than the plan; {_CURE} (got {folder.location!r})")
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
