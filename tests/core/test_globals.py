"""Threads share no setting: the library changes no global of the process, and minds none of Pillow's."""

import os
import warnings
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import PIL.Image
import PIL.ImageFile
import PIL.PngImagePlugin
import pytest
from odd_files import SETTINGS, saved

from degradekit import ImageError
from degradekit.dataset.pictures import encode
from degradekit.picture_files import decode, decode_whole


def settings() -> tuple:
    """What libraries keep for the whole process."""
    pillow = PIL.Image.MAX_IMAGE_PIXELS, PIL.ImageFile.LOAD_TRUNCATED_IMAGES, PIL.PngImagePlugin.MAX_TEXT_MEMORY
    return *pillow, cv2.getNumThreads(), list(warnings.filters), warnings.showwarning, dict(os.environ)


def test_the_limit_of_one_thread_is_not_anothers():
    small, large = (encode(np.zeros((side, side, 3), np.uint8), "png") for side in (40, 60))
    before = settings()

    def outcome(index: int) -> str:
        try:
            return str(decode(*((small, 40 * 40), (large, 60 * 60), (large, 40 * 40))[index % 3]).shape)
        except ImageError as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(outcome, range(600)))
    expected = ["(40, 40, 3)", "(60, 60, 3)", "too many pixels: 60 x 60, more than 1,600, perhaps a decompression bomb"]
    assert outcomes == expected * 200
    assert settings() == before


@pytest.mark.parametrize("limit", [1, 100, None])
@pytest.mark.parametrize("format", [*SETTINGS, "GIF", "BMP"])
def test_a_limit_that_a_program_sets_for_pillow_is_not_the_librarys(format, limit, photo, monkeypatch):
    picture = PIL.Image.fromarray(photo("coffee.png")[:20, :30])
    data = saved(picture.quantize(64) if format == "GIF" else picture, format)
    expected = decode(data)
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", limit)
    np.testing.assert_array_equal(decode(data), expected)
    for read in (decode, decode_whole):
        with pytest.raises(ImageError, match="too many pixels: 30 x 20, more than 599, perhaps a decompression bomb"):
            read(data, 599)
        read(data, 600)
