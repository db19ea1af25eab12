"""Folders as people have them on disk."""

import os
from pathlib import Path

import pytest
from PIL import Image
from small_datasets import IN_PROCESS, RECIPE

from degradekit import DatasetError
from degradekit.dataset import Options, Selection, synthesize
from degradekit.dataset.sources import scan


def test_div2k_as_downloaded(tmp_path, photo):
    """Only HR folders are taken, the validation photos become a split, and the report says what was left out."""
    root = tmp_path / "DIV2K"
    layout = {
        "DIV2K_train_HR": ["0001.png", "0002.png"],
        "DIV2K_valid_HR": ["0801.png"],
        "DIV2K_train_LR_bicubic/X4": ["0001x4.png"],
        "DIV2K_train_LR_unknown/X2": ["0001x2.png"],
        "DIV2K_valid_LR_mild": ["0801x4m.png"],
    }
    for folder, names in layout.items():
        (root / folder).mkdir(parents=True)
        for name in names:
            Image.fromarray(photo("coffee.png")[:64, :64]).save(root / folder / name)
    (root / "readme.txt").write_text("x")
    report = synthesize(root, tmp_path / "shards", RECIPE, Options(tile=64), engine=IN_PROCESS).report
    assert report.pairs == {"train": 2, "validation": 1}
    assert report.left_out == {
        "LR images in DIV2K_train_LR_bicubic/ (`include` takes them)": 1,
        "LR images in DIV2K_train_LR_unknown/ (`include` takes them)": 1,
        "LR images in DIV2K_valid_LR_mild/ (`include` takes them)": 1,
        "not images by their names (readme.txt)": 1,
    }
    import datasets

    opened = datasets.load_dataset(str(tmp_path / "shards"), cache_dir=str(tmp_path / "cache"))
    assert {split: len(part) for split, part in opened.items()} == {"train": 2, "validation": 1}
    keys = [source.key for source in scan(Selection(root, include=["*LR_bicubic*"]))]
    assert keys == ["DIV2K/DIV2K_train_LR_bicubic/X4/0001x4.png"]
    keys = [source.key for source in scan(Selection(root, exclude=["*/0002.png", "*valid*"]))]
    assert keys == ["DIV2K/DIV2K_train_HR/0001.png"]


def test_one_glob_need_not_be_a_list(div2k):
    """Its characters would be globs too, and `*` among them."""
    assert len(scan(Selection(div2k, include="*LR*"))) == 1
    assert len(scan(Selection(div2k, exclude="*valid*"))) == 2


@pytest.mark.parametrize(
    ("folder", "split"),
    [
        ("Flickr2K_HR", "train"),
        ("OutdoorSceneTrain_v2/animal", "train"),
        ("OutdoorSceneTest300", "test"),
        ("val", "validation"),
        ("DIV2K_valid_HR", "validation"),
        ("carnival", "train"),
        ("latest", "train"),
        ("colors/alright", "train"),
        ("Flickr2K_LR_bicubic/X4", None),
        ("LR", None),
        ("set/LRbicx4", None),
        ("LRx4", None),
        ("train_lq", None),
        ("train/HR_USM", None),
        ("DF2K_gt_usm", None),
    ],
)
def test_folder_names_as_people_have_them(folder, split, tmp_path):
    path = tmp_path / "root" / folder
    path.mkdir(parents=True)
    (path / "a.png").write_bytes(b"x")
    if split is None:
        with pytest.raises(DatasetError, match=r"no images found .* left out 1: (LR|sharpened) images in"):
            scan([str(tmp_path / "root")])
    else:
        assert [source.split for source in scan([str(tmp_path / "root")])] == [split]


def test_keys_are_portable(tmp_path):

    folder = tmp_path / "photos"
    folder.mkdir()
    names = [
        b"plain.png",
        "e\u0301te\u0301.png".encode(),
        b"bad\xff.png",
        b"quote\"'.png",
        b"new\nline.png",
        b"a b.png",
    ]
    for name in names:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"x")
    keys = {source.key for source in scan([str(folder)])}
    assert keys == {
        "photos/plain.png",
        "photos/\u00e9t\u00e9.png",
        "photos/bad\\xff.png",
        "photos/quote\"'.png",
        "photos/new\nline.png",
        "photos/a b.png",
    }
    (folder / "\u00e9t\u00e9.png").write_bytes(b"x")
    with pytest.raises(DatasetError, match=r"two photos have the same key .*after Unicode normalization"):
        scan([str(folder)])


def test_links_are_followed_but_no_folder_twice(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.png").write_bytes(b"x")
    root = tmp_path / "root"
    root.mkdir()
    (root / "linked").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "loop").symlink_to(root)
    (root / ".hidden.png").write_bytes(b"x")
    scanned = scan([str(root)])
    assert [source.key for source in scanned] == ["root/linked/a.png"]
    assert scanned.left_out == {"hidden files": 1}
