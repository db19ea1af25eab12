"""Photos in archives behind chained URLs, and in files whose names have the characters of URLs."""

import shutil
import zipfile

import failing_bucket
import fsspec
import pytest
from archives import overwritten, write_tar
from small_datasets import BICUBIC, IN_PROCESS, TILE, refused_scan, rows

from degradekit import ImageError
from degradekit.dataset import synthesize
from degradekit.dataset.sources import scan

# fsspec before 2026.4 leaves the files of `simplecache` to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
ROOTS = {
    "zip://::{}/photos.zip": "photos/p0.png photos/p1.png photos/sub/p2.png",
    "zip://*.png::{}/photos.zip": "photos/p0.png photos/p1.png",
    "zip://**/p[02].png::{}/photos.zip": "photos/p0.png photos/sub/p2.png",
    "zip://p1.png::{}/photos.zip": "photos/p1.png",
    "zip://sub::{}/photos.zip": "sub/p2.png",
    "zip://sub/::file://{}/photos.zip": "sub/p2.png",
    "tar://::{}/photos.tar": "photos/p0.png photos/p1.png photos/sub/p2.png",
    "tar://::{}/photos.tar.gz": "photos.tar/p0.png photos.tar/p1.png photos.tar/sub/p2.png",
    "zip://::memory:/{}/photos.zip": "photos/p0.png photos/p1.png photos/sub/p2.png",
    "simplecache::memory:/{}/photos": "photos/p0.png photos/p1.png photos/sub/p2.png",
    "zip://::simplecache::memory:/{}/photos.zip": "photos/p0.png photos/p1.png photos/sub/p2.png",
}


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.usefixtures("memory")
def test_photos_behind_chained_urls_are_listed_and_read(root, put, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for at, name in enumerate(("p0.png", "p1.png", "sub/p2.png")):
        put(tmp_path / "photos" / name, 9 * at)
    for kind in ("zip", "tar", "gztar"):
        shutil.make_archive(str(tmp_path / "photos"), kind, tmp_path / "photos")
    fsspec.filesystem("memory").put(str(tmp_path), f"{tmp_path.parent}/", recursive=True)
    scanned = scan(root.format(tmp_path))
    assert [each.key for each in scanned] == ROOTS[root].split()
    for each in scanned:
        assert each.read() == (tmp_path / "photos" / f"{'sub/' * ('p2' in each.key)}{each.key[-6:]}").read_bytes()


@pytest.mark.parametrize(
    "name", ["a::b.png", "what?.png", "a#b.png", "100%25 %.png", "sp ace.png", "[x]*.png", "http:.png"]
)
def test_names_of_files_may_have_the_characters_of_urls(name, put, tmp_path):
    data = put(tmp_path / "photos" / name).read_bytes()
    failing_bucket.empty()
    failing_bucket.upload(tmp_path / "photos", "/bucket/photos")
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr(name, data)
    write_tar(tmp_path / "tars" / "photos.tar", {name: data})
    roots = [tmp_path / "photos", tmp_path / "photos" / name, "failing://bucket/photos", "failing://bucket/photos/*"]
    for root in [*roots, f"zip://::{tmp_path}/photos.zip", tmp_path / "tars"]:
        (source,) = scan(root)
        assert source.key in (f"photos/{name}", f"tars/photos/{name}")
        assert source.read() == data
    failing_bucket.empty()


def test_a_damaged_member_of_a_zip_is_skipped_and_a_damaged_zip_refused(tmp_path, pictures):
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in pictures.items():
            archive.writestr(name, data)
    data = path.read_bytes()
    path.write_bytes(overwritten(data, data.index(pictures["000000001.png"]) + 99, b"!"))
    report = synthesize(f"zip://::{path}", tmp_path / "shards", BICUBIC, TILE, engine=IN_PROCESS).report
    assert [(each.key, each.reason) for each in report.skipped] == [
        ("photos/000000001.png", "cannot be unpacked: Bad CRC-32 for file '000000001.png'")
    ]
    assert len(rows(tmp_path / "shards")) == 2
    (tmp_path / "other").write_bytes(data[:999])
    for kind in ("zip", "tar"):
        refused_scan(
            rf"source: is not a whole archive: .*; replace it \(got '{kind}://::.*other'\)",
            f"{kind}://::{tmp_path}/other",
        )
    refused_scan("no such folder or file, or nothing in it", f"zip://::{tmp_path}/none.zip")


def test_a_member_that_needs_a_password_is_skipped(tmp_path, pictures):
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.png", pictures["000000000.png"])
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag of encryption, in the header of the file and in the directory of the archive
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    (source,) = scan(f"zip://::{path}")
    with pytest.raises(ImageError, match=r"cannot be unpacked: File 'a.png' is encrypted, password required"):
        source.read()


def test_a_zip_that_is_replaced_is_read_anew(tmp_path, pictures):
    for name, data in pictures.items():
        with zipfile.ZipFile(tmp_path / "new.zip", "w") as archive:
            archive.writestr(name, data)
        (tmp_path / "new.zip").replace(tmp_path / "photos.zip")
        (source,) = scan(f"zip://::{tmp_path}/photos.zip")
        assert (source.key, source.read()) == (f"photos/{name}", data)


@pytest.mark.parametrize(("name", "protocol"), [("photos.ZIP", "zip"), ("photos.tgz", "tar"), ("photos.tar.gz", "tar")])
def test_an_archive_that_is_no_folder_is_refused_with_the_url_of_its_photos(name, protocol, tmp_path):
    (tmp_path / name).write_bytes(b"an archive")
    for root in (tmp_path / name, f"memory://{name}"):
        refused_scan(rf"name the photos in it by a chained URL, {protocol}://::{root} ", str(root))
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    (tmp_path / name / "photo.png").touch()
    assert len(scan(str(tmp_path / name))) == 1  # a folder may have any name
