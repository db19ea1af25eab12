"""Flat tiles and duplicates are left out and counted."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from small_datasets import built, rows

from degradekit import DatasetError
from degradekit.dataset.tiles import detail


@pytest.fixture
def half_flat(photo, tmp_path) -> Path:
    """A photo of two tiles, the left one flat."""
    pixels = photo("coffee.png")[:96, :192].copy()
    pixels[:, :96] = 128
    (tmp_path / "flat").mkdir()
    Image.fromarray(pixels).save(tmp_path / "flat" / "half.png")
    return tmp_path / "flat"


def test_flat_tiles_are_left_out_and_counted_with_their_threshold(half_flat, tmp_path):
    built(half_flat, tmp_path / "all")
    assert [row["tile"]["x"] for row in rows(tmp_path / "all")] == [0, 96]
    report = built(half_flat, tmp_path / "shards", min_detail=20)
    assert rows(tmp_path / "shards") == rows(tmp_path / "all")[1:]
    assert report.counts == {"tiles left out as flat, Laplacian's variance below 20": 1}
    assert json.loads((tmp_path / "shards" / "meta" / "report.json").read_text())["counts"] == report.counts


def test_where_all_tiles_are_flat_there_is_no_dataset_and_the_threshold_is_in_the_message(half_flat, tmp_path):
    with pytest.raises(DatasetError, match=r"not one photo could be used\n.*2 tiles left out as flat.* below 1e\+06"):
        built(half_flat, tmp_path / "shards", min_detail=1e6)
    assert not (tmp_path / "shards").exists()


def test_detail_is_the_variance_of_the_laplacian():
    gray = np.random.default_rng(0).integers(0, 256, (40, 50), dtype=np.uint8)
    expected = ndimage.laplace(gray.astype(np.float64), mode="mirror").var()
    assert detail(np.repeat(gray[:, :, None], 3, axis=2)) == pytest.approx(expected, rel=1e-12)
    assert detail(np.full((40, 50, 3), 7, np.uint8)) == 0


def test_of_photos_that_are_the_same_file_the_first_by_key_stays(photos, tmp_path):
    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    for name in ("zzz.png", "aaa.png", "valid/copy.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(folder / "coffee.png", folder / name)
    report = built(folder, tmp_path / "shards", dedupe=True)
    assert report.left_out == {"the same file as another photo (`dedupe`)": 3}
    assert report.photos == 5
    assert {row["key"] for row in rows(tmp_path / "shards")} == {
        "photos/aaa.png",
        "photos/astronaut.png",
        "photos/chelsea.png",
        "photos/more/rocket.jpg",
        "photos/more/small.webp",
    }
    assert built(folder, tmp_path / "all").photos == 8
