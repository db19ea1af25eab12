"""Datasets that keep the plain HR, the sharpened one that LRs are made from, or both."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from small_datasets import IN_PROCESS, KEEPING, OPTIONS, RECIPE, contents, digest_of, edit_json, rows_of

from degradekit import Chain, DatasetError, Degradation, HighOrder, Maybe, Resize, Sharpen
from degradekit.dataset import Options, Pairs, export, finalize, inspect, redegrade, synthesize, verify
from degradekit.dataset.opening import Dataset
from degradekit.dataset.tiles import Tile
from degradekit.picture_files import decode
from degradekit.whole_files import sha256

SOMETIMES = Chain((Maybe(Sharpen(), 0.5), Resize(to="lr", filters="area")), scale=4)
TILES = Options(tile=96, step=96, variants=4)


@pytest.fixture(scope="session")
def both(shards, tmp_path_factory) -> dict[str, Path]:
    """The dataset with both HRs, in every format that keeps rows."""
    folder = tmp_path_factory.mktemp("both")
    for name in KEEPING:
        export(shards, folder / name, name, training_target="both", engine=IN_PROCESS)
    return {name: folder / name for name in KEEPING}


def assert_targets(target: Path) -> None:
    for row in rows_of(target):
        expected = Degradation.from_json(row.degradation).target(row.decode("hr"))
        np.testing.assert_array_equal(row.decode("hr_usm"), expected)


@pytest.mark.parametrize("name", KEEPING)
def test_both_adds_what_each_lr_is_made_from_and_changes_nothing_else(name, both, exported):
    assert_targets(both[name])
    plain = rows_of(exported[name])
    assert [row._replace(hr_usm=b"") for row in rows_of(both[name])] == plain
    assert all(row.hr_usm == b"" for row in plain)
    assert digest_of(both[name]) == digest_of(exported[name])
    assert verify(both[name], sample=1, engine=IN_PROCESS).problems == ()


@pytest.mark.parametrize("name", KEEPING)
def test_building_with_both_gives_the_files_that_exporting_gives(name, both, photos, tmp_path):
    options = replace(OPTIONS, format=name, training_target="both")
    synthesize(photos, tmp_path / "shards", RECIPE, options, engine=IN_PROCESS)
    assert contents(tmp_path / "shards") == contents(both[name])


@pytest.mark.parametrize("name", KEEPING)
def test_an_export_back_to_plain_gives_the_original_files(name, both, shards, tmp_path):
    export(both[name], tmp_path / "plain", "parquet", engine=IN_PROCESS)
    assert contents(tmp_path / "plain") == contents(shards)


def test_a_plain_plan_does_not_mention_the_target_so_that_older_datasets_are_read(shards, both):
    plain, other = (json.loads((folder / "meta" / "plan.json").read_text()) for folder in (shards, both["parquet"]))
    assert "training_target" not in plain["options"]
    assert other["options"].pop("training_target") == "both"
    assert other.pop("hash") != plain.pop("hash")
    assert other == plain


def test_variants_share_one_sharpened_picture_where_they_are_sharpened_alike(photos, tmp_path):
    """In the folder it is one file, in Parquet one value of a dictionary; what is not sharpened is the HR itself."""
    options = replace(TILES, training_target="both", format="folder")
    synthesize(photos / "coffee.png", tmp_path / "folder", SOMETIMES, options, engine=IN_PROCESS)
    by_record: dict[str, set[tuple[int, Tile]]] = {"sharpen": set(), "resize": set()}
    for row in rows_of(tmp_path / "folder"):
        first = json.loads(row.degradation)["steps"][0]["op"]
        name = f"*_y{row.tile.y}_x{row.tile.x}_v{row.variant}.png"
        (file,) = (tmp_path / "folder" / "train" / "HR_USM").glob(name)
        by_record[first].add((file.stat().st_ino, row.tile))
        hr = tmp_path / "folder" / "train" / "HR" / file.name
        assert (hr.stat().st_ino == file.stat().st_ino) == (first != "sharpen")
    assert all(len(files) == len({tile for _, tile in files}) > 0 for files in by_record.values())
    sizes = {}
    for target in ("plain", "both"):
        export(tmp_path / "folder", tmp_path / target, "parquet", training_target=target, engine=IN_PROCESS)
        sizes[target] = (tmp_path / target / "data" / "train-00000-of-00001.parquet").stat().st_size
    assert sizes["both"] - sizes["plain"] < sum(map(len, {row.hr_usm for row in rows_of(tmp_path / "folder")})) + 3000


def test_a_sharpened_folder_has_no_plain_hr_and_the_same_names(shards, both, tmp_path):
    export(shards, tmp_path / "pairs", "folder", training_target="sharpened", engine=IN_PROCESS)
    train, other = tmp_path / "pairs" / "train", both["folder"] / "train"
    assert {path.name for path in train.iterdir()} == {"HR_USM", "LR", "meta_info.txt"}
    assert {path.name for path in other.iterdir()} == {"HR", "HR_USM", "LR", "meta_info.txt"}
    for part in ("HR_USM", "LR"):
        names = {path.name: sha256(path) for path in (train / part).iterdir()}
        assert names == {path.name: sha256(path) for path in (other / part).iterdir()}
    assert (train / "meta_info.txt").read_text() == (other / "meta_info.txt").read_text()
    assert {line.split()[0] for line in (train / "meta_info.txt").read_text().splitlines()} == set(names)
    assert digest_of(tmp_path / "pairs") == digest_of(shards)


@pytest.mark.parametrize("name", KEEPING)
def test_without_a_plain_hr_our_own_readers_name_the_cure(name, photos, tmp_path):
    target = tmp_path / "sharpened"
    options = replace(TILES, training_target="sharpened", format=name)
    synthesize(photos / "coffee.png", target, RECIPE, options, engine=IN_PROCESS)
    for read in (verify, inspect, Pairs, lambda where: redegrade(where, tmp_path / "o", engine=IN_PROCESS),
                 lambda where: export(where, tmp_path / "o", "parquet", engine=IN_PROCESS)):  # fmt: skip
        with pytest.raises(
            DatasetError,
            match=r"^shards: the dataset keeps the sharpened HR only, .* exported from, or build one with ",
        ):
            read(target)
    assert not (tmp_path / "o").exists()
    built = synthesize(photos / "coffee.png", target, RECIPE, options, engine=IN_PROCESS)
    assert (built.built_pairs, built.complete) == (0, True)


def test_a_build_with_another_target_does_not_go_on_in_the_same_folder(photos, tmp_path):
    synthesize(photos / "coffee.png", tmp_path / "s", RECIPE, TILES, engine=IN_PROCESS)
    both = replace(TILES, training_target="both")
    with pytest.raises(DatasetError, match="a different plan, which differs in training_target;"):
        synthesize(photos / "coffee.png", tmp_path / "s", RECIPE, both, engine=IN_PROCESS)


def test_an_interrupted_export_with_both_goes_on(both, shards, tmp_path):
    target = tmp_path / "pairs"
    export(shards, target, "folder", training_target="both", engine=IN_PROCESS)
    (target / "README.md").unlink()
    (target / "meta" / "shards" / "train-00001-of-00003.json").unlink()
    for path in [*(target / "train" / "HR_USM").iterdir()][::3]:
        path.unlink()
        path.write_bytes(b"half")
    for path in (target / "meta" / "shards").iterdir():
        path.unlink()
    outcome = export(shards, target, "folder", training_target="both", engine=IN_PROCESS)
    assert outcome.built_pairs == 60
    assert contents(target) == contents(both["folder"])


def test_overwriting_a_dataset_with_both_deletes_its_pictures_and_no_others(shards, tmp_path):
    target = tmp_path / "pairs"
    export(shards, target, "folder", training_target="both", engine=IN_PROCESS)
    (target / "train" / "HR_USM" / "mine.png").write_bytes(b"mine")
    export(shards, target, "folder", overwrite=True, engine=IN_PROCESS)
    assert [path.name for path in (target / "train" / "HR_USM").iterdir()] == ["mine.png"]
    assert verify(target, engine=IN_PROCESS).problems == ()


def test_pictures_beside_a_plain_folder_are_not_its_own(exported, both, shards, tmp_path):
    """A person has added sharpened pictures of the same names to the folder."""
    target = tmp_path / "pairs"
    shutil.copytree(exported["folder"], target)
    shutil.copytree(both["folder"] / "train" / "HR_USM", target / "train" / "HR_USM")
    export(shards, target, "parquet", overwrite=True, engine=IN_PROCESS)
    assert len(list((target / "train" / "HR_USM").iterdir())) == 60
    assert not (target / "train" / "HR").exists()


@pytest.mark.parametrize("name", KEEPING)
def test_verify_finds_a_sharpened_hr_that_is_another_picture_of_the_size(name, both, tmp_path):
    target = tmp_path / "damaged"
    shutil.copytree(both[name], target)
    file = _swap_sharpened(target)
    assert verify(target, sample=0, engine=IN_PROCESS).problems == ()
    verification = verify(target, sample=0.01, engine=IN_PROCESS)
    assert verification.problems
    assert all("pixels of the sharpened HR differ" in problem for problem in verification.problems)
    assert verification.damaged == (file,)


def _swap_sharpened(target: Path) -> str:
    """Replace the sharpened HRs of the first shard by plain ones, with correct hashes, and return its file."""
    dataset = Dataset.open(target)
    shard = next(iter(dataset.plan.shards))
    rows = list(dataset.rows(shard))
    pictures = dataset.plan.options.pictures
    (target / dataset.file(shard)).unlink()
    writer = dataset.format.writer(dataset.folder, shard, dataset.file(shard), pictures)
    tiles = {
        row.tile.key(row.key): [other for other in rows if (other.tile, other.key) == (row.tile, row.key)]
        for row in rows
    }
    for tile in tiles.values():
        writer.add([row._replace(hr_usm=row.hr) for row in tile])
    size, digest = writer.publish()
    edit_json(target / "meta" / "shards" / f"{shard}.json", lambda manifest: manifest.update(
        bytes=size, sha256=digest, picture_bytes=writer.picture_bytes))  # fmt: skip
    (target / "README.md").unlink()
    finalize(target)
    return dataset.file(shard)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"no picture", "a picture cannot be decoded: not a PNG"),
        ("lr", "the sharpened HR must have the size of the HR"),
    ],
)
def test_a_sharpened_hr_that_is_no_picture_of_the_hrs_size_is_refused(data, message, both, tmp_path):
    target = tmp_path / "damaged"
    shutil.copytree(both["folder"], target)
    file = min((target / "train" / "HR_USM").glob("astronaut*"))
    content = data if isinstance(data, bytes) else (target / "train" / "LR" / file.name).read_bytes()
    file.unlink()
    file.write_bytes(content)
    problems = verify(target, sample=0, engine=IN_PROCESS).problems
    assert any(message in problem for problem in problems)
    with pytest.raises(DatasetError, match=message):
        export(target, tmp_path / "out", "parquet", engine=IN_PROCESS)


def test_degrading_anew_keeps_both(both, tmp_path):
    redegrade(both["parquet"], tmp_path / "anew", SOMETIMES, engine=IN_PROCESS)
    assert_targets(tmp_path / "anew")
    steps = {json.loads(row.degradation)["steps"][0]["op"]: row for row in rows_of(tmp_path / "anew")}
    assert steps["resize"].hr_usm == steps["resize"].hr
    assert steps["sharpen"].hr_usm != steps["sharpen"].hr


def test_a_recipe_that_does_not_sharpen_has_equal_hrs(photos, tmp_path):
    options = replace(TILES, training_target="both", format="folder")
    synthesize(photos / "coffee.png", tmp_path / "s", HighOrder(sharpen=None), options, engine=IN_PROCESS)
    assert all(row.hr_usm == row.hr for row in rows_of(tmp_path / "s"))
    train = tmp_path / "s" / "train"
    for hr_usm in (train / "HR_USM").iterdir():
        assert hr_usm.samefile(train / "HR" / hr_usm.name)
    assert "the recipe does not sharpen, so `hr_usm` equals `hr`" in (tmp_path / "s" / "README.md").read_text()


def test_pairs_of_both_are_those_of_plain(both, shards):
    for one, other in zip(Pairs(both["parquet"])[:5], Pairs(shards)[:5], strict=True):
        for part, same in zip(one, other, strict=True):
            np.testing.assert_array_equal(part, same)


def test_datasets_opens_both_with_the_pictures_beside_each_other(both, tmp_path):
    import datasets

    for streaming in (True, False):
        opened = datasets.load_dataset(
            str(both["parquet"]), split="train", streaming=streaming, cache_dir=str(tmp_path)
        )
        assert list(opened.features)[:3] == ["hr", "hr_usm", "lr"]
        row = next(iter(opened))
        target = Degradation.from_json(row["degradation"]).target(row["hr"])
        assert target.tobytes() == row["hr_usm"].tobytes()


def test_the_columns_of_parquet_are_in_order(both):
    (file, *_) = sorted((both["parquet"] / "data").iterdir())
    names = ["hr", "hr_usm", "lr", "degradation", "key", "tile", "variant", "scale"]
    assert pq.read_schema(file).names == names
    assert decode(pq.read_table(file).to_pylist()[0]["hr_usm"]["bytes"]).shape == (96, 96, 3)


def test_an_unknown_target_is_refused_with_the_known_ones(shards, tmp_path):
    message = r"training_target: must be 'plain', 'sharpened' or 'both' \(got 'usm'\)"
    with pytest.raises(DatasetError, match=message):
        Options(training_target="usm")
    with pytest.raises(DatasetError, match=message):
        export(shards, tmp_path / "out", "folder", training_target="usm", engine=IN_PROCESS)
    assert not (tmp_path / "out").exists()
