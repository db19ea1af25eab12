"""The builder, on small real photos, with tiles small enough to be quick."""

import io
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from building import OPTIONS, RECIPE, contents, rows
from PIL import Image

from degradekit import Degradation, Recipe
from degradekit.dataset import Options, synthesize
from degradekit.dataset.sources import scan
from degradekit.dataset.tiles import Tile, cut
from degradekit.picture_files import decode


def test_every_row_replays_to_the_byte(shards, photos):
    found = rows(shards)
    assert len(found) == 3 * (3 * 3 + 2 * 2 + 1 * 2 + 2 * 2 + 1)
    for row in found:
        hr, lr = decode(row["hr"]["bytes"]), decode(row["lr"]["bytes"])
        np.testing.assert_array_equal(Degradation.from_json(row["degradation"])(hr), lr)
        drawn = RECIPE.sample((96, 96), seed=5, key=Tile(**row["tile"]).key(row["key"]), variant=row["variant"])
        assert drawn.to_json() == row["degradation"]
        tile = Tile(**row["tile"])
        photo = decode((photos.parent / row["key"]).read_bytes())
        np.testing.assert_array_equal(hr, cut(photo, tile, 96))
        assert row["scale"] == 4


def test_variants_of_a_tile_are_adjacent_and_differ(shards):
    found = rows(shards)
    for start in range(0, len(found), 3):
        three = found[start : start + 3]
        assert [row["variant"] for row in three] == [0, 1, 2]
        assert len({(row["key"], tuple(row["tile"].values()), row["hr"]["bytes"]) for row in three}) == 1
        assert len({row["lr"]["bytes"] for row in three}) == 3


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_number_of_workers_changes_no_byte(workers, shards, photos, tmp_path):
    synthesize(photos, tmp_path / "shards", RECIPE, OPTIONS, workers=workers)
    assert contents(tmp_path / "shards") == contents(shards)


def test_the_order_in_which_the_file_system_lists_changes_nothing(shards, photos, tmp_path, monkeypatch):

    walk = os.walk

    def backwards(*args, **kwargs):
        for folder, subfolders, files in walk(*args, **kwargs):
            yield folder, subfolders, files[::-1]

    monkeypatch.setattr("degradekit.dataset.sources.files.os.walk", backwards)
    monkeypatch.setattr("degradekit.dataset.sources.files.sorted", lambda items: list(items), raising=False)
    monkeypatch.setattr("degradekit.dataset.sources.sorted", lambda items: list(items), raising=False)
    assert [s.key for s in scan([str(photos)]).sources] != sorted(s.key for s in scan([str(photos)]).sources)
    monkeypatch.setattr("degradekit.dataset.sources.sorted", sorted)
    synthesize(photos, tmp_path / "shards", RECIPE, OPTIONS, workers=0)
    assert contents(tmp_path / "shards") == contents(shards)


def test_adding_a_photo_leaves_the_old_rows_as_they_were(shards, photos, tmp_path):
    more = tmp_path / "photos"
    shutil.copytree(photos, more)
    shutil.copy(photos / "coffee.png", more / "aaa.png")
    synthesize(more, tmp_path / "shards", RECIPE, OPTIONS, workers=0)
    before = rows(shards)
    after = rows(tmp_path / "shards")
    assert [row for row in after if row["key"] != "photos/aaa.png"] == before
    new = [row for row in after if row["key"] == "photos/aaa.png"]
    assert new
    assert new[0]["degradation"] != next(row for row in before if row["key"] == "photos/coffee.png")["degradation"]


def test_the_digest_does_not_depend_on_the_shard_size(photos, tmp_path):
    import dataclasses

    reports = [
        synthesize(photos, tmp_path / str(size), RECIPE, dataclasses.replace(OPTIONS, shard_size=size), workers=0)
        for size in (1, 5)
    ]
    assert reports[0].digest == reports[1].digest
    assert (reports[0].shards, reports[1].shards) == (5, 1)
    other = synthesize(photos, tmp_path / "seed", RECIPE, dataclasses.replace(OPTIONS, seed=6), workers=0)
    assert other.digest != reports[0].digest


def test_the_same_hr_is_stored_once_for_all_variants(photos, tmp_path):
    """Eight variants take one HR and eight LRs, plus columns and indices of far less than a kilobyte a row."""
    target = tmp_path / "shards"
    synthesize(photos, target, RECIPE, Options(tile=96, step=96, variants=8, shard_size=5), workers=0)
    found = rows(target)
    stored = sum(path.stat().st_size for path in (target / "data").iterdir())
    once = sum(len(row["hr"]["bytes"]) for row in found if row["variant"] == 0)
    lrs = sum(len(row["lr"]["bytes"]) + len(row["degradation"]) for row in found)
    assert stored < once + lrs + 200 * len(found) + 8000
    assert sum(len(row["hr"]["bytes"]) for row in found) > 4 * once


def test_row_groups_hold_whole_tiles(shards):
    for file in (shards / "data").glob("*.parquet"):
        metadata = pq.ParquetFile(file).metadata
        for group in range(metadata.num_row_groups):
            assert metadata.row_group(group).num_rows % 3 == 0
            assert metadata.row_group(group).num_rows <= 1000


def test_datasets_opens_it_with_pictures(shards, tmp_path):
    import datasets

    opened = datasets.load_dataset(str(shards), cache_dir=str(tmp_path))
    assert list(opened) == ["train"]
    row = opened["train"][4]
    assert row["hr"].size == (96, 96)
    assert row["lr"].size == (24, 24)
    assert np.asarray(Degradation.from_json(row["degradation"])(row["hr"])).tobytes() == row["lr"].tobytes()
    assert row["tile"].keys() == {"y", "x", "height", "width", "factor"}
    streamed = next(iter(datasets.load_dataset(str(shards), split="train", streaming=True)))
    assert streamed["lr"].tobytes() == opened["train"][0]["lr"].tobytes()


