"""Sizes and fingerprints that are read from the ends of picture files agree with the decoded pictures."""

import io

import numpy as np
import pytest
from odd_files import all_faults, oriented, with_exif
from pictures import saved
from PIL import Image

from degradekit import ImageError
from degradekit.picture_files import decode_whole
from degradekit.picture_headers import read_picture_info

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")


@pytest.fixture
def picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8))


def size(data: bytes) -> tuple[int, int]:
    return read_picture_info(io.BytesIO(data)).size


@pytest.mark.parametrize("format", FORMATS)
def test_sizes_are_read_from_headers(format, picture, monkeypatch):
    data = saved(picture, format)
    monkeypatch.setattr("degradekit.picture_headers.decode_whole", None)
    assert size(data) == (40, 60)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_sizes_are_those_of_the_upright_picture(format, picture):
    for orientation in range(1, 10):
        data = with_exif(picture, format, oriented(bytes([orientation, 0])))
        assert size(data) == decode_whole(data).levels.shape[:2] == ((60, 40) if 5 <= orientation <= 8 else (40, 60))


def test_faults_beside_the_pixels_change_no_size(picture):
    """A file that can be decoded has its decoded size; another file may be refused, but must not get a wrong size."""
    seen = 0
    for kind, fault, data in all_faults(picture):
        try:
            expected = decode_whole(data).levels.shape[:2]
        except ImageError:
            continue
        seen += 1
        assert size(data) == expected, (kind, fault)
    assert seen > 50


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_a_file_without_its_end_is_refused(format, picture):
    data = saved(picture, format)
    with pytest.raises(ImageError, match="cannot be decoded"):
        size(data[:-40])


def test_pictures_without_a_white_level_are_refused():
    data = saved(Image.fromarray(np.zeros((4, 4), np.float32)), "TIFF")
    with pytest.raises(ImageError, match="floating-point"):
        size(data)


def test_too_many_pixels_are_refused(picture):
    with pytest.raises(ImageError, match=r"too many pixels: 60 x 40, more than 2,399"):
        read_picture_info(io.BytesIO(saved(picture, "PNG")), 2399)


def test_a_fingerprint_covers_length_and_both_ends(picture):
    data = bytearray(saved(picture, "BMP") + bytes(4096))
    middle, changed = len(data) // 2, [bytes(data)]
    for at in (2, middle, len(data) - 1):
        data[at] ^= 1
        changed.append(bytes(data))
        data[at] ^= 1
    changed.append(bytes(data) + b"\0")
    seen = [read_picture_info(io.BytesIO(each)).fingerprint for each in changed]
    assert len(data) > 2 * 4096
    assert seen[0] == seen[2]  # which is why a PNG is better known than a BMP
    assert len({*seen}) == 4
