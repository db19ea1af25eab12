"""`replay`: new LRs for the HR tiles of a dataset, without its photos."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from building import OPTIONS, RECIPE, contents, rows
from click.testing import CliRunner
from PIL import Image

from degradekit import DatasetError, Degradation, HighOrder, Kernel, Recipe
from degradekit.dataset import Options, export, replay, synthesize, verify
from degradekit.dataset.tiles import Tile
from degradekit.picture_files import decode
from degradekit_cli.main import main

OTHER = HighOrder(order=1)


def data_of(target: Path) -> dict[str, str]:
    return {name: sha256 for name, sha256 in contents(target).items() if name.startswith(("data/", "train/"))}


def digest(target: Path) -> str:
    return json.loads((target / "meta" / "report.json").read_text())["digest"]


def heads(found: list[dict]) -> list[tuple]:
    """All that a row holds besides its LR."""
    return [(row["hr"]["bytes"], row["key"], Tile(**row["tile"])) for row in found]


@pytest.fixture(scope="module")
def other(shards, tmp_path_factory) -> Path:
    """A replay with another recipe."""
    target = tmp_path_factory.mktemp("replayed") / "other"
    replay(shards, target, OTHER, workers=0)
    return target


@pytest.mark.parametrize("workers", [0, 2])
def test_with_its_own_recipe_it_comes_out_the_same_to_the_byte(workers, shards, tmp_path):
    report = replay(shards, tmp_path / "again", RECIPE, workers=workers)
    assert data_of(tmp_path / "again") == data_of(shards)
    assert report.digest == digest(shards)
    plans = [json.loads((place / "meta" / "plan.json").read_text()) for place in (shards, tmp_path / "again")]
    assert plans[1].pop("replay_of") == report.digest
    assert plans[0].pop("hash") != plans[1].pop("hash")
    assert plans[0] == plans[1]


def test_another_recipe_degrades_the_same_tiles(shards, other):
    before, after = rows(shards), rows(other)
    assert heads(after) == heads(before)
    assert [row["variant"] for row in after] == [row["variant"] for row in before]
    assert all(new["lr"] != old["lr"] for new, old in zip(after, before, strict=True))
    for row in after:
        drawn = OTHER.sample((96, 96), seed=5, key=Tile(**row["tile"]).key(row["key"]), variant=row["variant"])
        assert drawn.to_json() == row["degradation"]
        lr = Degradation.from_json(row["degradation"])(decode(row["hr"]["bytes"]))
        np.testing.assert_array_equal(lr, decode(row["lr"]["bytes"]))


def test_it_is_the_dataset_that_a_build_from_the_photos_gives(other, photos, tmp_path):
    report = synthesize(photos, tmp_path / "built", OTHER, OPTIONS, workers=0)
    assert report.digest == digest(other)
    assert data_of(tmp_path / "built") == data_of(other)


def test_a_replay_is_a_dataset_like_any_other(other, shards, tmp_path):
    assert verify(other, sample=1.0, workers=0).problems == ()
    report = replay(other, tmp_path / "back", RECIPE, workers=0)
    assert report.digest == digest(shards)


def test_another_seed_and_number_of_variants(shards, tmp_path):
    report = replay(shards, tmp_path / "more", RECIPE, seed=6, variants=5, workers=0)
    before, after = rows(shards), rows(tmp_path / "more")
    assert report.pairs == {"train": 100}
    assert heads(after)[::5] == heads(before)[::3]
    assert [row["variant"] for row in after] == list(range(5)) * 20
    assert not {row["degradation"] for row in after} & {row["degradation"] for row in before}
    replay(shards, tmp_path / "fewer", RECIPE, variants=1, workers=0)
    assert rows(tmp_path / "fewer") == before[::3]


def test_another_scale_that_divides_the_tiles(shards, tmp_path):
    replay(shards, tmp_path / "x3", Recipe.preset("bicubic", 3), workers=0)
    found = rows(tmp_path / "x3")
    assert {row["scale"] for row in found} == {3}
    assert {decode(row["lr"]["bytes"]).shape for row in found} == {(32, 32, 3)}
    assert json.loads((tmp_path / "x3" / "meta" / "plan.json").read_text())["scale"] == 3


@pytest.mark.parametrize(
    ("recipe", "arguments", "message"),
    [
        (HighOrder(scale=5), {}, r"scale must divide .* 96 x 96 \(got scale 5\)"),
        (Kernel(), {}, "recipe: must have a scale; put the kernel into a sequence"),
        (RECIPE, {"variants": 0}, r"variants: must lie in 1..1000 \(got 0\)"),
        (RECIPE, {"workers": -1}, r"workers: must be >= 0 \(got -1\)"),
    ],
)
def test_what_cannot_work_is_refused_and_does_not_stand_in_the_way(recipe, arguments, message, shards, tmp_path):
    with pytest.raises(DatasetError, match=message):
        replay(shards, tmp_path / "out", recipe, **{"workers": 0} | arguments)
    assert not (tmp_path / "out").exists()


def test_a_scale_that_does_not_divide_a_whole_photo_is_refused_and_does_not_stand_in_the_way(photos, tmp_path):
    synthesize(photos, tmp_path / "whole", Recipe.preset("bicubic", 4), Options(tile=0), workers=0)
    with pytest.raises(DatasetError, match=r"its scale must divide the sides of all HR tiles; 'photos/astronaut.png'"):
        replay(tmp_path / "whole", tmp_path / "out", Recipe.preset("bicubic", 3), workers=0)
    report = replay(tmp_path / "whole", tmp_path / "out", Recipe.preset("bicubic", 2), workers=0)
    assert report.pairs == {"train": 5}


def test_an_interrupted_replay_goes_on_and_ends_the_same(shards, other, tmp_path):
    target = tmp_path / "other"
    shutil.copytree(other, target)
    (target / "README.md").unlink()
    (target / "meta" / "shards" / "train-00001-of-00003.json").unlink()
    report = replay(shards, target, OTHER, workers=0)
    assert contents(target) == contents(other)
    assert 0 < report.built[0] < 60
    assert replay(shards, target, OTHER, workers=0).built[0] == 0


def test_a_replay_of_something_else_in_the_target_is_refused_unless_it_may_go(shards, other, tmp_path):
    target = tmp_path / "other"
    shutil.copytree(other, target)
    with pytest.raises(DatasetError, match="was built otherwise, its plan differs in recipe;"):
        replay(shards, target, RECIPE, workers=0)
    with pytest.raises(DatasetError, match="was built otherwise, its plan differs in seed;"):
        replay(shards, target, OTHER, seed=9, workers=0)
    assert contents(target) == contents(other)
    assert replay(shards, target, RECIPE, workers=0, overwrite=True).digest == digest(shards)


def test_a_build_into_a_replay_is_refused_although_all_but_its_origin_is_the_same(shards, photos, tmp_path):
    replay(shards, tmp_path / "again", RECIPE, workers=0)
    before = contents(tmp_path / "again")
    with pytest.raises(DatasetError, match="was built otherwise, its plan differs in replay_of;"):
        synthesize(photos, tmp_path / "again", RECIPE, OPTIONS, workers=0)
    with pytest.raises(DatasetError, match="was built otherwise, its plan differs in replay_of;"):
        export(shards, tmp_path / "again", "parquet", workers=0)
    assert contents(tmp_path / "again") == before


def test_a_replay_onto_its_own_dataset_is_refused_and_deletes_nothing(shards):
    before = contents(shards)
    with pytest.raises(DatasetError, match="target: must not be the dataset itself"):
        replay(shards, shards, OTHER, workers=0, overwrite=True)
    assert contents(shards) == before


def test_an_unfinished_dataset_and_none_at_all_are_refused(shards, tmp_path):
    shutil.copytree(shards, tmp_path / "copy")
    (tmp_path / "copy" / "README.md").unlink()
    with pytest.raises(DatasetError, match="the dataset is not finished"):
        replay(tmp_path / "copy", tmp_path / "out", OTHER, workers=0)
    with pytest.raises(DatasetError, match="no degradekit dataset"):
        replay(tmp_path / "nowhere", tmp_path / "out", OTHER, workers=0)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["folder", "webdataset"])
def test_other_formats_replay_into_themselves(name, shards, other, tmp_path):
    export(shards, tmp_path / "source", name, workers=0)
    report = replay(tmp_path / "source", tmp_path / "out", OTHER, workers=0)
    export(other, tmp_path / "expected", name, workers=0)
    assert report.format == name
    assert report.digest == digest(other)
    assert data_of(tmp_path / "out") == data_of(tmp_path / "expected")


def test_photos_without_tiles_and_skipped_ones_stay_in_the_books(photos, tmp_path):
    source = tmp_path / "photos"
    source.mkdir()
    Image.new("RGB", (96, 96), "gray").save(source / "a.png")
    shutil.copy(photos / "coffee.png", source / "b.png")
    (source / "c.png").write_text("no image")
    options = Options(tile=96, min_detail=1.0)
    built = synthesize(source, tmp_path / "built", RECIPE, options, workers=0)
    again = replay(tmp_path / "built", tmp_path / "again", RECIPE, workers=0)
    assert (again.digest, again.photos, again.skipped) == (built.digest, 2, built.skipped)
    assert again.counts == built.counts


def test_the_command(shards, other, tmp_path):
    def run(*arguments: object):
        return CliRunner().invoke(main, ["replay", str(shards), *map(str, arguments), "--workers", "0"])

    done = run(tmp_path / "out", "--order", 1)
    assert (done.exit_code, done.stderr) == (0, "")
    assert re.search(rf"^digest {digest(other)}$", done.stdout, re.M)
    assert contents(tmp_path / "out") == contents(other)
    refused = run(tmp_path / "none", "--order", 1, "--scale", 5)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("error: recipe: its scale must divide")
    assert not (tmp_path / "none").exists()


def test_without_a_recipe_the_datasets_own_is_taken(photos, tmp_path):
    synthesize(photos, tmp_path / "x2", Recipe.preset("classical", 2), OPTIONS, workers=0)
    own = replay(tmp_path / "x2", tmp_path / "again", workers=0)
    assert own.digest == verify_digest(tmp_path / "x2")
    done = CliRunner().invoke(main, ["replay", str(tmp_path / "x2"), str(tmp_path / "other"), "--preset", "bicubic"])
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "other" / "meta" / "plan.json").read_text())["scale"] == 2


def verify_digest(target):
    return json.loads((target / "meta" / "report.json").read_text())["digest"]
