"""JPEG without a library: its pixels are those of the libjpeg-turbo in OpenCV and in Pillow, to the bit."""

import hashlib
import io
from itertools import cycle, islice

import cv2
import numpy as np
import pytest
from PIL import Image

from degradekit import JPEG
from degradekit.errors import RecipeError
from degradekit.functional.jpeg import jpeg, jpeg_with_tables
from degradekit.functional.levels import to_float, to_pixels

FLAGS = {
    "4:2:0": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    "4:2:2": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    "4:4:4": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    "4:4:0": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440,
    "4:1:1": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_411,
}
MODES = (*FLAGS, "gray")
ALL_QUALITIES = range(1, 101)


def references(pixels: np.ndarray, quality: int, mode: str) -> dict[str, np.ndarray]:
    """What OpenCV and Pillow make of (H, W, C) levels; OpenCV's file is decoded by Pillow too."""
    gray = pixels.shape[2] == 1
    flags = [] if gray else [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, FLAGS[mode]]
    bgr = pixels if gray else np.ascontiguousarray(pixels[:, :, ::-1])
    file = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality, *flags])[1]
    results = {
        "OpenCV": cv2.imdecode(file, cv2.IMREAD_GRAYSCALE if gray else cv2.IMREAD_COLOR_RGB),
        "Pillow's decoder": np.asarray(Image.open(io.BytesIO(file.tobytes()))),
    }
    if mode not in ("4:4:0", "4:1:1"):  # which Pillow does not write
        picture, data = Image.fromarray(pixels[:, :, 0] if gray else pixels), io.BytesIO()
        picture.save(data, "JPEG", quality=quality, **({} if gray else {"subsampling": mode}))
        results["Pillow"] = np.asarray(Image.open(data))
    return {name: result.reshape(pixels.shape) for name, result in results.items()}


def assert_same(pixels: np.ndarray, quality: int, mode: str) -> None:
    pixels = pixels[:, :, :1] if mode == "gray" else pixels
    own = to_pixels(jpeg(to_float(pixels), quality, mode))
    expected = references(pixels, quality, mode)
    others = [name for name, result in expected.items() if not np.array_equal(own, result)]
    what = f"{pixels.shape}, quality {quality}, {mode}"
    assert not others, f"{what}: not the pixels of {' and '.join(others)} (compared with {', '.join(expected)})"


def kinds(photo: np.ndarray, rng: np.random.Generator):
    """Endlessly many functions from a size to levels: photos, noise, saturated, constant, checkered and smooth ones."""

    def cut(height: int, width: int) -> np.ndarray:
        y, x = rng.integers(0, photo.shape[0] - height), rng.integers(0, photo.shape[1] - width)
        return np.ascontiguousarray(photo[y : y + height, x : x + width])

    def noise(height: int, width: int) -> np.ndarray:
        return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)

    def saturated(height: int, width: int) -> np.ndarray:
        return rng.integers(0, 2, (height, width, 3), dtype=np.uint8) * np.uint8(255)

    def constant(height: int, width: int) -> np.ndarray:
        return np.broadcast_to(rng.integers(0, 256, 3, dtype=np.uint8), (height, width, 3)).copy()

    def checkered(height: int, width: int) -> np.ndarray:
        period = rng.integers(1, 5)
        squares = np.indices((height, width)).sum(0) // period % 2
        return squares[:, :, None].astype(np.uint8) * rng.choice([85, 170, 255], 3).astype(np.uint8)

    def smooth(height: int, width: int) -> np.ndarray:
        slopes = rng.integers(-4, 5, (2, 1, 1, 3))
        y, x = np.indices((height, width))[..., None]
        return np.clip(rng.integers(0, 256, 3) + y * slopes[0] + x * slopes[1], 0, 255).astype(np.uint8)

    return cycle((cut, noise, saturated, cut, constant, checkered, smooth))


def test_pixels_are_those_of_libjpeg_turbo_at_every_quality_and_side(astronaut):
    """Sides from 1 to 40 come up in turn, as 7 and 40 have no common divisor, and neither have 11 and 40."""
    makes = kinds(astronaut, np.random.default_rng(0))
    for quality in ALL_QUALITIES:
        for index, mode in enumerate(MODES):
            make = next(makes)
            assert_same(make(7 * quality % 40 + 1, (11 * quality + 3 * index) % 40 + 1), quality, mode)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_pixels_are_those_of_libjpeg_turbo_at_every_size_up_to_40_x_40(mode, astronaut):
    rng = np.random.default_rng(1)
    makes = kinds(astronaut, rng)
    for height in range(1, 41):
        for width in range(1, 41):
            for make in islice(makes, 3):
                assert_same(make(height, width), int(rng.integers(1, 101)), mode)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_photos_and_extremes_are_those_of_libjpeg_turbo_at_every_quality(mode, photo):
    makes = kinds(photo("coffee.png"), np.random.default_rng(2))
    for quality in ALL_QUALITIES:
        for make in islice(makes, 7):
            assert_same(make(201, 299), quality, mode)


