"""The kinds of pictures that people hold, and the refusal of all others."""

import io
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from degradekit import HighOrder, ImageError, RecipeError
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


FLOAT = np.zeros((4, 5, 3), np.float32)
REFUSED = {
    "four channels": (
        np.zeros((4, 5, 4), np.uint8),
        "leave the alpha channel out with [:, :, :3] (got shape (4, 5, 4))",
    ),
    "gray and alpha": (
        np.zeros((4, 5, 2), np.uint8),
        "leave the alpha channel out with [:, :, :1] (got shape (4, 5, 2))",
    ),
    "one axis": (np.zeros(4, np.uint8), "must be (H, W), (H, W, 1) or (H, W, 3) with H, W >= 1 (got shape (4,))"),
    "nothing": (FLOAT[:0], "with H, W >= 1 (got shape (0, 5, 3))"),
    "float64": (FLOAT.astype("f8"), "float32; convert it with .astype('float32') (got float64)"),
    "float16": (FLOAT.astype("f2"), "float32; convert it with .astype('float32') (got float16)"),
    "int64": (FLOAT.astype("i8"), "convert it with .astype('uint8'), if it holds levels 0..255 (got int64)"),
    "bool": (FLOAT > 0, "convert it with .astype('uint8') * 255 (got bool)"),
    "complex": (FLOAT.astype("c8"), "must be uint8, uint16 or float32 (got complex64)"),
    "objects": (FLOAT.astype(object), "must be uint8, uint16 or float32 (got object)"),
    "channels first": (FLOAT.transpose(2, 0, 1), "; move the channels with .transpose(1, 2, 0) (got shape (3, 4, 5))"),
    "float64 with channels first": (
        FLOAT.transpose(2, 0, 1).astype("f8"),
        ".astype('float32'), and must be (H, W), (H, W, 1) or (H, W, 3) with H, W >= 1; move the channels with"
        " .transpose(1, 2, 0) (got float64, shape (3, 4, 5))",
    ),
    "a batch": (
        np.zeros((2, 4, 5, 3), np.uint8),
        "; pass the images of a batch one at a time (got shape (2, 4, 5, 3))",
    ),
    "levels as float": (FLOAT + 255, "must lie in [0, 1]; divide 8-bit levels by 255 (got [255, 255])"),
    "below black": (FLOAT - 1, "must lie in [0, 1] (got [-1, -1])"),
    "nan": (FLOAT + np.nan, "must lie in [0, 1] (got [nan, nan])"),
    "a masked array": (np.ma.array(FLOAT), "must not be a masked array; fill what is masked with .filled(value)"),
    "a list": ([[1, 2], [3, 4]], "; convert it with np.array(levels, 'uint8') (got list)"),
    "a path": (Path("photo.png"), "; open a file with PIL.Image.open(path) (got pathlib.PosixPath)"),
    "text": ("photo.png", "; open a file with PIL.Image.open(path) (got str)"),
    "None": (None, "must be a NumPy array or a PIL image (got NoneType)"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_anything_else_is_refused_with_the_conversion_that_helps(kind):
    picture, message = REFUSED[kind]
    drawn = RECIPE.sample((4, 5), seed=0)
    for call in (lambda hr: RECIPE(hr, seed=0), drawn, lambda hr: list(drawn.trace(hr))):
        with pytest.raises(ImageError, match=f"^image: .*{re.escape(message)}$"):
            call(picture)
    for call in (drawn.apply, drawn.to_pixels):
        with pytest.raises(ImageError, match=r"^image: [^\n]*$"):
            call(picture)


@pytest.mark.parametrize("kind", ["uint8", "uint16", "gray", "PIL"])
def test_what_only_the_call_takes_is_refused_where_floats_are_asked_for(kind, astronaut):
    hr = {"uint8": astronaut, "uint16": astronaut.astype(np.uint16), "gray": to_float(astronaut)[..., 0]}.get(kind)
    drawn = RECIPE.sample((400, 400), seed=0)
    for call in (drawn.apply, drawn.to_pixels):
        with pytest.raises(
            ImageError, match=r"^image: must be a float32 array .*; call the degradation on other kinds"
        ):
            call(Image.fromarray(astronaut) if hr is None else hr)
    for step, image in drawn.trace(astronaut):
        assert image.max() < 2, step


FLOATS = ("float64", "float16", "bfloat16")


def test_tensors_are_refused_with_their_way_to_an_array():
    torch = pytest.importorskip("torch")
    for tensor, way in (
        (torch.zeros(4, 5, 3), ".numpy()"),
        (torch.zeros(3, 4, 5), ".permute(1, 2, 0).numpy()"),
        (torch.zeros(2, 3, 4, 5), "[0].permute(1, 2, 0).numpy()"),
        (torch.zeros(3, 4, 5, requires_grad=True), ".detach().permute(1, 2, 0).numpy()"),
        (torch.zeros(3, 4, 5, device="meta"), ".cpu().permute(1, 2, 0).numpy()"),
        *((torch.zeros(4, 5, 3, dtype=getattr(torch, kind)), ".float().numpy()") for kind in FLOATS),
    ):
        with pytest.raises(ImageError, match=re.escape(f"; convert it with {way} (got torch.Tensor)")):
            RECIPE(tensor, seed=0)


def test_the_size_is_asked_for_without_the_pixels(astronaut):
    for size, message in (
        (astronaut, "such as hr.shape[:2]; to degrade an image, call the recipe (got ndarray of shape (400, 400, 3))"),
        (
            Image.fromarray(astronaut),
            "(hr.height, hr.width); to degrade an image, call the recipe (got RGB of 400 x 400)",
        ),
        (400, "integers >= 1, such as (400, 400) (got 400)"),
        (astronaut.shape, "integers >= 1; leave the channels out, such as hr.shape[:2] (got [400, 400, 3])"),
        ((400,), "(got [400])"),
        ((400, 0), "(got [400, 0])"),
        ((400, 3.5), "(got [400, 3.5])"),
    ):
        with pytest.raises(RecipeError, match=f"^size: must be .*{re.escape(message)}$"):
            RECIPE.sample(size, seed=1)


@pytest.mark.parametrize("dtype", ["<u2", ">u2", "<f4", ">f4"])
def test_the_order_of_bytes_makes_no_difference(dtype, astronaut):
    hr = (astronaut[:32, :40] * np.float32(257 if "u" in dtype else 1 / 255)).astype(dtype)
    lr = RECIPE(hr, seed=1)
    assert lr.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(lr, RECIPE(hr.astype(hr.dtype.newbyteorder("=")), seed=1))


def test_a_matrix_and_other_subclasses_are_taken_as_plain_arrays(astronaut):
    gray = astronaut[:32, :40, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        matrix = np.matrix(gray)
    lr = RECIPE(matrix, seed=1)
    assert type(lr) is np.ndarray
    np.testing.assert_array_equal(lr, RECIPE(gray, seed=1))


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I"])
def test_pil_images_of_16_bits_come_back_with_16_bits(mode, astronaut):
    levels = astronaut[:32, :40, 0].astype(np.uint16) * 257
    dtype = {"I;16": "<u2", "I;16B": ">u2", "I": "=i4"}[mode]
    lr = RECIPE(Image.frombytes(mode, (40, 32), levels.astype(dtype).tobytes()), seed=1)
    assert lr.mode == "I;16"
    np.testing.assert_array_equal(np.asarray(lr), RECIPE(levels, seed=1))


def test_8_bit_levels_are_restored_exactly():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    np.testing.assert_array_equal(to_pixels(to_float(levels)), levels)
    image, restore = to_image(levels)
    np.testing.assert_array_equal(restore(image), levels)


def test_a_pil_image_whose_file_is_cut_is_refused(astronaut):
    buffer = io.BytesIO()
    Image.fromarray(astronaut).save(buffer, "PNG")
    with pytest.raises(ImageError, match="image: cannot be loaded: image file is truncated"):
        RECIPE(Image.open(io.BytesIO(buffer.getvalue()[:9000])), seed=0)


@pytest.mark.parametrize("transparency", [bytes(300), "red", (1, 2)])
def test_a_pil_image_with_odd_data_beside_its_pixels_is_refused_in_words(transparency, astronaut):
    picture = Image.fromarray(astronaut[:32, :40]).quantize(4)
    picture.info["transparency"] = transparency  # of a palette with 4 colors
    with pytest.raises(ImageError, match=r"^image: cannot be loaded: "):
        RECIPE(picture, seed=0)
