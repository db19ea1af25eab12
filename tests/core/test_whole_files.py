"""Files that appear whole, or not at all."""

import os
from pathlib import Path

import pytest

from degradekit import DegradekitError
from degradekit.whole_files import require_writable, write_whole


def test_a_file_is_written_with_its_folders(tmp_path):
    write_whole(tmp_path / "a" / "b.txt", b"new")
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"new"
    assert os.listdir(tmp_path / "a") == ["b.txt"]  # noqa: PTH208


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_and_what_it_leads_to_is_written(exists, tmp_path):
    target = tmp_path / "disk" / "file"
    target.parent.mkdir()
    if exists:
        target.write_bytes(b"old")
    (tmp_path / "link").symlink_to(target)
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert target.read_bytes() == b"new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_or_device_is_not_replaced_by_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(os.devnull)
    for name in ("pipe", "link"):
        with pytest.raises(DegradekitError, match=rf"{name}: cannot be written \(it is not a regular file\)"):
            write_whole(tmp_path / name, b"new")
    assert (tmp_path / "pipe").is_fifo()
    assert Path(os.devnull).is_char_device()


def test_a_folder_in_the_way_is_reported_and_nothing_is_left(tmp_path):
    (tmp_path / "folder").mkdir()
    for folder in (tmp_path / "folder", Path("/"), Path()):
        with pytest.raises(DegradekitError, match=r"^(.*folder|/|\.): cannot be written"):
            write_whole(folder, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_file_in_the_way_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DegradekitError, match=r"sheet\.png: cannot be written \(.*file is not a folder\)$"):
        write_whole(tmp_path / "file" / "sheet.png", b"")


@pytest.mark.parametrize("stem", ["a" * 251, "\N{LATIN SMALL LETTER E WITH ACUTE}" * 125, "\N{GRINNING FACE}" * 62])
def test_a_name_may_be_as_long_as_disks_take(stem, tmp_path):
    path = tmp_path / f"{stem}.png"
    path.touch()  # the disk takes it
    require_writable(path)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]
