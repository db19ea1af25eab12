"""All pairs of a split in order, or in a random one, read piece by piece, as slow disks and buckets need."""

from collections.abc import Iterator
from itertools import count, islice

from degradekit.dataset.pair import Pair, SharedPictures
from degradekit.dataset.reading_ahead import read_ahead
from degradekit.dataset.shard_files import Run, ShardFiles
from degradekit.rng import stream

_SHARDS = 16
_RUNS = 16
"""The number of shards whose runs of row groups are shuffled together, and of runs whose pairs are."""
_SHARED_BYTES = 2**26


def in_order(files: ShardFiles) -> Iterator[Pair]:
    """Yield all pairs in order."""
    shared = SharedPictures(0) if files.variants > 1 else None
    opened = read_ahead(files.runs, range(len(files)), ahead=1)
    for groups in read_ahead(files.read, (run for runs in opened for run in runs), _ahead(files)):
        for group in groups:
            for index in range(len(group)):
                yield group.pair(index, shared)


def shuffled(files: ShardFiles, seed: int, rank: int, world: int) -> Iterator[Pair]:
    """Yield the pairs of every `world`-th run in a random order.

    The shards are shuffled, the runs of every sixteen shards, and the pairs of every sixteen runs.
    """
    shared = SharedPictures(_SHARED_BYTES) if files.variants > 1 else None
    shards = stream(seed, "shards").permutation(len(files))
    opened = read_ahead(files.runs, shards, ahead=_SHARDS)
    reading = read_ahead(files.read, islice(_shuffled_runs(opened, seed), rank, None, world), _ahead(files))
    for pool in count():
        groups = [group for run in islice(reading, _RUNS) for group in run]
        if not groups:
            return
        rows = [(group, row) for group in groups for row in range(len(group))]
        for index in stream(seed, f"rows/{rank}/{world}", pool).permutation(len(rows)):
            group, row = rows[index]
            yield group.pair(row, shared)


def _ahead(files: ShardFiles) -> int:
    """Return the number of runs to read ahead: one on a disk, as what is decompressed too early leaves the cache."""
    return _RUNS if files.is_remote else 1


def _shuffled_runs(shards: Iterator[list[Run]], seed: int) -> Iterator[Run]:
    for window in count():
        runs = [run for each in islice(shards, _SHARDS) for run in each]
        if not runs:
            return
        for index in stream(seed, "runs", window).permutation(len(runs)):
            yield runs[index]
