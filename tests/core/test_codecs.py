import io

import numpy as np
import pytest
from PIL import Image

from degradekit import JPEG
from degradekit.errors import RecipeError
from degradekit.functional.codecs import decode_jpeg, encode_jpeg, jpeg
from degradekit.functional.levels import to_float, to_pixels

# ISO/IEC 10918-1, tables K.1 and K.2, row by row.
LUMA = [
    *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
]
CHROMA = [
    *(17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99),
    *(24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99),
    *([99] * 32),
]


def scaled(table: list[int], quality: int) -> list[int]:
    """The IJG's rule for a quality."""
    factor = 5000 // quality if quality < 50 else 200 - 2 * quality
    return [min(255, max(1, (value * factor + 50) // 100)) for value in table]


@pytest.mark.parametrize("quality", [1, 30, 49, 50, 75, 95, 100])
def test_quantization_tables_are_the_ijg_tables_of_the_quality(quality, astronaut):
    picture = Image.open(io.BytesIO(encode_jpeg(to_float(astronaut), quality, "4:2:0").tobytes()))
    assert list(picture.quantization[0]) == scaled(LUMA, quality)
    assert list(picture.quantization[1]) == scaled(CHROMA, quality)


@pytest.mark.parametrize(
    ("subsampling", "factors"),
    [("4:2:0", (2, 2)), ("4:2:2", (2, 1)), ("4:4:4", (1, 1)), ("4:4:0", (1, 2)), ("4:1:1", (4, 1))],
)
def test_sampling_factors_are_the_drawn_ones(subsampling, factors, astronaut):
    picture = Image.open(io.BytesIO(encode_jpeg(to_float(astronaut), 80, subsampling).tobytes()))
    layers = [layer[1:3] for layer in picture.layer]
    assert layers == [factors, (1, 1), (1, 1)]


@pytest.mark.parametrize("quality", [30, 75, 95])
def test_jpeg_is_bit_identical_to_pillow(quality, astronaut):
    buffer = io.BytesIO()
    Image.fromarray(astronaut).save(buffer, "JPEG", quality=quality, subsampling="4:2:0")
    expected = np.asarray(Image.open(buffer))
    np.testing.assert_array_equal(to_pixels(jpeg(to_float(astronaut), quality, "4:2:0")), expected)


def test_jpeg_rounds_half_to_even_and_clips_before_encoding():
    """Levels such as 2.5 / 255 need not be halves in float32; 0.5 of full scale times 255 is one exactly."""
    half = np.full((16, 16, 1), 0.5, np.float32)
    beyond = np.full((16, 16, 1), -0.4, np.float32)
    beyond[:, 8:] = 1.7
    for image, levels in ((half, np.full((16, 16, 1), 128)), (beyond, np.where(beyond < 0, 0, 255))):
        assert (
            encode_jpeg(image, 100, "4:4:4").tobytes()
            == encode_jpeg(to_float(levels.astype(np.uint8)), 100, "4:4:4").tobytes()
        )
    assert to_pixels(np.array([126.5, 127.5], np.float32) / 255).tolist()[1] == 128


def test_gray_stays_gray(astronaut):
    gray = to_float(astronaut[:, :, :1])
    result = jpeg(gray, 60, "4:2:0")
    assert result.shape == gray.shape
    assert Image.open(io.BytesIO(encode_jpeg(gray, 60, "4:2:0").tobytes())).mode == "L"


def test_red_stays_red():
    red = np.zeros((32, 32, 3), np.float32)
    red[..., 0] = 1
    result = decode_jpeg(encode_jpeg(red, 95, "4:2:0"), 3)
    assert result[..., 0].min() > 0.97
    assert result[..., 2].max() < 0.03


def test_draws_of_a_jpeg_do_not_know_of_the_new_subsamplings():
    """The record of one, as it was before there were any."""
    old = JPEG(subsampling={"4:2:0": 1, "4:2:2": 1, "4:4:4": 1}).sample((64, 64), seed=0, variant=3)
    assert old.to_dict()["steps"] == [{"op": "jpeg", "quality": 46, "subsampling": "4:2:2"}]


def test_an_unknown_subsampling_is_refused_with_the_known_ones():
    with pytest.raises(RecipeError, match="unknown name '4:1:0'; known: 4:2:0, 4:2:2, 4:4:4, 4:4:0, 4:1:1"):
        JPEG(subsampling="4:1:0")
