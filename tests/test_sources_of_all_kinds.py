"""Every way to name the photos of a build: roots, globs, lists, URLs, Hugging Face datasets, and odd names."""

import os
import shutil
from pathlib import Path

import fsspec
import numpy as np
import pytest
from building import OPTIONS, RECIPE, contents, refused, rows
from PIL import Image

from degradekit import DatasetError, Degradation
from degradekit.dataset import Options, Pairs, synthesize, verify
from degradekit.dataset.sources import scan
from degradekit.picture_files import decode

TILE = Options(tile=64)


@pytest.fixture
def put(photo):
    """Writes a 64 x 64 part of a photo, another one for each `at`."""

    def write(path: Path, at: int = 0) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo("coffee.png")[at : at + 64, at : at + 64]).save(path, "PNG")
        return path

    return write


@pytest.fixture
def div2k(tmp_path, put) -> Path:
    for name, at in (("DIV2K_train_HR/0001", 0), ("DIV2K_train_HR/0002", 9), ("DIV2K_valid_HR/0801", 20)):
        put(tmp_path / "DIV2K" / f"{name}.png", at)
    put(tmp_path / "DIV2K" / "DIV2K_train_LR_bicubic" / "X4" / "0001x4.png")
    return tmp_path / "DIV2K"


@pytest.fixture
def memory(tmp_path):
    """An empty folder in memory, by its URL."""
    system = fsspec.filesystem("memory")
    yield f"memory:/{tmp_path}"
    if system.exists(str(tmp_path)):
        system.rm(str(tmp_path), recursive=True)


def keys(*roots: object, **options) -> list[str]:
    return [source.key for source in scan([os.fspath(root) for root in roots], **options).sources]


def refused_scan(message: str, *roots: object) -> None:
    with pytest.raises(DatasetError, match=message):
        keys(*roots)


def assert_every_row_replays(target: Path, pairs: int) -> list[dict]:
    found = rows(target)
    assert len(found) == pairs
    for row in found:
        hr, lr = decode(row["hr"]["bytes"]), decode(row["lr"]["bytes"])
        np.testing.assert_array_equal(Degradation.from_json(row["degradation"])(hr), lr)
    return found


def test_several_roots_stand_side_by_side_under_their_names(div2k, put, tmp_path):
    flickr = put(tmp_path / "Flickr2K" / "DIV2K_train_HR" / "0001.png", 30).parents[1]
    report = synthesize([div2k, flickr], tmp_path / "shards", RECIPE, TILE, workers=0)
    assert report.pairs == {"train": 3, "validation": 1}
    assert [row["key"] for row in rows(tmp_path / "shards")] == [
        "DIV2K/DIV2K_train_HR/0001.png",
        "DIV2K/DIV2K_train_HR/0002.png",
        "Flickr2K/DIV2K_train_HR/0001.png",
        "DIV2K/DIV2K_valid_HR/0801.png",
    ]
    synthesize([flickr, div2k], tmp_path / "turned", RECIPE, TILE, workers=0)
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
    lines = [b"1.png", b"# a comment", b"", b"  ", b"valid/sp ace.png", os.fsencode(elsewhere), b"\xff.png", b"no.png"]
    (root / "list.txt").write_bytes(start + end.join(lines))
    report = synthesize(root / "list.txt", tmp_path / "shards", RECIPE, TILE, workers=0)
    assert [row["key"] for row in assert_every_row_replays(tmp_path / "shards", 4)] == [
        "photos/1.png",
        "photos/\\xff.png",
        str(elsewhere).lstrip("/"),
        "photos/valid/sp ace.png",
    ]
    assert report.pairs == {"train": 3, "validation": 1}
    assert [(skipped.key, skipped.reason) for skipped in report.skipped] == [
        ("photos/no.png", "cannot be read: No such file or directory")
    ]


def test_a_list_in_the_current_folder_gives_the_keys_of_that_folder(div2k, monkeypatch):
    (div2k / "list.txt").write_text("DIV2K_train_HR/0001.png\n")
    monkeypatch.chdir(div2k)
    assert keys("list.txt") == keys("./list.txt") == keys(div2k / "list.txt") == ["DIV2K/DIV2K_train_HR/0001.png"]
    (source,) = scan(["list.txt"]).sources
    assert source.read() == (div2k / "DIV2K_train_HR" / "0001.png").read_bytes()


