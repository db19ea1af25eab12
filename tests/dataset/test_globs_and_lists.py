"""Photos by globs and by lists of files."""

import os

import fsspec
import pytest
from PIL import Image
from small_datasets import IN_PROCESS, RECIPE, TILE, assert_every_row_replays, keys, refused_scan

from degradekit import DatasetError
from degradekit.dataset import Selection, synthesize
from degradekit.dataset.sources import scan


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("DIV2K/*_HR/*.png", ["train_HR/0001", "train_HR/0002", "valid_HR/0801"]),
        ("DIV2K/**/*.png", ["train_HR/0001", "train_HR/0002", "valid_HR/0801"]),
        ("DIV2K/DIV2K_train_HR/*.png", ["train_HR/0001", "train_HR/0002"]),
        ("DIV2K/DIV2K_*/000[13-9].*", ["train_HR/0001"]),
        ("DIV2K/*/???2.png", ["train_HR/0002"]),
    ],
)
@pytest.mark.parametrize("kind", ["relative", "absolute", "url"])
@pytest.mark.usefixtures("div2k")
def test_globs(pattern, expected, kind, tmp_path, monkeypatch):
    """The photos have the keys that they have in their folder, as far as the glob names it."""
    monkeypatch.chdir(tmp_path)
    root = {"relative": "", "absolute": f"{tmp_path}/", "url": f"file://{tmp_path}/"}[kind]
    prefix = "DIV2K_train_HR/" if pattern.startswith("DIV2K/DIV2K_train_HR/") else "DIV2K/DIV2K_"
    assert keys(f"{root}{pattern}") == [
        f"{prefix}{name.partition('/')[2] if 'train_HR/' in prefix else name}.png" for name in expected
    ]


def test_a_glob_that_matches_no_photo_is_refused(div2k, tmp_path):
    refused_scan(r"no images found in '.*\*.jpg'", f"{tmp_path}/*.jpg")
    refused_scan("no images found", f"{tmp_path}/nowhere/*.png")
    refused_scan(r"left out 1: LR images in DIV2K_train_LR_bicubic/", f"{div2k}/*LR*/**/*.png")


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"], ids=["utf-8", "with a byte order mark"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_a_list_names_files_one_a_line(end, start, put, tmp_path, tmp_path_factory):
    root = tmp_path / "photos"
    elsewhere = put(tmp_path_factory.mktemp("elsewhere") / "3.png", 30)
    put(root / "1.png")
    put(root / "valid" / "sp ace.png", 9)
    put(root / os.fsdecode(b"\xff.png"), 50)
    lines = [b"1.png", b"# a comment", b"", b"  ", b"valid/sp ace.png", os.fsencode(elsewhere), b"\xff.png"]
    (root / "list.txt").write_bytes(start + end.join(lines))
    report = synthesize(root / "list.txt", tmp_path / "shards", RECIPE, TILE, engine=IN_PROCESS).report
    assert [row["key"] for row in assert_every_row_replays(tmp_path / "shards", 4)] == [
        "photos/1.png",
        "photos/\\xff.png",
        str(elsewhere).lstrip("/"),
        "photos/valid/sp ace.png",
    ]
    assert report.pairs == {"train": 3, "validation": 1}
    (root / "list.txt").write_bytes(start + end.join([*lines, b"no.png", b"nor this.png"]))
    refused_scan(r"line 8 of '.*list.txt' names a file that does not exist \(got 'no.png'\)", root / "list.txt")
    assert len(scan(Selection(root / "list.txt", exclude=["no*"]))) == 4


def test_a_list_in_the_current_folder_gives_the_keys_of_that_folder(div2k, monkeypatch):
    (div2k / "list.txt").write_text("DIV2K_train_HR/0001.png\n")
    monkeypatch.chdir(div2k)
    assert keys("list.txt") == keys("./list.txt") == keys(div2k / "list.txt") == ["DIV2K/DIV2K_train_HR/0001.png"]
    (source,) = scan(["list.txt"])
    assert source.read() == (div2k / "DIV2K_train_HR" / "0001.png").read_bytes()


