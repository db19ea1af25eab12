"""Several roots, links, and names of every kind."""

import os

import numpy as np
from PIL import Image
from small_datasets import (
    IN_PROCESS,
    RECIPE,
    TILE,
    assert_every_row_replays,
    contents,
    keys,
    refused,
    refused_scan,
    rows,
)

from degradekit.dataset import synthesize, verify
from degradekit.dataset.sources import scan
from degradekit.picture_files import decode


def test_several_roots_stand_side_by_side_under_their_names(div2k, put, tmp_path):
    flickr = put(tmp_path / "Flickr2K" / "DIV2K_train_HR" / "0001.png", 30).parents[1]
    report = synthesize([div2k, flickr], tmp_path / "shards", RECIPE, TILE, engine=IN_PROCESS).report
    assert report.pairs == {"train": 3, "validation": 1}
    assert [row["key"] for row in rows(tmp_path / "shards")] == [
        "DIV2K/DIV2K_train_HR/0001.png",
        "DIV2K/DIV2K_train_HR/0002.png",
        "Flickr2K/DIV2K_train_HR/0001.png",
        "DIV2K/DIV2K_valid_HR/0801.png",
    ]
    synthesize([flickr, div2k], tmp_path / "turned", RECIPE, TILE, engine=IN_PROCESS)
    assert contents(tmp_path / "turned") == contents(tmp_path / "shards")


def test_the_same_photos_named_twice_are_taken_once(div2k, tmp_path, monkeypatch):
    """By whatever spelling of their path."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "DIV2K").symlink_to(div2k)
    for again in (div2k, f"{div2k}/", "DIV2K", "./DIV2K/", "DIV2K/*_HR/*.png", "linked/../DIV2K", "linked/DIV2K"):
        assert keys(div2k, again) == keys(div2k)


def test_two_roots_of_one_name_are_refused_where_their_photos_could_be_mixed_up(put, tmp_path):
    put(tmp_path / "a" / "photos" / "1.png")
    put(tmp_path / "b" / "photos" / "2.png")
    roots = [tmp_path / "a" / "photos", tmp_path / "b" / "photos"]
    assert keys(*roots) == ["photos/1.png", "photos/2.png"]
    put(tmp_path / "b" / "photos" / "1.png")
    refused_scan(r"two photos have the same key 'photos/1.png'.*rename one \(got '.*/a/.*' and '.*/b/.*'\)", *roots)


def test_links_and_loops(put, tmp_path):
    """A link is what it leads to, and one that leads nowhere is left out."""
    root = tmp_path / "photos"
    put(root / "real" / "a.png")
    put(tmp_path / "outside" / "b.png", 9)
    (root / "file.png").symlink_to(root / "real" / "a.png")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "real" / "up").symlink_to(root)
    (root / "self.png").symlink_to(root / "self.png")
    (root / "nowhere.png").symlink_to(tmp_path / "nowhere")
    report = synthesize(root, tmp_path / "shards", RECIPE, TILE, engine=IN_PROCESS).report
    stored_rows = assert_every_row_replays(tmp_path / "shards", 3)
    assert [row["key"] for row in stored_rows] == ["photos/file.png", "photos/folder/b.png", "photos/real/a.png"]
    assert report.skipped == ()
    assert report.left_out == {"broken links (nowhere.png, self.png)": 2}


def test_photos_of_any_name_end_up_in_the_dataset(put, tmp_path):
    names = {
        b"plain.png": "plain.png",
        b" leading and trailing .png": " leading and trailing .png",
        "e\u0301te\u0301 \u6f22\u5b57 \U0001f600.png".encode(): "\u00e9t\u00e9 \u6f22\u5b57 \U0001f600.png",
        b"quote\"'`$(x).png": "quote\"'`$(x).png",
        b"new\nline\ttab.png": "new\nline\ttab.png",
        b"undecodable\xff\xfe.png": "undecodable\\xff\\xfe.png",
        b"back\\slash.png": "back\\slash.png",
        b"glob[1]*?.png": "glob[1]*?.png",
        b"colon::and://url.png".replace(b"/", b""): "colon::and:url.png",
        b"-dash.PNG": "-dash.PNG",
        b"right-to-left\xe2\x80\xae.png": "right-to-left\u202e.png",
    }
    folder = tmp_path / "sp ace\n[x]"
    paths = {key: put(folder / os.fsdecode(name), at) for at, (name, key) in enumerate(names.items())}
    report = synthesize(folder, tmp_path / "shards", RECIPE, TILE, engine=IN_PROCESS).report
    assert not report.skipped
    stored_rows = assert_every_row_replays(tmp_path / "shards", len(names))
    assert {row["key"] for row in stored_rows} == {f"{folder.name}/{key}" for key in names.values()}
    for row in stored_rows:
        photo = decode(paths[row["key"].partition("/")[2]].read_bytes())
        np.testing.assert_array_equal(decode(row["hr"]["bytes"]), photo)
    assert verify(tmp_path / "shards", engine=IN_PROCESS).problems == ()


def test_no_source_and_an_empty_name_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused("source: must be at least one path, URL or glob", [], tmp_path / "shards", RECIPE)
    refused("source: must be a path, a URL or a glob, and is empty", "", tmp_path / "shards", RECIPE)


def test_the_names_of_several_roots_tell_the_split(tmp_path, photo):
    for folder in ("DIV2K_train_HR", "DIV2K_valid_HR"):
        (tmp_path / folder).mkdir()
        Image.fromarray(photo("coffee.png")[:40, :40]).save(tmp_path / folder / f"{folder}.png")
    both = scan([str(tmp_path / "DIV2K_train_HR"), str(tmp_path / "DIV2K_valid_HR")])
    assert [source.split for source in both] == ["train", "validation"]
    assert [source.split for source in scan([str(tmp_path / "DIV2K_valid_HR")])] == ["train"]
