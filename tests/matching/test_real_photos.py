"""Crops of real photos: which photos can be used, and what is measured of them."""

import math
from pathlib import Path

import numpy as np
import pytest
from pictures import png, png_of
from PIL import Image

from degradekit import DatasetError, UnavailableError
from degradekit.dataset import Selection
from degradekit.dataset.sources import scan
from degradekit.limits import MAX_PIXELS
from degradekit.matching import real_photos
from degradekit.matching.real_photos import read_real, real_pixels
from degradekit.matching.surveying import KnownPhoto, chosen, crop_side, survey
from degradekit.picture_files import decode
from degradekit.statistics import STATISTICS, measure_crop


@pytest.fixture(scope="module")
def kinds(photo, tmp_path_factory) -> Path:
    """The same 90 x 150 pixels as photos of many kinds, and files that are none."""
    folder = tmp_path_factory.mktemp("real") / "real"
    folder.mkdir()
    pixels = photo("coffee.png")[100:190, 200:350]
    picture = Image.fromarray(pixels)
    picture.save(folder / "color.png")
    picture.convert("L").save(folder / "gray.png")
    picture.quantize(64).save(folder / "palette.png")
    picture.convert("CMYK").save(folder / "cmyk.tif")
    picture.save(folder / "lossless.webp", lossless=True)
    picture.save(folder / "quality.jpg", quality=73)
    (folder / "deep.png").write_bytes(png_of(pixels.astype(np.uint16) * 257, 16, 2))
    alpha = np.dstack([pixels, np.linspace(0, 255, pixels[..., 0].size).reshape(90, 150)])
    Image.fromarray(alpha.astype(np.uint8)).save(folder / "alpha.png")
    picture.crop((0, 0, 150, 63)).save(folder / "low.png")
    (folder / "text.png").write_text("no picture")
    (folder / "cut.png").write_bytes((folder / "color.png").read_bytes()[:2000])
    (folder / "bomb.png").write_bytes(png(2**16, 2**16, 8, b""))
    return folder


def measure_means(patched: pytest.MonkeyPatch) -> None:
    """Measure nothing of a crop but its mean."""
    patched.setattr(real_photos, "measure_crop", lambda crop: np.full(len(STATISTICS), crop.mean()))


@pytest.fixture
def known(kinds, monkeypatch):
    measure_means(monkeypatch)
    photos = survey(scan(kinds), max_pixels=100_000)
    return photos, read_real(photos, 64, max_pixels=100_000, workers=0)


def test_photos_of_all_kinds_are_cut_as_synth_reads_them(known, kinds):
    photos, real = known
    assert [Path(name).name for name in real.names] == [
        *("alpha.png", "cmyk.tif", "color.png", "deep.png"),
        *("gray.png", "lossless.webp", "palette.png", "quality.jpg"),
    ]
    for row, (index, (top, left)) in enumerate(zip(real.photos, real.corners.tolist(), strict=True)):
        whole = decode((kinds.parent / real.names[index]).read_bytes())
        cut = real_pixels(
            real, photos.photos[[p.source.key for p in photos.photos].index(real.names[index])].source, row
        )
        np.testing.assert_array_equal(cut, whole[top : top + 64, left : left + 64])
        assert real.statistics[row, 0] == cut.mean()


def test_crops_begin_at_blocks_of_jpeg_and_are_few(known):
    _, real = known
    assert not (real.corners % 8).any()
    assert set(np.bincount(real.photos)) == {2}  # 90 x 150 pixels have room for two


def test_qualities_are_those_of_the_headers(known):
    _, real = known
    qualities = dict(zip(real.names, real.qualities, strict=True))
    assert abs(qualities.pop("real/quality.jpg") - 73) < 1
    assert all(map(math.isnan, qualities.values()))


def test_photos_that_cannot_be_used_are_named_with_reasons(known):
    _, real = known
    assert sorted(real.unusable) == [f"real/{name}.png" for name in ("bomb", "cut", "low", "text")]
    assert "too many pixels" in real.unusable["real/bomb.png"]
    assert real.unusable["real/low.png"] == "150 x 63 is smaller than 64 x 64 pixels"


