"""The picture of a few pairs on a dataset's card: HRs above, their LRs below."""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from degradekit.dataset.layout import SAMPLES
from degradekit.dataset.opening import Dataset
from degradekit.dataset.pictures import decode, encode
from degradekit.errors import DatasetError, ImageError, InaccessibleError
from degradekit.types import Pixels

_MOST = 4
"""Pairs in the picture."""
_SIDE = 192
"""Pixels of a sample in the picture, at most: with four of them it has less than a megabyte, however it compresses."""
_GAP, _GRAY = 4, 128
_FIRST_PHOTOS = 8
"""Samples come from the first photos of a shard, so that little of a large one is read."""


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
    side = min(_SIDE // scale, *(min(lr.shape[:2]) for _, lr in pairs)) if pairs else 0
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
    """Yield HR and LR of tiles from the middle of photos in shards all over the dataset."""
    manifests = [manifest for shard in dataset.plan.shards if (manifest := dataset.manifest(shard)).pairs]
    chosen = manifests[:: max(1, len(manifests) // _MOST)][:_MOST]
    left = _MOST
    for index, manifest in enumerate(chosen):
        middles, start = [], 0
        for photo in manifest.photos:
            if photo.pairs:
                middles.append(start + photo.pairs // 2)
            start += photo.pairs
        middles = middles[:_FIRST_PHOTOS]
        wanted = -(-left // (len(chosen) - index))
        positions = middles[:: max(1, len(middles) // wanted)][:wanted]
        left -= len(positions)
        rows = islice(dataset.rows(manifest.shard), positions[-1] + 1)
        for position, row in enumerate(rows):
            if position in positions:
                with dataset.read_errors(dataset.file(manifest.shard)):
                    hr, lr = row.decode("hr"), row.decode("lr")
                    if lr.shape[:2] != (hr.shape[0] // row.scale, hr.shape[1] // row.scale):
                        raise DatasetError(f"{row.name}: the LR must be smaller than the HR by the scale, {row.scale}")
                yield hr, lr
