"""One rule for what is a picture by its name, and one wording for what is left out."""

import os
from pathlib import Path

import fsspec
import pytest
from PIL import Image
from small_datasets import IN_PROCESS, RECIPE

from degradekit import DatasetError
from degradekit.dataset import Options, Selection, synthesize
from degradekit.dataset.sources import scan
from degradekit.picture_folders import LeftOut, left_out_lines, pictures_in, why_not_a_picture


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        *((f"a/b.{extension}", None) for extension in ("png", "PNG", "jpg", "JPEG", "Jfif", "webp", "tif", "TIFF")),
        *((f"b.{extension}", None) for extension in ("bmp", "avif", "tar.png")),
        *((path, "hidden files") for path in ("._a.png", ".png", "a/.b/c.png", ".git/a.png", ".gif")),
        ("a.gif", "GIF files, which are taken only where they are named themselves or by a list"),
        ("a.GIF", "GIF files, which are taken only where they are named themselves or by a list"),
        ("IMG_0001", "files without an extension"),
        ("a.png/IMG", "files without an extension"),
        ("a.", "files without an extension"),
        ("a.png.txt", "not images by their names"),
        ("a.heic", "not images by their names"),
        ("a.svg", "not images by their names"),
    ],
)
def test_the_name_decides(path, reason):
    assert why_not_a_picture(path) == reason


def test_the_first_names_are_shown_and_hidden_ones_are_not():
    left_out = LeftOut()
    for name in ("a.gif", "b.gif", "c.gif", "d.gif", "e\n.gif"):
        left_out.add("GIF files", name)
    left_out.add("hidden files", "._a.png")
    left_out.add("links", "li\x1bnk")
    assert left_out_lines(left_out.named()) == [
        "left out 5: GIF files (a.gif, b.gif, c.gif, ...)",
        "left out 1: hidden files",
        "left out 1: links (li\\x1bnk)",
    ]


@pytest.fixture
def mixed(tmp_path) -> Path:
    """Three pictures, and most of what can lie beside them."""
    folder = tmp_path / "mixed"
    (folder / "deep" / ".hidden").mkdir(parents=True)
    for name in ("a.PNG", "b.jfif", "deep/c.webp", "._a.PNG", "deep/.hidden/d.png"):
        Image.new("RGB", (40, 40), "red").save(folder / name, {"jfif": "JPEG", "webp": "WEBP"}.get(name[-4:], "PNG"))
    for name in ("film.gif", "IMG_0001", "notes.txt"):
        (folder / name).write_bytes(b"GIF89a")
    (folder / "folder.png").mkdir()
    (folder / "nowhere.png").symlink_to("nothing")
    (folder / "deep" / "again").symlink_to("..")
    os.mkfifo(folder / "pipe.png")
    return folder


def test_a_build_and_other_readers_take_the_same_pictures_and_say_the_same(mixed):
    left_out = LeftOut()
    pictures = pictures_in(mixed, left_out)
    assert [path.relative_to(mixed).as_posix() for path in pictures] == ["a.PNG", "b.jfif", "deep/c.webp"]
    scanned = scan(mixed)
    assert [source.key for source in scanned] == ["mixed/a.PNG", "mixed/b.jfif", "mixed/deep/c.webp"]
    expected = {
        "GIF files, which are taken only where they are named themselves or by a list (film.gif)": 1,
        "files without an extension (IMG_0001)": 1,
        "broken links (nowhere.png)": 1,
        "not images by their names (notes.txt)": 1,
        "pipes, sockets and devices (pipe.png)": 1,
    }
    for named in (left_out.named(), scanned.left_out):
        assert {reason: count for reason, count in named.items() if reason != "hidden files"} == expected
        assert named["hidden files"] >= 1


@pytest.mark.parametrize("name", ["film.gif", "IMG_0001", ".a.PNG", "a.PNG"])
def test_a_file_that_is_named_itself_may_have_any_name(name, mixed):
    (mixed / name).write_bytes((mixed / "a.PNG").read_bytes())
    fsspec.filesystem("memory").pipe(f"/mixed/{name}", b"content")
    for source in (mixed / name, f"memory://mixed/{name}"):
        assert [each.key for each in scan(source)] == [f"mixed/{name}"]
        with pytest.raises(DatasetError, match="excluded by `exclude`"):
            scan(Selection(source, exclude=["*"]))


def test_animated_photos_are_named_in_the_report(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    frames = [Image.new("RGB", (40, 40), color) for color in ("red", "green")]
    for index in range(5):
        frames[0].save(folder / f"{index}.webp", save_all=True, append_images=frames[1:], lossless=True)
    frames[0].save(folder / "still.webp")
    options = Options(tile=32, shard_size=2)
    report = synthesize(folder, tmp_path / "shards", RECIPE, options, engine=IN_PROCESS).report
    assert report.counts == {
        "photos with several frames, of which the first is taken (photos/0.webp, photos/1.webp, photos/2.webp, ...)": 5
    }
