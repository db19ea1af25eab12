"""Pictures of datasets: each encoding holds the same pixels for every decoder, and damage is refused."""

import io
import struct
import zlib

import cv2
import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from degradekit import ImageError
from degradekit.dataset.pictures import decode, encode, encoding_of, picture_size

ENCODINGS = ("png", "uncompressed png", "webp")
SHAPES = [(1, 1), (1, 7), (7, 1), (3, 5), (2, 16_383), (257, 85), (100, 400)]
"""One row, one column, rows that fill deflate's blocks exactly and not, and the longest row of a WebP."""
DAMAGED = r"^cannot be decoded: its data is damaged$"


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_decoder_sees_the_pixels_that_were_encoded(shape, encoding):
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    data = encode(pixels, encoding)
    assert encoding_of(data) == encoding
    assert picture_size(data) == shape
    assert encode(pixels, encoding) == data
    decoded = (
        decode(data),
        decode(memoryview(pa.py_buffer(data))),
        np.asarray(Image.open(io.BytesIO(data))),
        cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)[..., ::-1],
    )
    for other in decoded:
        np.testing.assert_array_equal(other, pixels)


def test_uncompressed_pngs_are_decoded_without_a_library(monkeypatch, astronaut):
    data = encode(astronaut, "uncompressed png")
    monkeypatch.setattr("cv2.imdecode", lambda *_: pytest.fail("it has reached OpenCV"))
    np.testing.assert_array_equal(decode(data), astronaut)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_damaged_or_cut_picture_is_refused_or_shows_the_same(encoding, astronaut):
    """A bit may be one that no decoder needs, as in OpenCV's resolution of a PNG, but never shows other pixels.

    WebP has no checksum: of one that is damaged, only that nothing worse happens is known.
    """
    pixels = astronaut[60:100, 120:160].copy()
    data = encode(pixels, encoding)
    for at in range(0, len(data), 7):
        for damaged in (data[:at], data[:at] + bytes([data[at] ^ 16]) + data[at + 1 :]):
            try:
                decoded = decode(damaged)
            except ImageError:
                continue
            if encoding != "webp":
                np.testing.assert_array_equal(decoded, pixels, err_msg=f"byte {at}")


def _with_checksum(png: bytes, at: int, changed: bytes) -> bytes:
    """Change bytes of the pixels of an uncompressed PNG, and the checksum with them."""
    png = png[:at] + changed + png[at + len(changed) :]
    return png[:-16] + struct.pack(">I", zlib.crc32(png[37:-16])) + png[-12:]


def test_an_uncompressed_png_of_another_program_is_decoded_by_a_library(astronaut):
    """As one with another filter in its first row: for row 0, Up and none are the same."""
    pixels = astronaut[60:80, 120:140].copy()
    data = encode(pixels, "uncompressed png")
    stream = bytearray(data[48:-20])
    stream[0] = 0
    other = _with_checksum(data[:-20] + struct.pack(">I", zlib.adler32(bytes(stream))) + data[-16:], 48, b"\0")
    assert encoding_of(other) == "png"
    np.testing.assert_array_equal(decode(other), pixels)


@pytest.mark.parametrize("at", [43, 44, 46, 48, 48 + 61])
def test_an_uncompressed_png_whose_checksum_fits_its_damage_is_refused(at, astronaut):
    """Its blocks, their lengths, its filters: what differs from what is written goes to libpng, which refuses it."""
    data = encode(astronaut[60:80, 120:140].copy(), "uncompressed png")
    with pytest.raises(ImageError, match=DAMAGED):
        decode(_with_checksum(data, at, b"\x07"))


@pytest.mark.parametrize("chunk", [b"IDAT", b"IEND"])
@pytest.mark.parametrize("claimed", [2**31 + 99, 10**6, 1])
def test_a_png_with_a_chunk_longer_than_the_file_does_not_reach_opencv(claimed, chunk, monkeypatch):
    """OpenCV sets memory aside for all that the chunk claims."""
    data = encode(np.zeros((8, 8, 3), np.uint8), "png")
    at = data.index(chunk) - 4
    monkeypatch.setattr("cv2.imdecode", lambda *_: pytest.fail("it has reached OpenCV"))
    for damaged in (data[:at] + claimed.to_bytes(4) + data[at + 4 :], data[:-12]):
        with pytest.raises(ImageError, match=DAMAGED):
            decode(damaged)


@pytest.mark.parametrize("at", [16, 41, 60, -14, -3])
def test_a_png_whose_checksum_does_not_fit_does_not_reach_opencv(at, monkeypatch):
    """Its libpng would write lines of its own to stderr."""
    data = bytearray(encode(np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8), "png"))
    data[at] ^= 1
    monkeypatch.setattr("cv2.imdecode", lambda *_: pytest.fail("it has reached OpenCV"))
    with pytest.raises(ImageError):
        decode(bytes(data))


def _saved(mode: str, format: str, **options) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (9, 9)).save(buffer, format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        _saved("RGB", "WEBP"),
        _saved("RGBA", "WEBP", lossless=True),
        _saved("RGB", "WEBP", lossless=True, exif=Image.Exif(), icc_profile=b"x" * 200),
        _saved("RGB", "WEBP", lossless=True) + b"more",
        _saved("RGB", "WEBP", lossless=True)[:-2],
        _saved("L", "PNG"),
        _saved("RGBA", "PNG"),
        _saved("RGB", "JPEG"),
    ],
    ids=["none", "start", "lossy", "alpha", "extended", "longer", "cut", "gray", "RGBA", "JPEG"],
)
def test_other_files_are_no_pictures_of_a_dataset(data, monkeypatch):
    monkeypatch.setattr("cv2.imdecode", lambda *_: pytest.fail("it has reached OpenCV"))
    for use in (decode, picture_size, encoding_of):
        with pytest.raises(ImageError, match="cannot be decoded: not a PNG or lossless WebP of 8-bit RGB"):
            use(data)


def test_a_webp_of_too_many_pixels_is_not_decoded(monkeypatch):
    monkeypatch.setattr("cv2.imdecode", lambda *_: pytest.fail("it has reached OpenCV"))
    data = bytearray(encode(np.zeros((8, 8, 3), np.uint8), "webp"))
    data[21:25] = (16_383 | 16_383 << 14).to_bytes(4, "little")
    with pytest.raises(ImageError, match=r"^has too many pixels: 16384 x 16384"):
        decode(bytes(data))


def test_what_a_webp_cannot_hold_is_refused():
    with pytest.raises(ImageError, match=r"^WebP holds at most 16,383 pixels a side; .* \(got 16384 x 1\)$"):
        encode(np.zeros((1, 16_384, 3), np.uint8), "webp")