def test_what_is_no_list_of_files_is_refused(div2k):
    (div2k / "list.txt").write_text("DIV2K_train_HR/0001.png\nDIV2K_valid_HR\n")
    refused_scan(r"line 2 of '.*list.txt' is a folder; a list names files \(got 'DIV2K_valid_HR'\)", div2k / "list.txt")
    (div2k / "list.txt").write_text("# nothing\n")
    refused_scan(r"no images found in '.*list.txt'", div2k / "list.txt")
    (div2k / "list.txt").write_text("DIV2K_train_HR/0001.png\n", encoding="utf-16")
    refused_scan(r"must be a text file with one path a line, in UTF-8 \(got '.*list.txt'\)", div2k / "list.txt")


def test_names_that_mean_something_to_a_scanner_are_taken_as_files_where_they_exist(put, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "a[1]*" / "x?.png")
    assert keys("a[1]*") == keys("a[1]*/x?.png") == ["a[1]*/x?.png"]
    put(tmp_path / "list.txt" / "y.png")
    assert keys("list.txt") == ["list.txt/y.png"]


def test_lists_of_basicsr_and_lists_with_dots(tmp_path, photo):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        Image.fromarray(photo("coffee.png")[:40, :40]).save(tmp_path / folder / "x.png")
    (tmp_path / "a" / "list.txt").write_text("x.png (40,40,3)\n./x.png\n../a/x.png\n../b/x.png\n")
    assert [source.key for source in scan([str(tmp_path / "a" / "list.txt")])] == ["a/x.png", "b/x.png"]
    chosen = scan(Selection(tmp_path / "a" / "list.txt", exclude=["../*"]))
    assert [source.key for source in chosen] == ["a/x.png"]


@pytest.mark.parametrize("listed", [list, tuple, iter, dict.fromkeys])
def test_sources_may_be_anything_that_yields_them(listed, div2k, tmp_path):
    """As `Path.glob` does, once."""
    paths = sorted(div2k.glob("*_HR/*.png"))
    report = synthesize(listed(paths), tmp_path / "shards", RECIPE, TILE, engine=IN_PROCESS).report
    assert report.photos == 3
    selection = Selection(listed(paths), include=iter(["0001.png"]), exclude=iter(["x"]))
    assert [len(scan(selection)) for _ in range(2)] == [1, 1]
    with pytest.raises(DatasetError, match=r"source: must be at least one path, URL or glob \(got none\)"):
        synthesize(listed([]), tmp_path / "none", RECIPE, TILE, engine=IN_PROCESS)


@pytest.mark.parametrize("name", ["photo", "photo.gif", "photo.dat", ".photo.png", ".photo", "photo.PNG"])
def test_of_a_file_that_is_named_itself_the_content_decides(name, put, tmp_path, memory):
    path = put(tmp_path / "photos" / name)
    fsspec.filesystem("memory").pipe(f"{tmp_path}/photos/{name}", path.read_bytes())
    for root in (path, f"file://{path}", f"{memory}/photos/{name}"):
        assert keys(root) == [f"photos/{name}"]
        with pytest.raises(DatasetError, match=r"no images found .*excluded by `exclude`"):
            scan(Selection(root, exclude="*oto*"))


def test_a_file_that_is_named_itself_and_is_no_picture_is_skipped_with_the_reason(put, tmp_path):
    put(tmp_path / "photos" / "a.png")
    (tmp_path / "photos" / "Thumbs.db").write_text("no picture")
    roots = sorted(map(str, (tmp_path / "photos").iterdir()))
    report = synthesize(roots, tmp_path / "shards", RECIPE, TILE, engine=IN_PROCESS).report
    assert [skipped.key for skipped in report.skipped] == ["photos/Thumbs.db"]
