"""Which photos and tiles go in: small ones, flat ones, duplicates, a validation split, several sizes of one photo."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from building import OPTIONS, RECIPE, contents, refused, rows
from PIL import Image
from scipy import ndimage

from degradekit import DatasetError, Recipe
from degradekit.dataset import Options, synthesize
from degradekit.dataset.tiles import Tile, detail, sizes
from degradekit.picture_files import decode

BICUBIC = Recipe.preset("bicubic", 4)
CUT = Options(tile=96, step=96)


def built(source: Path, target: Path, recipe=BICUBIC, **options):
    return synthesize(source, target, recipe, dataclasses.replace(CUT, **options), workers=0)


def shapes(target: Path) -> dict[str, set[tuple[int, int]]]:
    found: dict[str, set[tuple[int, int]]] = {}
    for row in rows(target):
        found.setdefault(row["key"], set()).add(decode(row["hr"]["bytes"]).shape[:2])
    return found


def splits(target: Path) -> dict[str, set[str]]:
    photos = json.loads((target / "meta" / "plan.json").read_text())["photos"]
    return {split: {key for key, _ in found} for split, found in photos.items()}


# Small photos. `photos` holds one of 50 x 70 pixels; the others have sides of at least 96.


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
    found = shapes(tmp_path / "shards")
    assert found.pop("photos/more/small.webp") == {(48, 68)}
    assert set.union(*found.values()) == {(96, 96)}
    assert report.counts == {}
    (row,) = (row for row in rows(tmp_path / "shards") if row["key"] == "photos/more/small.webp")
    assert row["tile"] == {"y": 0, "x": 0, "height": 48, "width": 68, "factor": 1.0}
    photo = decode((photos / "more" / "small.webp").read_bytes())
    np.testing.assert_array_equal(decode(row["hr"]["bytes"]), photo[:48, :68])
    assert decode(row["lr"]["bytes"]).shape == (12, 17, 3)


def test_a_photo_that_is_small_on_one_side_only_is_kept_tile_by_tile(photo, tmp_path):
    (tmp_path / "photos").mkdir()
    Image.fromarray(photo("coffee.png")[:50, :200]).save(tmp_path / "photos" / "wide.png")
    built(tmp_path / "photos", tmp_path / "shards", small="keep")
    found = [(row["tile"]["x"], decode(row["hr"]["bytes"]).shape[:2]) for row in rows(tmp_path / "shards")]
    assert found == [(0, (48, 96)), (96, (48, 96)), (104, (48, 96))]


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


# Flat tiles.


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


def test_where_all_tiles_are_flat_there_is_no_dataset_and_the_threshold_is_told(half_flat, tmp_path):
    with pytest.raises(DatasetError, match=r"not one photo could be used\n.*2 tiles left out as flat.* below 1e\+06"):
        built(half_flat, tmp_path / "shards", min_detail=1e6)
    assert not (tmp_path / "shards").exists()


def test_detail_is_the_variance_of_the_laplacian():
    gray = np.random.default_rng(0).integers(0, 256, (40, 50), dtype=np.uint8)
    expected = ndimage.laplace(gray.astype(np.float64), mode="mirror").var()
    assert detail(np.repeat(gray[:, :, None], 3, axis=2)) == pytest.approx(expected, rel=1e-12)
    assert detail(np.full((40, 50, 3), 7, np.uint8)) == 0


# Duplicates.


def test_of_photos_that_are_the_same_file_the_first_by_key_stays(photos, tmp_path):
    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    for name in ("zzz.png", "aaa.png", "valid/copy.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(folder / "coffee.png", folder / name)
    report = built(folder, tmp_path / "shards", dedupe=True)
    assert report.left_out == {"the same file as another photo (--dedupe)": 3}
    assert report.photos == 5
    assert {row["key"] for row in rows(tmp_path / "shards")} == {
        "photos/aaa.png",
        "photos/astronaut.png",
        "photos/chelsea.png",
        "photos/more/rocket.jpg",
        "photos/more/small.webp",
    }
    assert built(folder, tmp_path / "all").photos == 8


def test_photos_that_cannot_be_read_are_no_duplicates_of_each_other(photos, tmp_path):
    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    for name in ("a.png", "b.png"):
        (folder / name).symlink_to("nowhere")
    report = built(folder, tmp_path / "shards", dedupe=True)
    assert [skipped.key for skipped in report.skipped] == ["photos/a.png", "photos/b.png"]
    assert report.left_out == {}


# A validation split.


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
    found = splits(tmp_path / "shards")
    assert (len(found["train"]), len(found["validation"])) == (7, 3)
    assert not found["train"] & found["validation"]
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
    found = splits(tmp_path / "shards")
    assert (len(found["train"]), len(found["validation"])) == (8, 3)
    assert "ten/valid/v.png" in found["validation"]


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


# Several sizes of one photo.


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
"""Height and width by factor, of 500 x 640 pixels, rounded down."""


def test_tiles_come_from_all_sizes_of_a_photo(scaled):
    """As the spec has it: 0.75, 0.5, 1/3 and a short side of 400; a tile every 96 pixels and at the edges."""
    found = [(row["tile"]["factor"], row["tile"]["y"], row["tile"]["x"]) for row in rows(scaled)]
    expected = [
        (factor, y, x)
        for factor, (height, width) in SIZES.items()
        for y in sorted({*range(0, height - 95, 96), height - 96})
        for x in sorted({*range(0, width - 95, 96), width - 96})
    ]
    assert found == expected


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
    found = list(sizes(np.zeros((short, short + 10, 3), np.uint8), multiscale=True))
    assert [factor for factor, _ in found] == factors
    assert len({pixels.shape for _, pixels in found}) == len(found)
    assert found[-1][1].shape[0] == 400 or short < 2000


@pytest.mark.parametrize("short", range(401, 1500, 137))
def test_the_short_side_of_400_is_400(short):
    found = dict(sizes(np.zeros((short, short, 3), np.uint8), multiscale=True))
    assert found[400 / short].shape == (400, 400, 3)


def test_sizes_smaller_than_a_tile_are_left_out(large, tmp_path):
    """They would show what a larger size shows, and padding."""
    built(large, tmp_path / "shards", tile=252, step=252, multiscale=True)
    assert {row["tile"]["factor"] for row in rows(tmp_path / "shards")} == {1.0, 0.8, 0.75}


def test_whole_photos_come_in_all_sizes_too(large, tmp_path):
    built(large, tmp_path / "shards", tile=0, step=None, multiscale=True)
    found = {row["tile"]["factor"]: decode(row["hr"]["bytes"]).shape[:2] for row in rows(tmp_path / "shards")}
    assert found == {factor: (height // 4 * 4, width // 4 * 4) for factor, (height, width) in SIZES.items()}


# Mistakes, bombs, and the command line.


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tile": 3}, r"tile: must be 0 or at least the scale, 4 \(got 3\)"),
        ({"tile": -96}, r"tile: must be 0 or at least the scale, 4 \(got -96\)"),
        ({"step": 0}, r"step: must lie in 1..96, the side of a tile \(got 0\)"),
        ({"step": 97}, r"step: must lie in 1..96, the side of a tile \(got 97\)"),
        ({"tile": 0}, r"step: must not be given for whole photos, tile 0 \(got 96\)"),
        ({"small": "crop"}, r"small: must be one of pad, skip, keep \(got 'crop'\)"),
        ({"variants": 0}, r"variants: must lie in 1..1000 \(got 0\)"),
        ({"variants": 1001}, r"variants: must lie in 1..1000 \(got 1001\)"),
        ({"shard_size": 0}, r"shard_size: must be >= 1 \(got 0\)"),
        ({"max_pixels": 0}, r"max_pixels: must be >= 1 \(got 0\)"),
        ({"min_size": -1}, r"min_size: must be >= 0 \(got -1\)"),
        ({"min_detail": -0.5}, r"min_detail: must be >= 0 and finite \(got -0.5\)"),
        ({"min_detail": float("nan")}, r"min_detail: must be >= 0 and finite \(got nan\)"),
        ({"val": -1}, r"val: must be >= 0 \(got -1\)"),
    ],
)
def test_options_that_break_their_rule_are_refused(options, message):
    with pytest.raises(DatasetError, match=f"^{message}$"):
        dataclasses.replace(CUT, **options).resolve(4)


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


def test_every_option_has_its_flag(photos, tmp_path):
    from click.testing import CliRunner

    from degradekit_cli.main import main

    flags = "--tile 96 --step 80 --variants 3 --shard-size 2 --seed 5 --multiscale --small keep --min-size 60"
    flags += " --min-detail 1.5 --dedupe --val 1 --max-pixels 1000000 --workers 0"
    done = CliRunner().invoke(main, ["synth", str(photos), str(tmp_path / "cli"), "--order", "2", *flags.split()])
    assert done.exit_code == 0, done.output
    assert "noted: 1 photos left out, a side shorter than 60 pixels" in done.output
    options = dataclasses.replace(
        OPTIONS, multiscale=True, small="keep", min_size=60, min_detail=1.5, dedupe=True, val=1, max_pixels=10**6
    )
    synthesize(photos, tmp_path / "python", RECIPE, options, workers=0)
    assert contents(tmp_path / "cli") == contents(tmp_path / "python")
