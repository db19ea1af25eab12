"""Photos in tar files."""

import shutil
import tarfile
from pathlib import Path

import failing_bucket
import pytest
from archives import overwritten, write_tar
from failing_bucket import matching_failures, random_failures
from small_datasets import BICUBIC, IN_PROCESS, TILE, contents, keys, refused_scan

from degradekit import UnavailableError
from degradekit.dataset import Selection, synthesize
from degradekit.dataset.sources import scan


@pytest.fixture
def laion(tmp_path, pictures) -> Path:
    """A folder as img2dataset writes it."""
    folder = tmp_path / "laion"
    for shard in range(2):
        members = {}
        for name, data in pictures.items():
            stem = f"0000{shard}{name[5:9]}"
            members |= {f"{stem}.png": data, f"{stem}.txt": b"a caption", f"{stem}.json": b"{}"}
        write_tar(folder / f"0000{shard}.tar", members)
        (folder / f"0000{shard}.parquet").write_bytes(b"PAR1")
        (folder / f"0000{shard}_stats.json").write_text("{}")
    return folder


def test_a_folder_of_tars_is_the_folder_that_they_would_unpack_to(laion, tmp_path):
    for path in laion.glob("*.tar"):
        with tarfile.open(path) as tar:
            tar.extractall(tmp_path / "files" / "laion" / path.stem, filter="data")
    scanned, unpacked = scan(laion), scan(tmp_path / "files" / "laion")
    assert [(each.key, each.size, each.read()) for each in scanned] == [
        (each.key, each.size, each.read()) for each in unpacked
    ]
    assert scanned[0].key == "laion/00000/000000000.png"
    assert sum(scanned.left_out.values()) == 6 * 2 + 4
    one, other = (
        synthesize(folder, tmp_path / name, BICUBIC, TILE, engine=IN_PROCESS).report.digest
        for folder, name in ((laion, "shards"), (tmp_path / "files" / "laion", "others"))
    )
    assert one == other


@pytest.mark.parametrize("spelling", ["{}/00000.tar", "{}/0000[0].tar", "{}/list.txt", "file://{}/00000.tar"])
def test_a_tar_may_be_named_by_itself_in_a_glob_and_in_a_list(spelling, laion):
    (laion / "list.txt").write_text("00000.tar\n")
    assert keys(spelling.format(laion)) == [f"laion/00000/00000000{index}.png" for index in range(3)]


def test_splits_follow_names_and_globs_look_into_tars(tmp_path, pictures):
    folder = tmp_path / "set"
    for name in ("imagenet-train-0", "imagenet-val-0"):
        write_tar(folder / f"{name}.tar", pictures)
    assert [source.split for source in scan(folder)] == ["train"] * 3 + ["validation"] * 3
    assert len(scan(Selection(folder, include=["*-val-*/*1.png"]))) == 1
    assert len(scan(Selection(folder, exclude=["*-val-0.tar"]))) == 3


def test_tars_in_a_bucket_are_read_by_ranges(laion):
    failing_bucket.empty()
    failing_bucket.upload(laion, "/bucket/laion")
    local = [(each.key, each.read()) for each in scan(laion)]
    with random_failures(0.1, seed=1):
        scanned = scan("failing://bucket/laion")
    with matching_failures("nothing") as seen:
        assert [(each.key, each.read()) for each in scanned] == local
    assert seen == {"get": len(local)}
    failing_bucket.empty()


HOSTILE = [
    "../../up.png",
    "/etc/absolute.png",
    "a/../../b.png",
    "./dot.png",
    "new\nline.png",
    "\udcff.png",
    "x" * 200 + ".png",
]


