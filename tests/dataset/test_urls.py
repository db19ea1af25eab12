"""Photos and targets behind URLs."""

import shutil

import fsspec
import numpy as np
import pytest
from small_datasets import IN_PROCESS, OPTIONS, RECIPE, TILE, contents, keys, refused_scan

from degradekit import DatasetError
from degradekit.dataset import LocalEngine, Pairs, synthesize, verify
from degradekit.dataset.sources import scan


@pytest.mark.parametrize(
    "error", [OSError("Connection refused"), TypeError("no argument"), FileNotFoundError(2, "None")]
)
def test_a_service_that_cannot_even_be_opened_gets_a_sentence(error, put, tmp_path, monkeypatch):
    """As where an account or an archive is missing."""

    def fail(_):
        raise error

    put(tmp_path / "photos" / "a.png")
    monkeypatch.setattr("degradekit.storage.filesystem", fail)
    with pytest.raises(DatasetError, match=r"^(URL|target): cannot be (reached|written): .*got 'memory://b/c'"):
        synthesize(tmp_path / "photos", "memory://b/c", RECIPE, TILE, engine=IN_PROCESS)
    for use in (verify, Pairs):
        with pytest.raises(DatasetError, match=r"got 'memory://b/c'"):
            use("memory://b/c")


@pytest.mark.parametrize("kind", ["folder", "folder/", "glob", "list", "files"])
def test_photos_behind_a_url_make_the_dataset_of_the_local_folder_of_that_name(kind, div2k, memory, tmp_path):
    fsspec.filesystem("memory").put(str(div2k), f"{tmp_path}/", recursive=True)
    root = f"{memory}/DIV2K"
    names = ["DIV2K_train_HR/0001.png", "DIV2K_train_HR/0002.png", "DIV2K_valid_HR/0801.png"]
    fsspec.filesystem("memory").pipe(f"{tmp_path}/DIV2K/list.txt", "\n".join(names).encode())
    sources = {"folder": root, "folder/": f"{root}/", "glob": f"{root}/*_HR/*.png", "list": f"{root}/list.txt"}
    local = synthesize(div2k, tmp_path / "local", RECIPE, TILE, engine=IN_PROCESS).report
    if kind == "files":  # each has the key of a file in its own folder
        assert keys(*(f"{root}/{name}" for name in names)) == keys(*(div2k / name for name in names))
        return
    remote = synthesize(sources[kind], tmp_path / "remote", RECIPE, TILE, engine=IN_PROCESS).report
    assert keys(sources[kind]) == keys(div2k)
    assert remote.digest == local.digest
    if kind.startswith("folder"):
        assert remote.left_out == local.left_out | {"not images by their names (list.txt)": 1}


def test_what_is_not_there_behind_a_url_is_refused(memory):
    refused_scan(r"no such folder or file.* \(got 'memory://.*/none'\)", f"{memory}/none")
    refused_scan("no such folder or file, or nothing in it", f"{memory}/none/*.png")
    refused_scan(r"URL: Protocol not known: nowhere \(got 'nowhere://bucket'\)", "nowhere://bucket")


def test_a_target_in_memory_is_a_dataset_like_any_other(div2k, memory, tmp_path):
    local = synthesize(div2k, tmp_path / "shards", RECIPE, TILE, engine=IN_PROCESS).report
    target = f"{memory}/shards"
    report = synthesize(div2k, target, RECIPE, TILE, engine=IN_PROCESS).report
    assert report.digest == local.digest
    system = fsspec.filesystem("memory")
    stored = {path.removeprefix(f"{tmp_path}/shards/"): system.cat_file(path) for path in system.find(str(tmp_path))}
    on_disk = {name: (tmp_path / "shards" / name).read_bytes() for name in contents(tmp_path / "shards")}
    assert stored == on_disk
    for split in ("train", "validation"):
        remote_pairs, local_pairs = Pairs(target, split), Pairs(tmp_path / "shards", split)
        for one, other in zip(remote_pairs, local_pairs, strict=True):
            np.testing.assert_array_equal(one.lr, other.lr)
            assert one[2:] == other[2:]
    assert verify(target, sample=1, engine=IN_PROCESS).problems == ()
    assert synthesize(div2k, target, RECIPE, TILE, engine=IN_PROCESS).built_pairs == 0


@pytest.mark.parametrize("workers", [1, None])
def test_a_target_in_memory_is_refused_to_other_processes(workers, div2k, memory):
    with pytest.raises(DatasetError, match=r"target: memory belongs to this process; build there with workers=0"):
        synthesize(div2k, f"{memory}/shards", RECIPE, TILE, engine=LocalEngine(workers=workers))


def test_photos_in_an_archive_behind_a_chained_url(tmp_path, photos):
    shutil.make_archive(str(tmp_path / "photos"), "zip", photos.parent, "photos")
    archive = f"zip://photos::{tmp_path / 'photos.zip'}"
    scanned = scan([archive])
    assert [source.key for source in scanned] == [source.key for source in scan([str(photos)])]
    assert all(source.read() == (photos.parent / source.key).read_bytes() for source in scanned)


def test_a_url_of_this_machine_is_a_path(photos, shards, tmp_path):
    synthesize([f"file://{photos}"], f"file://{tmp_path}/shards", RECIPE, OPTIONS, engine=IN_PROCESS)
    assert contents(tmp_path / "shards") == contents(shards)
