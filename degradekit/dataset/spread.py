"""Rows from all over a dataset, to look at."""

from collections import defaultdict
from itertools import islice

from degradekit.dataset.layout import DATA
from degradekit.dataset.opening import Dataset
from degradekit.dataset.row import Row

_GOLDEN = 0.6180339887498949
"""Multiples of it, without what is before the point, are spread evenly however many they are."""
_SHARDS = 64
"""Shards whose manifests are read together."""


def spread_rows(dataset: Dataset, count: int, *, seed: int = 0, variants: int | None = None) -> list[list[Row]]:
    """Return tiles of different photos all over a dataset, each as a list of its rows, in order.

    Args:
        dataset: A finished one.
        count: Tiles, of as many photos as there are, at most.
        seed: Another one gives other tiles.
        variants: Rows of each tile, from the first variant on, at most; None for one row, of any variant. A filtered
            dataset has any of a tile's variants, and may give fewer of them than it has.

    Raises:
        DatasetError: A shard cannot be read.
    """
    tiles = []
    for shard, starts in _starts(dataset, count, seed, variants).items():
        reader, done = dataset.rows(shard), 0
        for start in sorted(starts):
            wanted = 1 if variants is None else min(variants, dataset.plan.options.variants)
            first, *others = islice(reader, start - done, start - done + wanted)
            tiles.append([first, *(row for row in others if (row.key, row.tile) == (first.key, first.tile))])
            done = start + wanted
    for row in (row for tile in tiles for row in tile):
        with dataset.read_errors(DATA):
            row.refuse_contradiction()
    return tiles


def _starts(dataset: Dataset, count: int, seed: int, variants: int | None) -> dict[str, set[int]]:
    """Return the indices of the first rows of tiles in each shard."""
    photos = _photos(dataset, count, seed)
    each = 1 if variants is None else dataset.plan.options.variants
    starts: defaultdict[str, set[int]] = defaultdict(set)
    for index in range(count if photos else 0):
        shard, first, pairs = photos[(index * len(photos) // count + seed) % len(photos)]
        row = int((seed * count + index + 0.5) * _GOLDEN % 1 * pairs)
        starts[shard].add(first + row // each * each)
    return starts


def _photos(dataset: Dataset, count: int, seed: int) -> list[tuple[str, int, int]]:
    """Return the shard of each photo, the index of its first row in it, and the number of its rows.

    Of many shards, so many are looked at that they have this many photos, as each manifest is a file or a request.
    """
    photos = []
    shards = list(dataset.plan.shards)
    distance = max(1, len(shards) // _SHARDS)
    for start in range(distance):
        for shard in shards[(start + seed) % distance :: distance]:
            first = 0
            for photo in dataset.manifest(shard).photos:
                if photo.pairs:
                    photos.append((shard, first, photo.pairs))
                    first += photo.pairs
        if len(photos) >= count:
            break
    return photos
