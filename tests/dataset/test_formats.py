"""Every output format holds the same pairs, as readers we did not write see them too."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_datasets import IN_PROCESS, KEEPING, OPTIONS, RECIPE, contents, rows, rows_of

from degradekit import DatasetError
from degradekit.dataset import Options, Pairs, export, synthesize, verify
from degradekit.dataset.formats import FORMATS
from degradekit.dataset.opening import Dataset
from degradekit.dataset.pictures import decode
from degradekit.dataset.row import FACTS, group_by_photo


def data_of(target: Path) -> dict[str, str]:
    return {name: sha256 for name, sha256 in contents(target).items() if name.startswith("data/")}


@pytest.mark.parametrize("name", KEEPING)
def test_every_format_reads_back_the_same_rows(name, exported, shards):
    stored_rows = rows_of(exported[name])
    expected = rows(shards)
    assert [row.facts() | {"degradation": row.degradation} for row in stored_rows] == [
        {column: row[column] for column in FACTS} for row in expected
    ]
    for row, other in zip(stored_rows, expected, strict=True):
        for picture in ("hr", "lr"):
            np.testing.assert_array_equal(row.decode(picture), decode(other[picture]["bytes"]))


@pytest.mark.parametrize("name", KEEPING)
def test_without_pictures_the_rows_are_the_same(name, exported):
    dataset = Dataset.open(exported[name])
    for shard in dataset.plan.shards:
        bare = [row._replace(hr=b"", lr=b"") for row in dataset.rows_without_pictures(shard)]
        assert bare == [row._replace(hr=b"", lr=b"") for row in dataset.rows(shard)]


@pytest.mark.parametrize("name", KEEPING)
def test_building_in_a_format_gives_the_files_that_exporting_gives(name, exported, photos, tmp_path):
    """All of them, plan, report and card too; and so two builds give the same bytes."""
    synthesize(photos, tmp_path / "shards", RECIPE, replace(OPTIONS, format=name), engine=IN_PROCESS)
    assert contents(tmp_path / "shards") == contents(exported[name])


def test_formats_differ_in_the_plans_word_the_card_and_the_sizes_alone(exported):
    plans = {name: json.loads((exported[name] / "meta" / "plan.json").read_text()) for name in KEEPING}
    reports = {name: json.loads((exported[name] / "meta" / "report.json").read_text()) for name in KEEPING}
    cards = {name: (exported[name] / "README.md").read_text() for name in KEEPING}
    for name in KEEPING:
        assert plans[name]["options"].pop("format") == reports[name].pop("format") == name
        assert list(reports[name].pop("bytes")) == ["train"]
        assert len(plans[name].pop("hash")) == 64
        assert plans[name] == plans["parquet"]
        assert reports[name] == reports["parquet"]
        assert ("data_files:" in cards[name]) == (name == "parquet")
        assert reports[name]["digest"] in cards[name]


@pytest.mark.parametrize("name", KEEPING)
def test_photos_without_a_single_tile_do_not_change_the_digest(name, photos, tmp_path):
    source = tmp_path / "photos"
    source.mkdir()
    for number, photo in enumerate(["gray", "astronaut.png", "gray", "coffee.png", "gray"]):
        image = Image.new("RGB", (96, 96), "gray") if photo == "gray" else Image.open(photos / photo)
        image.save(source / f"{number}.png")
    options = Options(tile=96, min_detail=1.0, shard_size=4, format=name)
    built = synthesize(source, tmp_path / "built", RECIPE, options, engine=IN_PROCESS).report
    assert built.photos == 5
    report = export(tmp_path / "built", tmp_path / "exported", "parquet", engine=IN_PROCESS).report
    assert (report.digest, report.photos, report.counts) == (built.digest, built.photos, built.counts)


def test_null_keeps_no_rows_but_counts_them(photos, shards, tmp_path):
    target = tmp_path / "null"
    report = synthesize(photos, target, RECIPE, replace(OPTIONS, format="null"), engine=IN_PROCESS).report
    kept = json.loads((shards / "meta" / "report.json").read_text())
    assert (report.pairs, report.digest) == ({"train": 60}, kept["digest"])
    assert {path.stat().st_size for path in (target / "data").iterdir()} == {0}
    for read in (verify, Pairs, lambda location: export(location, tmp_path / "out", "parquet")):
        with pytest.raises(DatasetError, match="the format null keeps no rows"):
            read(target)
    assert not (tmp_path / "out").exists()


def test_an_unknown_format_is_refused_and_nothing_is_written(photos, shards, tmp_path):
    message = r"format: unknown name 'zip'; known: parquet, webdataset, folder, null"
    with pytest.raises(DatasetError, match=message):
        synthesize(photos, tmp_path / "out", RECIPE, Options(format="zip"), engine=IN_PROCESS)
    with pytest.raises(DatasetError, match=message):
        export(shards, tmp_path / "out", "zip", engine=IN_PROCESS)
    assert not (tmp_path / "out").exists()


def test_rows_are_grouped_by_photo_and_tile(exported):
    stored_rows = rows_of(exported["parquet"])
    groups = [(key, [len(tile) for tile in tiles]) for key, tiles in group_by_photo(iter(stored_rows))]
    assert [key for key, _ in groups] == sorted({row.key for row in stored_rows})
    assert all(set(counts) == {3} for _, counts in groups)


@pytest.mark.parametrize(
    ("name", "location", "hint"),
    [
        ("parquet", "shards/", 'open with datasets.load_dataset("shards")'),
        ("parquet", "s3://bucket/shards", 'open with degradekit.dataset.Pairs("s3://bucket/shards")'),
        ("folder", "pairs", "train from pairs/train/HR and pairs/train/LR, listed in pairs/train/meta_info.txt"),
        ("folder", "s3://bucket/pairs", "all of it is in s3://bucket/pairs"),
    ],
)
def test_a_format_says_how_to_open_it(name, location, hint):
    assert FORMATS[name].how_to_open(location, ("hr", "lr")) == hint
    for pictures in (("hr_usm", "lr"), ("hr", "hr_usm", "lr")):
        assert FORMATS[name].how_to_open(location, pictures) == hint.replace("/HR", "/HR_USM")
