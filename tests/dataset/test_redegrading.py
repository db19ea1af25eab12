"""`redegrade`: new LRs for the HR tiles of a dataset, without its photos."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from small_datasets import IN_PROCESS, OPTIONS, RECIPE, contents, digest_of, rows

from degradekit import DatasetError, Degradation, HighOrder, Kernel, recipes
from degradekit.dataset import LocalEngine, Options, export, redegrade, synthesize, verify
from degradekit.dataset.tiles import Tile
from degradekit.picture_files import decode
from degradekit.presets import preset
from degradekit_cli.main import main

OTHER = HighOrder(order=1)


def data_of(target: Path) -> dict[str, str]:
    return {name: sha256 for name, sha256 in contents(target).items() if name.startswith(("data/", "train/"))}


def heads(stored_rows: list[dict]) -> list[tuple]:
    """All that a row holds besides its LR."""
    return [(row["hr"]["bytes"], row["key"], Tile(**row["tile"])) for row in stored_rows]


@pytest.fixture(scope="module")
def other(shards, tmp_path_factory) -> Path:
    """The dataset degraded anew with another recipe."""
    target = tmp_path_factory.mktemp("redegraded") / "other"
    redegrade(shards, target, OTHER, engine=IN_PROCESS)
    return target


@pytest.mark.parametrize("workers", [0, 2])
def test_with_its_own_recipe_it_comes_out_the_same_to_the_byte(workers, shards, tmp_path):
    report = redegrade(shards, tmp_path / "again", RECIPE, engine=LocalEngine(workers=workers)).report
    assert data_of(tmp_path / "again") == data_of(shards)
    assert report.digest == digest_of(shards)
    plans = [json.loads((folder / "meta" / "plan.json").read_text()) for folder in (shards, tmp_path / "again")]
    assert plans[0].pop("degraded_from") is None
    assert plans[1].pop("degraded_from") == report.digest
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
    report = synthesize(photos, tmp_path / "built", OTHER, OPTIONS, engine=IN_PROCESS).report
    assert report.digest == digest_of(other)
    assert data_of(tmp_path / "built") == data_of(other)


def test_the_result_is_a_dataset_like_any_other(other, shards, tmp_path):
    assert verify(other, sample=1.0, engine=IN_PROCESS).problems == ()
    report = redegrade(other, tmp_path / "back", RECIPE, engine=IN_PROCESS).report
    assert report.digest == digest_of(shards)


def test_another_seed_and_number_of_variants(shards, tmp_path):
    report = redegrade(shards, tmp_path / "more", RECIPE, seed=6, variants=5, engine=IN_PROCESS).report
    before, after = rows(shards), rows(tmp_path / "more")
    assert report.pairs == {"train": 100}
    assert heads(after)[::5] == heads(before)[::3]
    assert [row["variant"] for row in after] == list(range(5)) * 20
    assert not {row["degradation"] for row in after} & {row["degradation"] for row in before}
    redegrade(shards, tmp_path / "fewer", RECIPE, variants=1, engine=IN_PROCESS)
    assert rows(tmp_path / "fewer") == before[::3]


def test_another_scale_that_divides_the_tiles(shards, tmp_path):
    redegrade(shards, tmp_path / "x3", preset("bicubic", 3), engine=IN_PROCESS)
    stored_rows = rows(tmp_path / "x3")
    assert {row["scale"] for row in stored_rows} == {3}
    assert {decode(row["lr"]["bytes"]).shape for row in stored_rows} == {(32, 32, 3)}
    assert json.loads((tmp_path / "x3" / "meta" / "plan.json").read_text())["scale"] == 3


@pytest.mark.parametrize(
    ("recipe", "arguments", "message"),
    [
        (HighOrder(scale=5), {}, r"scale must divide .* 96 x 96 \(got scale 5\)"),
        (Kernel(), {}, "recipe: must have a scale; put the kernel into a chain"),
        (RECIPE, {"variants": 0}, r"variants: must be between 1 and 1000 \(got 0\)"),
    ],
)
def test_what_cannot_work_is_refused_and_does_not_stand_in_the_way(recipe, arguments, message, shards, tmp_path):
    with pytest.raises(DatasetError, match=message):
        redegrade(shards, tmp_path / "out", recipe, engine=IN_PROCESS, **arguments)
    assert not (tmp_path / "out").exists()


def test_a_scale_that_does_not_divide_a_whole_photo_is_refused_and_does_not_stand_in_the_way(photos, tmp_path):
    synthesize(photos, tmp_path / "whole", preset("bicubic", 4), Options(tile=0), engine=IN_PROCESS)
    with pytest.raises(DatasetError, match=r"its scale must divide the sides of all HR tiles; 'photos/astronaut.png'"):
        redegrade(tmp_path / "whole", tmp_path / "out", preset("bicubic", 3), engine=IN_PROCESS)
    report = redegrade(tmp_path / "whole", tmp_path / "out", preset("bicubic", 2), engine=IN_PROCESS).report
    assert report.pairs == {"train": 5}


def test_an_interrupted_run_goes_on_and_ends_the_same(shards, other, tmp_path):
    target = tmp_path / "other"
    shutil.copytree(other, target)
    (target / "README.md").unlink()
    (target / "meta" / "shards" / "train-00001-of-00003.json").unlink()
    outcome = redegrade(shards, target, OTHER, engine=IN_PROCESS)
    assert contents(target) == contents(other)
    assert 0 < outcome.built_pairs < 60
    assert redegrade(shards, target, OTHER, engine=IN_PROCESS).built_pairs == 0


def test_something_else_in_the_target_is_refused_unless_it_may_go(shards, other, tmp_path):
    target = tmp_path / "other"
    shutil.copytree(other, target)
    with pytest.raises(DatasetError, match="was built with a different plan, which differs in recipe;"):
        redegrade(shards, target, RECIPE, engine=IN_PROCESS)
    with pytest.raises(DatasetError, match="was built with a different plan, which differs in seed;"):
        redegrade(shards, target, OTHER, seed=9, engine=IN_PROCESS)
    assert contents(target) == contents(other)
    assert redegrade(shards, target, RECIPE, engine=IN_PROCESS, overwrite=True).report.digest == digest_of(shards)


def test_a_build_into_the_result_is_refused_although_all_but_its_origin_is_the_same(shards, photos, tmp_path):
    redegrade(shards, tmp_path / "again", RECIPE, engine=IN_PROCESS)
    before = contents(tmp_path / "again")
    with pytest.raises(DatasetError, match="was built with a different plan, which differs in degraded_from;"):
        synthesize(photos, tmp_path / "again", RECIPE, OPTIONS, engine=IN_PROCESS)
    with pytest.raises(DatasetError, match="was built with a different plan, which differs in degraded_from;"):
        export(shards, tmp_path / "again", "parquet", engine=IN_PROCESS)
    assert contents(tmp_path / "again") == before


def test_redegrading_a_dataset_onto_itself_is_refused_and_deletes_nothing(shards):
    before = contents(shards)
    with pytest.raises(DatasetError, match="target: must not be the dataset itself"):
        redegrade(shards, shards, OTHER, engine=IN_PROCESS, overwrite=True)
    assert contents(shards) == before


def test_an_unfinished_dataset_and_none_at_all_are_refused(shards, tmp_path):
    shutil.copytree(shards, tmp_path / "copy")
    (tmp_path / "copy" / "README.md").unlink()
    with pytest.raises(DatasetError, match="the dataset is not finished"):
        redegrade(tmp_path / "copy", tmp_path / "out", OTHER, engine=IN_PROCESS)
    with pytest.raises(DatasetError, match="is not a degradekit dataset"):
        redegrade(tmp_path / "nowhere", tmp_path / "out", OTHER, engine=IN_PROCESS)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["folder", "webdataset"])
def test_other_formats_stay_what_they_are(name, shards, other, tmp_path):
    export(shards, tmp_path / "source", name, engine=IN_PROCESS)
    report = redegrade(tmp_path / "source", tmp_path / "out", OTHER, engine=IN_PROCESS).report
    export(other, tmp_path / "expected", name, engine=IN_PROCESS)
    assert report.format == name
    assert report.digest == digest_of(other)
    assert data_of(tmp_path / "out") == data_of(tmp_path / "expected")


def test_photos_without_tiles_and_skipped_ones_stay_in_the_books(photos, tmp_path):
    source = tmp_path / "photos"
    source.mkdir()
    Image.new("RGB", (96, 96), "gray").save(source / "a.png")
    shutil.copy(photos / "coffee.png", source / "b.png")
    (source / "c.png").write_text("no image")
    options = Options(tile=96, min_detail=1.0)
    built = synthesize(source, tmp_path / "built", RECIPE, options, engine=IN_PROCESS).report
    again = redegrade(tmp_path / "built", tmp_path / "again", RECIPE, engine=IN_PROCESS).report
    assert (again.digest, again.photos, again.skipped) == (built.digest, 2, built.skipped)
    assert again.counts == built.counts


def test_the_command(shards, other, tmp_path):
    def run(*arguments: object):
        return CliRunner().invoke(main, ["redegrade", str(shards), *map(str, arguments), "--workers", "0"])

    done = run(tmp_path / "out", "--order", 1)
    assert (done.exit_code, done.stderr) == (0, "")
    assert re.search(rf"^digest {digest_of(other)}$", done.stdout, re.M)
    assert contents(tmp_path / "out") == contents(other)
    refused = run(tmp_path / "none", "--order", 1, "--scale", 5)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("error: recipe: its scale must divide")
    assert not (tmp_path / "none").exists()


def test_without_a_recipe_the_datasets_own_is_taken(photos, tmp_path):
    synthesize(photos, tmp_path / "x2", preset("classical", 2), OPTIONS, engine=IN_PROCESS)
    own = redegrade(tmp_path / "x2", tmp_path / "again", engine=IN_PROCESS).report
    assert own.digest == digest_of(tmp_path / "x2")
    done = CliRunner().invoke(main, ["redegrade", str(tmp_path / "x2"), str(tmp_path / "other"), "--preset", "bicubic"])
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "other" / "meta" / "plan.json").read_text())["scale"] == 2


def test_options_change_the_datasets_own_recipe(photos, tmp_path):
    synthesize(photos, tmp_path / "x2", preset("bsrgan", 2), OPTIONS, engine=IN_PROCESS)
    options = ["--strength", "0.5", "--set", "children.1.quality=50,95", "--workers", "0"]
    done = CliRunner().invoke(main, ["redegrade", str(tmp_path / "x2"), str(tmp_path / "soft"), *options])
    assert done.exit_code == 0, done.output
    expected = recipes.changed(recipes.at_strength(preset("bsrgan", 2), 0.5), {"children.1.quality": [50, 95]})
    assert json.loads((tmp_path / "soft" / "meta" / "plan.json").read_text())["recipe"] == json.loads(
        json.dumps(expected.to_dict())
    )
    done = CliRunner().invoke(main, ["redegrade", str(tmp_path / "x2"), str(tmp_path / "x3"), "--scale", "3"])
    assert done.exit_code == 1
    assert "--scale: only a high_order recipe can be rescaled" in done.stderr
