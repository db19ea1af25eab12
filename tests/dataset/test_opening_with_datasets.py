"""What `datasets` makes of a dataset."""

import shutil
from pathlib import Path

import numpy as np
from small_datasets import IN_PROCESS, OPTIONS, RECIPE, rows

from degradekit import Degradation
from degradekit.dataset import Options, synthesize


def test_datasets_opens_it_with_pictures(shards, tmp_path):
    import datasets

    opened = datasets.load_dataset(str(shards), cache_dir=str(tmp_path))
    assert list(opened) == ["train"]
    row = opened["train"][4]
    assert row["hr"].size == (96, 96)
    assert row["lr"].size == (24, 24)
    assert np.asarray(Degradation.from_json(row["degradation"])(row["hr"])).tobytes() == row["lr"].tobytes()
    assert row["tile"].keys() == {"y", "x", "height", "width", "photo_height", "photo_width", "factor"}
    streamed = next(iter(datasets.load_dataset(str(shards), split="train", streaming=True)))
    assert streamed["lr"].tobytes() == opened["train"][0]["lr"].tobytes()


def test_a_rebuilt_folder_loads_its_new_pictures(photos, tmp_path):
    """`datasets` caches by configuration; without the digest in it, the old pictures would come back."""
    import datasets

    def first_lr(target: Path) -> bytes:
        return datasets.load_dataset(str(target), split="train", cache_dir=str(tmp_path / "cache"))[0]["lr"].tobytes()

    target = tmp_path / "shards"
    synthesize(photos, target, RECIPE, Options(tile=96, seed=1), engine=IN_PROCESS)
    before = first_lr(target)
    shutil.rmtree(target)
    synthesize(photos, target, RECIPE, Options(tile=96, seed=2), engine=IN_PROCESS)
    assert first_lr(target) != before
    (tmp_path / "other").mkdir()
    synthesize(photos, tmp_path / "other" / "shards", RECIPE, Options(tile=96, seed=1), engine=IN_PROCESS)
    assert first_lr(tmp_path / "other" / "shards") == before


def test_a_shard_without_a_single_good_photo_still_opens(photos, tmp_path):
    import datasets

    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    for number in range(3):
        (folder / f"aa{number}.png").write_text("no image")
    synthesize(folder, tmp_path / "shards", RECIPE, OPTIONS, engine=IN_PROCESS)
    opened = datasets.load_dataset(str(tmp_path / "shards"), split="train", cache_dir=str(tmp_path / "cache"))
    assert len(opened) == len(rows(tmp_path / "shards"))


def test_a_split_without_a_usable_photo_does_not_spoil_the_others(photos, tmp_path):
    import datasets

    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    (folder / "valid").mkdir()
    (folder / "valid" / "bad.png").write_text("no image")
    report = synthesize(folder, tmp_path / "shards", RECIPE, OPTIONS, engine=IN_PROCESS).report
    assert list(report.pairs) == ["train"]
    assert list(datasets.load_dataset(str(tmp_path / "shards"), cache_dir=str(tmp_path / "cache"))) == ["train"]