@pytest.mark.parametrize("format", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_names_of_members_are_keys_and_never_paths(format, tmp_path, pictures):
    data = pictures["000000000.png"]
    folder = write_tar(tmp_path / "evil" / "a.tar", dict.fromkeys(HOSTILE, data), format).parent
    before = contents(tmp_path)
    scanned = scan(folder)
    assert all(each.key.startswith("evil/a/") and ".." not in each.key.split("/") for each in scanned)
    assert [each.read() for each in scanned] == [data] * len(HOSTILE)
    assert contents(tmp_path) == before


def test_what_is_not_a_plain_file_is_left_out_of_a_tar_and_counted(tmp_path, pictures):
    kinds = {"link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "device": tarfile.CHRTYPE, "pipe": tarfile.FIFOTYPE}
    kinds |= {"sparse": tarfile.GNUTYPE_SPARSE, "folder": tarfile.DIRTYPE}
    members = pictures | {
        "inner.tar": b"",
        ".hidden.png": b"",
        "a.hr.png": b"x",
        "a.lr.png": b"y",
        "a.hr_usm.png": b"z",
    }
    scanned = scan(write_tar(tmp_path / "a.tar", members, **kinds))
    assert [each.key.rpartition("/")[2] for each in scanned] == [*pictures, "a.hr.png"]
    assert {reason.partition(" (")[0]: count for reason, count in scanned.left_out.items()} == {
        "links and devices in archives": 5,
        "archives in archives": 1,
        "hidden files": 1,
        "LR images in archives": 1,
        "sharpened images in archives": 1,
    }


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:700],
        lambda data: data[:-9000],
        lambda _: b"not a tar" * 999,
        lambda _: b"",
        lambda data: overwritten(data, data.index(b"000000001"), b"X"),
        lambda data: overwritten(data, data.index(b"000000001") + 124, b"\xff" * 12),
    ],
    ids=["cut in a member", "cut at the end", "text", "empty", "a header", "a negative size"],
)
def test_a_damaged_tar_is_refused_and_never_a_smaller_dataset(damage, tmp_path, pictures):
    path = write_tar(tmp_path / "a.tar", pictures)
    path.write_bytes(damage(path.read_bytes()))
    refused_scan(
        r"source: is not a whole tar file: .*; replace it, or leave it out with `exclude` \(got '.*a.tar'\)", path
    )


def test_a_tar_that_is_replaced_after_the_scan_is_noticed(tmp_path, pictures):
    path = write_tar(tmp_path / "a.tar", pictures)
    scanned = scan(path)
    write_tar(path, dict(reversed(pictures.items())))
    with pytest.raises(UnavailableError, match="cannot be read: the archive changed after the plan was made"):
        scanned[0].read()


def test_a_tar_beside_what_it_was_unpacked_to_is_refused(laion):
    with tarfile.open(laion / "00000.tar") as tar:
        tar.extractall(laion / "00000", filter="data")
    refused_scan(r"two photos have the same key 'laion/00000/000000000.png'.*rename one", laion)
    assert len(scan(Selection(laion, exclude=["*.tar"]))) == 3


@pytest.mark.parametrize("format", ["webdataset", "parquet", "folder"])
def test_a_dataset_of_degradekit_is_not_taken_for_photos(format, exported):
    refused_scan(
        r"source: is a degradekit dataset; `redegrade` degrades its HR tiles anew \(got '.*'\)", exported[format]
    )


@pytest.mark.parametrize("root", ["{}", "{}/*", "{}/**/*.png", "failing:/{}"])
def test_a_dataset_among_photos_is_left_out_and_named(root, put, exported, tmp_path):
    """It was built there at another time, perhaps in a format whose pictures are files."""
    put(tmp_path / "photos" / "a.png")
    shutil.copytree(exported["folder"], tmp_path / "photos" / "deep" / "pairs")
    failing_bucket.empty()
    failing_bucket.upload(tmp_path / "photos", f"{tmp_path}/photos")
    scanned = scan(root.format(tmp_path / "photos"))
    assert [each.key for each in scanned] == ["photos/a.png"]
    names = [reason for reason in scanned.left_out if reason.startswith("degradekit datasets")]
    assert names == ["degradekit datasets, whose pictures are tiles and LRs (deep/pairs)"]
    failing_bucket.empty()


def test_the_tars_of_a_dataset_have_hr_tiles(exported):
    scanned = scan(exported["webdataset"] / "data")
    assert {each.key.partition(".")[2] for each in scanned} == {"hr.png"}
