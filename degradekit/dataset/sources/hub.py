"""Photos in a column of a Hugging Face dataset, on the Hub or in Parquet files."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qsl

from degradekit.dataset.sources.base import Source
from degradekit.dataset.sources.scan_filter import ScanFilter
from degradekit.errors import DatasetError
from degradekit.limits import MAX_PHOTO_BYTES
from degradekit.regular_files import read_regular
from degradekit.retrying import unavailable_error, with_retries

PREFIX = "datasets:"
SPELLING = "datasets:NAME[:COLUMN][?config=NAME&split=NAME+NAME&revision=NAME]"
_OPTIONS = ("config", "split", "revision")
SPLITS_BY_NAME = {
    "train": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
}
"""The splits that the usual names of splits stand for."""
_USUAL = ("image", "hr", "jpg", "jpeg", "png", "webp")
"""Names of columns that are taken before others; img2dataset names its column after its format."""
_NO_IMAGE = "rows of a dataset without an image that can be read"
_SAME_IMAGE = "rows of a dataset with the same image as another"


@dataclass(frozen=True, slots=True)
class HubDataset:
    """What a source of this kind names.

    Attributes:
        name: A local folder, a Parquet file or a glob of such, or a name on the Hub.
        column: The column of images; empty for the usual one.
        config: The configuration, if not the only one.
        split: The splits, in the words of the dataset, joined by `+`; None for all.
        revision: A branch, tag or commit on the Hub, if not the newest.
        state: A hash of the files of a local folder: the cache of `datasets` distinguishes folders with configurations
            by their last name only, and would return the photos of another one.
    """

    name: str
    column: str = ""
    config: str | None = None
    split: str | None = None
    revision: str | None = None
    state: str = ""

    @classmethod
    def parse(cls, text: str) -> "HubDataset":
        """Read `datasets:NAME[:COLUMN][?config=...&split=...&revision=...]`.

        Raises:
            DatasetError: There is no name, or an option is not known, has no value, or is given twice.
        """
        name = text.removeprefix(PREFIX)
        if name and _exists(name):  # its name may have any characters
            path = os.path.abspath(name)  # noqa: PTH100 - resolving links would rename it
            return cls(path, state=_state(path))
        name, _, query = name.partition("?") if "=" in name else (name, "", "")
        options = parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)
        given = dict(options)
        path, _, column = name.partition(":")
        if not path or len(given) < len(options) or not set(given) <= set(_OPTIONS) or not all(given.values()):
            raise DatasetError(f"source: must be {SPELLING} (got {text!r})")
        if not _exists(path) and not is_parquet(path):
            return cls(path, column, **given)
        path = os.path.abspath(path)  # noqa: PTH100 - as above
        return cls(path, column, **given, state=_state(path))

    @property
    def key(self) -> str:
        """What the keys of its photos begin with."""
        path = PurePosixPath(self.name)
        return path.parent.name if is_parquet(self.name) else path.name

    def load(self, **options: Any) -> Any:
        """Return what `datasets` loads."""
        import datasets

        if is_parquet(self.name):
            return datasets.load_dataset("parquet", data_files=self.name, **options)
        if self.state:
            options["cache_dir"] = f"{datasets.config.HF_DATASETS_CACHE}/degradekit-{self.state}"
        return datasets.load_dataset(self.name, self.config, revision=self.revision, **options)

    def splits(self, text: str) -> dict[str, Any]:
        """Return the rows of the splits that are asked for, by the name of each.

        Args:
            text: The source as it was given, for errors.

        Raises:
            DatasetError: The dataset cannot be loaded, has other configurations, or has no such split.
        """
        try:
            splits: Any = self.load()
        except Exception as error:  # `datasets` raises many kinds
            self._refuse_configuration(text)
            raise DatasetError(f"source: cannot load the dataset {self.name!r}: {error}") from None
        wanted = self.split.split("+") if self.split else list(map(str, splits))
        for split in wanted:
            if split not in splits:
                raise DatasetError(
                    f"source: the dataset {self.name!r} has no split {split!r}; it has {', '.join(map(str, splits))}"
                )
        return {split: splits[split] for split in wanted}

    def _refuse_configuration(self, text: str) -> None:
        import datasets

        try:
            names: list[str] = datasets.get_dataset_config_names(self.name, revision=self.revision)
        except Exception:  # the first error has the reason
            return
        if self.config not in names and (self.config or len(names) > 1):
            problem = "has several configurations" if self.config is None else f"has no configuration {self.config!r}"
            spelled = f"{text.partition('?config=')[0]}?config={names[0]}"
            raise DatasetError(
                f"source: the dataset {self.name!r} {problem}; name one of {', '.join(names)}, as in {spelled!r}"
            )


def _state(path: str) -> str:
    digest = hashlib.sha256(os.fsencode(path))
    for folder, subfolders, files in os.walk(path):
        subfolders.sort()
        for file in sorted(files):
            status = os.lstat(f"{folder}/{file}")
            digest.update(os.fsencode(f"{folder}/{file}\0{status.st_size}\0{status.st_mtime_ns}\0"))
    return digest.hexdigest()[:16]


def _exists(name: str) -> bool:
    return os.path.exists(name)  # noqa: PTH110 - pathlib raises at some names


def is_parquet(name: str) -> bool:
    """Return whether a name is a Parquet file, or a glob of such."""
    return name.endswith(".parquet")


@dataclass(frozen=True, slots=True)
class HubColumn:
    """The image column of one split.

    Attributes:
        dataset: The dataset.
        split: The dataset's own name of the split.
        column: The name of the column.
    """

    dataset: HubDataset
    split: str
    column: str

    def fetch(self, row: int) -> bytes:
        """Return the bytes of one row's image; none where the row has no image.

        Raises:
            FileNotFoundError: The row names a file that does not exist.
            Exception: It cannot be read.
        """
        cell = _load(self)[row][self.column]
        if isinstance(cell, dict):
            if cell["bytes"] is None and cell["path"]:
                return read_regular(cell["path"], MAX_PHOTO_BYTES)
            cell = cell["bytes"]
        return bytes(cell or b"")

    def source(self, location: str, key: str, split: str, size: int | None) -> "HubRow":
        """Return a row of the column as a photo."""
        return HubRow(location, key, split, size, self)


@dataclass(frozen=True, slots=True)
class HubRow(Source):
    """A row of a Hugging Face dataset; its location is the index of the row."""

    column: HubColumn

    def fetch(self) -> bytes:
        """Return the bytes of the image, if they are still those that the scan has seen."""
        data = self.column.fetch(int(self.location))
        if not self.key.endswith(f"/{_hash(data)}"):
            raise OSError("the dataset changed after the plan was made")
        return data

    def is_same(self, other: Source) -> bool:
        """Return whether another source is the same image, by its key."""
        return isinstance(other, HubRow) and self.key == other.key


def find_rows(text: str, scan_filter: ScanFilter) -> Iterator[HubRow]:
    """Yield the photos of `datasets:NAME[:COLUMN][?config=...&split=...&revision=...]`.

    A row has no path that all machines share, so its key is the name of the dataset and a hash of the bytes of the
    image; rows with the same bytes are one photo.

    Raises:
        DatasetError: The dataset cannot be loaded, or has no such column of images.
        UnavailableError: A row cannot be read now.
    """
    _load.cache_clear()  # the dataset may be another one than at the last build of this process
    dataset = HubDataset.parse(text)
    keys: set[str] = set()
    for split, rows in dataset.splits(text).items():
        column = HubColumn(dataset, split, _column(dataset, rows.features))
        for row in range(len(rows)):
            try:
                data = with_retries(partial(column.fetch, row), final=(FileNotFoundError,))
            except FileNotFoundError:
                data = b""
            except Exception as error:  # `datasets` raises many kinds
                raise unavailable_error(f"source: row {row} of split {split!r} cannot be read", text, error) from error
            key = f"{dataset.key}/{_hash(data)}"
            if not data or key in keys:
                scan_filter.leave_out(_SAME_IMAGE if data else _NO_IMAGE, f"{split} {row}")
                continue
            keys.add(key)
            yield column.source(str(row), key, SPLITS_BY_NAME.get(split, "train"), len(data))


def _column(dataset: HubDataset, features: dict[str, Any]) -> str:
    """Return the column that is asked for, or else the usual one."""
    import datasets

    images = [name for name, kind in features.items() if isinstance(kind, datasets.Image)]
    images += [name for name, kind in features.items() if getattr(kind, "dtype", None) in ("binary", "large_binary")]
    column = dataset.column or next((name for name in _USUAL if name in images), images[0] if images else "")
    if column in images:
        return column
    wanted = f"no image column {column!r}" if column else "no column of images"
    has = ", ".join(images) or f"only {', '.join(features)}"
    raise DatasetError(f"source: the dataset {dataset.name!r} has {wanted}; it has {has}")


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


@lru_cache(maxsize=8)
def _load(column: HubColumn) -> Any:
    import datasets

    rows: Any = column.dataset.load(split=column.split).select_columns([column.column])
    if isinstance(rows.features[column.column], datasets.Image):
        rows = rows.cast_column(column.column, datasets.Image(decode=False))
    return rows
