"""The folder of a dataset: the names of its files, which of them are its own, and its lock."""

from collections.abc import Iterator
from contextlib import contextmanager

from degradekit.errors import DatasetError
from degradekit.storage import Folder

CARD = "README.md"
"""Written last: a folder without it is not finished."""
PLAN = "meta/plan.json"
PHOTOS = "meta/photos.parquet"
REPORT = "meta/report.json"
SKIPPED = "meta/skipped.jsonl"
DATA = "data"
SPLITS = ("train", "validation", "test")


def manifest_file(shard: str) -> str:
    """Return the file of a shard's manifest."""
    return f"meta/shards/{shard}.json"


def shard_name(split: str, index: int, count: int) -> str:
    """Return the name of a shard without extension, as `datasets` expects it: its split, its index, their number."""
    return f"{split}-{index:05d}-of-{count:05d}"


def split_of(shard: str) -> str:
    """Return the split that a shard's name begins with."""
    return shard.partition("-")[0]


def is_owned(file: str) -> bool:
    """Return whether a file in the folder of a dataset is a part of the dataset, by its name."""
    first, _, rest = file.partition("/")
    pictures = first in SPLITS and (rest.startswith(("HR/", "LR/")) or rest == "meta_info.txt")
    return file == CARD or first in ("meta", DATA) or pictures


def delete(folder: Folder) -> None:
    """Delete a dataset, and its folder if nothing else is in it."""
    folder.clear(is_owned)
    folder.remove_if_empty()


@contextmanager
def locked(folder: Folder, *, shared: bool) -> Iterator[None]:
    """Keep other builds out of a folder; several that share it may be running there.

    Raises:
        DatasetError: Another build is running there.
    """
    with folder.locked(shared=shared) as acquired:
        if not acquired:
            raise DatasetError(f"target: another build is running there (got {folder.location!r})")
        if not shared:
            folder.sweep()
        yield