def test_what_is_no_list_of_files_is_refused(div2k):
    (div2k / "list.txt").write_text("DIV2K_train_HR/0001.png\nDIV2K_valid_HR\n")
    refused_scan(r"line 2 of '.*list.txt' is a folder; a list names files \(got 'DIV2K_valid_HR'\)", div2k / "list.txt")
    (div2k / "list.txt").write_text("# nothing\n")
    refused_scan(r"no images found in '.*list.txt'", div2k / "list.txt")
    (div2k / "list.txt").write_text("DIV2K_train_HR/0001.png\n", encoding="utf-16")
    refused_scan(r"must be a text file with one path a line, in UTF-8 \(got '.*list.txt'\)", div2k / "list.txt")


@pytest.mark.parametrize("kind", ["folder", "folder/", "glob", "list", "files"])
def test_photos_behind_a_url_make_the_dataset_of_the_local_folder_of_that_name(kind, div2k, memory, tmp_path):
    fsspec.filesystem("memory").put(str(div2k), f"{tmp_path}/", recursive=True)
    root = f"{memory}/DIV2K"
    names = ["DIV2K_train_HR/0001.png", "DIV2K_train_HR/0002.png", "DIV2K_valid_HR/0801.png"]
    fsspec.filesystem("memory").pipe(f"{tmp_path}/DIV2K/list.txt", "\n".join(names).encode())
    sources = {"folder": root, "folder/": f"{root}/", "glob": f"{root}/*_HR/*.png", "list": f"{root}/list.txt"}
    local = synthesize(div2k, tmp_path / "local", RECIPE, TILE, workers=0)
    if kind == "files":  # each has the key of a file in its own folder
        assert keys(*(f"{root}/{name}" for name in names)) == keys(*(div2k / name for name in names))
        return
    remote = synthesize(sources[kind], tmp_path / "remote", RECIPE, TILE, workers=0)
    assert keys(sources[kind]) == keys(div2k)
    assert remote.digest == local.digest
    if kind.startswith("folder"):
        assert remote.left_out == local.left_out | {"not images by their names": 1}


def test_what_is_not_there_behind_a_url_is_refused(memory):
    refused_scan(r"no such folder or file.* \(got 'memory://.*/none'\)", f"{memory}/none")
    refused_scan("no such folder or file, or nothing in it", f"{memory}/none/*.png")
    refused_scan(r"URL: Protocol not known: nowhere \(got 'nowhere://bucket'\)", "nowhere://bucket")


def test_an_error_of_a_service_skips_the_photo(div2k, memory, tmp_path, monkeypatch):
    """Services raise exceptions of their own kind, which are no OSError."""
    system = fsspec.filesystem("memory")
    system.put(str(div2k), f"{tmp_path}/", recursive=True)
    cat_file = type(system).cat_file

    def fail(self, path, **kwargs):
        if path.endswith("0002.png"):
            raise RuntimeError("503 slow down")
        return cat_file(self, path, **kwargs)

    monkeypatch.setattr(type(system), "cat_file", fail)
    report = synthesize(f"{memory}/DIV2K", tmp_path / "shards", RECIPE, TILE, workers=0)
    assert [(skipped.key, skipped.reason) for skipped in report.skipped] == [
        ("DIV2K/DIV2K_train_HR/0002.png", "cannot be read: 503 slow down")
    ]
    assert report.photos == 2


def test_a_target_in_memory_is_a_dataset_like_any_other(div2k, memory, tmp_path):
    local = synthesize(div2k, tmp_path / "shards", RECIPE, TILE, workers=0)
    target = f"{memory}/shards"
    report = synthesize(div2k, target, RECIPE, TILE, workers=0)
    assert report.digest == local.digest
    system = fsspec.filesystem("memory")
    stored = {path.removeprefix(f"{tmp_path}/shards/"): system.cat_file(path) for path in system.find(str(tmp_path))}
    on_disk = {name: (tmp_path / "shards" / name).read_bytes() for name in contents(tmp_path / "shards")}
    assert stored == on_disk
    for split in ("train", "validation"):
        there, here = Pairs(target, split), Pairs(tmp_path / "shards", split)
        for one, other in zip(there, here, strict=True):
            np.testing.assert_array_equal(one.lr, other.lr)
            assert one[2:] == other[2:]
    assert verify(target, sample=1, workers=0).problems == ()
    assert synthesize(div2k, target, RECIPE, TILE, workers=0).built[0] == 0


