"""What fails to be read is never skipped: its shard is left open, or the scan ends."""

import os
import shutil
from pathlib import Path

import pytest
from small_datasets import BICUBIC, IN_PROCESS, OPTIONS, Recorder, built, contents, degradekit, temporaries

from degradekit import DatasetError, UnavailableError, memory
from degradekit.dataset import Options, Selection, synthesize
from degradekit.dataset.sources import disks, scan
from degradekit.dataset.sources.paths import PathSource


@pytest.fixture(scope="module")
def whole(photos, tmp_path_factory) -> dict[str, str]:
    """The files of the dataset that is built where nothing fails."""
    target = tmp_path_factory.mktemp("whole") / "shards"
    synthesize(photos, target, BICUBIC, OPTIONS, engine=IN_PROCESS)
    return contents(target)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


CHANGES = {
    "vanished": (Path.unlink, "No such file or directory"),
    "longer": (lambda path: path.write_bytes(path.read_bytes() + b"more"), "changed after the plan was made: "),
    "emptied": (lambda path: path.write_bytes(b""), "changed after the plan was made: 0 bytes,"),
    "a folder": (replace_by_folder, "must be a file, and is a folder"),
    "a pipe": (replace_by_pipe, "must be a regular file, and is a named pipe"),
    "a link to nowhere": (lambda path: (path.unlink(), path.symlink_to("nowhere")), "No such file or directory"),
    "a link in a circle": (lambda path: (path.unlink(), path.symlink_to(path)), "Too many levels of symbolic links"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("strict", [False, True])
def test_a_photo_that_changes_while_the_build_runs_leaves_its_shard_open(change, strict, folder, whole, tmp_path):
    photo, target = folder / "chelsea.png", tmp_path / "shards"
    data = photo.read_bytes()
    make_change, reason = CHANGES[change]
    selection = Selection(folder, strict=strict)
    progress = Recorder(lambda: make_change(photo))
    with pytest.raises(UnavailableError) as raised:
        synthesize(selection, target, BICUBIC, OPTIONS, engine=IN_PROCESS, progress=progress)
    assert f"\n  'photos/chelsea.png' cannot be read: {reason}" in str(raised.value)
    assert not temporaries(target)
    assert not (target / "README.md").exists()
    shutil.rmtree(photo) if photo.is_dir() else photo.unlink(missing_ok=True)
    photo.write_bytes(data)
    outcome = synthesize(selection, target, BICUBIC, OPTIONS, engine=IN_PROCESS)
    assert 0 < outcome.built_pairs < sum(outcome.report.pairs.values())
    assert contents(target) == whole


@pytest.mark.parametrize("failures", [1, 4])
def test_a_failure_that_passes_is_not_noticed(failures, photos, whole, tmp_path, monkeypatch):
    fetch, calls = PathSource.fetch, {}

    def fail(source: PathSource) -> bytes:
        calls[source.key] = calls.get(source.key, 0) + 1
        if calls[source.key] <= failures:
            raise OSError(116, "Stale file handle")
        return fetch(source)

    monkeypatch.setattr(PathSource, "fetch", fail)
    synthesize(photos, tmp_path / "shards", BICUBIC, OPTIONS, engine=IN_PROCESS)
    assert contents(tmp_path / "shards") == whole


def test_the_command_says_which_photo_and_exits_with_1(folder, tmp_path, monkeypatch):
    fail_to_read(monkeypatch, OSError(5, "Input/output error"), "coffee.png")
    arguments = ["--preset", "bicubic", "--tile", 96, "--shard-size", 2, "--workers", 0]
    done = degradekit("synth", folder, tmp_path / "shards", *arguments)
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-2:] == [
        "error: source: 1 photo could not be read now, so 1 of 3 shards was not built; run the same command again to"
        " build it",
        f"  'photos/coffee.png' cannot be read: Input/output error (got '{folder}/coffee.png')",
    ]


@pytest.mark.parametrize(
    ("tile", "pixel_bytes", "need"),
    [(96, 8, "288.0 kB of memory to decode 200 x 180"), (0, 75, "2.7 MB of memory to degrade 200 x 180")],
)
def test_a_photo_for_which_the_memory_does_not_suffice_leaves_its_shard_open(
    tile, pixel_bytes, need, photos, tmp_path, monkeypatch
):
    """Were it skipped, a smaller machine would make another dataset."""
    options = Options(tile=tile, shard_size=1)
    monkeypatch.setattr(memory, "_SMALL_BYTES", 0)
    monkeypatch.setattr(memory, "available_bytes", lambda: 180 * 200 * pixel_bytes - 1)
    with pytest.raises(UnavailableError) as raised:
        synthesize(photos, tmp_path / "shards", BICUBIC, options, engine=IN_PROCESS)
    assert "1 photo could not be read now, so 1 of 5 shards was not built" in str(raised.value)
    assert f"\n  'photos/astronaut.png' needs about {need} pixels" in str(raised.value)
    monkeypatch.setattr(memory, "available_bytes", lambda: None)
    assert synthesize(photos, tmp_path / "shards", BICUBIC, options, engine=IN_PROCESS).report.photos == 5


def test_memory_that_runs_out_while_a_photo_is_degraded_leaves_its_shard_open(photos, tmp_path, monkeypatch):
    def run_out(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("degradekit.dataset.tiles.Grid.cut", run_out)
    with pytest.raises(UnavailableError, match=r"coffee\.png' needs more memory than is free; free some memory"):
        synthesize(photos / "coffee.png", tmp_path / "shards", BICUBIC, OPTIONS, engine=IN_PROCESS)


def fail_to_read(monkeypatch, error: Exception, name: str = "") -> list[str]:
    """Let photos of this name fail, and return the keys of all photos that are read."""
    fetch, read = PathSource.fetch, []

    def fail(source: PathSource) -> bytes:
        read.append(source.key)
        if source.key.endswith(name):
            raise error
        return fetch(source)

    monkeypatch.setattr(PathSource, "fetch", fail)
    return read


class NoCredentialsError(Exception):
    """As botocore raises it."""


class ClientResponseError(Exception):
    """As aiohttp raises it."""

    status = 401


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(13, "Permission denied"),
        NoCredentialsError("No credentials"),
        ClientResponseError("Unauthorized"),
    ],
)
def test_what_waiting_does_not_cure_ends_the_build_at_once(error, folder, whole, tmp_path, monkeypatch):
    target = tmp_path / "shards"
    with monkeypatch.context() as patched:
        read = fail_to_read(patched, error, "chelsea.png")
        with pytest.raises(
            DatasetError, match=r"'photos/chelsea.png' cannot be read: .*; give this user or its"
        ) as raised:
            synthesize(folder, target, BICUBIC, OPTIONS, engine=IN_PROCESS)
    assert not isinstance(raised.value, UnavailableError)
    assert set(read) == {"photos/astronaut.png", "photos/chelsea.png"}
    synthesize(folder, target, BICUBIC, OPTIONS, engine=IN_PROCESS)
    assert contents(target) == whole


