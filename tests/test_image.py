"""What people hand in, and the rules by which files become 8-bit RGB."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from degradekit import HighOrder, ImageError
from degradekit.functional.levels import to_float, to_pixels
from degradekit.image import decode, encode_png, unpack

RECIPE = HighOrder(scale=2)


def saved(picture: Image.Image, format: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def test_every_kind_gives_the_same_lr_and_comes_back_as_it_was(astronaut):
    hr = astronaut[:64, :80]
    lr = RECIPE(hr, seed=1)
    assert lr.dtype == np.uint8
    as_float = RECIPE(to_float(hr), seed=1)
    assert as_float.dtype == np.float32
    np.testing.assert_array_equal(as_float, lr.astype(np.float32) / np.float32(255))
    as_16 = RECIPE(hr.astype(np.uint16) * 257, seed=1)
    assert as_16.dtype == np.uint16
    np.testing.assert_array_equal(as_16, lr.astype(np.uint16) * 257)
    as_pil = RECIPE(Image.fromarray(hr), seed=1)
    assert isinstance(as_pil, Image.Image)
    assert as_pil.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(as_pil), lr)


def test_gray_stays_gray_in_its_own_shape(astronaut):
    gray = astronaut[:64, :80, 1]
    lr = RECIPE(gray, seed=1)
    assert lr.shape == (32, 40)
    with_axis = RECIPE(gray[:, :, None], seed=1)
    assert with_axis.shape == (32, 40, 1)
    np.testing.assert_array_equal(with_axis[:, :, 0], lr)
    as_pil = RECIPE(Image.fromarray(gray), seed=1)
    assert as_pil.mode == "L"
    np.testing.assert_array_equal(np.asarray(as_pil), lr)


def test_arrays_that_are_not_contiguous_or_are_read_only_work(astronaut):
    hr = astronaut[:64, :80]
    expected = RECIPE(np.ascontiguousarray(hr[::-1, ::-1]), seed=1)
    view = hr[::-1, ::-1]
    view.setflags(write=False)
    np.testing.assert_array_equal(RECIPE(view, seed=1), expected)
    np.testing.assert_array_equal(RECIPE(to_float(hr)[::-1, ::-1], seed=1), to_float(expected))


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.zeros((4, 4, 4), np.uint8), r"must be \(H, W\), \(H, W, 1\) or \(H, W, 3\).*got shape \(4, 4, 4\)"),
        (np.zeros((4,), np.uint8), "got shape"),
        (np.zeros((0, 4, 3), np.uint8), "H, W >= 1"),
        (np.zeros((4, 4, 3), np.float64), r"must be uint8, uint16 or float32 \(got float64\)"),
        (np.full((4, 4, 3), 255, np.float32), r"must lie in \[0, 1\] \(got \[255, 255\]\)"),
        (np.full((4, 4, 3), np.nan, np.float32), r"must lie in \[0, 1\]"),
        ([[1, 2], [3, 4]], r"must be a NumPy array or a PIL image \(got list\)"),
        (None, "got NoneType"),
        ("photo.png", "got str"),
    ],
)
def test_anything_else_is_refused_in_words(picture, message):
    with pytest.raises(ImageError, match=message):
        RECIPE(picture, seed=0)


def test_8_bit_levels_survive_the_way_in_and_out():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    np.testing.assert_array_equal(to_pixels(to_float(levels)), levels)
    image, back = unpack(levels)
    np.testing.assert_array_equal(back(to_pixels(image)), levels)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP", "WEBP", "AVIF"])
def test_formats(format, astronaut):
    options = {"WEBP": {"lossless": True}, "AVIF": {"quality": 100, "subsampling": "4:4:4"}}.get(format, {})
    pixels = decode(saved(Image.fromarray(astronaut), format, **options))
    assert np.abs(pixels.astype(int) - astronaut).max() <= (8 if format == "AVIF" else 0)


def test_gray_files_become_three_equal_channels(astronaut):
    pixels = decode(saved(Image.fromarray(astronaut[:, :, 0]), "PNG"))
    np.testing.assert_array_equal(pixels, np.repeat(astronaut[:, :, :1], 3, axis=2))


def test_16_bit_files_are_rounded_to_8_bits():
    """Pillow alone would drop the low byte: 65407 / 257 is 254.5, 300 / 257 is 1.17, 65535 is white."""
    levels = np.array([[0, 128, 129, 300], [32768, 65406, 65407, 65535]], np.uint16)
    expected = np.rint(levels / 257).astype(np.uint8)
    for extension in (".png", ".tiff"):
        _, data = cv2.imencode(extension, levels)
        np.testing.assert_array_equal(decode(data.tobytes())[:, :, 0], expected)
        color = np.stack([levels, levels[::-1], levels[:, ::-1]], axis=-1)
        _, data = cv2.imencode(extension, color)
        np.testing.assert_array_equal(decode(data.tobytes()), np.rint(color[:, :, ::-1] / 257).astype(np.uint8))


def test_alpha_is_composited_over_white(astronaut):
    rgba = np.dstack([astronaut, np.full(astronaut.shape[:2], 255, np.uint8)])
    np.testing.assert_array_equal(decode(saved(Image.fromarray(rgba), "PNG")), astronaut)
    rgba[:, :200, 3] = 0
    pixels = decode(saved(Image.fromarray(rgba), "PNG"))
    assert (pixels[:, :200] == 255).all()
    np.testing.assert_array_equal(pixels[:, 200:], astronaut[:, 200:])
    deep = rgba.astype(np.uint16) * 257
    _, data = cv2.imencode(".png", deep[:, :, [2, 1, 0, 3]])
    np.testing.assert_array_equal(decode(data.tobytes()), pixels)


def test_gray_with_alpha(astronaut):
    gray = Image.fromarray(astronaut[:, :, 0])
    alpha = Image.new("L", gray.size, 255)
    alpha.paste(0, (0, 0, 100, 400))
    pixels = decode(saved(Image.merge("LA", [gray, alpha]), "PNG"))
    assert (pixels[:, :100] == 255).all()
    np.testing.assert_array_equal(pixels[:, 100:, 1], astronaut[:, 100:, 0])


def test_palettes_are_looked_up_and_their_transparency_composited(astronaut):
    palette = Image.fromarray(astronaut).quantize(64)
    np.testing.assert_array_equal(decode(saved(palette, "PNG")), np.asarray(palette.convert("RGB")))
    index = palette.getpixel((0, 0))
    pixels = decode(saved(palette, "PNG", transparency=index))
    assert (pixels[np.asarray(palette) == index] == 255).all()
    np.testing.assert_array_equal(
        pixels[np.asarray(palette) != index], np.asarray(palette.convert("RGB"))[np.asarray(palette) != index]
    )


def test_bilevel_files(astronaut):
    bilevel = Image.fromarray(astronaut).convert("1")
    np.testing.assert_array_equal(decode(saved(bilevel, "PNG"))[:, :, 0], np.asarray(bilevel.convert("L")))


def test_cmyk_becomes_rgb(astronaut):
    cmyk = Image.fromarray(astronaut).convert("CMYK")
    pixels = decode(saved(cmyk, "TIFF"))
    np.testing.assert_array_equal(pixels, np.asarray(cmyk.convert("RGB")))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_applied(orientation, astronaut):
    from PIL import ImageOps

    picture = Image.fromarray(astronaut[:100])
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(picture, "PNG", exif=exif)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    np.testing.assert_array_equal(decode(data), np.asarray(expected))
    assert decode(data).shape[:2] == ((400, 100) if orientation > 4 else (100, 400))


def test_icc_profiles_are_converted_to_srgb(astronaut):
    """A profile with a doubled gamma darkens the midtones; sRGB's own changes nothing by more than a level."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    same = decode(saved(Image.fromarray(astronaut), "PNG", icc_profile=srgb.tobytes()))
    assert np.abs(same.astype(int) - astronaut).max() <= 1
    lab_like = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    unfit = decode(saved(Image.fromarray(astronaut[:, :, 0]), "PNG", icc_profile=lab_like))
    np.testing.assert_array_equal(unfit[:, :, 0], astronaut[:, :, 0])
    broken = decode(saved(Image.fromarray(astronaut), "PNG", icc_profile=b"no profile at all"))
    np.testing.assert_array_equal(broken, astronaut)
    linear = linear_light_profile(srgb.tobytes())
    brighter = decode(saved(Image.fromarray(astronaut), "PNG", icc_profile=linear))
    middle = (astronaut > 60) & (astronaut < 180)
    assert (brighter[middle].astype(int) - astronaut[middle]).mean() > 30


