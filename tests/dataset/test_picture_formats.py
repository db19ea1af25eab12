"""Datasets of lossless WebP: the same content in every format, for every reader."""

import json

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from datasets import load_dataset
from PIL import Image
from small_datasets import IN_PROCESS, KEEPING, RECIPE, contents, digest_of, rows_of

from degradekit import DatasetError, HighOrder
from degradekit.dataset import Options, Pairs, export, inspect, inspection_page, redegrade, synthesize, verify
from degradekit.dataset.pictures import encoding_of


@pytest.fixture(scope="module")
def png(small_pairs, tmp_path_factory):
    """The dataset in each format."""
    folder = tmp_path_factory.mktemp("png")
    for name in KEEPING:
        export(small_pairs, folder / name, name, engine=IN_PROCESS)
    return {name: folder / name for name in KEEPING}


@pytest.fixture(scope="module")
def webp(small_pairs, tmp_path_factory):
    """The dataset in each format, with its pictures as WebP, and with the sharpened HR too."""
    folder = tmp_path_factory.mktemp("webp")
    for name in KEEPING:
        export(small_pairs, folder / name, name, picture_format="webp", training_target="both", engine=IN_PROCESS)
    return {name: folder / name for name in KEEPING}


@pytest.mark.parametrize("name", KEEPING)
def test_webp_holds_the_same_pixels_and_verifies(name, webp, small_pairs):
    assert digest_of(webp[name]) == digest_of(small_pairs)
    for row in rows_of(webp[name]):
        assert {encoding_of(picture) for picture in (row.hr, row.hr_usm, row.lr)} == {"webp"}
    verification = verify(webp[name], sample=1, engine=IN_PROCESS)
    assert (verification.problems, verification.derived) == ((), 4)


@pytest.mark.parametrize("name", KEEPING)
def test_an_export_from_any_to_any_encoding_gives_the_files_of_a_build(name, webp, png, small_pairs, tmp_path):
    options = Options(tile=32, variants=2, seed=5, val=1, format=name, picture_format="webp")
    synthesize(small_pairs.parent / "photos", tmp_path / "built", HighOrder(order=1), options, engine=IN_PROCESS)
    export(png["parquet"], tmp_path / "to webp", name, picture_format="webp", engine=IN_PROCESS)
    assert contents(tmp_path / "to webp") == contents(tmp_path / "built")
    export(webp["webdataset"], tmp_path / "to png", name, engine=IN_PROCESS)
    assert contents(tmp_path / "to png") == contents(png[name])


def test_how_pictures_are_encoded_hangs_on_the_format(png):
    encodings = {name: {encoding_of(row.hr) for row in rows_of(png[name])} for name in KEEPING}
    assert encodings == {"parquet": {"uncompressed png"}, "webdataset": {"png"}, "folder": {"png"}}
    for name in KEEPING:
        assert {encoding_of(row.lr) for row in rows_of(png[name])} == encodings[name]


def test_only_a_plan_with_webp_mentions_the_picture_format(webp, small_pairs):
    options = [
        json.loads((folder / "meta" / "plan.json").read_text())["options"] for folder in (webp["folder"], small_pairs)
    ]
    assert [each.get("picture_format") for each in options] == ["webp", None]


def test_webps_are_not_compressed_again(webp, small_pairs):
    def compressed(folder):
        group = pq.read_metadata(min((folder / "data").iterdir())).row_group(0)
        columns = map(group.column, range(group.num_columns))
        return {column.path_in_schema for column in columns if column.compression != "UNCOMPRESSED"}

    assert compressed(webp["parquet"]) == set()
    assert compressed(small_pairs) == {"hr.bytes", "lr.bytes"}


