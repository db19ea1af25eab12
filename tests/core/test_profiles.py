"""ICC profiles: colors that they define come out as sRGB, against the definition of the spaces in floating point."""

import struct

import numpy as np
import pytest
from odd_files import LAB, PROFILES, SRGB, saved
from PIL import Image

from degradekit.colors import is_applicable
from degradekit.modes import PROFILE_IGNORED
from degradekit.picture_files import decode, decode_whole
from degradekit.sixteen_bits import encode_16_bit_png

D50 = 0.9642, 1.0, 0.8249
PRIMARIES = {  # colorants relative to D50, as the spaces' own profiles have them
    "Adobe RGB": ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)),
    "Display P3": ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)),
    "ProPhoto": ((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491)),
}
SRGB_COLORANTS = np.array(((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))).T

pytestmark = pytest.mark.usefixtures("small_strips")


def fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def profile(space: bytes, gamma: float, colorants: tuple = ()) -> bytes:
    """Return a profile of a monitor: gray, or RGB of three colorants, with a gamma."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    tags = [(b"wtpt", b"XYZ " + bytes(4) + fixed(*D50)), (b"cprt", b"text" + bytes(4) + b"none\0\0\0\0")]
    tags.append((b"desc", b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(79)))
    tags += [(letter + b"TRC", curve) for letter in ([b"r", b"g", b"b"] if colorants else [b"k"])]
    tags += [
        (letter + b"XYZ", b"XYZ " + bytes(4) + fixed(*c))
        for letter, c in zip((b"r", b"g", b"b"), colorants, strict=False)
    ]
    head = bytes(8) + b"\2\x20\0\0mntr" + space + b"XYZ " + bytes(12) + b"acsp" + bytes(28) + fixed(*D50) + bytes(48)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags:
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(content))
        body += content
    data = head + table + body
    return struct.pack(">I", len(data)) + data[4:]


def encoded(linear: np.ndarray) -> np.ndarray:
    """Return linear light as sRGB levels 0..255, unrounded."""
    linear = linear.clip(0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("space", PRIMARIES)
@pytest.mark.parametrize("format", ["PNG", "TIFF"])
@pytest.mark.parametrize("alpha", [False, True])
def test_colors_of_a_wide_gamut_become_srgb(space, format, alpha):
    levels = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    picture = Image.fromarray(levels)
    if alpha:
        picture.putalpha(255)
    data = saved(picture, format, icc_profile=profile(b"RGB ", 2.2, PRIMARIES[space]))
    to_srgb = np.linalg.inv(SRGB_COLORANTS) @ np.array(PRIMARIES[space]).T
    expected = encoded((levels / 255) ** 2.2 @ to_srgb.T)
    difference = np.abs(decode(data) - expected)
    assert difference.mean() < 0.5  # LittleCMS computes 8-bit levels in fixed point
    assert difference.max() < 6
    assert decode_whole(data).profile is not None


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
@pytest.mark.parametrize(("mode", "bits"), [("L", 8), ("LA", 8), ("L", 16)])
def test_a_gray_profile_is_applied_to_gray_pictures(mode, bits, gamma):
    gray = np.arange(256, dtype=np.uint8).reshape(16, 16)
    picture = Image.fromarray(gray)
    if bits == 16:
        picture = Image.frombytes("I;16", picture.size, (gray.astype("<u2") * 257).tobytes())
    elif mode == "LA":
        picture.putalpha(255)
    data = saved(picture, "PNG", icc_profile=profile(b"GRAY", gamma))
    difference = np.abs(decode(data) - encoded((gray[..., None] / 255) ** gamma))
    dark = gray < 8  # where LittleCMS, which interpolates between 33 nodes, departs from a linear profile's steep start
    assert difference[~dark].max() <= 2
    assert difference.max() <= (10 if gamma == 1 else 2)
    assert difference.mean() < 0.6


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK"])
def test_a_profile_of_another_kind_of_picture_is_ignored_and_noted(mode):
    picture = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).convert("RGB").convert(mode)
    unfit = profile(b"GRAY", 1.0) if mode in ("RGB", "RGBA", "CMYK") else profile(b"RGB ", 1.0, PRIMARIES["Adobe RGB"])
    for data in (saved(picture, "TIFF", icc_profile=unfit), saved(picture, "TIFF", icc_profile=LAB)):
        np.testing.assert_array_equal(decode(data), decode(saved(picture, "TIFF")))
        assert decode_whole(data)[1:3] == (None, (PROFILE_IGNORED,))


def test_no_odd_profile_is_applicable():
    assert is_applicable(SRGB, "RGB")
    assert not [name for name, data in PROFILES.items() for mode in ("L", "RGB") if is_applicable(data, mode)]
    assert not is_applicable(SRGB + bytes(2**24), "RGB")
    assert not is_applicable(b"", "RGB")


def test_16_bits_keep_their_profile_and_are_converted_when_rounded():
    levels = np.random.default_rng(0).integers(0, 65536, (16, 16, 2), dtype=np.uint16)
    linear = profile(b"GRAY", 1.0)
    data = encode_16_bit_png(levels, linear)
    read = decode_whole(data)
    np.testing.assert_array_equal(read.levels, levels)
    assert read.profile == linear
    opaque = encode_16_bit_png(levels[..., :1], linear)
    assert np.abs(decode(opaque) - encoded(levels[..., :1] / 65535)).max() <= 14  # near black a level of linear light