def test_a_photo_that_lies_there_twice_counts_once(kinds, tmp_path):
    for name in ("b.png", "a.png", "sub/c.png"):
        (tmp_path / "real" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "real" / name).write_bytes((kinds / "color.png").read_bytes())
    photos = survey(scan(tmp_path / "real"), MAX_PIXELS)
    assert [each.source.key for each in photos.photos] == ["real/a.png"]
    assert photos.unusable == dict.fromkeys(("real/b.png", "real/sub/c.png"), "a copy of real/a.png")


def test_a_photo_that_changes_in_the_middle_of_its_file_is_another_one(tmp_path):
    """A BMP has no checksum: of 67 kB, a pixel in its middle changes neither the length nor the ends."""
    pixels = np.zeros((150, 150, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.bmp")
    before = survey(scan(tmp_path / "a.bmp"), MAX_PIXELS).photos[0].fingerprint
    pixels[75, 75] = 1
    Image.fromarray(pixels).save(tmp_path / "a.bmp")
    assert survey(scan(tmp_path / "a.bmp"), MAX_PIXELS).photos[0].fingerprint != before


def test_statistics_are_those_of_the_crops(kinds):
    real = read_real(survey(scan(kinds / "gray.png"), MAX_PIXELS), 64, most=1, workers=0)
    (top, left), whole = real.corners[0], decode((kinds / "gray.png").read_bytes())
    np.testing.assert_array_equal(real.statistics[0], measure_crop(whole[top : top + 64, left : left + 64].copy()))


@pytest.mark.slow
def test_any_number_of_workers_measures_the_same(kinds):
    photos = survey(scan(kinds), MAX_PIXELS)
    alone, shared = (read_real(photos, 64, workers=workers) for workers in (0, 2))
    np.testing.assert_array_equal(alone.statistics, shared.statistics)
    assert (alone.names, alone.unusable) == (shared.names, shared.unusable)


def test_a_photo_that_vanishes_ends_a_match_as_it_ends_a_build(kinds, tmp_path, monkeypatch):
    path = tmp_path / "real.png"
    path.write_bytes((kinds / "color.png").read_bytes())
    photos = survey(scan(path), MAX_PIXELS)
    path.unlink()
    monkeypatch.setattr("degradekit.retrying.PAUSES", ())
    with pytest.raises(UnavailableError, match=r"real\.png' cannot be read: No such file"):
        read_real(photos, 64, workers=0)
    with pytest.raises(UnavailableError, match=r"real\.png' cannot be read: No such file"):
        survey([photos.photos[0].source], MAX_PIXELS)


def test_photos_in_folders_of_low_resolution_are_real_ones(kinds, tmp_path):
    folder = tmp_path / "photos" / "LR"
    folder.mkdir(parents=True)
    (folder / "a.png").write_bytes((kinds / "color.png").read_bytes())
    with pytest.raises(DatasetError, match="no images"):
        scan(tmp_path / "photos")
    assert len(scan(Selection(tmp_path / "photos").with_low_resolution())) == 1


def test_the_seed_chooses_which_photos_are_measured(kinds):
    photos = scan(kinds)
    names = [[source.key for source in chosen(photos, 3, seed)] for seed in range(9)]
    assert all(len(set(each)) == 3 and each == sorted(each) for each in names)
    assert len(set(map(tuple, names))) > 3
    assert len(chosen(photos, 99, 0)) == len(photos)


@pytest.mark.parametrize(
    ("real", "hr", "side"),
    [
        ([500] * 9, [700] * 9, 160),
        ([150] * 9, [700] * 9, 144),
        ([500] * 9, [530] * 9, 128),  # 4 x 132.5
        ([90] + [500] * 9, [700] * 9, 160),  # one of ten may be too small
        ([90] + [500] * 8, [700] * 9, 88),
        ([90, 90] + [500] * 9, [700] * 9, 88),
        ([500] * 9, [100] * 9, 64),
        ([], [700], 160),
    ],
)
def test_crops_are_as_large_as_nine_tenths_of_the_photos_allow(real, hr, side):
    photos = [[KnownPhoto(None, (short, 999), b"") for short in each] for each in (real, hr)]  # type: ignore[arg-type]
    assert crop_side(*photos, scale=4) == side