def test_a_rebuilt_folder_loads_its_new_pictures(photos, tmp_path):
    """`datasets` caches by configuration; without the digest in it, the old pictures would come back."""
    import datasets

    def first_lr(target: Path) -> bytes:
        return datasets.load_dataset(str(target), split="train", cache_dir=str(tmp_path / "cache"))[0]["lr"].tobytes()

    target = tmp_path / "shards"
    synthesize(photos, target, RECIPE, Options(tile=96, seed=1), workers=0)
    before = first_lr(target)
    shutil.rmtree(target)
    synthesize(photos, target, RECIPE, Options(tile=96, seed=2), workers=0)
    assert first_lr(target) != before
    (tmp_path / "other").mkdir()
    synthesize(photos, tmp_path / "other" / "shards", RECIPE, Options(tile=96, seed=1), workers=0)
    assert first_lr(tmp_path / "other" / "shards") == before


def test_broken_photos_are_skipped_named_and_counted(photos, tmp_path):
    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.jpg").write_text("no image")
    truncated = io.BytesIO()
    Image.effect_noise((300, 300), 60).save(truncated, "JPEG")
    (folder / "truncated.jpg").write_bytes(truncated.getvalue()[:4000])
    (folder / "vanished.png").symlink_to(folder / "nowhere.png")
    report = synthesize(folder, tmp_path / "shards", RECIPE, OPTIONS, workers=0)
    assert report.photos == 5
    reasons = {skipped.key: skipped.reason for skipped in report.skipped}
    assert reasons["photos/empty.png"] == "empty file"
    assert reasons["photos/text.jpg"] == "not an image"
    assert "truncated" in reasons["photos/truncated.jpg"]
    assert reasons["photos/vanished.png"] == "cannot be read: No such file or directory"
    lines = (tmp_path / "shards" / "meta" / "skipped.jsonl").read_text().splitlines()
    assert {json.loads(line)["key"] for line in lines} == set(reasons)


def test_a_shard_without_a_single_good_photo_still_opens(photos, tmp_path):
    import datasets

    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    for number in range(3):
        (folder / f"aa{number}.png").write_text("no image")
    synthesize(folder, tmp_path / "shards", RECIPE, OPTIONS, workers=0)
    opened = datasets.load_dataset(str(tmp_path / "shards"), split="train", cache_dir=str(tmp_path / "cache"))
    assert len(opened) == len(rows(tmp_path / "shards"))


def test_whole_photos_are_cropped_to_multiples_of_the_scale(photos, tmp_path):
    synthesize(photos, tmp_path / "shards", Recipe.preset("bicubic", 3), Options(tile=0), workers=0)
    for row in rows(tmp_path / "shards"):
        hr, lr = decode(row["hr"]["bytes"]), decode(row["lr"]["bytes"])
        photo = decode((photos.parent / row["key"]).read_bytes())
        height, width = (side // 3 * 3 for side in photo.shape[:2])
        np.testing.assert_array_equal(hr, photo[:height, :width])
        assert lr.shape == (height // 3, width // 3, 3)


def test_a_tile_that_the_scale_does_not_divide_is_rounded_down(photos, tmp_path):
    synthesize(photos, tmp_path / "shards", Recipe.preset("bicubic", 3), Options(tile=100, step=100), workers=0)
    assert {decode(row["hr"]["bytes"]).shape for row in rows(tmp_path / "shards")} == {(99, 99, 3)}


def test_a_single_file_is_a_source(photos, tmp_path):
    report = synthesize(photos / "coffee.png", tmp_path / "shards", RECIPE, Options(tile=96), workers=0)
    assert report.photos == 1
    assert {row["key"] for row in rows(tmp_path / "shards")} == {"photos/coffee.png"}


def test_no_path_of_the_machine_is_in_the_dataset(shards, photos):
    for path in shards.rglob("*"):
        if path.is_file():
            assert str(photos.parent).encode() not in path.read_bytes(), path


def test_a_split_without_a_usable_photo_does_not_spoil_the_others(photos, tmp_path):
    import datasets

    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    (folder / "valid").mkdir()
    (folder / "valid" / "bad.png").write_text("no image")
    report = synthesize(folder, tmp_path / "shards", RECIPE, OPTIONS, workers=0)
    assert list(report.pairs) == ["train"]
    assert list(datasets.load_dataset(str(tmp_path / "shards"), cache_dir=str(tmp_path / "cache"))) == ["train"]


def test_more_variants_than_a_row_group_holds_still_store_the_hr_once_in_each(tmp_path):
    from degradekit.dataset.formats import FORMATS, Row
    from degradekit.storage import Folder

    hr = np.random.default_rng(0).bytes(25_000)
    writer = FORMATS["parquet"](Folder(str(tmp_path)), "shard")
    for key, variants in (("a", 40), ("b", 1000)):
        writer.add([Row(hr + key.encode(), b"lr", "{}", key, Tile(0, 0, 8, 8), v, 4) for v in range(variants)])
    writer.close()
    file = pq.ParquetFile(tmp_path / "data" / "shard.parquet")
    assert [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)] == [1000, 40]
    assert (tmp_path / "data" / "shard.parquet").stat().st_size < 6 * len(hr)
    cells = file.read().to_pylist()
    assert [(row["key"], row["variant"]) for row in cells] == [("a", v) for v in range(40)] + [
        ("b", v) for v in range(1000)
    ]
    assert all(row["hr"] == {"bytes": hr + row["key"].encode(), "path": None} for row in cells)
