"""The rows of a dataset are a function of photos, recipe and options."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from small_datasets import IN_PROCESS, OPTIONS, RECIPE, contents, rows

from degradekit import Degradation
from degradekit.dataset import LocalEngine, Options, Report, synthesize
from degradekit.dataset.tiles import Grid, Tile
from degradekit.picture_files import decode
from degradekit.presets import preset


def test_every_row_replays_to_the_byte(shards, photos):
    stored_rows = rows(shards)
    assert len(stored_rows) == 3 * (3 * 3 + 2 * 2 + 1 * 2 + 2 * 2 + 1)
    for row in stored_rows:
        hr, lr = decode(row["hr"]["bytes"]), decode(row["lr"]["bytes"])
        np.testing.assert_array_equal(Degradation.from_json(row["degradation"])(hr), lr)
        drawn = RECIPE.sample((96, 96), seed=5, key=Tile(**row["tile"]).key(row["key"]), variant=row["variant"])
        assert drawn.to_json() == row["degradation"]
        tile = Tile(**row["tile"])
        photo = decode((photos.parent / row["key"]).read_bytes())
        np.testing.assert_array_equal(hr, Grid(96, 80, 4).cut(photo, tile))
        assert row["scale"] == 4


def test_variants_of_a_tile_are_adjacent_and_differ(shards):
    stored_rows = rows(shards)
    for start in range(0, len(stored_rows), 3):
        three = stored_rows[start : start + 3]
        assert [row["variant"] for row in three] == [0, 1, 2]
        assert len({(row["key"], tuple(row["tile"].values()), row["hr"]["bytes"]) for row in three}) == 1
        assert len({row["lr"]["bytes"] for row in three}) == 3


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_number_of_workers_changes_no_byte(workers, shards, photos, tmp_path):
    synthesize(photos, tmp_path / "shards", RECIPE, OPTIONS, engine=LocalEngine(workers=workers))
    assert contents(tmp_path / "shards") == contents(shards)


def test_the_order_in_which_the_file_system_lists_changes_nothing(shards, photos, tmp_path, monkeypatch):

    walk = os.walk

    def backwards(*args, **kwargs):
        for folder, subfolders, files in walk(*args, **kwargs):
            yield folder, subfolders, files[::-1]

    monkeypatch.setattr("degradekit.dataset.sources.paths.os.walk", backwards)
    monkeypatch.setattr("degradekit.dataset.sources.paths.sorted", lambda items: items, raising=False)
    synthesize(photos, tmp_path / "shards", RECIPE, OPTIONS, engine=IN_PROCESS)
    assert contents(tmp_path / "shards") == contents(shards)


def test_adding_a_photo_leaves_the_old_rows_as_they_were(shards, photos, tmp_path):
    more = tmp_path / "photos"
    shutil.copytree(photos, more)
    shutil.copy(photos / "coffee.png", more / "aaa.png")
    synthesize(more, tmp_path / "shards", RECIPE, OPTIONS, engine=IN_PROCESS)
    before = rows(shards)
    after = rows(tmp_path / "shards")
    assert [row for row in after if row["key"] != "photos/aaa.png"] == before
    new = [row for row in after if row["key"] == "photos/aaa.png"]
    assert new
    assert new[0]["degradation"] != next(row for row in before if row["key"] == "photos/coffee.png")["degradation"]


def test_the_digest_does_not_depend_on_the_shard_size(photos, tmp_path):
    def report(name: str, **options) -> Report:
        return synthesize(photos, tmp_path / name, RECIPE, replace(OPTIONS, **options), engine=IN_PROCESS).report

    small, large = report("small", shard_size=1), report("large", shard_size=5)
    assert small.digest == large.digest
    assert (small.shards, large.shards) == (5, 1)
    assert report("seed", seed=6).digest != small.digest


def test_whole_photos_are_cropped_to_multiples_of_the_scale(photos, tmp_path):
    synthesize(photos, tmp_path / "shards", preset("bicubic", 3), Options(tile=0), engine=IN_PROCESS)
    for row in rows(tmp_path / "shards"):
        hr, lr = decode(row["hr"]["bytes"]), decode(row["lr"]["bytes"])
        photo = decode((photos.parent / row["key"]).read_bytes())
        height, width = (side // 3 * 3 for side in photo.shape[:2])
        np.testing.assert_array_equal(hr, photo[:height, :width])
        assert lr.shape == (height // 3, width // 3, 3)


def test_a_tile_that_the_scale_does_not_divide_is_rounded_down(photos, tmp_path):
    synthesize(photos, tmp_path / "shards", preset("bicubic", 3), Options(tile=100, step=100), engine=IN_PROCESS)
    assert {decode(row["hr"]["bytes"]).shape for row in rows(tmp_path / "shards")} == {(99, 99, 3)}


def test_a_single_file_is_a_source(photos, tmp_path):
    report = synthesize(photos / "coffee.png", tmp_path / "shards", RECIPE, Options(tile=96), engine=IN_PROCESS).report
    assert report.photos == 1
    assert {row["key"] for row in rows(tmp_path / "shards")} == {"photos/coffee.png"}


def test_no_path_of_the_machine_is_in_the_dataset(shards, photos):
    for path in shards.rglob("*"):
        if path.is_file():
            assert str(photos.parent).encode() not in path.read_bytes(), path