@pytest.mark.parametrize("workers", [1, None])
def test_a_target_in_memory_is_refused_to_other_processes(workers, div2k, memory):
    with pytest.raises(DatasetError, match=r"target: memory is this process's own; build there with workers 0"):
        synthesize(div2k, f"{memory}/shards", RECIPE, TILE, workers=workers)


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """Saves columns as a local Parquet dataset, and gives its name as a source."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")

    def save(split: str = "train", parent: Path = tmp_path, **columns: list) -> str:
        features = datasets.Features(
            {name: datasets.Image() if name in ("image", "hr") else datasets.Value("string") for name in columns}
        )
        folder = parent / "photoset" / "data"
        folder.mkdir(parents=True, exist_ok=True)
        datasets.Dataset.from_dict(columns, features=features).to_parquet(folder / f"{split}-00000-of-00001.parquet")
        return f"datasets:{parent / 'photoset'}"

    return save


@pytest.fixture
def cells(div2k) -> list[dict]:
    return [{"bytes": path.read_bytes(), "path": None} for path in sorted(div2k.rglob("*_HR/*.png"))]


def test_rows_of_a_hugging_face_dataset_are_photos_by_their_content(saved, cells, tmp_path):
    import hashlib

    saved("validation", image=cells[2:], label=["c"])
    source = saved("train", image=[cells[0], cells[1], cells[0]], label=["a", "b", "a"])
    report = synthesize(source, tmp_path / "shards", RECIPE, TILE, workers=0)
    assert report.pairs == {"train": 2, "validation": 1}
    assert report.left_out == {"rows of a dataset with the same image as another": 1}
    found = assert_every_row_replays(tmp_path / "shards", 3)
    hashes = [hashlib.sha256(cell["bytes"]).hexdigest()[:32] for cell in cells]
    assert {row["key"] for row in found} == {f"photoset/{name}" for name in hashes}
    hr = {row["key"]: row["hr"]["bytes"] for row in found}
    for name, cell in zip(hashes, cells, strict=True):
        np.testing.assert_array_equal(decode(hr[f"photoset/{name}"]), decode(cell["bytes"]))


def test_the_order_of_the_rows_of_a_hugging_face_dataset_changes_nothing(saved, cells, tmp_path):
    def digest(number: int, image: list[dict]) -> str:
        source = saved(parent=tmp_path / str(number), image=image)
        return synthesize(source, tmp_path / f"shards{number}", RECIPE, TILE, workers=0).digest

    assert digest(0, cells) == digest(1, cells[::-1])


def test_a_hugging_face_dataset_that_was_replaced_is_read_anew(saved, cells):
    before = keys(saved(image=cells[:1]))
    after = keys(saved(image=cells[1:2]))
    assert len(before) == len(after) == 1
    assert before != after


def test_a_column_of_a_hugging_face_dataset_is_chosen_by_name(saved, cells):
    source = saved(label=["a", "b"], hr=cells[:2], image=[cells[2]] * 2)
    assert len(keys(source)) == 1
    assert len(keys(f"{source}:hr")) == 2
    refused_scan(r"has no image column 'label'; it has hr, image", f"{source}:label")
    refused_scan(r"cannot load the dataset '/nowhere/at/all'", "datasets:/nowhere/at/all")


def test_a_hugging_face_dataset_without_pictures_is_refused(saved):
    refused_scan("has no image column ''; it has none", saved(text=["a"]))


def test_rows_without_a_picture_are_left_out_and_counted(saved, cells, tmp_path):
    gone = tmp_path / "gone.png"
    gone.write_bytes(b"")
    source = saved(image=[cells[0], None, {"bytes": None, "path": str(gone)}])
    gone.unlink()
    found = scan([source])
    assert len(found.sources) == 1
    assert found.left_out == {"rows of a dataset without an image that can be read": 2}


def test_links_and_loops(put, tmp_path):
    """A link is what it leads to, and one that leads nowhere is a photo that cannot be read."""
    root = tmp_path / "photos"
    put(root / "real" / "a.png")
    put(tmp_path / "outside" / "b.png", 9)
    (root / "file.png").symlink_to(root / "real" / "a.png")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "real" / "up").symlink_to(root)
    (root / "self.png").symlink_to(root / "self.png")
    (root / "nowhere.png").symlink_to(tmp_path / "nowhere")
    report = synthesize(root, tmp_path / "shards", RECIPE, TILE, workers=0)
    found = assert_every_row_replays(tmp_path / "shards", 3)
    assert [row["key"] for row in found] == ["photos/file.png", "photos/folder/b.png", "photos/real/a.png"]
    assert {skipped.key: skipped.reason for skipped in report.skipped} == {
        "photos/nowhere.png": "cannot be read: No such file or directory",
        "photos/self.png": "cannot be read: Too many levels of symbolic links",
    }


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
    report = synthesize(folder, tmp_path / "shards", RECIPE, TILE, workers=0)
    assert not report.skipped
    found = assert_every_row_replays(tmp_path / "shards", len(names))
    assert {row["key"] for row in found} == {f"{folder.name}/{key}" for key in names.values()}
    for row in found:
        photo = decode(paths[row["key"].partition("/")[2]].read_bytes())
        np.testing.assert_array_equal(decode(row["hr"]["bytes"]), photo)
    assert verify(tmp_path / "shards", workers=0).problems == ()


def test_names_that_mean_something_to_a_scanner_are_taken_as_files_where_they_exist(put, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "a[1]*" / "x?.png")
    assert keys("a[1]*") == keys("a[1]*/x?.png") == ["a[1]*/x?.png"]
    put(tmp_path / "list.txt" / "y.png")
    assert keys("list.txt") == ["list.txt/y.png"]


def test_no_source_and_an_empty_name_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused("no images found", [], tmp_path / "shards", RECIPE)
    refused("no such folder or file|no images found", "", tmp_path / "shards", RECIPE)


def test_the_names_of_several_roots_tell_the_split(tmp_path, photo):
    for folder in ("DIV2K_train_HR", "DIV2K_valid_HR"):
        (tmp_path / folder).mkdir()
        Image.fromarray(photo("coffee.png")[:40, :40]).save(tmp_path / folder / f"{folder}.png")
    both = scan([str(tmp_path / "DIV2K_train_HR"), str(tmp_path / "DIV2K_valid_HR")]).sources
    assert [source.split for source in both] == ["train", "validation"]
    assert [source.split for source in scan([str(tmp_path / "DIV2K_valid_HR")]).sources] == ["train"]


def test_lists_of_basicsr_and_lists_with_dots(tmp_path, photo):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        Image.fromarray(photo("coffee.png")[:40, :40]).save(tmp_path / folder / "x.png")
    (tmp_path / "a" / "list.txt").write_text("x.png (40,40,3)\n./x.png\n../a/x.png\n../b/x.png\n")
    assert [source.key for source in scan([str(tmp_path / "a" / "list.txt")]).sources] == ["a/x.png", "b/x.png"]
    chosen = scan([str(tmp_path / "a" / "list.txt")], exclude=("../*",))
    assert [source.key for source in chosen.sources] == ["a/x.png"]


def test_photos_in_an_archive_behind_a_chained_url(tmp_path, photos):
    shutil.make_archive(str(tmp_path / "photos"), "zip", photos.parent, "photos")
    archive = f"zip://photos::{tmp_path / 'photos.zip'}"
    found = scan([archive]).sources
    assert [source.key for source in found] == [source.key for source in scan([str(photos)]).sources]
    assert all(source.read() == (photos.parent / source.key).read_bytes() for source in found)


def test_a_url_of_this_machine_is_a_path(photos, shards, tmp_path):
    synthesize([f"file://{photos}"], f"file://{tmp_path}/shards", RECIPE, OPTIONS, workers=0)
    assert contents(tmp_path / "shards") == contents(shards)
