"""`Pairs`: a dataset as a training loop reads it."""

import json
import pickle
import shutil
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
from small_datasets import IN_PROCESS, RECIPE, forge_rows, rows

from degradekit import DatasetError, Degradation
from degradekit.dataset import Options, Pair, Pairs, export, synthesize
from degradekit.dataset.tiles import Tile
from degradekit.picture_files import decode


@pytest.fixture(scope="module")
def target(photos, tmp_path_factory) -> Path:
    """Three shards with eight row groups, and a validation split."""
    source = tmp_path_factory.mktemp("pairs") / "photos"
    shutil.copytree(photos, source)
    (source / "valid").mkdir()
    shutil.copy(photos / "coffee.png", source / "valid" / "v.png")
    target = source.parent / "shards"
    options = Options(tile=32, step=20, variants=2, shard_size=2)
    synthesize(source, target, RECIPE, options, engine=IN_PROCESS)
    return target


@pytest.fixture(scope="module")
def train(target) -> list[dict]:
    return [row for row in rows(target) if not row["key"].startswith("photos/valid/")]


def name(pair: Pair) -> tuple:
    return pair.key, pair.tile, pair.variant


def names(stored_rows: list[dict]) -> list[tuple]:
    return [(row["key"], Tile(**row["tile"]), row["variant"]) for row in stored_rows]


def same(one: Pair, other: Pair) -> bool:
    return (
        one[2:] == other[2:]
        and all(a.dtype == b.dtype == np.uint8 for a, b in zip(one[:2], other[:2], strict=True))
        and all(np.array_equal(a, b) for a, b in zip(one[:2], other[:2], strict=True))
    )


def test_its_facts(target, train):
    pairs = Pairs(target)
    assert len(pairs) == len(train) > 300
    assert pairs.scale == 4
    assert pairs.variants == 2
    assert pairs.digest == json.loads((target / "meta" / "report.json").read_text())["digest"]
    assert pairs._runs() >= 5  # or the tests of streams below would show little


def test_every_pair_is_the_row_that_pyarrow_reads(target, train):
    pairs = Pairs(target)
    for index, row in enumerate(train):
        expected = Pair(
            decode(row["hr"]["bytes"]),
            decode(row["lr"]["bytes"]),
            row["degradation"],
            row["key"],
            Tile(**row["tile"]),
            row["variant"],
        )
        assert same(pairs[index], expected), index


def test_its_degradation_makes_the_lr_again(target):
    for pair in Pairs(target)[::20]:
        np.testing.assert_array_equal(Degradation.from_json(pair.degradation)(pair.hr), pair.lr)


def test_indexing_is_a_lists(target, train):
    pairs, expected = Pairs(target), names(train)
    count = len(expected)
    for index in (0, 1, count - 1, -1, -count, np.int64(7)):
        assert name(pairs[index]) == expected[index]
    for part in (slice(3, 9), slice(-3, None), slice(10, 2, -3), slice(count, None), slice(None, None, 50)):
        assert [name(pair) for pair in pairs[part]] == expected[part]
    for index in (count, -count - 1):
        with pytest.raises(IndexError, match=rf"index: must be between -{count} and {count - 1} \(got {index}\)"):
            pairs[index]
    with pytest.raises(TypeError, match="'float' object cannot be interpreted as an integer"):
        pairs[1.0]


def test_any_order_of_access_gives_the_same(target):
    pairs = Pairs(target)
    order = np.random.default_rng(0).permutation(len(pairs))[:60]
    assert all(same(pairs[index], Pairs(target)[index]) for index in order)


def test_iteration_is_in_order_and_can_be_had_twice_at_once(target, train):
    pairs = Pairs(target)
    assert [name(pair) for pair in pairs] == names(train)
    assert all(same(one, other) for one, other in zip(pairs, pairs, strict=True))
    assert name(next(reversed(pairs))) == names(train)[-1]


def test_pixels_are_the_callers_to_change(target):
    pairs = Pairs(target)
    before = pairs[0].hr.copy()
    pairs[0].hr[:] = 0
    np.testing.assert_array_equal(pairs[0].hr, before)


def test_splits_are_apart(target):
    assert {pair.key for pair in Pairs(target, "validation")} == {"photos/valid/v.png"}
    assert not any(pair.key.startswith("photos/valid/") for pair in Pairs(target))


# Streams


def test_a_stream_gives_every_pair_once_in_an_order_of_its_seed(target, train):
    pairs = Pairs(target)
    first, again, other = ([name(pair) for pair in pairs.stream(seed)] for seed in (1, 1, 2))
    assert first == again
    assert len(first) == len(train)
    assert set(first) == set(other) == set(names(train))
    assert first != other
    assert first != names(train)


def test_a_stream_mixes_photos_and_parts_variants(target, train):
    order = {row: index for index, row in enumerate(names(train))}
    positions = [order[name(pair)] for pair in Pairs(target).stream(3)]
    neighbors = sum(abs(one - other) == 1 for one, other in pairwise(positions))
    assert neighbors < len(positions) / 20
    assert len({train[position]["key"] for position in positions[:40]}) >= 3


