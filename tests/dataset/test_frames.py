"""The lens of a tile is that of its photo: when tiles are built, when they are degraded anew, and in the preview."""

import json
from math import hypot
from pathlib import Path

import pytest
from PIL import Image
from small_datasets import IN_PROCESS, RECIPE, rows

from degradekit import Chain, Resize, Vignetting
from degradekit.dataset import Options, inspect, redegrade, synthesize
from degradekit.dataset.sources import scan
from degradekit.preview import first_photos

LENS = Chain((Vignetting(), Resize(to="lr", filters="area")), scale=2)
SIZES = {"large": (400, 520), "low": (60, 330)}
"""The heights and widths of two photos, one of which is lower than a tile, and so is padded."""


@pytest.fixture
def photographs(photo, tmp_path) -> Path:
    folder = tmp_path / "photographs"
    folder.mkdir()
    for name, (height, width) in SIZES.items():
        Image.fromarray(photo("coffee.png")[:height, :width]).save(folder / f"{name}.png")
    return folder


def assert_the_lens_is_the_photos(stored_rows: list[dict]) -> None:
    for row in stored_rows:
        tile = row["tile"]
        height, width = (int(side * tile["factor"] + 1e-6) for side in SIZES[Path(row["key"]).stem])
        assert (tile["photo_height"], tile["photo_width"]) == (height, width)
        step = json.loads(row["degradation"])["steps"][0]
        assert step["op"] == "vignetting"
        assert step["center_y"] == height / 2 - 0.5 - tile["y"]
        assert step["center_x"] == width / 2 - 0.5 - tile["x"]
        assert step["radius"] == hypot(height, width) / 2


def test_tiles_of_all_sizes_have_the_lens_of_their_photo(photographs, tmp_path):
    options = Options(tile=96, step=96, multiscale=True)
    synthesize(photographs, tmp_path / "built", LENS, options, engine=IN_PROCESS)
    built = rows(tmp_path / "built")
    assert len({(row["tile"]["factor"], row["tile"]["y"]) for row in built}) > 8
    assert_the_lens_is_the_photos(built)


def test_tiles_that_are_degraded_anew_keep_the_lens(photographs, tmp_path):
    options = Options(tile=96, step=96)
    synthesize(photographs, tmp_path / "built", LENS, options, engine=IN_PROCESS)
    synthesize(photographs, tmp_path / "other", RECIPE, options, engine=IN_PROCESS)
    redegrade(tmp_path / "other", tmp_path / "anew", LENS, engine=IN_PROCESS)
    assert rows(tmp_path / "anew") == rows(tmp_path / "built")


def test_inspect_expects_the_lens_where_it_is(photographs, tmp_path):
    synthesize(photographs, tmp_path / "built", LENS, Options(tile=96, step=48), engine=IN_PROCESS)
    lenses = [each for each in inspect(tmp_path / "built").histograms if "falloff" not in each.name]
    assert {"center_y", "center_x", "radius"} <= {each.name.split()[2] for each in lenses}
    for each in lenses:
        assert each.drawn == each.expected, each.name


def test_whole_photos_have_their_own_lens(photographs, tmp_path):
    synthesize(photographs, tmp_path / "built", LENS, Options(tile=0), engine=IN_PROCESS)
    assert_the_lens_is_the_photos(rows(tmp_path / "built"))


def test_the_preview_shows_middles_of_photos_with_the_photos_lens(photographs):
    shown, _ = first_photos(scan(photographs), 2, 2)
    for photo in shown:
        height, width = SIZES[Path(photo.key).stem]
        step = photo.sample(LENS, 0, 0).steps[0]
        top, left = max(0, (height - 320) // 2), max(0, (width - 320) // 2)
        assert (step.center_y, step.center_x) == (height / 2 - 0.5 - top, width / 2 - 0.5 - left)
        assert step.radius == hypot(height, width) / 2
