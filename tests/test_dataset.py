"""The builder, on small real photos, with tiles small enough to be quick."""

import hashlib
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from degradekit import DatasetError, Degradation, HighOrder, Kernel, Recipe
from degradekit.dataset import Options, synthesize
from degradekit.dataset.sources import scan
from degradekit.dataset.tiles import Tile, cut, tiles
from degradekit.image import decode

RECIPE = HighOrder()
OPTIONS = Options(tile=96, step=80, variants=3, shard_size=2, seed=5)


@pytest.fixture(scope="session")
def photos(tmp_path_factory, photo) -> Path:
    """Five small photos, one of them smaller than a tile, in two folders."""
    folder = tmp_path_factory.mktemp("sources") / "photos"
    (folder / "more").mkdir(parents=True)
    for name, size in (("astronaut.png", 180), ("chelsea.png", 130), ("coffee.png", 96)):
        Image.fromarray(photo(name)[:size, : size + 20]).save(folder / name)
    Image.fromarray(photo("rocket.jpg")[:150, :150]).save(folder / "more" / "rocket.jpg", quality=95)
    Image.fromarray(photo("motorcycle_left.png")[:50, :70]).save(folder / "more" / "small.webp", lossless=True)
    return folder


@pytest.fixture(scope="session")
def shards(photos, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("built") / "shards"
    synthesize(photos, target, RECIPE, OPTIONS, workers=0)
    return target


def rows(target: Path) -> list[dict]:
    return [row for file in sorted((target / "data").glob("*.parquet")) for row in pq.read_table(file).to_pylist()]


def contents(target: Path) -> dict[str, str]:
    files = sorted(path for path in target.rglob("*") if path.is_file())
    return {path.relative_to(target).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


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
    import os

    walk = os.walk

    def backwards(*args, **kwargs):
        for folder, subfolders, files in walk(*args, **kwargs):
            yield folder, subfolders, files[::-1]

    monkeypatch.setattr("degradekit.dataset.sources.os.walk", backwards)
    monkeypatch.setattr("degradekit.dataset.sources.sorted", lambda items: list(items), raising=False)
    assert [s.key for s in scan(photos).sources] != sorted(s.key for s in scan(photos).sources)
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


def test_an_interrupted_build_goes_on_and_ends_the_same(shards, photos, tmp_path):
    target = tmp_path / "shards"
    shutil.copytree(shards, target)
    whole = contents(target)
    (target / "README.md").unlink()
    (target / "meta" / "report.json").unlink()
    (target / "meta" / "shards" / "train-00001-of-00003.json").unlink()
    (target / "data" / "train-00001-of-00003.parquet").write_bytes(b"half")
    (target / "data" / "train-00002-of-00003.parquet.tmp").write_bytes(b"leftover")
    report = synthesize(photos, target, RECIPE, OPTIONS, workers=0)
    assert contents(target) == whole
    assert 0 < report.built[0] < sum(report.pairs.values())
    assert synthesize(photos, target, RECIPE, OPTIONS, workers=0).built[0] == 0


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
    assert row["tile"].keys() == {"y", "x", "height", "width"}
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


def test_div2k_as_downloaded(tmp_path, photo):
    """Only HR folders are taken, the validation photos become a split, and the report says what was left out."""
    root = tmp_path / "DIV2K"
    layout = {
        "DIV2K_train_HR": ["0001.png", "0002.png"],
        "DIV2K_valid_HR": ["0801.png"],
        "DIV2K_train_LR_bicubic/X4": ["0001x4.png"],
        "DIV2K_train_LR_unknown/X2": ["0001x2.png"],
        "DIV2K_valid_LR_mild": ["0801x4m.png"],
    }
    for folder, names in layout.items():
        (root / folder).mkdir(parents=True)
        for name in names:
            Image.fromarray(photo("coffee.png")[:64, :64]).save(root / folder / name)
    (root / "readme.txt").write_text("x")
    report = synthesize(root, tmp_path / "shards", RECIPE, Options(tile=64), workers=0)
    assert report.pairs == {"train": 2, "validation": 1}
    assert report.left_out == {
        "LR images in DIV2K_train_LR_bicubic/ (--include takes them)": 1,
        "LR images in DIV2K_train_LR_unknown/ (--include takes them)": 1,
        "LR images in DIV2K_valid_LR_mild/ (--include takes them)": 1,
        "not images by their names": 1,
    }
    import datasets

    opened = datasets.load_dataset(str(tmp_path / "shards"), cache_dir=str(tmp_path / "cache"))
    assert {split: len(part) for split, part in opened.items()} == {"train": 2, "validation": 1}
    keys = [source.key for source in scan(root, include=("*LR_bicubic*",)).sources]
    assert keys == ["DIV2K/DIV2K_train_LR_bicubic/X4/0001x4.png"]
    keys = [source.key for source in scan(root, exclude=("*/0002.png", "*valid*")).sources]
    assert keys == ["DIV2K/DIV2K_train_HR/0001.png"]


@pytest.mark.parametrize(
    ("folder", "split"),
    [
        ("Flickr2K_HR", "train"),
        ("OutdoorSceneTrain_v2/animal", "train"),
        ("OutdoorSceneTest300", "test"),
        ("val", "validation"),
        ("DIV2K_valid_HR", "validation"),
        ("carnival", "train"),
        ("latest", "train"),
        ("colors/alright", "train"),
        ("Flickr2K_LR_bicubic/X4", None),
        ("LR", None),
        ("set/LRbicx4", None),
        ("LRx4", None),
        ("train_lq", None),
    ],
)
def test_folder_names_as_people_have_them(folder, split, tmp_path):
    path = tmp_path / "root" / folder
    path.mkdir(parents=True)
    (path / "a.png").write_bytes(b"x")
    if split is None:
        with pytest.raises(DatasetError, match=r"no images found .* left out 1: LR images"):
            scan(tmp_path / "root")
    else:
        assert [source.split for source in scan(tmp_path / "root").sources] == [split]


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


def refused(message, *args, **kwargs):
    with pytest.raises(DatasetError, match=message):
        synthesize(*args, workers=0, **kwargs)


def test_bad_input_is_refused_in_words_and_nothing_is_written(photos, tmp_path):
    target = tmp_path / "shards"
    (tmp_path / "empty").mkdir()
    refused("no such folder or file", tmp_path / "none", target, RECIPE)
    refused("no images found", tmp_path / "empty", target, RECIPE)
    refused(r"tile: must be 0 or at least the scale, 4 \(got 3\)", photos, target, RECIPE, Options(tile=3))
    refused(r"step: must lie in 1..96.*got 97", photos, target, RECIPE, Options(tile=96, step=97))
    refused(r"step: must not be given for whole photos", photos, target, RECIPE, Options(tile=0, step=9))
    refused(r"variants: must lie in 1..1000 \(got 0\)", photos, target, RECIPE, Options(variants=0))
    refused(r"shard_size: must be >= 1", photos, target, RECIPE, Options(shard_size=0))
    refused(r"recipe: must have a scale; put the kernel into a sequence", photos, target, Kernel())
    refused(r"format: unknown \(got 'lmdb'\); known: parquet", photos, target, RECIPE, format="lmdb")
    with pytest.raises(DatasetError, match=r"workers: must be >= 0 \(got -1\)"):
        synthesize(photos, target, RECIPE, workers=-1)
    assert not target.exists()


def test_an_existing_target_is_refused_unless_the_plan_is_its_own(photos, shards, tmp_path):
    (tmp_path / "file").write_text("x")
    refused("exists and is no folder", photos, tmp_path / "file", RECIPE)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "precious.txt").write_text("x")
    refused("exists and is no degradekit dataset", photos, tmp_path / "folder", RECIPE)
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["precious.txt"]
    before = contents(shards)
    refused("was built with another seed;", photos, shards, RECIPE, Options(tile=96, step=80, variants=3, shard_size=2))
    refused("was built with another recipe, scale;", photos, shards, HighOrder(scale=2), OPTIONS)
    assert contents(shards) == before


def test_when_no_photo_can_be_used_nothing_is_left(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_text("no image")
    refused("not one photo could be used\n  photos/a.png: not an image", tmp_path / "photos", tmp_path / "s", RECIPE)
    assert not (tmp_path / "s").exists()


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


def test_tiles_cover_a_photo_and_end_at_its_edge():
    found = list(tiles((1000, 450), 400, 200, 4))
    assert sorted({tile.y for tile in found}) == [0, 200, 400, 600]
    assert sorted({tile.x for tile in found}) == [0, 50]
    assert list(tiles((400, 400), 400, 200, 4)) == [Tile(0, 0, 400, 400)]


@pytest.mark.parametrize("size", [(1, 1), (3, 50), (50, 3), (99, 99)])
def test_small_photos_are_reflected_at_the_bottom_and_right(size):
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    (tile,) = tiles(size, 100, 50, 4)
    assert (tile.height, tile.width) == size
    hr = cut(photo, tile, 100)
    assert hr.shape == (100, 100, 3)
    np.testing.assert_array_equal(hr[: size[0], : size[1]], photo)
    if size[0] > 1:
        np.testing.assert_array_equal(hr[size[0], : size[1]], photo[-2])


def test_keys_are_portable(tmp_path):
    import os

    folder = tmp_path / "photos"
    folder.mkdir()
    names = [
        b"plain.png",
        "e\u0301te\u0301.png".encode(),
        b"bad\xff.png",
        b"quote\"'.png",
        b"new\nline.png",
        b"a b.png",
    ]
    for name in names:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"x")
    keys = {source.key for source in scan(folder).sources}
    assert keys == {
        "photos/plain.png",
        "photos/\u00e9t\u00e9.png",
        "photos/bad\\xff.png",
        "photos/quote\"'.png",
        "photos/new\nline.png",
        "photos/a b.png",
    }
    (folder / "\u00e9t\u00e9.png").write_bytes(b"x")
    with pytest.raises(DatasetError, match="two photos have the same name after Unicode normalization"):
        scan(folder)


def test_links_are_followed_but_no_folder_twice(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.png").write_bytes(b"x")
    root = tmp_path / "root"
    root.mkdir()
    (root / "linked").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "loop").symlink_to(root)
    (root / ".hidden.png").write_bytes(b"x")
    found = scan(root)
    assert [source.key for source in found.sources] == ["root/linked/a.png"]
    assert found.left_out == {"hidden files": 1}


def test_a_single_file_is_a_source(photos, tmp_path):
    report = synthesize(photos / "coffee.png", tmp_path / "shards", RECIPE, Options(tile=96), workers=0)
    assert report.photos == 1
    assert {row["key"] for row in rows(tmp_path / "shards")} == {"photos/coffee.png"}


def test_no_path_of_the_machine_is_in_the_dataset(shards, photos):
    for path in shards.rglob("*"):
        if path.is_file():
            assert str(photos.parent).encode() not in path.read_bytes(), path


def test_a_worker_that_computes_otherwise_is_refused(photos, tmp_path, monkeypatch):
    monkeypatch.setattr("degradekit.dataset.plan.numerics_probe", lambda: "of another machine")
    with pytest.raises(DatasetError, match="probe: this worker computes other pixels"):
        synthesize(photos, tmp_path / "shards", RECIPE, OPTIONS, workers=1)


def test_a_recipe_that_cannot_work_is_refused_before_anything_is_written(photos, tmp_path):
    from degradekit import RecipeError, Sequence

    with pytest.raises(RecipeError, match="must end at the LR size"):
        synthesize(photos, tmp_path / "shards", Sequence((Kernel(),), scale=4), OPTIONS, workers=0)
    assert not (tmp_path / "shards").exists()


def test_a_second_build_into_the_same_target_is_refused_while_the_first_runs(photos, shards, tmp_path):
    from degradekit.dataset import files

    shutil.copytree(shards, tmp_path / "shards")
    with files.locked(tmp_path / "shards" / "meta" / "plan.json") as alone:
        assert alone
        refused("another build is at work there", photos, tmp_path / "shards", RECIPE, OPTIONS)
    assert synthesize(photos, tmp_path / "shards", RECIPE, OPTIONS, workers=0).built[0] == 0


@pytest.mark.parametrize("damage", ["data", "short", "manifest"])
def test_shards_that_are_not_as_their_manifest_says_are_built_again(damage, photos, shards, tmp_path):
    target = tmp_path / "shards"
    shutil.copytree(shards, target)
    whole = contents(target)
    file = target / "data" / "train-00001-of-00003.parquet"
    if damage == "data":
        file.unlink()
    elif damage == "short":
        file.write_bytes(file.read_bytes()[:-10])
    else:
        (target / "meta" / "shards" / "train-00001-of-00003.json").write_text("{")
    assert synthesize(photos, target, RECIPE, OPTIONS, workers=0).built[0] > 0
    assert contents(target) == whole


def test_a_damaged_plan_is_refused_in_words(photos, shards, tmp_path):
    shutil.copytree(shards, tmp_path / "shards")
    for text in ("[]", "{"):
        (tmp_path / "shards" / "meta" / "plan.json").write_text(text)
        refused("meta/plan.json is damaged", photos, tmp_path / "shards", RECIPE, OPTIONS)


def test_a_split_without_a_usable_photo_does_not_spoil_the_others(photos, tmp_path):
    import datasets

    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    (folder / "valid").mkdir()
    (folder / "valid" / "bad.png").write_text("no image")
    report = synthesize(folder, tmp_path / "shards", RECIPE, OPTIONS, workers=0)
    assert list(report.pairs) == ["train"]
    assert list(datasets.load_dataset(str(tmp_path / "shards"), cache_dir=str(tmp_path / "cache"))) == ["train"]


def test_a_folder_that_cannot_be_read_is_reported(photos, monkeypatch):
    import os

    scandir = os.scandir

    def refuse(path):
        if Path(path).name == "more":
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert scan(photos).left_out == {"folder that cannot be read: more": 1}


def test_the_probe_tells_apart_what_opencv_computes_differently():
    """Where the raw bytes of a blur depend on the processor's features, the probe must differ too."""
    import os
    import subprocess
    import sys

    code = """
import hashlib, numpy as np
from degradekit.dataset.probe import numerics_probe
from degradekit.functional.filtering import convolve, unsharp_mask
from degradekit.functional.kernels import generalized_gaussian
image = (np.arange(90 * 90 * 3) % 253 / 252).astype(np.float32).reshape(90, 90, 3)
raw = convolve(image, generalized_gaussian(9, 2.0, 1.0, 0.3, 1.0)).tobytes()
raw += unsharp_mask(image, 51, 0.5, 10.0).tobytes()
print(hashlib.sha256(raw).hexdigest(), numerics_probe())
"""
    outputs = []
    for disabled in ("", "AVX2,FMA3"):
        environment = os.environ | {"OPENCV_CPU_DISABLE": disabled}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
        outputs.append(done.stdout.split())
    assert (outputs[0][0] == outputs[1][0]) == (outputs[0][1] == outputs[1][1])
