"""The folder of a dataset: the names of its files, which of them are unfinished, and its lock."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from degradekit.errors import DatasetError
from degradekit.retrying import as_dataset_error
from degradekit.storage import Folder
from degradekit.whole_files import final_name

CARD = "README.md"
"""Written last: a folder without it is not finished."""
PLAN = "meta/plan.json"
PHOTOS = "meta/photos.parquet"
REPORT = "meta/report.json"
SKIPPED = "meta/skipped.jsonl"
SAMPLES = "meta/samples.png"
"""The picture of a few pairs on the card, where its owner wants one."""
DATA = "data"
MANIFESTS = "meta/shards"
SPLITS = ("train", "validation", "test")

FILES = (CARD, PLAN, PHOTOS, REPORT, SKIPPED, SAMPLES)
"""The files of every dataset, besides its shards."""
FOLDERS = (MANIFESTS, "meta", DATA, *(f"{split}{part}" for split in SPLITS for part in ("/HR", "/HR_USM", "/LR", "")))
"""The folders that a dataset may have, inner ones first."""
PICTURE = re.compile(
    rf"(?P<split>{'|'.join(SPLITS)})/(?P<folder>HR|HR_USM|LR)"
    r"/(?P<photo>[A-Za-z0-9-]*_[0-9a-f]{10})(?:_f\d+)?_y\d+_x\d+(?:_v\d+)?\.(?P<extension>png|webp)"
)
"""The file of a picture, where a format keeps pictures in files: its split, folder, photo and tile."""

_SHARD = rf"(?:{'|'.join(SPLITS)})-\d{{5,}}-of-\d{{5,}}"
_OTHERS = re.compile(
    rf"{MANIFESTS}/{_SHARD}\.json|{DATA}/{_SHARD}\.\w+|(?:{'|'.join(SPLITS)})/meta_info\.txt|{PICTURE.pattern}"
)


def manifest_file(shard: str) -> str:
    """Return the file of a shard's manifest."""
    return f"{MANIFESTS}/{shard}.json"


def shard_name(split: str, index: int, count: int) -> str:
    """Return the name of a shard without extension, as `datasets` expects it: its split, its index, their number."""
    return f"{split}-{index:05d}-of-{count:05d}"


def split_of(shard: str) -> str:
    """Return the split that a shard's name begins with."""
    return shard.partition("-")[0]


def split_and_index(shard: str) -> tuple[str, int]:
    """Return the split of a shard and its index within that, from its name; an empty split for other names."""
    match = re.fullmatch(r"([a-z]+)-(\d{5,19})-of-\d{5,19}", shard, re.ASCII)
    return (match[1], int(match[2])) if match else ("", 0)


def is_unfinished(file: str) -> bool:
    """Return whether a file is what an interrupted build, of any plan, was still writing, by its name."""
    name = final_name(file)
    return name != file and (name in FILES or _OTHERS.fullmatch(name) is not None)


def sweep(folder: Folder) -> None:
    """Delete what interrupted builds have left in the folder of a dataset; nobody else may be building there."""
    with as_dataset_error("target: cannot be swept", folder.location):
        for name in filter(is_unfinished, folder.names()):
            folder.delete(name)


@contextmanager
def locked(folder: Folder, *, shared: bool) -> Iterator[None]:
    """Keep other builds out of a folder, which is made if there is none; several that share it may be running there.

    Raises:
        DatasetError: Another build is running there, or there can be no folder.
    """
    with ExitStack() as stack:
        with as_dataset_error("target: cannot be made", folder.location):
            try:
                acquired = stack.enter_context(folder.locked(shared=shared))
            except FileExistsError:
                raise DatasetError(
                    f"target: exists and is not a folder, nor a link to one (got {folder.location!r})"
                ) from None
        if not acquired:
            raise DatasetError(f"target: another build is running there (got {folder.location!r})")
        yield
