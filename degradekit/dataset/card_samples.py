"""The picture of a few pairs on a dataset's card: HRs above, their LRs below."""

from collections.abc import Iterator

import numpy as np

from degradekit.dataset.layout import DATA, SAMPLES
from degradekit.dataset.opening import Dataset
from degradekit.dataset.pictures import decode, encode
from degradekit.dataset.spread import spread_rows
from degradekit.errors import DatasetError, ImageError, InaccessibleError
from degradekit.types import Pixels

_MOST = 4
"""Pairs in the picture."""
_SIDE = 192
"""Pixels of a sample in the picture, at most: with four of them it has less than a megabyte, however it compresses."""
_GAP, _GRAY = 4, 128


def has_samples(dataset: Dataset) -> bool:
    """Return whether the rows of a dataset can be read again, and so shown."""
    return dataset.format.reader is not None and "hr" in dataset.plan.options.pictures


def save_samples(dataset: Dataset) -> None:
    """Write the picture of samples into the folder of a finished dataset.

    Raises:
        DatasetError: A shard cannot be read, or the picture cannot be written.
    """
    dataset.folder.write_bytes(SAMPLES, encode(_picture(dataset), "png"))


def is_of_samples(dataset: Dataset) -> bool:
    """Return whether the picture of samples is there, and shows the samples of the dataset.

    Raises:
        DatasetError: A shard cannot be read.
    """
    expected = _picture(dataset)
    try:
        picture = decode(dataset.folder.read_bytes(SAMPLES, expected.nbytes + 2**16))
    except InaccessibleError:
        raise
    except (OSError, DatasetError, ImageError):
        return False
    return np.array_equal(picture, expected)


def _picture(dataset: Dataset) -> Pixels:
    """Return the centers of HRs, and below them those of their LRs, enlarged to the same size without smoothing."""
    scale, pairs = dataset.plan.scale, list(_pairs(dataset))
    side = min(_SIDE // scale, *(min(lr.shape[:2]) for _, lr in pairs))
    columns: list[Pixels] = []
    for hr, lr in pairs:
        y, x = ((length - side) // 2 for length in lr.shape[:2])
        small = lr[y : y + side, x : x + side].repeat(scale, axis=0).repeat(scale, axis=1)
        large = hr[y * scale : (y + side) * scale, x * scale : (x + side) * scale]
        column = np.vstack([large, _gap(_GAP, side * scale), small])
        columns += [_gap(column.shape[0], _GAP), column] if columns else [column]
    picture = np.hstack(columns)
    zoom = max(1, _SIDE // (side * scale))
    return picture.repeat(zoom, axis=0).repeat(zoom, axis=1)


def _gap(height: int, width: int) -> Pixels:
    return np.full((height, width, 3), _GRAY, np.uint8)


def _pairs(dataset: Dataset) -> Iterator[tuple[Pixels, Pixels]]:
    for tile in spread_rows(dataset, _MOST):
        for row in tile:
            with dataset.read_errors(DATA):
                yield row.decode("hr"), row.decode("lr")
