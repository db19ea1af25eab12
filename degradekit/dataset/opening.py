"""A dataset on disk: its folder and its plan."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from degradekit.dataset.formats import Format, Reader, find_format
from degradekit.dataset.layout import CARD
from degradekit.dataset.manifest import Manifest
from degradekit.dataset.plan import Plan
from degradekit.dataset.row import Row
from degradekit.errors import DatasetError
from degradekit.storage import Folder, as_dataset_error


@dataclass(frozen=True)
class Dataset:
    """A dataset, finished or not.

    Attributes:
        folder: Where it is.
        plan: What it is made of.
    """

    folder: Folder
    plan: Plan

    @classmethod
    def open(cls, location: "str | os.PathLike[str] | Folder") -> "Dataset":
        """Open a dataset, finished or not.

        Raises:
            DatasetError: There is none.
        """
        folder = Folder.of(location)
        return cls(folder, Plan.load(folder))

    @classmethod
    def open_finished(cls, location: "str | os.PathLike[str] | Folder") -> "Dataset":
        """Open a dataset that is finished and has rows.

        Raises:
            DatasetError: There is none, it is not finished, or its format keeps no rows.
        """
        dataset = cls.open(location)
        where = f"(got {dataset.folder.location!r})"
        if dataset.folder.size(CARD) is None:
            raise DatasetError(f"shards: the dataset is not finished; finish its build first {where}")
        if dataset.format.reader is None:
            raise DatasetError(f"shards: the format {dataset.format.name} keeps no rows {where}")
        return dataset

    @property
    def format(self) -> Format:
        """The format of the shards."""
        return find_format(self.plan.options.format)

    def file(self, shard: str) -> str:
        """Return the file of a shard."""
        return self.format.file(shard)

    def manifest(self, shard: str) -> Manifest | None:
        """Return the manifest of a shard, or None where there is none of this plan."""
        manifest = Manifest.load(self.folder, shard)
        return manifest if manifest is not None and manifest.plan == self.plan.hash else None

    def finished(self, shard: str) -> Manifest | None:
        """Return the manifest of a shard whose file is as large as it says, or None."""
        manifest = self.manifest(shard)
        return manifest if manifest is not None and self.folder.size(self.file(shard)) == manifest.bytes else None

    def reader(self, shard: str) -> Reader:
        """Return a reader of a shard.

        Raises:
            DatasetError: The format keeps no rows.
        """
        if self.format.reader is None:
            raise DatasetError(f"shards: the format {self.format.name} keeps no rows (got {self.folder.location!r})")
        return self.format.reader(self.folder, self.file(shard))

    def rows(self, shard: str) -> Iterator[Row]:
        """Yield the rows of a shard, in order.

        Raises:
            DatasetError: The shard cannot be read.
        """
        with self.read_errors(self.file(shard)):
            yield from self.reader(shard).rows()

    def facts(self, shard: str) -> Iterator[dict[str, Any]]:
        """Yield `Row.facts` of the rows of a shard, in order.

        Raises:
            DatasetError: The shard cannot be read.
        """
        with self.read_errors(self.file(shard)):
            yield from self.reader(shard).facts()

    def read_errors(self, file: str) -> AbstractContextManager[None]:
        """Turn what the disk, the service or the reader of a shard's file raises into a DatasetError."""
        return as_dataset_error("shards: cannot be read", f"{self.folder}/{file}")
