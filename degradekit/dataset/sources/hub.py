"""Photos in the image column of a Hugging Face dataset."""

import hashlib
import json
from collections import Counter
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from degradekit.dataset.sources.source import DATASETS, Source
from degradekit.errors import DatasetError

_SPLITS = {"val": "validation", "valid": "validation", "validation": "validation", "test": "test"}


def scan(text: str, left_out: Counter[str]) -> list[Source]:
    """The rows of `datasets:NAME` or `datasets:NAME:COLUMN`, NAME a local folder or one of the Hub.

    A row has no path of its own that all machines share, so its key is the name of the dataset and a hash of the
    image's bytes; rows with the same bytes are one photo.

    Raises:
        DatasetError: It cannot be loaded, or has no such image column.
    """
    import datasets

    _column.cache_clear()  # the dataset may be another one than at the last build of this process
    name, _, column = text.removeprefix(DATASETS).partition(":")
    try:
        found: Any = datasets.load_dataset(name)
    except Exception as error:  # `datasets` raises many kinds.
        raise DatasetError(f"source: cannot load the dataset {name!r}: {error}") from None
    sources: dict[str, Source] = {}
    for split in found:
        images = [field for field, kind in found[split].features.items() if isinstance(kind, datasets.Image)]
        chosen = column or next((field for field in ("image", "hr") if field in images), images[0] if images else "")
        if chosen not in images:
            raise DatasetError(
                f"source: the dataset {name!r} has no image column {chosen!r}; it has {', '.join(images) or 'none'}"
            )
        for row in range(len(found[split])):
            place = DATASETS + json.dumps([name, str(split), chosen, row])
            try:
                data = read(place)
            except OSError:
                left_out["rows of a dataset without an image that can be read"] += 1
                continue
            key = f"{PurePosixPath(name).name}/{hashlib.sha256(data).hexdigest()[:32]}"
            if key in sources:
                left_out["rows of a dataset with the same image as another"] += 1
                continue
            sources[key] = Source(place, key, _SPLITS.get(str(split), "train"), len(data))
    return list(sources.values())


def read(place: str) -> bytes:
    """The bytes of one row's image."""
    name, split, column, row = json.loads(place.removeprefix(DATASETS))
    cell = _column(name, split, column)[row][column]
    if cell and cell["bytes"] is not None:
        return bytes(cell["bytes"])
    if cell and cell["path"]:
        return Path(cell["path"]).read_bytes()
    raise OSError("the row has no image")


@lru_cache(maxsize=8)
def _column(name: str, split: str, column: str) -> Any:
    import datasets

    found: Any = datasets.load_dataset(name, split=split)
    return found.select_columns([column]).cast_column(column, datasets.Image(decode=False))
