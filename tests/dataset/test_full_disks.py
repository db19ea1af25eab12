"""A disk that fills up, wherever it does."""

import os
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from small_datasets import BICUBIC, IN_PROCESS, OPTIONS, contents, degradekit, refused, temporaries

from degradekit import DatasetError
from degradekit.dataset import synthesize, synthesize_slice


@pytest.fixture(scope="module")
def wholes(photos, tmp_path_factory) -> dict[str, dict[str, str]]:
    """The files of a build in each format."""
    folder = tmp_path_factory.mktemp("wholes")
    for name in ("parquet", "webdataset", "folder"):
        synthesize(photos, folder / name, BICUBIC, replace(OPTIONS, format=name), engine=IN_PROCESS)
    return {path.name: contents(path) for path in folder.iterdir()}


def full(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("format", ["parquet", "webdataset", "folder"])
def test_wherever_the_disk_gets_full_the_same_command_goes_on(format, wholes, photos, tmp_path, monkeypatch):
    """The disk takes one file before it is full, then two more, then three; a file counts when it is synced."""
    target, fsync = tmp_path / "shards", os.fsync
    left, stops = 0, []

    def fill(descriptor: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            full()
        fsync(descriptor)

    monkeypatch.setattr("degradekit.whole_files.os.fsync", fill)
    message = "target: cannot be written: No space left on device; finished shards stay, build again to resume"
    for files in range(1, 99):
        left = files
        try:
            synthesize(photos, target, BICUBIC, replace(OPTIONS, format=format), engine=IN_PROCESS)
        except DatasetError as error:
            stops.append(str(error))
        else:
            break
        assert not temporaries(target)
    assert len(stops) > 3
    assert {error.partition(" (got")[0] for error in stops} == {message}
    assert contents(target) == wholes[format]


@pytest.mark.parametrize(
    ("format", "method"),
    [
        ("parquet", "pyarrow.parquet.ParquetWriter.write_table"),
        ("webdataset", "tarfile.TarFile.addfile"),
        ("folder", "degradekit.storage.Folder.write_bytes"),
    ],
)
def test_a_disk_that_is_full_within_a_shard_gets_a_sentence(format, method, wholes, photos, tmp_path, monkeypatch):
    """And stays full while the unfinished shard is closed."""
    target, close = tmp_path / "shards", tarfile.TarFile.close
    synthesize_slice(photos, target, BICUBIC, replace(OPTIONS, format=format), engine=IN_PROCESS, shards=(0, 0))
    before = contents(target)
    with monkeypatch.context() as patched:
        patched.setattr(method, full)
        patched.setattr("tarfile.TarFile.close", lambda tar: full(close(tar)))
        refused(
            "target: cannot be written: No space left on device; finished shards stay, build again to resume",
            *(photos, target, BICUBIC, replace(OPTIONS, format=format)),
        )
    assert contents(target) == before
    outcome = synthesize(photos, target, BICUBIC, replace(OPTIONS, format=format), engine=IN_PROCESS)
    assert outcome.built_pairs < sum(outcome.report.pairs.values())
    assert contents(target) == wholes[format]


@pytest.mark.parametrize("leftover", [False, True])
def test_a_disk_that_deletes_nothing_gets_a_sentence(leftover, photos, tmp_path, monkeypatch):
    """Neither a dataset to overwrite nor an unfinished file."""
    target = tmp_path / "shards"
    synthesize(photos, target, BICUBIC, OPTIONS, engine=IN_PROCESS)
    if leftover:
        (target / "data" / "train-00000-of-00003.parquet.0123abcd.tmp").write_text("x")
    before = contents(target)
    monkeypatch.setattr(Path, "unlink", full)
    refused("target: cannot be (deleted|swept): No space", photos, target, BICUBIC, OPTIONS, overwrite=not leftover)
    assert contents(target) == before


def test_a_full_disk_gets_a_sentence_on_the_command_line(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "write_bytes", full)
    done = degradekit("synth", photos, tmp_path / "shards", "--preset", "bicubic", "--tile", 96, "--workers", 0)
    assert done.exit_code == 1
    message = "error: target: cannot be written: No space left on device; finished shards stay"
    assert done.stderr.splitlines()[-1].startswith(message)
