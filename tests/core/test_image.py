"""The kinds of pictures that people hold, and the refusal of all others."""

import numpy as np
import pytest
from PIL import Image

from degradekit import HighOrder, ImageError
from degradekit.functional.levels import to_float, to_pixels
from degradekit.image import to_image

RECIPE = HighOrder(scale=2)


def test_every_kind_gives_the_same_lr_as_the_same_kind(astronaut):
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
        (np.zeros((4, 4, 3), np.float64), r"uint8, uint16 or float32; convert it with .astype\('float32'\) \(got"),
        (np.zeros((4, 4, 3), np.int64), r"must be uint8, uint16 or float32 \(got int64\)"),
        (np.zeros((3, 4, 5), np.uint8), r"; move the channels with .transpose\(1, 2, 0\) \(got shape \(3, 4, 5\)\)"),
        (np.full((4, 4, 3), 255, np.float32), r"must lie in \[0, 1\]; divide 8-bit levels by 255 \(got \[255, 255\]\)"),
        (np.full((4, 4, 3), np.nan, np.float32), r"must lie in \[0, 1\]"),
        ([[1, 2], [3, 4]], r"must be a NumPy array or a PIL image \(got list\)"),
        (None, "got NoneType"),
        ("photo.png", "got str"),
    ],
)
def test_anything_else_is_refused_in_words(picture, message):
    with pytest.raises(ImageError, match=message):
        RECIPE(picture, seed=0)


def test_8_bit_levels_are_restored_exactly():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    np.testing.assert_array_equal(to_pixels(to_float(levels)), levels)
    image, restore = to_image(levels)
    np.testing.assert_array_equal(restore(to_pixels(image)), levels)
