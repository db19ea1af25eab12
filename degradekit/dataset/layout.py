"""The folder of a dataset: the names of its files, which of them are its own, and its lock."""

import re
from collections.abc import Container, Iterator
from contextlib import contextmanager

from degradekit.errors import DatasetError
from degradekit.storage import Folder, final_name

CARD = "README.md"
"""Written last: a folder without it is not finished."""
PLAN = "meta/plan.json"
PHOTOS = "meta/photos.parquet"
REPORT = "meta/report.json"
SKIPPED = "meta/skipped.jsonl"
DATA = "data"
SPLITS = ("train", "validation", "test")

_FILES = (CARD, PLAN, PHOTOS, REPORT, SKIPPED)
_SPLIT = f"(?:{'|'.join(SPLITS)})"
_SHARD = rf"{_SPLIT}-\d{{5,}}-of-\d{{5,}}"
_PICTURES = rf"{_SPLIT}/(?:meta_info\.txt|(?:HR|LR)/[^/]+\.png)"
_OTHERS = re.compile(rf"meta/shards/{_SHARD}\.json|{DATA}/{_SHARD}\.\w+|{_PICTURES}")
_FOLDERS = ("meta/shards", "meta", DATA, *(f"{split}{part}" for split in SPLITS for part in ("/HR", "/LR", "")))


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
    name = final_name(file)
    return name in _FILES or _OTHERS.fullmatch(name) is not None


def is_unfinished(file: str) -> bool:
    """Return whether a file is a part of a dataset that is still being written, or was when a build was interrupted."""
    return final_name(file) != file and is_owned(file)


def delete(folder: Folder, keep: Container[str] = ()) -> None:
    """Delete the files of a dataset, but for those to keep, and folders with nothing else in them."""
    for name in folder.names():
        if is_owned(name) and name not in keep:
            folder.delete(name)
    for subfolder in _FOLDERS:
        folder.remove_if_empty(subfolder)
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
            for name in filter(is_unfinished, folder.names()):
                folder.delete(name)
        yield
