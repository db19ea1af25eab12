"""What becomes of photos that are smaller than a tile."""

import shutil

import numpy as np
import pytest
from PIL import Image
from small_datasets import built, rows, shapes

from degradekit.dataset.tiles import Tile
from degradekit.picture_files import decode


def test_small_photos_are_padded_to_a_tile(photos, tmp_path):
    built(photos, tmp_path / "shards")
    assert shapes(tmp_path / "shards")["photos/more/small.webp"] == {(96, 96)}


def test_small_photos_are_skipped_and_counted(photos, tmp_path):
    report = built(photos, tmp_path / "shards", small="skip")
    assert report.counts == {"photos left out, smaller than a tile of 96 pixels": 1}
    assert (report.photos, report.skipped) == (4, ())
    assert "photos/more/small.webp" not in shapes(tmp_path / "shards")


def test_small_photos_keep_their_size_up_to_a_multiple_of_the_scale(photos, tmp_path):
    report = built(photos, tmp_path / "shards", small="keep")
    shapes_by_key = shapes(tmp_path / "shards")
    assert shapes_by_key.pop("photos/more/small.webp") == {(48, 68)}
    assert set.union(*shapes_by_key.values()) == {(96, 96)}
    assert report.counts == {}
    (row,) = (row for row in rows(tmp_path / "shards") if row["key"] == "photos/more/small.webp")
    assert Tile(**row["tile"]) == Tile(0, 0, 48, 68, photo_height=50, photo_width=70)
    photo = decode((photos / "more" / "small.webp").read_bytes())
    np.testing.assert_array_equal(decode(row["hr"]["bytes"]), photo[:48, :68])
    assert decode(row["lr"]["bytes"]).shape == (12, 17, 3)


def test_a_photo_that_is_small_on_one_side_only_is_kept_tile_by_tile(photo, tmp_path):
    (tmp_path / "photos").mkdir()
    Image.fromarray(photo("coffee.png")[:50, :200]).save(tmp_path / "photos" / "wide.png")
    built(tmp_path / "photos", tmp_path / "shards", small="keep")
    actual = [(row["tile"]["x"], decode(row["hr"]["bytes"]).shape[:2]) for row in rows(tmp_path / "shards")]
    assert actual == [(0, (48, 96)), (96, (48, 96)), (104, (48, 96))]


@pytest.mark.parametrize("options", [{"small": "keep"}, {"tile": 0, "step": None}])
def test_a_photo_smaller_than_the_scale_has_no_lr(options, photos, tmp_path):
    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    Image.new("RGB", (3, 80)).save(folder / "thin.png")
    report = built(folder, tmp_path / "shards", **options)
    assert [(skipped.key, skipped.reason) for skipped in report.skipped] == [
        ("photos/thin.png", "3 x 80 is smaller than the scale, 4")
    ]


def test_photos_with_a_side_below_the_least_size_are_left_out(photos, tmp_path):
    """`coffee` is 96 x 116: a side of the least size is enough."""
    report = built(photos, tmp_path / "shards", min_size=96)
    assert report.counts == {"photos left out, a side shorter than 96 pixels": 1}
    report = built(photos, tmp_path / "fewer", min_size=97)
    assert report.counts == {"photos left out, a side shorter than 97 pixels": 2}
    assert (report.photos, report.skipped) == (3, ())


def test_photos_of_too_many_pixels_are_skipped(photos, tmp_path):
    """`coffee` has 96 x 116 pixels, which is as many as may be; the two larger ones and `rocket` have more."""
    report = built(photos, tmp_path / "shards", max_pixels=96 * 116)
    assert [skipped.key for skipped in report.skipped] == [
        "photos/astronaut.png",
        "photos/chelsea.png",
        "photos/more/rocket.jpg",
    ]
    assert all(skipped.reason.startswith("too many pixels") for skipped in report.skipped)
    assert report.photos == 2
