"""Metadata that a written picture keeps, EXIF data, resolution and profile, and the losses that are reported."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from degradekit import ImageError
from degradekit.containers.tag_directories import read_tags
from degradekit.encoders import encode, require_fit, require_quality, unsupported_content
from degradekit.limits import MAX_EXIF_BYTES
from degradekit.picture_files import Picture, decode_whole, read_picture, write_picture

DESCRIPTION, MAKE, ORIENTATION, ARTIST = 0x010E, 0x010F, 0x0112, 0x013B
EXPOSURE, BIAS, COMMENT, MAKER_NOTE, WIDTH, HEIGHT = 0x829A, 0x9204, 0x9286, 0x927C, 0xA002, 0xA003
NAMES = ("out.png", "out.jpg", "out.webp", "out.tif")


def photo_exif() -> Image.Exif:
    """Return EXIF data as a camera writes them, with tags that would be wrong in another picture."""
    exif = Image.Exif()
    exif[DESCRIPTION], exif[MAKE], exif[ARTIST], exif[ORIENTATION] = "sea", "Camera", "Anders", 6
    inner = exif.get_ifd(0x8769)
    inner.update({EXPOSURE: 0.005, BIAS: -1.5, COMMENT: b"ASCII\0\0\0hi", MAKER_NOTE: b"secret", WIDTH: 9, HEIGHT: 8})
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 12.5)})
    return exif


def saved(name: str, **options) -> bytes:
    buffer = io.BytesIO()
    kind = {"tif": "TIFF", "jpg": "JPEG"}.get(name[-3:], name.split(".")[1])
    Image.new("RGB", (9, 8), "red").save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("source", NAMES)
@pytest.mark.parametrize("name", NAMES)
def test_exif_data_are_kept_except_descriptions_of_the_old_pixels(source, name, tmp_path):
    (tmp_path / source).write_bytes(saved(source, exif=photo_exif()))
    if source.endswith("tif"):  # for which Pillow leaves EXIF's own directory out
        write_picture(tmp_path / source, decode_whole(saved("a.png", exif=photo_exif())))
    picture = read_picture(tmp_path / source)
    assert picture.levels.shape == (9, 8, 3)  # upright
    larger = picture._replace(levels=picture.levels.repeat(4, 0).repeat(4, 1))
    write_picture(tmp_path / f"large{name}", larger)
    with Image.open(tmp_path / f"large{name}") as written:
        exif = written.getexif()
        inner, gps = dict(exif.get_ifd(0x8769)), dict(exif.get_ifd(0x8825))
    assert (exif[DESCRIPTION], exif[MAKE], exif[ARTIST]) == ("sea", "Camera", "Anders")
    assert exif.get(ORIENTATION, 1) == 1
    assert (inner[WIDTH], inner[HEIGHT]) == (32, 36)
    assert (inner[EXPOSURE], inner[BIAS], inner[COMMENT]) == (0.005, -1.5, b"ASCII\0\0\0hi")
    assert MAKER_NOTE not in inner
    assert gps == {1: "N", 2: (52.0, 30.0, 12.5)}
    again = read_picture(tmp_path / f"large{name}")
    assert read_tags(again.exif, 32, 36) == read_tags(larger.exif, 32, 36)
    assert again.levels.shape == larger.levels.shape


@pytest.mark.parametrize("source", ["in.png", "in.jpg", "in.tif", "in.bmp"])
@pytest.mark.parametrize("name", NAMES)
def test_the_resolution_is_kept(source, name, tmp_path):
    picture = decode_whole(saved(source, dpi=(300, 150)))
    write_picture(tmp_path / name, picture)
    again = decode_whole((tmp_path / name).read_bytes())
    write_picture(tmp_path / "again.jpg", again)
    with Image.open(tmp_path / "again.jpg") as written:
        assert written.info["dpi"] == (300, 150)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("order", ["II", "MM"])
def test_a_tiff_holds_the_same_pictures_as_a_png(channels, dtype, order, tmp_path, monkeypatch):
    monkeypatch.setattr("degradekit.encoders._STRIP_BYTES", 200)  # several strips
    levels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max + 1, (20, 30, channels), dtype=dtype)
    exif = photo_exif()
    exif.endian = {"II": "<", "MM": ">"}[order]
    write_picture(tmp_path / "a.tif", Picture(levels, exif=exif.tobytes()))
    assert (tmp_path / "a.tif").read_bytes()[:2] == order.encode()
    deep_gray = channels == 2 and dtype == np.uint16
    read = read_picture(tmp_path / "a.tif").levels
    np.testing.assert_array_equal(read, levels[..., [0, 0, 0, 1]] if deep_gray else levels)
    if channels in (1, 3):  # it multiplies alpha in
        by_opencv = cv2.imread(str(tmp_path / "a.tif"), cv2.IMREAD_UNCHANGED).reshape(levels.shape)
        np.testing.assert_array_equal(by_opencv, levels[..., {1: [0], 3: [2, 1, 0]}[channels]])


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"nothing",
        photo_exif().tobytes()[6:40],
        b"II*\0" + bytes(4) + b"\xff\xff",
        b"II*\0\x08\0\0\0\1\0\x0e\1\2\0\xff\xff\xff\xff" + bytes(8),
        b"II*\0\x08\0\0\0\1\0\x69\x87\4\0\1\0\0\0\xff\xff\xff\x7f" + bytes(8),
        b"MM\0*\0\0\0\x08\0\1\1\x0e\0\2" + (MAX_EXIF_BYTES).to_bytes(4) + b"\0\0\0\x1a" + bytes(MAX_EXIF_BYTES + 99),
    ],
)
def test_damaged_exif_data_are_dropped_and_named(damaged, tmp_path):
    picture = Picture(np.zeros((8, 8, 3), np.uint8), exif=damaged)
    reason = "EXIF data that are damaged or exceed 64 KiB, which are dropped"
    for name in NAMES:
        assert unsupported_content(Path(name).suffix, picture) == ((reason,) if damaged else ())
        write_picture(tmp_path / name, picture)
        assert not decode_whole((tmp_path / name).read_bytes()).exif


def test_what_a_format_cannot_hold_is_named():
    gray_profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = Picture(np.zeros((8, 8, 2), np.uint16), gray_profile, dropped=("XMP data",))
    xmp = "XMP data, which are dropped"
    assert unsupported_content(".png", picture) == unsupported_content(".tiff", picture) == (xmp,)
    assert unsupported_content(".jpg", picture) == (
        xmp,
        "16 bits, rounded to 8 for JPEG",
        "alpha, composited over white for JPEG",
    )
    deep = "16 bits, rounded to 8 for WebP"
    assert unsupported_content(".webp", picture) == (xmp, deep, "a gray ICC profile, converted to sRGB for WebP")


@pytest.mark.parametrize("source", NAMES)
def test_xmp_is_noticed(source):
    by_format = {"out.png": {"pnginfo": PngInfo()}, "out.tif": {"tiffinfo": {700: b"<x/>"}}}
    by_format["out.png"]["pnginfo"].add_itxt("XML:com.adobe.xmp", "<x/>")
    with_xmp = saved(source, **by_format.get(source, {"xmp": b"<x/>"}))
    assert decode_whole(with_xmp).dropped == ("XMP data",)
    assert decode_whole(saved(source)).dropped == ()


def test_avif_names_the_exif_data_that_it_does_not_keep():
    assert decode_whole(saved("a.avif", exif=photo_exif().tobytes())).dropped == ("EXIF data",)


@pytest.mark.parametrize(
    ("extension", "bytes_of_a_pixel", "message"),
    [
        (".tif", 8, r"TIFF holds at most 4.3 GB of pixels; write a .png \(got 4.3 GB\)"),
        (".tif", 3, None),
        (".png", 8, None),
    ],
)
def test_a_tiff_of_more_than_4_gib_is_refused(extension, bytes_of_a_pixel, message):
    if message is None:
        require_fit(extension, 23_200, 23_200, bytes_of_a_pixel)
    else:
        with pytest.raises(ImageError, match=message):
            require_fit(extension, 23_200, 23_200, bytes_of_a_pixel)


def test_quality_is_for_formats_that_lose_something():
    noise = Picture(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    for extension in (".jpg", ".webp"):
        assert len(encode(extension, noise, 30)) < len(encode(extension, noise, 90)) < len(encode(extension, noise))
        for quality in (0, 101):
            with pytest.raises(ImageError, match=rf"^quality: must be between 1 and 100 \(got {quality}\)$"):
                require_quality(quality, extension)
    with pytest.raises(ImageError, match=r"^quality: must be left out for PNG, which loses nothing \(got 90\)$"):
        require_quality(90, ".png")
    require_quality(None, ".png")