def test_a_streams_pairs_are_those_of_the_index(target, train):
    pairs = Pairs(target)
    indices = {name: index for index, name in enumerate(names(train))}
    assert all(same(pair, Pairs(target)[indices[name(pair)]]) for pair in islice(pairs.stream(0), 50))


@pytest.mark.parametrize("world", [2, 3, 9])
def test_ranks_share_the_pairs_without_overlap(world, target, train):
    parts = [[name(pair) for pair in Pairs(target).stream(4, rank=rank, world=world)] for rank in range(world)]
    assert sorted(name for part in parts for name in part) == sorted(names(train))
    assert all(parts)


def test_more_processes_than_runs_of_row_groups_are_refused_to_all_of_them(target):
    """One that got nothing would make the others wait forever."""
    for rank in (0, 9):
        with pytest.raises(
            DatasetError, match=r"world: must be at most the number of runs of row groups .*, 9, .* \(got world 10\)"
        ):
            next(Pairs(target).stream(4, rank=rank, world=10))


# Processes


def test_it_pickles_small_and_reads_on(target):
    pairs = Pairs(target)
    first = pairs[0]
    data = pickle.dumps(pairs)
    assert len(data) < 5000
    again = pickle.loads(data)
    assert len(again) == len(pairs)
    assert same(again[0], first)


def test_another_process_opens_the_files_for_itself(target, monkeypatch):
    pairs = Pairs(target)
    first, opened = pairs[0], pairs._random()
    assert pairs._random() is opened
    monkeypatch.setattr("degradekit.dataset.pairs.os.getpid", lambda: -1)
    assert pairs._random() is not opened
    assert same(pairs[0], first)


@pytest.mark.parametrize("context", [None, "fork", "spawn"])
def test_a_torch_loader_takes_it_as_it_is(context, target):
    """The files are already open in this process, as after a look at the first pair."""
    torch = pytest.importorskip("torch", reason="torch is not installed, so its DataLoader cannot be tried")
    pairs = Pairs(target)
    expected = pairs[:60]
    part = torch.utils.data.Subset(pairs, range(60))
    workers = 0 if context is None else 2
    loader = torch.utils.data.DataLoader(part, batch_size=20, num_workers=workers, multiprocessing_context=context)
    batches = list(loader)
    assert len(batches) == 3
    for field in ("hr", "lr"):
        loaded = torch.cat([getattr(batch, field) for batch in batches]).numpy()
        np.testing.assert_array_equal(loaded, np.stack([getattr(pair, field) for pair in expected]))
    assert [key for batch in batches for key in batch.key] == [pair.key for pair in expected]
    assert [record for batch in batches for record in batch.degradation] == [pair.degradation for pair in expected]
    assert same(pairs[0], expected[0])


# Refusals


def test_what_cannot_be_read_is_refused_in_words(target, tmp_path):
    with pytest.raises(DatasetError, match=r"split: must be one of train, validation \(got 'test'\)"):
        Pairs(target, "test")
    with pytest.raises(DatasetError, match="is not a degradekit dataset"):
        Pairs(tmp_path)
    for other in ("folder", "webdataset"):
        export(target, tmp_path / other, other, engine=IN_PROCESS)
        with pytest.raises(
            DatasetError, match=rf"must be in a format that is read by index.* `degradekit export .* \(got {other}\)"
        ):
            Pairs(tmp_path / other)
    shutil.copytree(target, tmp_path / "unfinished")
    (tmp_path / "unfinished" / "README.md").unlink()
    with pytest.raises(DatasetError, match="the dataset is not finished; finish its build first"):
        Pairs(tmp_path / "unfinished")


def test_a_manifest_that_is_missing_is_not_passed_over(target, tmp_path):
    shutil.copytree(target, tmp_path / "copy")
    (tmp_path / "copy" / "meta" / "shards" / "train-00001-of-00003.json").unlink()
    with pytest.raises(
        DatasetError, match=r"its meta/shards/train-00001-of-00003.json is missing; run the command that built"
    ):
        Pairs(tmp_path / "copy")
    assert len(Pairs(tmp_path / "copy", "validation")) > 0


def test_a_picture_that_cannot_be_decoded_is_named(copy):
    forge_rows(copy, "train-00001-of-00003", lambda rows: rows[0]["lr"].update(bytes=b"no picture"))
    with pytest.raises(DatasetError, match=r"shards: photos/.*@0,0,\d+x\d+, variant 0: a picture cannot be decoded"):
        list(Pairs(copy))


def test_few_files_are_open_at_a_time(shards, monkeypatch):
    monkeypatch.setattr("degradekit.dataset.shard_files._KEPT_BYTES", 1)
    few = Pairs(shards)
    expected = [pair.degradation for pair in Pairs(shards)]
    assert [few[index].degradation for index in range(len(few))] == expected
    assert sorted(pair.degradation for pair in few.stream(seed=1)) == sorted(expected)
    assert [few[index].degradation for index in (0, len(few) - 1, 0)] == [expected[0], expected[-1], expected[0]]
