"""Tiles from several sizes of one photo."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_datasets import RECIPE, built, rows

from degradekit.dataset.tiles import Tile, pyramid
from degradekit.picture_files import decode


@pytest.fixture(scope="module")
def large(photo, tmp_path_factory) -> Path:
    """One photo of 500 x 640 pixels (height x width)."""
    folder = tmp_path_factory.mktemp("large") / "large"
    folder.mkdir()
    picture = Image.fromarray(photo("motorcycle_left.png")).resize((640, 500))
    picture.save(folder / "photo.png")
    return folder


@pytest.fixture(scope="module")
def scaled(large, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("scaled") / "shards"
    built(large, target, RECIPE, multiscale=True)
    return target


SIZES = {1.0: (500, 640), 400 / 500: (400, 512), 0.75: (375, 480), 0.5: (250, 320), 1 / 3: (166, 213)}


def test_tiles_come_from_all_sizes_of_a_photo(scaled):
    """As the spec has it: 0.75, 0.5, 1/3 and a short side of 400; a tile every 96 pixels and at the edges."""
    actual = [(row["tile"]["factor"], row["tile"]["y"], row["tile"]["x"]) for row in rows(scaled)]
    expected = [
        (factor, y, x)
        for factor, (height, width) in SIZES.items()
        for y in sorted({*range(0, height - 95, 96), height - 96})
        for x in sorted({*range(0, width - 95, 96), width - 96})
    ]
    assert actual == expected


def test_the_pixels_are_those_of_pillows_lanczos_filter(scaled, large):
    with Image.open(large / "photo.png") as photo:
        resized = {
            factor: np.asarray(photo.resize((width, height), Image.Resampling.LANCZOS))
            for factor, (height, width) in SIZES.items()
        }
    for row in rows(scaled):
        tile = Tile(**row["tile"])
        expected = resized[tile.factor][tile.y : tile.y + 96, tile.x : tile.x + 96]
        np.testing.assert_array_equal(decode(row["hr"]["bytes"]), expected)


def test_the_same_place_in_another_size_is_degraded_otherwise(scaled):
    corner = [row for row in rows(scaled) if (row["tile"]["y"], row["tile"]["x"]) == (0, 0)]
    assert len(corner) == 5
    assert len({row["degradation"] for row in corner}) == 5
    for row in corner:
        drawn = RECIPE.sample((96, 96), seed=0, key=Tile(**row["tile"]).key(row["key"]), variant=0)
        assert drawn.to_json() == row["degradation"]


def test_the_tiles_of_the_photo_itself_are_those_of_a_build_without_other_sizes(scaled, large, tmp_path):
    built(large, tmp_path / "shards", RECIPE)
    assert [row for row in rows(scaled) if row["tile"]["factor"] == 1] == rows(tmp_path / "shards")


@pytest.mark.parametrize(
    ("short", "factors"),
    [
        (300, [1, 0.75, 0.5, 1 / 3]),
        (400, [1, 0.75, 0.5, 1 / 3]),
        (401, [1, 400 / 401, 0.75, 0.5, 1 / 3]),
        (800, [1, 0.75, 0.5, 1 / 3]),
        (1200, [1, 0.75, 0.5, 1 / 3]),
        (2000, [1, 0.75, 0.5, 1 / 3, 0.2]),
    ],
)
def test_no_size_comes_twice_and_none_is_larger_than_the_photo(short, factors):
    levels = list(pyramid((short, short + 10), multiscale=True))
    assert [factor for factor, _ in levels] == factors
    assert len({size for _, size in levels}) == len(levels)
    assert levels[-1][1][0] == 400 or short < 2000


@pytest.mark.parametrize("short", range(401, 1500, 137))
def test_the_short_side_of_400_is_400(short):
    assert dict(pyramid((short, short), multiscale=True))[400 / short] == (400, 400)


def test_sizes_smaller_than_a_tile_are_left_out(large, tmp_path):
    """They would show what a larger size shows, and padding."""
    built(large, tmp_path / "shards", tile=252, step=252, multiscale=True)
    assert {row["tile"]["factor"] for row in rows(tmp_path / "shards")} == {1.0, 0.8, 0.75}


def test_whole_photos_come_in_all_sizes_too(large, tmp_path):
    built(large, tmp_path / "shards", tile=0, step=None, multiscale=True)
    actual = {row["tile"]["factor"]: decode(row["hr"]["bytes"]).shape[:2] for row in rows(tmp_path / "shards")}
    assert actual == {factor: (height // 4 * 4, width // 4 * 4) for factor, (height, width) in SIZES.items()}
