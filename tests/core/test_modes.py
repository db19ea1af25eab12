"""Values are right for every mode and depth: what is read against a computation by hand."""

import colorsys
import io
import struct

import numpy as np
import pytest
from pictures import chunk, png_of
from PIL import Image

from degradekit import ImageError
from degradekit.modes import MODES, flatten, whole
from degradekit.picture_files import decode, decode_whole

SIZE = 20, 24
pytestmark = pytest.mark.usefixtures("small_strips")


def drawn(channels: int, most: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, most + 1, (*SIZE, channels))


def over_white(levels: np.ndarray, white: int) -> np.ndarray:
    """(H, W, C) levels with alpha last, as 8-bit RGB over white, unrounded: first rounded to 8 bits, as documented."""
    eight = np.rint(np.asarray(levels, float) * 255 / white)
    alpha = eight[..., -1:] / 255
    return np.broadcast_to(eight[..., :-1] * alpha + 255 * (1 - alpha), (*SIZE, 3))


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("transparent", [False, True])
def test_gray_png(bits, transparent):
    most, white = 2**bits - 1, 65535 if bits == 16 else 255
    samples = drawn(1, most)
    key = int(samples[3, 4, 0])
    beside = [chunk(b"tRNS", struct.pack(">H", key))] if transparent else []
    data = png_of(samples, bits, 0, *beside)
    expected = samples * (white // most)
    if transparent:
        expected = np.concatenate([expected, np.where(samples == key, 0, white)], 2)
    np.testing.assert_array_equal(decode_whole(data).levels, expected)
    assert decode_whole(data).levels.dtype == (np.uint16 if bits == 16 else np.uint8)
    if not transparent:
        expected = np.concatenate([expected, np.full_like(expected, white)], 2)
    np.testing.assert_array_equal(decode(data), over_white(expected, white))


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("transparent", [False, True])
def test_rgb_png(bits, transparent):
    white = 2**bits - 1
    samples = drawn(3, white)
    samples[5:9, 5:9] = samples[5, 5]
    samples[12, 12] = samples[5, 5] + [0, 0, 1]  # a neighbor in the low byte is not transparent
    beside = [chunk(b"tRNS", struct.pack(">3H", *samples[5, 5]))] if transparent else []
    data = png_of(samples, bits, 2, *beside)
    alpha = np.where((samples == samples[5, 5]).all(2), 0, white)[..., None]
    expected = np.concatenate([samples, alpha], 2) if transparent else samples
    np.testing.assert_array_equal(decode_whole(data).levels, expected)
    alpha = alpha if transparent else np.full_like(alpha, white)
    np.testing.assert_array_equal(decode(data), over_white(np.concatenate([samples, alpha], 2), white))


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize(("color", "channels"), [(4, 2), (6, 4)])
def test_png_with_alpha(bits, color, channels):
    white = 2**bits - 1
    samples = drawn(channels, white)
    data = png_of(samples, bits, color)
    np.testing.assert_array_equal(decode_whole(data).levels, samples)
    assert np.abs(decode(data) - over_white(samples, white)).max() <= 0.51  # rounded once


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("alphas", [0, 1, 2**8])
def test_palette_png(bits, alphas):
    colors = np.random.default_rng(1).integers(0, 256, (2**bits, 3), dtype=np.uint8)
    alpha = np.full(2**bits, 255)
    alpha[: min(alphas, 2**bits)] = np.random.default_rng(2).integers(0, 255, min(alphas, 2**bits))
    indices = drawn(1, 2**bits - 1)
    transparency = chunk(b"tRNS", bytes(alpha[: min(alphas, 2**bits)].tolist()))
    data = png_of(indices, bits, 3, chunk(b"PLTE", colors.tobytes()), *([transparency] if alphas else []))
    expected = np.concatenate([colors, alpha[:, None]], 1)[indices[..., 0]]
    levels = decode_whole(data).levels
    np.testing.assert_array_equal(levels, expected if alphas else expected[..., :3])
    assert np.abs(decode(data) - over_white(expected, 255)).max() <= 0.51


def written(levels: np.ndarray, **options) -> bytes:
    tifffile = pytest.importorskip("tifffile", reason="tifffile, which writes odd TIFF files, is not installed")
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, levels, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("tile", [None, (16, 16)])
def test_tiff_is_right_or_refused(bits, order, tile):
    """Photometric interpretations, planes and extra samples, in strips and tiles of both byte orders."""
    white, options = 2**bits - 1, {"byteorder": order, "tile": tile}
    four = drawn(4, white).astype(f"u{bits // 8}")
    four[..., :3] = np.minimum(four[..., :3], four[..., 3:])  # as premultiplied colors are
    rgb, gray = four[..., :3], four[..., 0]
    alpha = np.maximum(four[..., 3:].astype(float), 1)
    divided = np.concatenate([rgb * (white / alpha), four[..., 3:]], 2)
    cases = [
        (rgb, {"photometric": "rgb"}, rgb),
        (rgb.transpose(2, 0, 1), {"photometric": "rgb", "planarconfig": "separate"}, rgb if bits == 8 else None),
        (gray, {"photometric": "minisblack"}, gray[..., None]),
        (gray, {"photometric": "miniswhite"}, None if order == ">" and bits == 16 else white - gray[..., None]),
        (four, {"photometric": "rgb", "extrasamples": ["unspecified"]}, rgb),
        (four, {"photometric": "rgb", "extrasamples": ["unassalpha"]}, four),
        (four, {"photometric": "rgb", "extrasamples": ["assocalpha"]}, divided),
        (four[..., 2:], {"photometric": "minisblack", "extrasamples": ["unassalpha"]}, four[..., 2:]),
        (gray.astype(f"i{bits // 8}"), {"photometric": "minisblack"}, None),
        (gray.astype("u4"), {"photometric": "minisblack"}, None),
        (gray.astype("f4"), {"photometric": "minisblack"}, None),
        (rgb.astype("f4"), {"photometric": "rgb"}, None),
    ]
    for index, (levels, kind, expected) in enumerate(cases):
        data = written(levels, **kind, **options)
        if expected is None or (bits == 16 and index == 7):
            with pytest.raises(ImageError):
                decode(data)
            continue
        read = decode_whole(data).levels
        assert read.dtype == four.dtype
        assert np.abs(read - expected.astype(float)).max() <= (1 if kind.get("extrasamples") == ["assocalpha"] else 0)


def test_12_bits_are_as_white_as_16():
    samples = drawn(1, 4095)
    samples[0, 0] = 4095
    bits = np.unpackbits(samples.astype(">u2").view(np.uint8).reshape(*SIZE, 2), axis=2)[..., 4:]
    content = np.packbits(bits.reshape(SIZE[0], -1), axis=1).tobytes()
    tags = {256: SIZE[1], 257: SIZE[0], 258: 12, 259: 1, 262: 1, 273: 8, 277: 1, 278: SIZE[0], 279: len(content)}
    rows = b"".join(struct.pack("<HHLL", tag, 4, 1, value) for tag, value in tags.items())
    directory = struct.pack("<H", len(tags)) + rows + bytes(4)
    data = b"II*\0" + struct.pack("<L", 8 + len(content)) + content + directory
    assert np.abs(decode_whole(data).levels - samples * 65535 / 4095).max() <= 1


def test_cmyk_without_a_profile_is_the_paper_that_ink_leaves():
    cmyk = drawn(4, 255).astype(np.uint8)
    expected = (255.0 - cmyk[..., :3]) * (255.0 - cmyk[..., 3:]) / 255
    picture = Image.frombytes("CMYK", SIZE[::-1], cmyk.tobytes())
    for kind, options, tolerance in (("TIFF", {}, 1), ("JPEG", {"quality": 100, "subsampling": 0}, 8)):
        buffer = io.BytesIO()
        picture.save(buffer, kind, **options)
        assert np.abs(decode(buffer.getvalue()) - expected).max() <= tolerance, kind


def in_mode(mode: str) -> tuple[Image.Image, np.ndarray]:
    """Return a picture in a mode, and what it is as unrounded RGBA."""
    four = drawn(4, 255, seed=3).astype(np.uint8)
    rgb, alpha = four[..., :3], np.full((*SIZE, 1), 255)
    gray = np.repeat(four[..., :1], 3, 2)
    if mode in ("L", "RGB"):
        return Image.fromarray(four[..., 0] if mode == "L" else rgb), np.dstack([gray if mode == "L" else rgb, alpha])
    if mode == "1":
        bilevel = Image.fromarray(four[..., 0] > 99)
        return bilevel, np.dstack([np.repeat((four[..., :1] > 99) * 255, 3, 2), alpha])
    if mode in ("LA", "RGBA", "RGBX"):
        levels = four[..., 2:] if mode == "LA" else four
        colors = np.repeat(levels[..., :1], 3, 2) if mode == "LA" else rgb
        return _from(mode, levels), np.dstack([colors, alpha if mode == "RGBX" else levels[..., -1:]])
    if mode in ("La", "RGBa"):
        levels = four[..., 2:].copy() if mode == "La" else four.copy()
        levels[..., :-1] = np.minimum(levels[..., :-1], levels[..., -1:])
        colors = levels[..., :-1] * 255.0 / np.maximum(levels[..., -1:], 1)
        return _from(mode, levels), np.dstack([np.repeat(colors, 3, 2) if mode == "La" else colors, levels[..., -1:]])
    if mode in ("P", "PA"):
        palette = np.random.default_rng(5).integers(0, 256, (256, 3), dtype=np.uint8)
        indices = Image.fromarray(four[..., 0])
        indices.putpalette(palette.tobytes())
        if mode == "PA":
            indices = indices.convert("PA")
            indices.putalpha(Image.fromarray(four[..., 3]))
        return indices, np.dstack([palette[four[..., 0]], four[..., 3:] if mode == "PA" else alpha])
    if mode == "CMYK":
        return _from(mode, four), np.dstack([(255.0 - rgb) * (255.0 - four[..., 3:]) / 255, alpha])
    if mode == "YCbCr":
        y, cb, cr = rgb[..., 0], rgb[..., 1] - 128.0, rgb[..., 2] - 128.0
        colors = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], -1).clip(0, 255)
        return _from(mode, rgb), np.dstack([colors, alpha])
    if mode == "HSV":
        colors = [colorsys.hsv_to_rgb(*(color / 255)) for color in rgb.reshape(-1, 3)]
        return _from(mode, rgb), np.dstack([np.reshape(colors, rgb.shape) * 255, alpha])
    assert mode == "LAB"
    neutral = four[..., :1] // 2 + 64  # L* of grays, whose a and b are 0
    lab = np.concatenate([neutral, np.zeros((*SIZE, 2), np.uint8)], 2)
    y = ((neutral / 2.55 + 16) / 116) ** 3
    return _from(mode, lab), np.dstack([np.repeat(255 * (1.055 * y ** (1 / 2.4) - 0.055), 3, 2), alpha])


def _from(mode: str, levels: np.ndarray) -> Image.Image:
    return Image.frombytes(mode, SIZE[::-1], np.ascontiguousarray(levels).tobytes())


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_of_pillow(mode):
    picture, expected = in_mode(mode)
    assert picture.mode == mode
    read = whole(picture, None)
    assert read.levels.shape[2] == {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}[MODES[mode]]
    tolerance = {"HSV": 3, "LAB": 2, "YCbCr": 2, "La": 2, "RGBa": 2}.get(mode, 1)
    seen = expected[..., 3] >= 16  # where alpha is all but zero a color of 8 bits cannot be divided out
    flat = np.broadcast_to(flatten(read), (*SIZE, 3))
    assert np.abs(flat - over_white(expected, 255))[seen].max() <= tolerance


def test_a_mode_without_a_rule_is_refused():
    picture = Image.new("RGB", (4, 4))
    picture._mode = "BGR;15"
    with pytest.raises(ImageError, match="pixels of Pillow's mode 'BGR;15' are not supported"):
        whole(picture, None)
