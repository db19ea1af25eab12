"""The rules by which picture files become 8-bit RGB."""

import io
import subprocess
import sys
import textwrap
import warnings

import cv2
import numpy as np
import pytest
from pictures import saved
from PIL import Image, ImageCms

from degradekit import ImageError
from degradekit.decoders import silence_decoders
from degradekit.picture_files import decode


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP", "WEBP", "AVIF"])
def test_every_format_is_read(format, astronaut):
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
        (b"x", "^not an image$"),
        (b"x\n", "^not an image$"),
        (b"BM" + bytes(9), "^cannot be decoded: its data is damaged$"),
        (b"II*\0", "^cannot be decoded: its data is damaged$"),
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
    for whole, options in (
        (astronaut.astype(np.float32), {"photometric": "rgb"}),
        (astronaut[:, :, 0].astype(np.complex64), {"photometric": "minisblack"}),
        (deep[:, :, :2], {"photometric": "minisblack", "planarconfig": "contig", "extrasamples": ["unassalpha"]}),
    ):
        with pytest.raises(ImageError, match="no samples of this kind; convert to gray or RGB of 8 or 16 bits"):
            decode(written(whole, **options))


def test_a_command_is_silent_about_what_pillow_warns_of(monkeypatch):
    monkeypatch.setenv("OPENCV_LOG_LEVEL", "SILENT")
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        silence_decoders()
        with pytest.raises(ImageError, match="cannot be decoded"):
            decode(b"II*\0\x08\0\0\0")
    assert not heard


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Pillow holds libtiff inside its own module")
def test_libtiff_writes_no_line_where_decoders_are_silenced(astronaut):
    """In a process of its own, as its handler stays away."""
    damaged = bytearray(saved(Image.fromarray(astronaut), "TIFF", compression="tiff_lzw"))
    at = damaged.index(b"\x80", 100)
    damaged[at : at + 900] = bytes(900)
    script = """
    import sys
    from degradekit import ImageError
    from degradekit.decoders import silence_decoders
    from degradekit.picture_files import decode
    if sys.argv[1] == "silent":
        silence_decoders()
    try:
        decode(sys.stdin.buffer.read())
    except ImageError as error:
        print(error)
    """
    for mode, is_silent in (("silent", True), ("as it is", False)):
        command = [sys.executable, "-c", textwrap.dedent(script), mode]
        done = subprocess.run(command, input=bytes(damaged), capture_output=True, check=True)
        assert b"cannot be decoded" in done.stdout
        assert (done.stderr == b"") == is_silent, done.stderr


def test_decompression_bombs_are_refused():
    bomb = saved(Image.new("1", (20_000, 20_000)), "PNG")
    with pytest.raises(ImageError, match="too many pixels"):
        decode(bomb)
