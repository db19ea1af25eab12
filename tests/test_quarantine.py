"""Photos that cannot be used, disks that fill up, and builds in pieces: nothing is lost, mixed or left behind."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest
from building import OPTIONS, RECIPE, contents, degradekit, refused, rows
from pictures import png
from PIL import Image

from degradekit import DatasetError, Recipe
from degradekit.dataset import Options, synthesize
from degradekit.dataset.shard import Build
from degradekit.dataset.sources.source import Source
from degradekit.picture_files import decode
from degradekit.storage import Folder

BICUBIC = Recipe.preset("bicubic", 4)
GOOD = ["photos/astronaut.png", "photos/chelsea.png", "photos/coffee.png"]
GOOD += ["photos/more/rocket.jpg", "photos/more/small.webp"]


def encoded(format: str, picture: Image.Image | None = None) -> bytes:
    buffer = io.BytesIO()
    (picture or Image.effect_noise((120, 120), 60).convert("RGB")).save(buffer, format)
    return buffer.getvalue()


def temporaries(target: Path) -> list[Path]:
    return list(target.rglob("*.tmp"))


def told(target: Path) -> dict[str, str]:
    lines = (target / "meta" / "skipped.jsonl").read_text().splitlines()
    return {line["key"]: line["reason"] for line in map(json.loads, lines)}


def lock(folder: Path, monkeypatch) -> None:
    """A photo that may not be read; root reads everything, so the refusal is made up."""
    (folder / "locked.png").write_bytes(b"x")
    read = Source.read

    def refuse(source: Source) -> bytes:
        if source.key == "photos/locked.png":
            raise PermissionError(13, "Permission denied", source.place)
        return read(source)

    monkeypatch.setattr(Source, "read", refuse)


def test_each_kind_of_spoiled_photo_is_skipped_with_its_reason(folder, tmp_path, monkeypatch):
    files = {
        "empty.png": (b"", "empty file"),
        "cut.png": (encoded("PNG")[:2000], "cannot be decoded: image file is truncated"),
        "cut.jpg": (encoded("JPEG")[:2000], "cannot be decoded: image file is truncated"),
        "cut.webp": (encoded("WEBP")[:2000], "cannot be decoded: "),
        "text.png": (b"<html>404 not found</html>", "not an image"),
        "zeros.bmp": (bytes(5000), "not an image"),
        "bomb.png": (
            png(60_000, 60_000, 8, bytes(999)),
            "too many pixels: more than 134217728",
        ),
        "smaller_bomb.png": (
            png(12_000, 12_000, 8, bytes(999)),
            "too many pixels: more than 134217728",
        ),
        "liar.png": (png(20, 20, 16, bytes(121 * 20), length=2**32 - 99), "cannot be decoded: image file is truncated"),
        "float.tif": (
            encoded("TIFF", Image.fromarray(np.ones((99, 99), np.float32))),
            "floating-point samples have no defined white",
        ),
    }
    for name, (data, _) in files.items():
        (folder / name).write_bytes(data)
    (folder / "link.png").symlink_to("nowhere")
    (folder / "folder.png").mkdir()
    os.mkfifo(folder / "pipe.png")
    lock(folder, monkeypatch)
    reasons = {f"photos/{name}": reason for name, (_, reason) in files.items()} | {
        "photos/link.png": "cannot be read: No such file or directory",
        "photos/pipe.png": "cannot be read: no regular file",
        "photos/locked.png": "cannot be read: Permission denied",
    }
    target = tmp_path / "shards"
    done = degradekit("synth", folder, target, "--preset", "bicubic", "--tile", 96, "--shard-size", 2, "--workers", 0)
    assert done.exit_code == 3, done.output
    found = told(target)
    assert found.keys() == reasons.keys()
    for key, reason in reasons.items():
        assert found[key].startswith(reason), (key, found[key])
        assert f"skipped: {key}: {found[key]}\n" in done.output
    assert f"skipped {len(reasons)} of {len(reasons) + 5} photos\n" in done.output
    assert json.loads((target / "meta" / "report.json").read_text())["skipped"] == len(reasons)
    assert sorted({row["key"] for row in rows(target)}) == GOOD
    assert not temporaries(target)


def test_the_good_photos_come_out_as_without_the_spoiled_ones(folder, shards, tmp_path):
    (folder / "b_empty.png").write_bytes(b"")
    (folder / "more" / "text.png").write_text("text")
    report = synthesize(folder, tmp_path / "shards", RECIPE, OPTIONS, workers=0)
    assert rows(tmp_path / "shards") == rows(shards)
    assert report.digest == json.loads((shards / "meta" / "report.json").read_text())["digest"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda path: path.unlink(), "cannot be read: No such file or directory"),
        (lambda path: path.write_bytes(path.read_bytes() + b"more"), "cannot be read: changed after the plan was made"),
        (lambda path: path.write_bytes(b""), "cannot be read: changed after the plan was made: 0 bytes,"),
    ],
    ids=["vanished", "longer", "emptied"],
)
def test_a_photo_that_changes_while_the_build_runs_is_skipped(change, reason, folder, tmp_path):
    def meanwhile(_: int) -> None:
        change(folder / "coffee.png")

    report = synthesize(folder, tmp_path / "shards", RECIPE, OPTIONS, workers=0, on_start=meanwhile)
    assert told(tmp_path / "shards").keys() == {"photos/coffee.png"}
    assert told(tmp_path / "shards")["photos/coffee.png"].startswith(reason)
    assert (report.photos, len(report.skipped)) == (4, 1)
    assert {row["key"] for row in rows(tmp_path / "shards")} == set(GOOD) - {"photos/coffee.png"}


def test_a_photo_named_as_another_format_is_taken_by_its_content_and_counted(folder, tmp_path):
    data = encoded("JPEG")
    (folder / "jpeg.png").write_bytes(data)
    (folder / "JPEG.JPEG").write_bytes(data)
    report = synthesize(folder, tmp_path / "shards", RECIPE, Options(tile=120), workers=0)
    assert report.skipped == ()
    assert report.counts == {"photos named as another format than they are": 1}
    (row,) = (row for row in rows(tmp_path / "shards") if row["key"] == "photos/jpeg.png")
    np.testing.assert_array_equal(decode(row["hr"]["bytes"]), decode(data))


def test_strict_stops_at_the_first_spoiled_photo_and_names_it(folder, tmp_path):
    (folder / "b_bad.png").write_bytes(b"")
    (folder / "more" / "bad.png").write_text("text")
    target = tmp_path / "shards"
    message = r"source: 'photos/b_bad.png' cannot be used: empty file \(--strict\)"
    refused(message, folder, target, RECIPE, OPTIONS, strict=True)
    assert not temporaries(target)
    done = degradekit("synth", folder, target, "--tile", 96, "--seed", 5, "--strict", "--workers", 0, "--overwrite")
    assert done.exit_code == 1
    assert done.stderr == "error: source: 'photos/b_bad.png' cannot be used: empty file (--strict)\n"


def test_after_strict_the_build_goes_on_without_it_or_anew_without_the_photo(folder, tmp_path):
    """Here it stops in the second shard; the list of photos is a part of the plan."""
    bad, target = folder / "d_bad.png", tmp_path / "shards"
    bad.write_bytes(b"")
    refused("cannot be used", folder, target, RECIPE, OPTIONS, strict=True)
    shutil.copytree(target, tmp_path / "other")
    report = synthesize(folder, target, RECIPE, OPTIONS, workers=0)
    assert [skipped.key for skipped in report.skipped] == ["photos/d_bad.png"]
    assert 0 < report.built[0] < sum(report.pairs.values())
    bad.unlink()
    refused(
        "was built otherwise, its plan differs in photos; .*--overwrite",
        folder,
        tmp_path / "other",
        RECIPE,
        OPTIONS,
        strict=True,
    )
    anew = synthesize(folder, tmp_path / "other", RECIPE, OPTIONS, workers=0, strict=True, overwrite=True)
    assert anew.digest == report.digest


# A target that cannot be written.


@pytest.fixture(scope="module")
def wholes(photos, tmp_path_factory) -> dict[str, dict[str, str]]:
    """The files of a build in each format."""
    folder = tmp_path_factory.mktemp("wholes")
    for name in ("parquet", "webdataset", "folder"):
        synthesize(photos, folder / name, BICUBIC, OPTIONS, workers=0, format=name)
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

    monkeypatch.setattr("degradekit.storage.os.fsync", fill)
    message = "target: cannot be written: No space left on device; finished shards stay, and the same command goes on"
    for files in range(1, 99):
        left = files
        try:
            synthesize(photos, target, BICUBIC, OPTIONS, workers=0, format=format)
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
def test_a_disk_that_is_full_within_a_shard_is_told(format, method, wholes, photos, tmp_path, monkeypatch):
    """And stays full while the unfinished shard is closed."""
    target, close = tmp_path / "shards", tarfile.TarFile.close
    synthesize(photos, target, BICUBIC, OPTIONS, workers=0, format=format, shards=(0, 0))
    before = contents(target)
    with monkeypatch.context() as patched:
        patched.setattr(method, full)
        patched.setattr("tarfile.TarFile.close", lambda tar: full(close(tar)))
        refused(
            "target: cannot be written: No space left on device; finished shards stay, and the same command goes on",
            *(photos, target, BICUBIC, OPTIONS),
            format=format,
        )
    assert contents(target) == before
    report = synthesize(photos, target, BICUBIC, OPTIONS, workers=0, format=format)
    assert report.built[0] < sum(report.pairs.values())
    assert contents(target) == wholes[format]


def test_a_full_disk_gets_a_sentence_on_the_command_line(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "write_bytes", full)
    done = degradekit("synth", photos, tmp_path / "shards", "--preset", "bicubic", "--tile", 96, "--workers", 0)
    assert done.exit_code == 1
    assert done.stderr.startswith("error: target: cannot be written: No space left on device; finished shards stay")


def test_overwrite_replaces_a_dataset_of_another_plan(photos, shards, tmp_path):
    target = tmp_path / "shards"
    synthesize(photos, target, BICUBIC, Options(tile=48, shard_size=1), workers=0, format="webdataset")
    refused(
        "was built otherwise, its plan differs in recipe, shards, seed, tile, .*start anew with --overwrite",
        photos,
        target,
        RECIPE,
        OPTIONS,
    )
    synthesize(photos, target, RECIPE, OPTIONS, workers=0, overwrite=True)
    assert contents(target) == contents(shards)


def test_overwrite_starts_anew_and_leaves_what_is_not_the_datasets(photos, shards, tmp_path):
    target = tmp_path / "shards"
    shutil.copytree(shards, target)
    data = bytearray((target / "data" / "train-00000-of-00003.parquet").read_bytes())
    data[5000] ^= 1
    (target / "data" / "train-00000-of-00003.parquet").write_bytes(data)
    (target / "experiments").mkdir()
    (target / "experiments" / "net.pth").write_text("precious")
    assert synthesize(photos, target, RECIPE, OPTIONS, workers=0, overwrite=True).built[0] == 60
    assert (target / "experiments" / "net.pth").read_text() == "precious"
    shutil.rmtree(target / "experiments")
    assert contents(target) == contents(shards)


def test_pictures_in_the_target_are_no_photos(photos, tmp_path):
    root = tmp_path / "photos"
    shutil.copytree(photos, root)
    first = synthesize(root, root / "out", RECIPE, OPTIONS, workers=0, format="folder")
    again = synthesize(root, root / "out", RECIPE, OPTIONS, workers=0, format="folder")
    assert (again.photos, again.built[0], again.digest) == (5, 0, first.digest)


def test_workers_end_with_a_parent_that_is_killed(photos, tmp_path):
    arguments = [photos, tmp_path / "shards", "--tile", 96, "--step", 2, "--variants", 9, "--shard-size", 1]
    command = [sys.executable, "-m", "degradekit_cli", "synth", *map(str, arguments), "--workers", "2"]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    while not list(tmp_path.glob("shards/data/*.tmp")):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    for _ in range(500):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    raise AssertionError("workers went on for 5 s")


def test_overwrite_replaces_a_dataset_whose_plan_is_damaged(photos, shards, tmp_path):
    target = tmp_path / "shards"
    shutil.copytree(shards, target)
    (target / "meta" / "plan.json").write_text("{")
    refused("meta/plan.json is damaged", photos, target, RECIPE, OPTIONS)
    synthesize(photos, target, RECIPE, OPTIONS, workers=0, overwrite=True)
    assert contents(target) == contents(shards)


def test_overwrite_touches_no_folder_that_is_not_a_dataset(photos, tmp_path):
    target = tmp_path / "thesis"
    (target / "data").mkdir(parents=True)
    (target / "data" / "chapter.txt").write_text("x")
    refused("exists and is no degradekit dataset", photos, target, RECIPE, OPTIONS, overwrite=True)
    assert contents(target).keys() == {"data/chapter.txt"}


@pytest.mark.parametrize("deleted", [0, 1, 4, 8])
def test_an_overwrite_that_was_interrupted_can_be_repeated(deleted, photos, shards, tmp_path, monkeypatch):
    """What is left is still known as a dataset of degradekit."""
    target = tmp_path / "shards"
    synthesize(photos, target, BICUBIC, OPTIONS, workers=0)
    delete, count = Folder.delete, 0

    def stop(folder: Folder, name: str) -> None:
        nonlocal count
        if count == deleted:
            raise KeyboardInterrupt
        count += 1
        delete(folder, name)

    with monkeypatch.context() as patched:
        patched.setattr(Folder, "delete", stop)
        with pytest.raises(KeyboardInterrupt):
            synthesize(photos, target, RECIPE, OPTIONS, workers=0, overwrite=True)
    assert not (target / "README.md").exists() or deleted == 0
    synthesize(photos, target, RECIPE, OPTIONS, workers=0, overwrite=True)
    assert contents(target) == contents(shards)


def test_ctrl_c_keeps_finished_shards_and_says_how_to_go_on(photos, shards, tmp_path, monkeypatch):
    """Here between two photos of the second shard; test_cli sends the signal to a process."""
    target, add, done = tmp_path / "shards", Build._add, []

    def press(build: Build, source: Source, writer) -> None:
        add(build, source, writer)
        done.append(source)
        if len(done) == 3:
            raise KeyboardInterrupt

    arguments = ["synth", photos, target, "--order", 2, "--tile", 96, "--step", 80, "--variants", 3, "--seed", 5]
    arguments += ["--shard-size", 2, "--workers", 0]
    with monkeypatch.context() as patched:
        patched.setattr(Build, "_add", press)
        stopped = degradekit(*arguments)
    assert stopped.exit_code == 130
    assert stopped.stderr.endswith("stopped; the same command goes on from the last finished shard\n")
    assert not temporaries(target)
    assert contents(target).keys() == {
        "data/train-00000-of-00003.parquet",
        "meta/shards/train-00000-of-00003.json",
        "meta/plan.json",
    }
    assert degradekit(*arguments).exit_code == 0
    assert contents(target) == contents(shards)
