"""Rows of datasets that are looked at, and `degradekit preview` of a dataset."""

import shutil

import numpy as np
import pytest
from small_datasets import IN_PROCESS, degradekit, rows_of

from degradekit import DatasetError, Degradation
from degradekit.dataset import Options, export, filter_pairs, parameters, synthesize
from degradekit.dataset.opening import Dataset
from degradekit.dataset.spread import spread_rows
from degradekit.picture_files import decode
from degradekit.presets import preset
from degradekit.preview import dataset_rows, dataset_steps_rows
from degradekit.sheets import draw_sheet


def test_rows_come_from_as_many_photos_as_there_are(small_tiles):
    dataset = Dataset.open(small_tiles)
    photos = {row.key for row in rows_of(small_tiles)}
    for count in (1, 2, 3, 7):
        tiles = spread_rows(dataset, count)
        assert len(tiles) == count
        assert len({tile[0].key for tile in tiles}) == min(count, len(photos))
        assert len({(row.key, row.tile, row.variant) for tile in tiles for row in tile}) == count
    assert spread_rows(dataset, 3, seed=1) != spread_rows(dataset, 3)


def test_a_tile_comes_with_its_variants_in_order(small_tiles):
    stored = {(row.key, row.tile, row.variant): row for row in rows_of(small_tiles)}
    for wanted in (1, 3, 99):
        for tile in spread_rows(Dataset.open(small_tiles), 4, variants=wanted):
            assert [row.variant for row in tile] == list(range(min(wanted, 4)))
            assert [stored[row.key, row.tile, row.variant] for row in tile] == tile


def test_only_some_manifests_of_many_shards_are_read(small_tiles, monkeypatch):
    """In a bucket, each of them is a request."""
    read = []
    monkeypatch.setattr("degradekit.dataset.spread._SHARDS", 1)
    manifest = Dataset.manifest
    monkeypatch.setattr(Dataset, "manifest", lambda self, shard: read.append(shard) or manifest(self, shard))
    dataset = Dataset.open(small_tiles)
    first, second = dataset.plan.shards
    for seed, count, expected in ((0, 1, [first]), (1, 1, [second]), (0, 3, [first, second])):
        assert len(spread_rows(dataset, count, seed=seed)) == count
        assert read == expected
        read.clear()


def test_rows_of_a_filtered_dataset_that_are_shown_together_are_of_one_tile(small_tiles, tmp_path):
    filter_pairs(small_tiles, tmp_path / "some", "variant <> (tile_x + tile_y) / 32 % 4", engine=IN_PROCESS)
    tiles = spread_rows(Dataset.open(tmp_path / "some"), 9, variants=4)
    assert all(len({(row.key, row.tile) for row in tile}) == 1 for tile in tiles)
    assert max(map(len, tiles)) == 3


def test_the_sheet_shows_the_stored_pictures_with_the_steps_of_their_records(small_tiles):
    dataset = Dataset.open(small_tiles)
    (tile,) = spread_rows(dataset, 1, variants=4)
    (row,) = dataset_rows(dataset, photos=1, variants=4, seed=0)
    assert [cell.title for cell in row.cells] == ["HR", *(f"variant {index}: 8 x 8" for index in range(4))]
    assert row.cells[0].lines[1] == f"32 x 32 at x {tile[0].tile.x}, y {tile[0].tile.y}"
    for cell, pair in zip(row.cells[1:], tile, strict=True):
        np.testing.assert_array_equal(cell.pixels, pair.decode("lr"))
        assert cell.lines == tuple(str(step) for step in Degradation.from_json(pair.degradation).steps)


def test_the_last_step_of_a_record_gives_the_stored_lr(small_tiles):
    dataset = Dataset.open(small_tiles)
    ((pair,),) = spread_rows(dataset, 1)
    cells = [cell for row in dataset_steps_rows(dataset, seed=0) for cell in row.cells]
    np.testing.assert_array_equal(cells[-1].pixels, pair.decode("lr"))
    assert len(cells) == 1 + len(Degradation.from_json(pair.degradation).steps)


def test_a_sharpened_hr_is_shown_where_it_is_kept(photos, tmp_path):
    options = Options(tile=64, training_target="both")
    synthesize(photos / "coffee.png", tmp_path / "both", preset("real-esrgan", 4), options, engine=IN_PROCESS)
    (row,) = dataset_rows(Dataset.open(tmp_path / "both"), photos=1, variants=1, seed=0)
    assert [cell.title.split(":")[0] for cell in row.cells] == ["HR", "sharpened HR", "variant 0"]


def test_the_command_shows_datasets(small_tiles, tmp_path):
    sheet = tmp_path / "sheet.png"
    done = degradekit("preview", small_tiles, small_tiles, "-o", sheet, "--photos", 2, "--variants", 2, "--seed", 3)
    assert done.exit_code == 0, done.output
    rows = dataset_rows(Dataset.open(small_tiles), photos=2, variants=2, seed=3)
    expected = np.asarray(draw_sheet([*rows, *rows]))
    np.testing.assert_array_equal(decode(sheet.read_bytes()), expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("PHOTOS",), "SOURCES must be photos or datasets, not both"),
        (("--order", 1), "`degradekit redegrade` degrades its HRs with another"),
        (("--strength", 0.5), "a dataset is shown as it is, without a recipe"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments, message, small_tiles, photos, tmp_path):
    words = [photos if word == "PHOTOS" else word for word in arguments]
    done = degradekit("preview", small_tiles, *words, "-o", tmp_path / "sheet.png")
    assert done.exit_code == 2
    assert message in done.output


def test_a_dataset_that_is_not_finished_is_refused(small_tiles, tmp_path):
    shutil.copytree(small_tiles, tmp_path / "open")
    (tmp_path / "open" / "README.md").unlink()
    done = degradekit("preview", tmp_path / "open", "-o", tmp_path / "sheet.png")
    assert (done.exit_code, "the dataset is not finished" in done.output) == (1, True)


@pytest.mark.parametrize("left", [0, 1])
def test_a_shard_that_lacks_rows_is_refused_by_whatever_reads_all_of_it(left, small_tiles, tmp_path):
    export(small_tiles, tmp_path / "folder", "folder", engine=IN_PROCESS)
    (shard, *_) = sorted((tmp_path / "folder" / "data").iterdir())
    shard.write_text("".join(shard.read_text().splitlines(keepends=True)[:left]))
    message = rf"must have the \d+ rows of its manifest \(got {left}\); verify the dataset"
    for read in (
        parameters,
        lambda folder: filter_pairs(folder, tmp_path / "out", "variant >= 0", engine=IN_PROCESS),
        lambda folder: spread_rows(Dataset.open(folder), 40),
    ):
        with pytest.raises(DatasetError, match=message):
            read(tmp_path / "folder")
