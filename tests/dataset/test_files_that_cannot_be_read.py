"""A file of a dataset that this user may not read, or not now, is not a damaged one: nobody is advised to delete it."""

import errno
import os
from fnmatch import fnmatchcase

import failing_bucket
import pytest
from failing_bucket import matching_failures, stored, upload
from small_datasets import BICUBIC, IN_PROCESS, TILE, contents, degradekit

from degradekit import DatasetError
from degradekit.dataset import export, synthesize, verify
from degradekit.regular_files import open_regular

FILES = ["data/*", "meta/shards/*", "meta/report.json", "meta/photos.parquet", "README.md"]
ERRORS = [errno.EACCES, errno.EIO, errno.ESTALE, errno.EMFILE]


@pytest.fixture
def unreadable(monkeypatch):
    """Let the files that match fail to open with an error number."""

    def begin(pattern: str, number: int) -> None:
        def failing_open(path, max_bytes=None):
            if fnmatchcase(os.fspath(path), pattern):
                raise OSError(number, os.strerror(number), path)
            return open_regular(path, max_bytes)

        monkeypatch.setattr("degradekit.storage.open_regular", failing_open)

    return begin


@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
@pytest.mark.parametrize("file", [*FILES, "train/HR/*"])
def test_verify_gives_no_advice_about_a_file_on_a_disk(file, number, exported, unreadable):
    target = exported["folder" if file.startswith("train") else "parquet"]
    unreadable(f"{target}/{file}", number)
    with pytest.raises(DatasetError, match=f"cannot be read: {os.strerror(number)}.* \\(got '{target}/"):
        verify(target, sample=0, engine=IN_PROCESS)
    done = degradekit("verify", target, "--workers", 0)
    assert done.exit_code == 1
    assert "delete" not in done.stderr + done.stdout


@pytest.mark.parametrize("error", ["403", "503"])
@pytest.mark.parametrize("file", FILES)
def test_verify_gives_no_advice_about_a_file_in_a_bucket(file, error, shards):
    failing_bucket.empty()
    upload(shards, "/bucket/shards")
    with matching_failures(f"get */{file}", error), pytest.raises(DatasetError, match=r"^URL: cannot be reached: "):
        verify("failing://bucket/shards", sample=0, engine=IN_PROCESS)


@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
def test_a_shard_whose_manifest_cannot_be_read_is_not_built_again(number, put, tmp_path, unreadable):
    put(tmp_path / "photos" / "a.png")
    target = tmp_path / "shards"
    synthesize(tmp_path / "photos", target, BICUBIC, TILE, engine=IN_PROCESS)
    before = contents(target)
    unreadable(f"{target}/meta/shards/*", number)
    message = f"cannot be read: {os.strerror(number)}"
    with pytest.raises(DatasetError, match=message):
        synthesize(tmp_path / "photos", target, BICUBIC, TILE, engine=IN_PROCESS)
    with pytest.raises(DatasetError, match=message):
        export(target, tmp_path / "exported", "folder", engine=IN_PROCESS)
    assert contents(target) == before


def test_a_shard_whose_manifest_is_denied_in_a_bucket_is_not_built_again(photos):
    failing_bucket.empty()
    target = "failing://bucket/shards"
    synthesize(photos, target, BICUBIC, TILE, engine=IN_PROCESS)
    before = stored("/bucket")
    with (
        matching_failures("get */meta/shards/*", "403") as seen,
        pytest.raises(DatasetError, match="Access Denied; give this user or its credentials access to it"),
    ):
        synthesize(photos, target, BICUBIC, TILE, engine=IN_PROCESS)
    assert not seen["put"]
    assert stored("/bucket") == before