def test_photos_that_cannot_be_compared_now_end_the_build_before_there_is_a_plan(folder, tmp_path, monkeypatch):
    """To keep a duplicate, or to leave it out, would make another dataset than without failures."""
    fail_to_read(monkeypatch, OSError(116, "Stale file handle"), "coffee.png")
    with pytest.raises(UnavailableError, match=r"source: 'photos/coffee.png' cannot be read: Stale file handle"):
        built(folder, tmp_path / "shards", dedupe=True)
    assert not (tmp_path / "shards").exists()


def test_links_to_nowhere_and_pipes_are_left_out_and_counted_by_the_scan(folder):
    (folder / "nowhere.png").symlink_to("nowhere")
    (folder / "circle.png").symlink_to("circle.png")
    (folder / "nowhere.txt").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.png")
    scanned = scan(folder)
    assert len(scanned) == 5
    assert scanned.left_out == {
        "broken links (circle.png, nowhere.png)": 2,
        "not images by their names (nowhere.txt)": 1,
        "pipes, sockets and devices (pipe.png)": 1,
    }


def refuse_to_list(monkeypatch, name: str, error: OSError) -> None:
    """Let folders of this name fail; root may list everything."""
    scandir = os.scandir

    def refuse(path: str):
        if path.endswith(name):
            raise error
        return scandir(path)

    monkeypatch.setattr(disks.os, "scandir", refuse)


@pytest.mark.parametrize("pattern", ["", "/*/*", "/**/*.jpg", "/mor[e]"])
@pytest.mark.parametrize(
    ("error", "kind"), [(PermissionError(13, "Permission denied"), DatasetError), (OSError(5, "I/O"), UnavailableError)]
)
def test_a_folder_that_cannot_be_read_ends_the_scan(error, kind, pattern, folder, monkeypatch):
    """It would be a smaller dataset without a word."""
    refuse_to_list(monkeypatch, "/more", error)
    with pytest.raises(kind, match=r"source: a folder cannot be read, and `exclude` does not leave it out: (Perm|I/O)"):
        scan(f"{folder}{pattern}")


@pytest.mark.parametrize("name", ["more", ".Trash-0"])
def test_a_folder_that_is_hidden_or_excluded_need_not_be_readable(name, folder, monkeypatch):
    (folder / ".Trash-0").mkdir()
    refuse_to_list(monkeypatch, f"/{name}", PermissionError(13, "Permission denied"))
    scanned = scan(Selection(folder, exclude=["more/*"]))
    assert [source.key for source in scanned] == ["photos/astronaut.png", "photos/chelsea.png", "photos/coffee.png"]


def test_a_file_that_vanishes_while_its_folder_is_scanned_ends_the_scan(folder, monkeypatch):
    refuse_nothing, gone = os.scandir, folder / "coffee.png"

    def list_and_delete(path: str):
        entries = list(refuse_nothing(path))
        gone.unlink(missing_ok=True)
        return Listed(entries)

    monkeypatch.setattr(disks.os, "scandir", list_and_delete)
    with pytest.raises(
        UnavailableError, match=r"a file vanished while its folder was scanned; run the same .*coffee.png"
    ):
        scan(folder)


class Listed(list):
    """Entries of a folder, as `os.scandir` gives them."""

    def __enter__(self) -> "Listed":
        return self

    def __exit__(self, *_: object) -> None:
        pass