def linear_light_profile(srgb: bytes) -> bytes:
    """The sRGB profile with its tone curves replaced by the identity: such pictures look much brighter in sRGB."""
    data = bytearray(srgb)
    count = int.from_bytes(data[128:132], "big")
    for entry in range(count):
        at = 132 + 12 * entry
        if data[at : at + 4] in (b"rTRC", b"gTRC", b"bTRC"):
            offset = int.from_bytes(data[at + 4 : at + 8], "big")
            data[offset : offset + 12] = b"curv" + bytes(8)
            data[at + 8 : at + 12] = (12).to_bytes(4, "big")
    return bytes(data)


def test_of_several_frames_the_first_is_taken(astronaut):
    frames = [Image.fromarray(astronaut), Image.fromarray(astronaut[::-1])]
    data = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(decode(data), astronaut)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty file"),
        (b"hello", "not an image"),
        (saved(Image.new("F", (4, 4)), "TIFF"), "floating-point samples"),
        (saved(Image.new("RGB", (400, 400), "red"), "PNG")[:120], "cannot be decoded|not an image"),
        (saved(Image.effect_noise((400, 400), 60), "JPEG")[:5000], "cannot be decoded: .*truncated"),
    ],
)
def test_damaged_files_are_refused_in_words(data, message):
    with pytest.raises(ImageError, match=message):
        decode(data)


