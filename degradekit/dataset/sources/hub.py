"""Photos in the image column of a Hugging Face dataset."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from degradekit.dataset.sources.base import Source
from degradekit.dataset.sources.sieve import Sieve
from degradekit.errors import DatasetError

PREFIX = "datasets:"
_SPLITS = {"val": "validation", "valid": "validation", "validation": "validation", "test": "test"}


@dataclass(frozen=True, slots=True)
class HubColumn:
    """The image column of one split of a Hugging Face dataset.

    Attributes:
        dataset: A local folder or a name on the Hub.
        split: In the words of the dataset.
        column: Name.
    """

    dataset: str
    split: str
    column: str

    def read(self, row: int) -> bytes:
        """Return the bytes of one row's image.

        Raises:
            OSError: The row has no image, or its file cannot be read.
        """
        cell = _load(self)[row][self.column]
        if cell and cell["bytes"] is not None:
            return bytes(cell["bytes"])
        if cell and cell["path"]:
            return Path(cell["path"]).read_bytes()
        raise OSError("the row has no image")

    def source(self, location: str, key: str, split: str, size: int | None) -> "HubRow":
        """Return a row of the column as a photo."""
        return HubRow(location, key, split, size, self)


@dataclass(frozen=True, slots=True)
class HubRow(Source):
    """A row of a Hugging Face dataset; its location is the index of the row."""

    column: HubColumn

    def fetch(self) -> bytes:
        """Return the bytes of the image."""
        return self.column.read(int(self.location))


def find_rows(text: str, sieve: Sieve) -> Iterator[HubRow]:
    """Yield the photos of `datasets:NAME` or `datasets:NAME:COLUMN`, NAME a local folder or a dataset of the Hub.

    A row has no path that all machines share, so its key is the name of the dataset and a hash of the bytes of the
    image; rows with the same bytes are one photo.

    Raises:
        DatasetError: The dataset cannot be loaded, or has no such image column.
    """
    import datasets

    _load.cache_clear()  # the dataset may be another one than at the last build of this process
    name, _, wanted = text.removeprefix(PREFIX).partition(":")
    try:
        splits: Any = datasets.load_dataset(name)
    except Exception as error:  # `datasets` raises many kinds
        raise DatasetError(f"source: cannot load the dataset {name!r}: {error}") from None
    keys: set[str] = set()
    for split in splits:
        images = [field for field, kind in splits[split].features.items() if isinstance(kind, datasets.Image)]
        usual = next((field for field in ("image", "hr") if field in images), images[0] if images else "")
        column = HubColumn(name, str(split), wanted or usual)
        if column.column not in images:
            raise DatasetError(
                f"source: the dataset {name!r} has no image column {column.column!r};"
                f" it has {', '.join(images) or 'none'}"
            )
        for row in range(len(splits[split])):
            try:
                data = column.read(row)
            except OSError:
                sieve.leave_out("rows of a dataset without an image that can be read", f"{split} {row}")
                continue
            key = f"{PurePosixPath(name).name}/{hashlib.sha256(data).hexdigest()[:32]}"
            if key in keys:
                sieve.leave_out("rows of a dataset with the same image as another", f"{split} {row}")
                continue
            keys.add(key)
            yield column.source(str(row), key, _SPLITS.get(str(split), "train"), len(data))


@lru_cache(maxsize=8)
def _load(column: HubColumn) -> Any:
    import datasets

    rows: Any = datasets.load_dataset(column.dataset, split=column.split)
    return rows.select_columns([column.column]).cast_column(column.column, datasets.Image(decode=False))
