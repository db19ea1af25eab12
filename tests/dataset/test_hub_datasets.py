"""Photos in the image column of a Hugging Face dataset."""

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_datasets import IN_PROCESS, RECIPE, TILE, assert_every_row_replays, keys, refused_scan

from degradekit import UnavailableError
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
    refused_scan(r"the dataset '.*photoset' has no column of images; it has only text$", saved(text=["a"]))


def test_rows_without_a_picture_are_left_out_and_counted(saved, cells, tmp_path):
    gone = tmp_path / "gone.png"
    gone.write_bytes(b"")
    source = saved(image=[cells[0], None, {"bytes": None, "path": str(gone)}])
    gone.unlink()
    scanned = scan([source])
    assert len(scanned) == 1
    assert scanned.left_out == {"rows of a dataset without an image that can be read (train 1, train 2)": 2}


@pytest.fixture
def configured(tmp_path, put, monkeypatch) -> str:
    """A dataset of folders with two configurations, of which one has two splits."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    folder = tmp_path / "multi"
    for at, name in enumerate(("small/train/0", "small/test/1", "large/train/2")):
        put(folder / f"{name}.png", 3 * at)
    header = {"configs": [{"config_name": name, "data_dir": name} for name in ("small", "large")]}
    (folder / "README.md").write_text(f"---\n{json.dumps(header)}\n---\n")
    return f"datasets:{folder}"


@pytest.mark.parametrize(
    ("options", "counts"),
    [
        ("?config=large", {"train": 1}),
        ("?config=small", {"train": 1, "test": 1}),
        ("?config=small&split=test", {"test": 1}),
        (":image?split=test+train&config=small", {"train": 1, "test": 1}),
    ],
)
def test_configuration_splits_and_column_are_chosen_by_name(options, counts, configured):
    assert Counter(source.split for source in scan([configured + options])) == counts


def test_folders_of_one_name_are_not_mixed_up_by_the_cache_of_datasets(configured, tmp_path, put):
    before = keys(f"{configured}?config=large")
    shutil.copytree(tmp_path / "multi", tmp_path / "other" / "multi")
    put(tmp_path / "other" / "multi" / "large" / "train" / "2.png", 40)
    after = keys(f"datasets:{tmp_path}/other/multi?config=large")
    assert len(before) == len(after) == 1
    assert before != after
    put(tmp_path / "multi" / "large" / "train" / "3.png", 50)
    assert len(keys(f"{configured}?config=large")) == 2


def test_two_configurations_stand_side_by_side_and_share_photos(configured, tmp_path):
    shutil.copy(tmp_path / "multi" / "small" / "train" / "0.png", tmp_path / "multi" / "large" / "train" / "copy.png")
    assert len(keys(f"{configured}?config=large", f"{configured}?config=small")) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("", "has several configurations; name one of small, large, as in 'datasets:.*multi[?]config=small'"),
        (
            "?config=huge",
            "has no configuration 'huge'; name one of small, large, as in 'datasets:.*multi[?]config=small'",
        ),
        ("?config=small&split=dev", "has no split 'dev'; it has train, test"),
        ("?config=small&subset=x", r"must be datasets:NAME\[:COLUMN\]\[\?config=NAME&split=NAME\+NAME&revision=NAME\]"),
        ("?config=", r"must be datasets:NAME"),
        ("?config=small&config=large", r"must be datasets:NAME"),
    ],
)
def test_what_a_dataset_does_not_have_is_refused_with_what_it_has(options, message, configured):
    refused_scan(message, configured + options)


@pytest.mark.parametrize("text", ["datasets:", "datasets::", "datasets::image", "datasets::?split=train"])
def test_a_dataset_needs_a_name(text):
    refused_scan(r"must be datasets:NAME", text)


@pytest.mark.parametrize("kind", ["binary", "large_binary"])
@pytest.mark.parametrize("name", ["", "/00000.parquet", "/*.parquet"])
def test_parquet_as_img2dataset_writes_it(kind, name, cells, tmp_path, monkeypatch):
    """Plain bytes in a column that is named after the format, none where a download has failed, and statistics."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    folder = tmp_path / "laion"
    folder.mkdir()
    data = [cells[0]["bytes"], None, cells[1]["bytes"]]
    table = {"url": ["a", "b", "c"], "thumbnail": pa.array([b"x"] * 3), "jpg": pa.array(data, getattr(pa, kind)())}
    pq.write_table(pa.table(table), folder / "00000.parquet")
    (folder / "00000_stats.json").write_text('{"count": 3, "successes": 2}')
    scanned = scan([f"datasets:{folder}{name}"])
    assert sorted(source.read() for source in scanned) == sorted(filter(None, data))
    assert {source.key.partition("/")[0] for source in scanned} == {"laion"}
    assert scanned.left_out == {"rows of a dataset without an image that can be read (train 1)": 1}
    assert [source.read() for source in scan([f"datasets:{folder}{name}:thumbnail"])] == [b"x"]


def test_a_folder_may_have_the_characters_of_options_in_its_name(saved, cells, tmp_path):
    parent = tmp_path / "a:b?config=c"
    assert keys(saved(parent=parent, image=cells[:1])) == keys(saved(image=cells[:1]))


def test_a_row_that_cannot_be_read_ends_the_scan(saved, tmp_path, monkeypatch):
    from degradekit.dataset.sources import hub

    (tmp_path / "photo.png").write_bytes(b"x")
    source = saved(image=[{"bytes": None, "path": str(tmp_path / "photo.png")}])
    monkeypatch.setattr(hub, "read_regular", fail)
    with pytest.raises(UnavailableError, match=r"row 0 of split 'train' cannot be read: Stale file handle"):
        scan([source])


def fail(*_: object) -> bytes:
    raise OSError(116, "Stale file handle")


def test_a_row_that_changes_after_the_scan_is_noticed(saved, tmp_path):
    (tmp_path / "photo.png").write_bytes(b"x")
    (source,) = scan([saved(image=[{"bytes": None, "path": str(tmp_path / "photo.png")}])])
    (tmp_path / "photo.png").write_bytes(b"y")
    with pytest.raises(UnavailableError, match="cannot be read: the dataset changed after the plan was made"):
        source.read()
