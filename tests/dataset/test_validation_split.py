"""Photos that are moved to the split `validation`."""

import shutil
from pathlib import Path

import pytest
from PIL import Image
from small_datasets import BICUBIC, built, contents, refused, rows, splits

from degradekit.dataset import Options


@pytest.fixture
def ten(photo, tmp_path) -> Path:
    """Ten photos of two tiles each."""
    (tmp_path / "ten").mkdir()
    for number in range(10):
        Image.fromarray(photo("coffee.png")[number : number + 96, :192]).save(tmp_path / "ten" / f"{number}.png")
    return tmp_path / "ten"


def test_validation_photos_are_set_apart_whole(ten, tmp_path):
    report = built(ten, tmp_path / "shards", val=3)
    assert report.pairs == {"train": 14, "validation": 6}
    splits_by_key = splits(tmp_path / "shards")
    assert (len(splits_by_key["train"]), len(splits_by_key["validation"])) == (7, 3)
    assert not splits_by_key["train"] & splits_by_key["validation"]
    again = built(ten, tmp_path / "again", val=3)
    assert contents(tmp_path / "again") == contents(tmp_path / "shards")
    assert again.digest == report.digest


def test_another_seed_sets_others_apart(ten, tmp_path):
    chosen = set()
    for seed in range(4):
        built(ten, tmp_path / str(seed), val=3, seed=seed)
        chosen.add(frozenset(splits(tmp_path / str(seed))["validation"]))
    assert len(chosen) > 1


def test_one_photo_more_moves_at_most_one_other(ten, tmp_path):
    built(ten, tmp_path / "before", val=3)
    before = splits(tmp_path / "before")
    moved = []
    for number in range(12):
        more = tmp_path / f"more{number}" / "ten"
        shutil.copytree(ten, more)
        shutil.copy(ten / "0.png", more / f"new{number}.png")
        built(more, tmp_path / f"after{number}", val=3)
        after = splits(tmp_path / f"after{number}")
        assert len(after["validation"]) == 3
        moved.append(len(before["validation"] - after["validation"]))
        assert not before["train"] & after["validation"]
    assert set(moved) == {0, 1}


def test_validation_photos_join_those_that_are_named_so(ten, tmp_path):
    (ten / "valid").mkdir()
    shutil.copy(ten / "0.png", ten / "valid" / "v.png")
    built(ten, tmp_path / "shards", val=2)
    splits_by_key = splits(tmp_path / "shards")
    assert (len(splits_by_key["train"]), len(splits_by_key["validation"])) == (8, 3)
    assert "ten/valid/v.png" in splits_by_key["validation"]


def test_the_rows_of_a_photo_do_not_depend_on_its_split(ten, tmp_path):
    built(ten, tmp_path / "apart", val=3)
    built(ten, tmp_path / "all")

    def by_key(row: dict) -> tuple:
        return row["key"], row["tile"]["x"]

    assert sorted(rows(tmp_path / "apart"), key=by_key) == sorted(rows(tmp_path / "all"), key=by_key)


@pytest.mark.parametrize("val", [10, 11])
def test_at_least_one_photo_is_left_for_training(val, ten, tmp_path):
    options = Options(tile=96, val=val)
    message = rf"val: must be less than the number of training photos, 10 \(got {val}\)"
    refused(message, ten, tmp_path / "shards", BICUBIC, options)
    assert not (tmp_path / "shards").exists()