def test_16_bit_tiff_of_other_kinds_is_right_or_refused_in_words(astronaut):
    tifffile = pytest.importorskip("tifffile", reason="tifffile, which writes odd TIFF files, is not installed")

    def written(levels, **options) -> bytes:
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, levels, **options)
        return buffer.getvalue()

    deep = astronaut.astype(np.uint16) * 257
    np.testing.assert_array_equal(decode(written(deep, photometric="rgb")), astronaut)
    with pytest.raises(ImageError, match="16-bit color TIFF must be RGB with interleaved samples"):
        decode(written(deep.transpose(2, 0, 1), photometric="rgb", planarconfig="separate"))
    inverted = decode(written(deep[:, :, 0], photometric="miniswhite"))
    np.testing.assert_array_equal(inverted[:, :, 0], 255 - astronaut[:, :, 0])
    for odd in (astronaut[:, :, 0].astype(np.int16), astronaut[:, :, 0].astype(np.uint32)):
        with pytest.raises(ImageError, match="must be unsigned and have at most 16 bits"):
            decode(written(odd, photometric="minisblack"))


def test_decompression_bombs_are_refused():
    bomb = saved(Image.new("1", (20_000, 20_000)), "PNG")
    with pytest.raises(ImageError, match="too many pixels"):
        decode(bomb)


def test_png_round_trip(astronaut):
    np.testing.assert_array_equal(decode(encode_png(astronaut)), astronaut)
    gray = astronaut[:, :, :1]
    assert Image.open(io.BytesIO(encode_png(gray))).mode == "L"
