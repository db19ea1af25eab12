"""Builds touch nothing that is not theirs: a refused target stays as it is, and links are not followed out of one."""

from dataclasses import replace
from pathlib import Path

import pytest
from small_datasets import BICUBIC, IN_PROCESS, OPTIONS, RECIPE, contents, degradekit, refused

from degradekit import DatasetError
from degradekit.dataset import LocalEngine, Options, Selection, export, finalize, redegrade, synthesize
from degradekit.storage import Folder

ONE = Options(tile=96, shard_size=9)
PRECIOUS = [
    "thesis.tmp",
    "sub/thesis.tmp",
    "data/notes.tmp",
    "data/train-best.0123abcd.tmp",
    "data/train-00000-of-00001.parquet.tmp",
    "data/train-00000-of-00001.parquet.0123ABCD.tmp",
    "data/train-00007-of-00009.parquet",
    "meta/shards/train-00007-of-00009.json",
    "meta/notes.json.0123abcd.tmp",
    "train/HR/mine_y0_x0.png",
    "train/HR/mine_0123456789_y0_x0.png",
    "train/meta_info.txt",
]
"""Files of other people, some with names as those of another dataset."""


def everything(folder: Path) -> dict[str, str]:
    """Every entry of a folder with what it is."""
    return {
        path.relative_to(folder).as_posix(): f"-> {path.readlink()}"
        if path.is_symlink()
        else path.read_bytes().hex()
        if path.is_file()
        else "folder"
        for path in folder.rglob("*")
    }


def put(target: Path, names: list[str]) -> None:
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(f"precious {name}")


@pytest.mark.parametrize("name", [*PRECIOUS, "meta/plan.json", "README.md", "data/train-00000-of-00001.parquet"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_refused_target_stays_as_it_is(name, overwrite, photos, tmp_path):
    put(tmp_path / "home", [name])
    before = everything(tmp_path)
    refused("not a degradekit dataset|delete the folder", photos, tmp_path / "home", BICUBIC, ONE, overwrite=overwrite)
    assert everything(tmp_path) == before


@pytest.mark.parametrize("format", ["parquet", "folder"])
def test_files_of_others_outlive_a_build_a_resumed_one_and_an_overwriting_one(format, photos, tmp_path):
    target, options = tmp_path / "shards", replace(ONE, format=format)
    precious = [name for name in PRECIOUS if (format, name) != ("folder", "train/meta_info.txt")]
    for overwrite in (False, True):
        synthesize(photos, target, BICUBIC, options, engine=IN_PROCESS, overwrite=overwrite)
        put(target, precious)
    synthesize(photos, target, RECIPE, options, engine=IN_PROCESS, overwrite=True)
    assert [(target / name).read_text() for name in precious] == [f"precious {name}" for name in precious]


def test_a_file_of_others_that_a_new_dataset_would_replace_is_refused_before_anything_is_deleted(photos, tmp_path):
    synthesize(photos, tmp_path / "shards", BICUBIC, ONE, engine=IN_PROCESS)
    put(tmp_path / "shards", ["data/train-00001-of-00005.parquet"])
    before = everything(tmp_path)
    message = "its data/train-00001-of-00005.parquet is no part of the dataset there, and would be replaced; move it"
    refused(message, photos, tmp_path / "shards", BICUBIC, replace(ONE, shard_size=1), overwrite=True)
    assert everything(tmp_path) == before


def test_another_plan_of_which_nothing_is_built_yet_is_kept_when_a_build_is_refused(photos, tmp_path):
    synthesize(photos, tmp_path / "shards", BICUBIC, ONE, engine=IN_PROCESS)
    for name in ["README.md", "data", "meta/report.json", "meta/skipped.jsonl", "meta/shards"]:
        path = tmp_path / "shards" / name
        for file in [path] if path.is_file() else path.iterdir():
            file.unlink()
    before = everything(tmp_path)
    refused("was built with a different plan", photos, tmp_path / "shards", RECIPE, ONE)
    assert everything(tmp_path) == before


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


def test_links_of_others_in_a_dataset_stay(photos, tmp_path):
    (tmp_path / "runs").mkdir()
    put(tmp_path / "runs", ["net.pth"])
    synthesize(photos, tmp_path / "shards", BICUBIC, ONE, engine=IN_PROCESS)
    (tmp_path / "shards" / "runs").symlink_to(tmp_path / "runs")
    (tmp_path / "shards" / "data" / "mine.parquet").symlink_to(tmp_path / "runs" / "net.pth")
    synthesize(photos, tmp_path / "shards", RECIPE, ONE, engine=IN_PROCESS, overwrite=True)
    assert (tmp_path / "shards" / "runs" / "net.pth").read_text() == "precious net.pth"
    assert (tmp_path / "shards" / "data" / "mine.parquet").is_symlink()


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
    with pytest.raises(DatasetError, match="strict=True stops there"):
        synthesize(Selection(folder, strict=True), tmp_path / "shards", BICUBIC, options, engine=IN_PROCESS)
    assert not (tmp_path / "shards").exists()


def test_sources_in_the_target_are_refused_and_nothing_is_lost(photos, tmp_path):
    target = tmp_path / "target"
    synthesize(photos, target, BICUBIC, ONE, engine=IN_PROCESS)
    (target / "more").mkdir()
    (target / "more" / "a.png").write_bytes((photos / "coffee.png").read_bytes())
    (tmp_path / "link").symlink_to(target)
    before = everything(tmp_path)
    for source in (target / "more", target, tmp_path / "link" / "more", target / "*" / "*.png"):
        refused("source: must not lie in the target", [photos, source], target, BICUBIC, ONE, overwrite=True)
    assert everything(tmp_path) == before


def test_a_target_in_a_source_is_not_scanned_through_a_link_either(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    options = replace(ONE, format="folder")
    synthesize(tmp_path / "link", folder / "out", BICUBIC, options, engine=IN_PROCESS)
    assert synthesize(tmp_path / "link", folder / "out", BICUBIC, options, engine=IN_PROCESS).built_pairs == 0


def test_two_photos_whose_pictures_would_have_one_name_are_refused_first(photos, tmp_path, monkeypatch):
    """A hash tells their keys apart, but only with 40 bits; on some disks, upper and lower case are one."""
    monkeypatch.setattr("degradekit.dataset.formats.folder._hash", lambda _: "0123456789")
    for name in ("a/Photo.png", "b/photo.png"):
        (tmp_path / "photos" / name).parent.mkdir(parents=True)
        (tmp_path / "photos" / name).write_bytes((photos / "coffee.png").read_bytes())
    message = "two photos would have pictures of the same name, train/photo_0123456789; rename one"
    refused(message, tmp_path / "photos", tmp_path / "shards", BICUBIC, replace(ONE, format="folder"))
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
    refused("must be a path or a URL, and is no path", photos, "shards\0", BICUBIC, ONE)
    for sources in ("", ["", photos], "file://"):
        refused("source: must be a path, a URL or a glob, and is empty", sources, tmp_path / "shards", BICUBIC)
    assert everything(tmp_path) == {}


def test_a_current_folder_that_was_deleted_is_said_to_be(photos, tmp_path, monkeypatch):
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
