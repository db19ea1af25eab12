"""The result of a scan, as columns: a million Python objects would take 400 MB."""

import os
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from degradekit.dataset.arrow_columns import binary, numbers, to_numpy
from degradekit.dataset.layout import SPLITS
from degradekit.dataset.photos import BATCH_ROWS, UNKNOWN_SIZE, PhotoTable, batches
from degradekit.dataset.sources.base import Source
from degradekit.picture_folders import LeftOut

MakeSource = Callable[[str, str, str, int | None], Source]
"""Makes a source from location, key, split and size."""


@dataclass(frozen=True, eq=False)
class Scan:
    """The photos of a scan, by key; sources are made when they are asked for.

    Attributes:
        photos: Key, split and size of each.
        locations: The locations of the photos, an Arrow array of bytes in the encoding of the file system.
        kinds: Indices into `makers`, uint32.
        makers: What makes the sources of a kind.
        left_out: How many files were left out, by reason.
    """

    photos: PhotoTable
    locations: pa.Array
    kinds: NDArray[np.uint32]
    makers: tuple[MakeSource, ...]
    left_out: dict[str, int]

    def __len__(self) -> int:
        return len(self.photos)

    def __iter__(self) -> Iterator[Source]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, index: int) -> Source:
        location = os.fsdecode(self.locations[index].as_py())
        size = int(self.photos.sizes[index])
        split = SPLITS[self.photos.splits[index]]
        return self.makers[int(self.kinds[index])](
            location, self.photos.keys[index].as_py(), split, None if size == UNKNOWN_SIZE else size
        )

    def holds(self, path: Path) -> bool:
        """Return whether a file on a disk is one of the photos; links are followed."""
        if not path.exists():
            return False
        path = path.resolve()
        named_alike = to_numpy(pc.ends_with(self.locations, os.fsencode(path.name)).cast(pa.uint8()), np.bool_)
        return any(_is_file(self[row].location, path) for row in np.flatnonzero(named_alike).tolist())

    def take(self, rows: NDArray[Any]) -> "Scan":
        """Return the photos of these indices, in their order."""
        return replace(
            self, photos=self.photos.take(rows), locations=self.locations.take(numbers(rows)), kinds=self.kinds[rows]
        )

    def by_split(self) -> "Scan":
        """Return the photos by split and, within a split, by key."""
        return self.take(np.argsort(self.photos.splits, kind="stable"))

    def outside(self, folder: str) -> "Scan":
        """Return the photos that do not lie in a folder, given by its absolute path without links, or its URL."""
        inside: dict[bytes, bool] = {}
        outer, kept = os.fsencode(folder).rstrip(b"/") + b"/", []
        for part in batches(len(self)):
            for row, location in enumerate(self.locations[part].to_pylist(), part.start):
                parent = location.rpartition(b"/")[0]
                if parent not in inside:
                    normal = parent if b"://" in parent else os.path.realpath(parent)
                    inside[parent] = (normal + b"/").startswith(outer)
                if not inside[parent]:
                    kept.append(row)
        return self if len(kept) == len(self) else self.take(np.array(kept, np.int64))


class Collector:
    """Gathers photos, and turns them into columns a batch at a time.

    Args:
        left_out: How many files were left out, by reason; it is filled while photos are gathered.
    """

    def __init__(self, left_out: LeftOut) -> None:
        self._left_out = left_out
        self._splits, self._kinds = array("B"), array("I")
        self._sizes = array("q")
        self._makers: dict[MakeSource, int] = {}
        self._keys: list[bytes] = []
        self._locations: list[bytes] = []
        self._chunks: list[tuple[pa.Array, pa.Array]] = []

    def __len__(self) -> int:
        return len(self._splits)

    def add(self, make: MakeSource, location: str, key: str, split: str, size: int | None) -> None:
        """Take a photo."""
        self._kinds.append(self._makers.setdefault(make, len(self._makers)))
        self._locations.append(os.fsencode(location))
        self._keys.append(key.encode())
        self._splits.append(SPLITS.index(split))
        self._sizes.append(UNKNOWN_SIZE if size is None else size)
        if len(self._keys) == BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        self._chunks.append(
            (binary(self._keys, large=True).cast(pa.large_string()), binary(self._locations, large=True))
        )
        self._keys, self._locations = [], []

    def scan(self) -> Scan:
        """Return all photos in the order in which they came; there must be one."""
        self._flush()
        keys, locations = (pa.concat_arrays(chunks) for chunks in zip(*self._chunks, strict=True))
        photos = PhotoTable(keys, np.array(self._splits), np.array(self._sizes))
        left_out = self._left_out.named()
        return Scan(photos, locations, np.array(self._kinds), tuple(self._makers), left_out)


def _is_file(location: str, path: Path) -> bool:
    try:
        return path.samefile(location)
    except (OSError, ValueError):  # a URL, or a member of an archive
        return False
