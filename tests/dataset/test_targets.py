"""Folders that a build may write into, and those that it refuses: links, files in the way, empty paths, full disks."""

from dataclasses import replace
from pathlib import Path

import pytest
from small_datasets import BICUBIC, IN_PROCESS, OPTIONS, RECIPE, contents, degradekit, everything, refused

from degradekit import DatasetError
from degradekit.dataset import LocalEngine, Options, Selection, export, finalize, redegrade, synthesize
from degradekit.storage import Folder

ONE = Options(tile=96, shard_size=9)


LINKS = {
    "folder": ["data", "meta", "meta/shards", "train", "train/HR", "train/LR"],
    "parquet": [
        "data",
        "meta",
        "README.md",
        "meta/plan.json",
        "meta/photos.parquet",
        "data/train-00000-of-00001.parquet",
        "meta/shards/train-00000-of-00001.json",
    ],
}


@pytest.mark.parametrize(("format", "name"), [(kind, name) for kind, names in LINKS.items() for name in names])
def test_links_in_a_dataset_are_refused_in_words_and_nothing_behind_them_is_touched(format, name, photos, tmp_path):
    target, options = tmp_path / "shards", replace(ONE, format=format)
    synthesize(photos, target, BICUBIC, options, engine=IN_PROCESS)
    (target / name).rename(tmp_path / "elsewhere")
    (target / name).symlink_to(tmp_path / "elsewhere")
    before = everything(tmp_path)
    written = f"its {name} is a link, and nothing is written or deleted through links"
    message = f"{written}|{name}.*: must lie in the dataset's folder, and a link leads out of it"
    refused(message, photos, target, BICUBIC, options)
    refused(message, photos, target, BICUBIC, options, overwrite=True)
    refused(message, photos, target, RECIPE, replace(options, shard_size=1), overwrite=True)
    with pytest.raises(DatasetError, match=message):
        finalize(target)
    assert everything(tmp_path) == before


@pytest.mark.parametrize("name", ["data", "meta", "train", "meta/plan.json"])
def test_links_in_a_target_without_a_dataset_are_refused(name, photos, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "shards" / name).parent.mkdir(parents=True)
    (tmp_path / "shards" / name).symlink_to(tmp_path / "elsewhere")
    before = everything(tmp_path)
    refused("is not a degradekit dataset|plan.json", photos, tmp_path / "shards", BICUBIC, ONE)
    assert everything(tmp_path) == before


def test_a_target_that_is_a_link_to_a_folder_is_followed(photos, tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "shards").symlink_to(tmp_path / "disk")
    for recipe in (BICUBIC, RECIPE):
        synthesize(photos, tmp_path / "shards", recipe, ONE, engine=IN_PROCESS, overwrite=True)
    assert (tmp_path / "shards").is_symlink()
    assert contents(tmp_path / "disk").keys() >= {"README.md", "data/train-00000-of-00001.parquet"}


def targets(folder: Path) -> dict[str, Path]:
    (folder / "file").write_text("x")
    (folder / "dangling").symlink_to(folder / "nowhere")
    (folder / "to a file").symlink_to(folder / "file")
    (folder / "loop").symlink_to(folder / "loop")
    names = ["file", "file/shards", "dangling", "dangling/shards", "to a file", "loop", "loop/shards"]
    return {name: folder / name for name in names} | {"too long": folder / ("x" * 300)}


@pytest.mark.parametrize(
    "name", ["file", "file/shards", "dangling", "to a file", "loop", "loop/shards", "too long", "dangling/shards"]
)
def test_targets_that_can_be_no_folder_are_refused_in_words(name, photos, tmp_path):
    target = targets(tmp_path)[name]
    before = everything(tmp_path)
    refused("^target: (exists and is not a folder|cannot be made: )", photos, target, BICUBIC, ONE)
    assert everything(tmp_path) == before


def test_a_refused_build_leaves_no_folder_that_it_has_made(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_text("no image")
    refused("not one photo could be used", tmp_path / "photos", tmp_path / "a" / "b" / "shards", BICUBIC, ONE)
    assert sorted(everything(tmp_path)) == ["photos", "photos/a.png"]
    (tmp_path / "mine").mkdir()
    refused("not one photo could be used", tmp_path / "photos", tmp_path / "mine", BICUBIC, ONE)
    assert (tmp_path / "mine").is_dir()


def test_a_disk_that_is_full_from_the_start_leaves_nothing(photos, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("degradekit.whole_files.os.fsync", full)
    refused("target: cannot be written: No space left", photos, tmp_path / "a" / "shards", BICUBIC, ONE)
    assert everything(tmp_path) == {}


@pytest.mark.parametrize("format", ["folder", "parquet", "webdataset"])
def test_a_shard_that_fails_leaves_nothing_of_itself(format, folder, tmp_path):
    (folder / "z.png").write_text("no image")
    options = replace(OPTIONS, format=format, shard_size=9)
    with pytest.raises(DatasetError, match="strict=True ends the build at the first such photo"):
        synthesize(Selection(folder, strict=True), tmp_path / "shards", BICUBIC, options, engine=IN_PROCESS)
    assert not (tmp_path / "shards").exists()


def test_memory_is_no_target_for_other_processes(shards, memory):
    engine = LocalEngine(workers=1)
    for build in (redegrade, lambda *a, **k: export(*a, "folder", **k)):
        with pytest.raises(DatasetError, match="target: memory belongs to this process; build there with workers=0"):
            build(shards, f"{memory}/out", engine=engine)


@pytest.mark.parametrize("use", ["synthesize", "export", "finalize"])
def test_paths_that_are_empty_are_refused(use, photos, shards, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call = {
        "synthesize": lambda: synthesize(photos, "", BICUBIC, ONE, engine=IN_PROCESS),
        "export": lambda: export(shards, "", "folder", engine=IN_PROCESS),
        "finalize": lambda: finalize("file://"),
    }[use]
    with pytest.raises(DatasetError, match="must be a path or a URL, and is empty"):
        call()
    refused("must be a path or a URL, and has a null character", photos, "shards\0", BICUBIC, ONE)
    for sources in ("", ["", photos], "file://"):
        refused("source: must be a path, a URL or a glob, and is empty", sources, tmp_path / "shards", BICUBIC)
    assert everything(tmp_path) == {}


def test_a_current_folder_that_was_deleted_is_refused(photos, tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    refused("the current folder no longer exists", photos, "shards", BICUBIC, ONE)
    done = degradekit("verify", tmp_path)
    assert (done.exit_code, done.stderr) == (1, "error: the current folder no longer exists; change to another\n")


def test_a_folder_that_another_build_removes_is_made_again(tmp_path):
    """As between a refused build, which removes the folder that it has made, and another that is just beginning."""
    target = tmp_path / "a" / "shards"
    with Folder.of(target).locked(shared=True) as first:
        with Folder.of(target).locked(shared=True) as second:
            assert first
            assert second
        assert target.exists()
    assert not (tmp_path / "a").exists()