def test_datasets_and_pairs_read_webp(webp, small_pairs):
    opened = load_dataset(str(webp["parquet"]), split="train", streaming=True)
    pairs = zip(opened, Pairs(webp["parquet"]), Pairs(small_pairs), strict=True)
    for row, pair, expected in pairs:
        assert row["hr"].format == "WEBP"
        for picture in ("hr", "lr"):
            np.testing.assert_array_equal(np.asarray(row[picture]), getattr(expected, picture))
            np.testing.assert_array_equal(getattr(pair, picture), getattr(expected, picture))


def test_the_page_of_an_inspection_shows_webp(webp):
    assert inspection_page.html(inspect(webp["parquet"])).count("data:image/webp;base64,UklGR") == 3 * 4


def test_a_folder_of_webp_is_listed_for_other_trainers(webp):
    lines = (webp["folder"] / "train" / "meta_info.txt").read_text().splitlines()
    assert len(lines) == 2
    name = lines[0].split(" ")[0]
    assert name.endswith(".webp")
    for picture in ("HR", "HR_USM", "LR"):
        path = webp["folder"] / "train" / picture / name
        np.testing.assert_array_equal(np.asarray(Image.open(path)), cv2.imread(str(path))[:, :, ::-1])


def test_redegrading_keeps_hrs_that_are_stored_alike_and_encodes_others(webp, small_pairs, png, tmp_path, monkeypatch):
    def hrs(folder):
        return {(row.key, row.tile): row.hr for row in rows_of(folder)}

    redegrade(webp["parquet"], tmp_path / "webp", seed=9, engine=IN_PROCESS)
    assert hrs(tmp_path / "webp") == hrs(webp["parquet"])
    with monkeypatch.context() as older:  # versions stored the pictures of every format like those of a folder
        older.setattr("degradekit.dataset.formats.base.Format.encoding", lambda *_: "png")
        export(small_pairs, tmp_path / "older", "parquet", engine=IN_PROCESS)
    assert hrs(tmp_path / "older") == hrs(png["folder"])
    redegrade(tmp_path / "older", tmp_path / "newer", engine=IN_PROCESS)
    assert hrs(tmp_path / "newer") == hrs(small_pairs)
    assert digest_of(tmp_path / "newer") == digest_of(small_pairs)


def test_the_pictures_of_a_dataset_are_those_of_its_picture_format(png, tmp_path):
    target = tmp_path / "folder"

    def write(picture_format, overwrite=True):
        return export(
            png["parquet"], target, "folder", picture_format=picture_format, overwrite=overwrite, engine=IN_PROCESS
        )

    for picture_format in ("webp", "png", "webp"):
        write(picture_format)
        assert {path.suffix for path in (target / "train" / "HR").iterdir()} == {f".{picture_format}"}
    own = next((target / "train" / "HR").iterdir()).with_suffix(".png")
    own.write_bytes(b"mine")
    with pytest.raises(DatasetError, match=r"\.png does not belong to the dataset there"):
        write("png")
    assert own.read_bytes() == b"mine"


def test_a_photo_that_a_webp_cannot_hold_is_skipped_by_a_build_and_ends_an_export(tmp_path):
    source = tmp_path / "photos"
    source.mkdir()
    Image.new("RGB", (16_400, 8)).save(source / "long.png")
    Image.new("RGB", (64, 64)).save(source / "small.png")
    options = Options(tile=0, picture_format="webp")
    report = synthesize(source, tmp_path / "webp", RECIPE, options, engine=IN_PROCESS).report
    assert [skipped.reason for skipped in report.skipped] == [
        "WebP holds at most 16,383 pixels a side; store PNGs (got 16400 x 8)"
    ]
    synthesize(source, tmp_path / "png", RECIPE, Options(tile=0), engine=IN_PROCESS)
    with pytest.raises(
        DatasetError, match=r"^picture_format: photos/long.png: WebP holds at most 16,383 pixels a side"
    ):
        export(tmp_path / "png", tmp_path / "out", "parquet", picture_format="webp", engine=IN_PROCESS)


def test_an_unknown_picture_format_is_refused():
    with pytest.raises(DatasetError, match=r"picture_format: .*png.*webp"):
        Options(picture_format="jpeg")
