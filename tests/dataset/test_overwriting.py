"""What overwriting deletes, and what it leaves."""

import shutil
from dataclasses import replace

import pytest
from small_datasets import BICUBIC, IN_PROCESS, OPTIONS, RECIPE, contents, refused

from degradekit.dataset import Options, synthesize
from degradekit.storage import Folder


def test_overwrite_replaces_a_dataset_of_another_plan(photos, shards, tmp_path):
    target = tmp_path / "shards"
    synthesize(photos, target, BICUBIC, Options(tile=48, shard_size=1, format="webdataset"), engine=IN_PROCESS)
    refused(
        "was built with a different plan, which differs in recipe, .*tile, .*format; .*replace it with overwrite=True",
        photos,
        target,
        RECIPE,
        OPTIONS,
    )
    synthesize(photos, target, RECIPE, OPTIONS, engine=IN_PROCESS, overwrite=True)
    assert contents(target) == contents(shards)


def test_overwrite_starts_anew_and_leaves_what_is_not_the_datasets(photos, shards, tmp_path):
    target = tmp_path / "shards"
    shutil.copytree(shards, target)
    data = bytearray((target / "data" / "train-00000-of-00003.parquet").read_bytes())
    data[5000] ^= 1
    (target / "data" / "train-00000-of-00003.parquet").write_bytes(data)
    (target / "experiments").mkdir()
    (target / "experiments" / "net.pth").write_text("precious")
    assert synthesize(photos, target, RECIPE, OPTIONS, engine=IN_PROCESS, overwrite=True).built_pairs == 60
    assert (target / "experiments" / "net.pth").read_text() == "precious"
    shutil.rmtree(target / "experiments")
    assert contents(target) == contents(shards)


@pytest.mark.parametrize("format", ["parquet", "folder"])
def test_overwrite_leaves_the_files_of_others_in_the_datasets_own_folders(format, photos, tmp_path):
    target, options = tmp_path / "shards", replace(OPTIONS, format=format)
    synthesize(photos, target, BICUBIC, options, engine=IN_PROCESS)
    built = contents(target)
    others = {
        "data/notes.txt",
        "data/train-best.tar",
        "meta/plan.png",
        "train/HR/notes.txt",
        "train/crops.csv",
        "a.tmp",
    }
    for name in others:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text("precious")
    (target / "experiments").mkdir()
    synthesize(photos, target, BICUBIC, options, engine=IN_PROCESS, overwrite=True)
    assert contents(target).keys() == {*built, *others}
    assert (target / "experiments").is_dir()


def test_a_refused_target_keeps_its_temporary_files(photos, tmp_path):
    """They may be another program's; so a folder with nothing else in it is not empty."""
    target = tmp_path / "thesis"
    (target / "chapter").mkdir(parents=True)
    (target / "chapter" / "one.tmp").write_text("x")
    refused("exists and is not a degradekit dataset", photos, target, RECIPE, OPTIONS)
    assert contents(target).keys() == {"chapter/one.tmp"}


def test_pictures_in_the_target_are_no_photos(photos, tmp_path):
    root = tmp_path / "photos"
    shutil.copytree(photos, root)
    options = replace(OPTIONS, format="folder")
    first = synthesize(root, root / "out", RECIPE, options, engine=IN_PROCESS).report
    again = synthesize(root, root / "out", RECIPE, options, engine=IN_PROCESS)
    assert (again.built_pairs, again.report.photos, again.report.digest) == (0, 5, first.digest)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"tasks": ["write"]}', '{"version": 1, "hash": "0"}'])
def test_a_folder_whose_plan_cannot_be_read_is_not_overwritten(text, photos, shards, tmp_path):
    """Which of its files are a dataset's cannot be known."""
    target = tmp_path / "shards"
    shutil.copytree(shards, target)
    (target / "meta" / "plan.json").write_text(text)
    (target / "meta" / "plan.json.0123abcd.tmp").write_text(text)
    before = contents(target)
    for overwrite in (False, True):
        refused("delete the folder", photos, target, RECIPE, OPTIONS, overwrite=overwrite)
    assert contents(target) == before


def test_overwrite_touches_no_folder_that_is_not_a_dataset(photos, tmp_path):
    target = tmp_path / "thesis"
    (target / "data").mkdir(parents=True)
    (target / "data" / "chapter.txt").write_text("x")
    refused("exists and is not a degradekit dataset", photos, target, RECIPE, OPTIONS, overwrite=True)
    assert contents(target).keys() == {"data/chapter.txt"}


@pytest.mark.parametrize("deleted", [0, 1, 4, 8])
def test_an_overwrite_that_was_interrupted_can_be_repeated(deleted, photos, shards, tmp_path, monkeypatch):
    """What is left is still known as a dataset of degradekit."""
    target = tmp_path / "shards"
    synthesize(photos, target, BICUBIC, OPTIONS, engine=IN_PROCESS)
    delete, count = type(Folder.of(target)).delete, 0

    def stop(folder: Folder, name: str) -> None:
        nonlocal count
        if count == deleted:
            raise KeyboardInterrupt
        count += 1
        delete(folder, name)

    with monkeypatch.context() as patched:
        patched.setattr(type(Folder.of(target)), "delete", stop)
        with pytest.raises(KeyboardInterrupt):
            synthesize(photos, target, RECIPE, OPTIONS, engine=IN_PROCESS, overwrite=True)
    assert not (target / "README.md").exists() or deleted == 0
    synthesize(photos, target, RECIPE, OPTIONS, engine=IN_PROCESS, overwrite=True)
    assert contents(target) == contents(shards)
