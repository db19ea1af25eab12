"""Picture files that are read and written with all that is in them: 16 bits, gray, alpha, profiles."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from degradekit import DegradekitError, ImageError
from degradekit.encoders import require_fit
from degradekit.picture_files import Picture, read_picture, write_picture


@pytest.mark.parametrize("kind", ["L", "LA", "RGB", "RGBA", "P"])
def test_kinds_of_pictures_stay_what_they_are(kind, photo, tmp_path):
    source = Image.fromarray(photo("coffee.png")[:20, :24])
    if "A" in kind:
        source = source.convert(kind)
        source.putalpha(Image.fromarray(np.arange(480, dtype=np.uint16).reshape(20, 24).astype(np.uint8)))
    source.convert(kind).save(tmp_path / "in.png")
    write_picture(tmp_path / "out.png", read_picture(tmp_path / "in.png"))
    with Image.open(tmp_path / "out.png") as out, Image.open(tmp_path / "in.png") as given:
        expected = given.convert("RGB" if kind == "P" else kind)
        assert out.mode == expected.mode
        np.testing.assert_array_equal(np.asarray(out), np.asarray(expected))


@pytest.mark.parametrize("shape", [(9, 8), (9, 8, 3), (9, 8, 4)])
def test_16_bits_stay_16_bits_in_png_and_become_8_in_jpeg(shape, tmp_path):
    levels = np.random.default_rng(0).integers(0, 65536, shape, dtype=np.uint16)
    cv2.imwrite(str(tmp_path / "in.png"), levels)
    picture = read_picture(tmp_path / "in.png")
    write_picture(tmp_path / "out.png", picture)
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "out.png"), cv2.IMREAD_UNCHANGED), levels)
    write_picture(tmp_path / "out.jpg", picture)
    assert cv2.imread(str(tmp_path / "out.jpg"), cv2.IMREAD_UNCHANGED).dtype == np.uint8


def test_gray_with_alpha_and_16_bits_stays_what_it_is(tmp_path):
    levels = np.random.default_rng(0).integers(0, 65536, (9, 8, 2), dtype=np.uint16)
    write_picture(tmp_path / "out.png", Picture(levels))
    np.testing.assert_array_equal(read_picture(tmp_path / "out.png").levels, levels)
    with Image.open(tmp_path / "out.png") as by_pillow:
        np.testing.assert_array_equal(np.asarray(by_pillow), levels[:, :, [0, 0, 0, 1]] >> 8)


def test_jpeg_has_alpha_over_white(tmp_path):
    levels = np.zeros((16, 16, 4), np.uint8)
    levels[:8, :, 3] = 255
    write_picture(tmp_path / "out.jpg", Picture(levels))
    written = read_picture(tmp_path / "out.jpg").levels
    assert written.shape == (16, 16, 3)
    assert written[:8].max() <= 2
    assert written[8:].min() >= 253


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_read_upright(orientation, photo, tmp_path):
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(photo("coffee.png")[:20, :32]).save(tmp_path / "in.png", exif=exif)
    with Image.open(tmp_path / "in.png") as picture:
        expected = np.asarray(ImageOps.exif_transpose(picture))
    np.testing.assert_array_equal(read_picture(tmp_path / "in.png").levels, expected)


def test_samples_that_have_no_white_are_refused(tmp_path):
    for index, dtype in enumerate((np.int32, np.float32)):
        Image.fromarray(np.full((4, 4), 70000, dtype)).save(tmp_path / f"{index}.tif")
        with pytest.raises(ImageError, match=rf"{index}.tif: cannot be read \(.*samples"):
            read_picture(tmp_path / f"{index}.tif")


@pytest.mark.parametrize("name", ["out.png", "out.jpg", "out.webp"])
@pytest.mark.parametrize("bits", [8, 16])
def test_the_color_profile_is_written_along(name, bits, tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    levels = np.zeros((8, 8, 3), np.uint8 if bits == 8 else np.uint16)
    write_picture(tmp_path / name, Picture(levels, profile))
    with Image.open(tmp_path / name) as written:
        assert written.info["icc_profile"] == profile
    assert read_picture(tmp_path / name).levels.dtype == (np.uint16 if (name, bits) == ("out.png", 16) else np.uint8)


def test_a_picture_that_cannot_be_written_leaves_nothing(photo, tmp_path, monkeypatch):
    Image.fromarray(photo("coffee.png")[:8, :8]).save(tmp_path / "in.png")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(DegradekitError, match=r"out.png: cannot be written \(No space left on device\)"):
        write_picture(tmp_path / "out.png", read_picture(tmp_path / "in.png"))
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]


def test_a_file_that_is_not_one_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ImageError, match=r"pipe.png: cannot be read \(must be a regular file, and is a named pipe\)"):
        read_picture(tmp_path / "pipe.png")


@pytest.mark.parametrize(
    ("name", "side", "cure"),
    [("a.webp", 16_384, "; write a .png"), ("a.JPG", 65_501, "; write a .png"), ("a.png", 1_000_001, "")],
)
def test_a_side_that_a_format_cannot_hold_is_refused_in_words(name, side, cure, tmp_path):
    message = rf"\w+ holds at most {side - 1} pixels a side{cure} \(got {side}\)"
    require_fit(Path(name).suffix.lower(), 1, side - 1, 1)
    with pytest.raises(ImageError, match=f"^{message}"):
        require_fit(Path(name).suffix.lower(), 1, side, 1)
    if side < 10**6:
        write_picture(tmp_path / name, Picture(np.zeros((1, side - 1, 1), np.uint8)))
        assert read_picture(tmp_path / name).levels.shape[1] == side - 1
        with pytest.raises(ImageError, match=f"{name}: {message}"):
            write_picture(tmp_path / name, Picture(np.zeros((1, side, 1), np.uint8)))
