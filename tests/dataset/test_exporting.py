"""Datasets written again in another format."""

import json
import shutil

import pytest
from small_datasets import IN_PROCESS, KEEPING, contents

from degradekit import DatasetError
from degradekit.dataset import LocalEngine, export, inspect, redegrade


@pytest.mark.parametrize("name", KEEPING)
def test_export_and_back_gives_the_same_files(name, exported, shards, tmp_path):
    report = export(exported[name], tmp_path / "back", "parquet", engine=IN_PROCESS).report
    assert contents(tmp_path / "back") == contents(shards)
    assert report.digest == json.loads((exported[name] / "meta" / "report.json").read_text())["digest"]


def test_workers_change_no_byte_of_an_export(exported, shards, tmp_path):
    export(shards, tmp_path / "folder", "folder", engine=LocalEngine(workers=2))
    assert contents(tmp_path / "folder") == contents(exported["folder"])


def test_an_export_that_was_interrupted_goes_on(exported, shards, tmp_path):
    target = tmp_path / "tars"
    export(shards, target, "webdataset", engine=IN_PROCESS)
    (target / "README.md").unlink()
    (target / "meta" / "shards" / "train-00001-of-00003.json").unlink()
    (target / "data" / "train-00002-of-00003.tar").write_bytes(b"half")
    outcome = export(shards, target, "webdataset", engine=IN_PROCESS)
    assert 0 < outcome.built_pairs < sum(outcome.report.pairs.values())
    assert contents(target) == contents(exported["webdataset"])


def test_an_export_onto_itself_is_refused_and_deletes_nothing(shards, tmp_path):
    outer = tmp_path / "outer"
    shutil.copytree(shards, outer)
    shutil.copytree(shards, outer / "inner")
    before = contents(outer)
    for source, target in ((outer, outer), (outer, outer / "data" / ".."), (outer / "inner", outer)):
        with pytest.raises(DatasetError, match="target: must not be the dataset itself"):
            export(source, target, "webdataset", engine=IN_PROCESS, overwrite=True)
    assert contents(outer) == before


@pytest.mark.parametrize("name", KEEPING)
def test_a_shard_that_cannot_be_read_is_named(name, exported, tmp_path):
    damaged = tmp_path / "damaged"
    shutil.copytree(exported[name], damaged)
    (file,) = (damaged / "data").glob("train-00000-*")
    file.write_bytes(b"no shard" * 200)
    for use in (
        lambda: export(damaged, tmp_path / "out", "parquet", engine=IN_PROCESS),
        lambda: redegrade(damaged, tmp_path / "out", engine=IN_PROCESS),
        lambda: inspect(damaged),
    ):
        with pytest.raises(DatasetError, match=rf"shards: .*; verify the dataset.*data/{file.name}'\)"):
            use()
    assert not (tmp_path / "out").exists()


def test_a_picture_that_cannot_be_decoded_is_named(exported, tmp_path):
    damaged = tmp_path / "damaged"
    shutil.copytree(exported["folder"], damaged)
    for picture in (damaged / "train" / "HR").glob("coffee*"):
        picture.unlink()
        picture.write_bytes(b"no picture")
    for use in (
        lambda: export(damaged, tmp_path / "out", "parquet", engine=IN_PROCESS),
        lambda: redegrade(damaged, tmp_path / "other", engine=IN_PROCESS),
    ):
        with pytest.raises(
            DatasetError, match=r"photos/coffee.png@.*, variant 0: a picture cannot be decoded: not a PNG"
        ):
            use()


def test_an_export_refuses_rows_that_are_not_those_that_were_written(exported, tmp_path):
    damaged = tmp_path / "damaged"
    shutil.copytree(exported["folder"], damaged)
    first, second, *_ = sorted((damaged / "train" / "LR").iterdir())
    first.write_bytes(second.read_bytes())
    with pytest.raises(DatasetError, match=r"the rows of 'photos/astronaut.png' are not those that were written"):
        export(damaged, tmp_path / "out", "parquet", engine=IN_PROCESS)