@pytest.mark.parametrize("mode", MODES)
def test_no_coefficient_is_too_large_for_the_entropy_coder(mode):
    """Blocks of 0 and 255 by the signs of each cosine, and their negatives, have the largest coefficients there are."""
    n = np.arange(8)
    waves = np.cos((2 * n + 1) * n[:, None] * np.pi / 16) > 0  # frequency, position
    blocks = waves[:, None, :, None] ^ waves[None, :, None, :]  # vertical and horizontal frequency, row, column
    picture = blocks.transpose(0, 2, 1, 3).reshape(64, 64)
    levels = np.vstack([picture, ~picture])[:, :, None] * np.uint8(255)
    color = np.concatenate([levels, levels, levels], axis=2)
    for quality in (1, 50, 99, 100):
        assert_same(color, quality, mode)
        for channel in range(3):
            assert_same(color * np.uint8([channel != k for k in range(3)]), quality, mode)


def test_own_tables_are_taken_as_libjpeg_takes_them(astronaut):
    rng = np.random.default_rng(3)
    pixels = astronaut[100:177, 90:181].copy()
    for mode in ("4:2:0", "4:2:2", "4:4:4"):
        luma, chroma = rng.integers(1, 256, (2, 64)).tolist()
        data = io.BytesIO()
        Image.fromarray(pixels).save(data, "JPEG", qtables=[luma, chroma], subsampling=mode)
        own = to_pixels(jpeg_with_tables(to_float(pixels), luma, chroma, mode))
        np.testing.assert_array_equal(own, np.asarray(Image.open(data)))


@pytest.mark.parametrize(
    ("mode", "pin"),
    [
        ("4:2:0", "3e906f965cee4571"),
        ("4:2:2", "3a15cdb77963c76c"),
        ("4:4:4", "c7b671131d3e1984"),
        ("4:4:0", "44b19b7e98f1b8a0"),
        ("4:1:1", "18b2567c9f6567bc"),
        ("gray", "654367d07fe0cfae"),
    ],
)
def test_pixels_are_pinned(mode, pin):
    """If this passes and a comparison fails, another library has changed; if both fail, degradekit has."""
    y, x, c = np.indices((61, 83, 1 if mode == "gray" else 3))
    image = to_float(((x * x + 3 * x * y + 5 * y + 40 * c) // 16 % 256).astype(np.uint8))
    made = b"".join(to_pixels(jpeg(image, quality, mode, 2, 5)).tobytes() for quality in (5, 35, 75, 100))
    assert hashlib.sha256(made).hexdigest()[:16] == pin


def test_levels_are_clipped_and_rounded_half_to_even_before_compression():
    """0.5 of full scale, 127.5, is a half in float32; at quality 100 a constant gray image keeps its level."""
    half = np.full((16, 16, 1), 0.5, np.float32)
    beyond = np.full((16, 16, 1), -0.4, np.float32)
    beyond[:, 8:] = 1.7
    for image, levels in ((half, np.full((16, 16, 1), 128)), (beyond, np.where(beyond < 0, 0, 255))):
        expected = jpeg(to_float(levels.astype(np.uint8)), 100, "4:4:4")
        np.testing.assert_array_equal(jpeg(image, 100, "4:4:4"), expected)
        np.testing.assert_array_equal(to_pixels(expected), levels)


def test_every_level_becomes_the_float_nearest_to_its_255th_part():
    levels = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_float(levels), (levels / 255).astype(np.float32))
    np.testing.assert_array_equal(to_pixels(to_float(levels)), levels)


def test_draws_of_a_jpeg_do_not_know_of_the_new_subsamplings():
    """The record of one, as it was before there were any."""
    old = JPEG(subsampling={"4:2:0": 1, "4:2:2": 1, "4:4:4": 1}).sample((64, 64), seed=0, variant=3)
    assert old.to_dict()["steps"] == [{"op": "jpeg", "quality": 46, "subsampling": "4:2:2"}]


def test_an_unknown_subsampling_is_refused_with_the_known_ones():
    with pytest.raises(RecipeError, match="unknown name '4:1:0'; known: 4:2:0, 4:2:2, 4:4:4, 4:4:0, 4:1:1"):
        JPEG(subsampling="4:1:0")
