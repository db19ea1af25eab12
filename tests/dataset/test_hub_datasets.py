"""Photos in the image column of a Hugging Face dataset."""

from pathlib import Path

import numpy as np
import pytest
from small_datasets import IN_PROCESS, RECIPE, TILE, assert_every_row_replays, keys, refused_scan

from degradekit.dataset import synthesize
from degradekit.dataset.sources import scan
from degradekit.picture_files import decode


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """Saves columns as a local Parquet dataset, and gives its name as a source."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")

    def save(split: str = "train", parent: Path = tmp_path, **columns: list) -> str:
        features = datasets.Features(
            {name: datasets.Image() if name in ("image", "hr") else datasets.Value("string") for name in columns}
        )
        folder = parent / "photoset" / "data"
        folder.mkdir(parents=True, exist_ok=True)
        datasets.Dataset.from_dict(columns, features=features).to_parquet(folder / f"{split}-00000-of-00001.parquet")
        return f"datasets:{parent / 'photoset'}"

    return save


@pytest.fixture
def cells(div2k) -> list[dict]:
    return [{"bytes": path.read_bytes(), "path": None} for path in sorted(div2k.rglob("*_HR/*.png"))]


def test_rows_of_a_hugging_face_dataset_are_photos_by_their_content(saved, cells, tmp_path):
    import hashlib

    saved("validation", image=cells[2:], label=["c"])
    source = saved("train", image=[cells[0], cells[1], cells[0]], label=["a", "b", "a"])
    report = synthesize(source, tmp_path / "shards", RECIPE, TILE, engine=IN_PROCESS).report
    assert report.pairs == {"train": 2, "validation": 1}
    assert report.left_out == {"rows of a dataset with the same image as another (train 2)": 1}
    stored_rows = assert_every_row_replays(tmp_path / "shards", 3)
    hashes = [hashlib.sha256(cell["bytes"]).hexdigest()[:32] for cell in cells]
    assert {row["key"] for row in stored_rows} == {f"photoset/{name}" for name in hashes}
    hr = {row["key"]: row["hr"]["bytes"] for row in stored_rows}
    for name, cell in zip(hashes, cells, strict=True):
        np.testing.assert_array_equal(decode(hr[f"photoset/{name}"]), decode(cell["bytes"]))


def test_the_order_of_the_rows_of_a_hugging_face_dataset_changes_nothing(saved, cells, tmp_path):
    def digest(number: int, image: list[dict]) -> str:
        source = saved(parent=tmp_path / str(number), image=image)
        return synthesize(source, tmp_path / f"shards{number}", RECIPE, TILE, engine=IN_PROCESS).report.digest

    assert digest(0, cells) == digest(1, cells[::-1])


def test_a_hugging_face_dataset_that_was_replaced_is_read_anew(saved, cells):
    before = keys(saved(image=cells[:1]))
    after = keys(saved(image=cells[1:2]))
    assert len(before) == len(after) == 1
    assert before != after


def test_a_column_of_a_hugging_face_dataset_is_chosen_by_name(saved, cells):
    source = saved(label=["a", "b"], hr=cells[:2], image=[cells[2]] * 2)
    assert len(keys(source)) == 1
    assert len(keys(f"{source}:hr")) == 2
    refused_scan(r"has no image column 'label'; it has hr, image", f"{source}:label")
    refused_scan(r"cannot load the dataset '/nowhere/at/all'", "datasets:/nowhere/at/all")


def test_a_hugging_face_dataset_without_pictures_is_refused(saved):
    refused_scan("has no image column ''; it has none", saved(text=["a"]))


def test_rows_without_a_picture_are_left_out_and_counted(saved, cells, tmp_path):
    gone = tmp_path / "gone.png"
    gone.write_bytes(b"")
    source = saved(image=[cells[0], None, {"bytes": None, "path": str(gone)}])
    gone.unlink()
    scanned = scan([source])
    assert len(scanned) == 1
    assert scanned.left_out == {"rows of a dataset without an image that can be read (train 1, train 2)": 2}
