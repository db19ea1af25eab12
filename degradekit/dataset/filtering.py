"""Makes a dataset of those pairs of another one that meet a condition."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

import numpy as np

from degradekit.dataset.card import load_own_part
from degradekit.dataset.condition import Condition
from degradekit.dataset.engines import LOCAL, Engine
from degradekit.dataset.exporting import CopyShard
from degradekit.dataset.manifest import Manifest, Photo
from degradekit.dataset.opening import VERIFY, Dataset
from degradekit.dataset.pair_rows import pair_rows, schema_of
from degradekit.dataset.photos import PhotoTable, load_photos
from degradekit.dataset.plan import Filter
from degradekit.dataset.progress import SILENT, OnProgress, Progress
from degradekit.dataset.report import Outcome, Report
from degradekit.dataset.rewriting import decoding_errors, not_as_written, photos_as_written, refuse_itself
from degradekit.dataset.row import DigestedTile, Row
from degradekit.dataset.run import run_plan
from degradekit.dataset.writing import ShardTarget
from degradekit.errors import DatasetError
from degradekit.locations import Location
from degradekit.storage import Folder
from degradekit.wording import counted

_ROWS = 1000
"""Rows that are matched together."""


class _Chosen(NamedTuple):
    """The pairs of a photo that match.

    Attributes:
        row: The index of the photo in the list of all photos.
        shard: The shard that its pairs are in.
        key: The key of the photo.
        matches: A byte for each of its pairs, 1 where it matches.
    """

    row: int
    shard: str
    key: str
    matches: bytes


@dataclass(frozen=True)
class FilterShard:
    """The task of writing a shard of photos with the pairs that match.

    All pairs of these photos are decoded, so that their digests prove that they are as they were written.

    Attributes:
        source: The other dataset.
        target: Where the shard is written.
        chosen: The pairs of each photo that match, by the shard they are in and the key of the photo.
    """

    source: Dataset
    target: ShardTarget
    chosen: Mapping[str, Mapping[str, bytes]]

    @property
    def photos(self) -> int:
        """Number of photos, the unit of progress."""
        return sum(map(len, self.chosen.values()))

    def run(self, on_progress: OnProgress) -> Manifest:
        """Read the shards that the photos are in, and write the one.

        Args:
            on_progress: Called after each tile, and after each photo of which nothing matches.

        Raises:
            DatasetError: A shard cannot be read, its rows are not those that were written, or the target cannot be
                written.
        """
        done = 0
        with self.target.open() as writer:
            for shard, photos in self.chosen.items():
                for photo, tiles in photos_as_written(self.source, shard):
                    if photo.key in photos:
                        kept = _Kept(photo.key, photos[photo.key])
                        before = done

                        def on_pairs(pairs: int, photo: Photo = photo, before: int = before) -> None:
                            on_progress(before + min(pairs / photo.pairs, 1))

                        with decoding_errors(self.source):
                            writer.add(photo.key, kept.of(map(self._digested, tiles), on_pairs))
                        if kept.seen != photo:
                            raise not_as_written(self.source, photo)
                        done += 1
                    on_progress(done)
            return writer.close()

    def _digested(self, rows: list[Row]) -> DigestedTile:
        return CopyShard(self.source, self.target).make_tile(rows, lambda: None)


class _Kept:
    """Takes the pairs of a photo that match out of all its pairs.

    Attributes:
        seen: What a manifest holds of the photo with all its pairs, once these have been seen.
    """

    def __init__(self, key: str, matches: bytes) -> None:
        self._matches, self.seen = matches, Photo(key, 0, "")

    def of(self, tiles: Iterator[DigestedTile], on_pairs: Callable[[int], object]) -> Iterator[DigestedTile]:
        """Yield the tiles that have pairs that match, without the other pairs."""
        digest, pairs = hashlib.sha256(), 0
        for tile in tiles:
            digest.update(b"".join(tile.digests))
            matches = self._matches[pairs : pairs + len(tile.rows)]
            pairs += len(tile.rows)
            kept = [pair for pair, match in zip(zip(*tile, strict=True), matches, strict=False) if match]
            if kept:
                rows, digests = zip(*kept, strict=True)
                yield DigestedTile(list(rows), list(digests))
            on_pairs(pairs)
        self.seen = Photo(self.seen.key, pairs, digest.hexdigest())


def filter_pairs(
    shards: Location,
    target: Location,
    where: str,
    *,
    engine: Engine = LOCAL,
    overwrite: bool = False,
    progress: Progress = SILENT,
) -> Outcome:
    """Make a dataset of those pairs of a finished one that meet a condition; the pairs themselves stay as they are.

    Args:
        shards: The dataset, a path or a URL.
        target: The folder to make.
        where: What follows WHERE in SQL, on the columns of `parameters`: `jpeg_1_quality < 40 and noise_2_sigma is
            null`. A pair for which it is null, as for a draw without the step, is left out.
        engine: Where the shards are written.
        overwrite: Delete a degradekit dataset of another plan that is in the way.
        progress: Is notified as the work goes on.

    Returns:
        What the new dataset holds, and what this run has done for it.

    Raises:
        DatasetError: There is no finished dataset, the condition cannot be used, no pair meets it, or the target
            cannot be used.
    """
    dataset, folder = Dataset.open_finished(shards), Folder.of(target)
    refuse_itself(dataset.folder, folder)
    engine.refuse_memory(folder)
    report = Report.load(dataset.folder)
    pairs = sum(report.pairs.values())
    progress.note(f"reading the records of {counted(pairs, 'pair')}")
    condition = Condition(where, schema_of(pair_rows(dataset, dataset.plan.shards)))
    all_photos = load_photos(dataset.folder, dataset.plan.photos)
    chosen = list(_choose(dataset, all_photos, condition))
    if not chosen:
        raise DatasetError(f"where: not one of the {counted(pairs, 'pair')} meets the condition (got {where!r})")
    progress.note(f"{sum(photo.matches.count(1) for photo in chosen)} of these meet the condition")
    photos = all_photos.take(np.array([photo.row for photo in chosen]))
    old = dataset.plan
    plan = replace(old, photos=photos.summary, filters=(*old.filters, Filter(where, pairs, report.digest)))

    def make_task(shard: str) -> FilterShard:
        by_shard: dict[str, dict[str, bytes]] = {}
        for photo in map(chosen.__getitem__, plan.shards[shard]):
            by_shard.setdefault(photo.shard, {})[photo.key] = photo.matches
        return FilterShard(dataset, ShardTarget(folder, plan.hash, shard, plan.options), by_shard)

    own = load_own_part(dataset.folder, old)
    with engine.start(len(plan.shards)) as workers:
        return run_plan(
            Dataset(folder, plan), photos, make_task, workers, progress, recipe=None, overwrite=overwrite, own=own
        )


def _choose(dataset: Dataset, photos: PhotoTable, condition: Condition) -> Iterator[_Chosen]:
    """Yield the photos of which pairs match, in the order of the list of all photos."""
    for shard, rows in dataset.plan.shards.items():
        matches: dict[str, bytearray] = {}
        pairs = pair_rows(dataset, [shard])
        while some := list(islice(pairs, _ROWS)):
            matching = {*condition.matching(some)}
            for index, pair in enumerate(some):
                matches.setdefault(pair["key"], bytearray()).append(index in matching)
        keys = photos.keys[rows.start : rows.stop].to_pylist()
        if not matches.keys() <= {*keys}:
            raise DatasetError(
                f"shards: {dataset.file(shard)} has rows of other photos than the plan; {VERIFY}"
                f" (got {dataset.folder.location!r})"
            )
        for row, key in zip(rows, keys, strict=True):
            if any(matches.get(key, b"")):
                yield _Chosen(row, shard, key, bytes(matches[key]))
