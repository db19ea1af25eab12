"""The quality of JPEGs, from their pixels and from their tables."""

import io

import numpy as np
import pytest
from PIL import Image

from degradekit.functional.jpeg_tables import CHROMA, LUMA, scaled
from degradekit.statistics import (
    JPEG_SCORE_THRESHOLD,
    STATISTICS,
    detect_jpeg_quality,
    jpeg_quality_of_tables,
    measure_crop,
)
from degradekit.statistics.jpeg_grid import grid_contrasts

SIDE = 160


@pytest.fixture(scope="module")
def picture(astronaut) -> Image.Image:
    """A photo of half the size, as an LR is, (200, 200)."""
    return Image.fromarray(astronaut).resize((200, 200), Image.Resampling.BICUBIC)


def decoded(
    picture: Image.Image, quality: int, subsampling: str = "4:2:0", shift: tuple[int, int] = (0, 0)
) -> np.ndarray:
    """A crop of a picture after a JPEG, which begins `shift` beside a corner of its blocks."""
    data, options = io.BytesIO(), {} if picture.mode == "L" else {"subsampling": subsampling}
    picture.save(data, "JPEG", quality=quality, **options)
    pixels = np.atleast_3d(np.asarray(Image.open(data)))
    return np.ascontiguousarray(pixels[shift[0] : shift[0] + SIDE, shift[1] : shift[1] + SIDE])


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:0", "gray"])
@pytest.mark.parametrize("shift", [(0, 0), (3, 6)])
def test_qualities_of_decoded_jpegs_are_exact(picture, subsampling, shift):
    picture = picture.convert("L") if subsampling == "gray" else picture
    for quality in (10, 20, 50, 75, 90, 95, 98):
        seen, score = detect_jpeg_quality(decoded(picture, quality, subsampling, shift))
        assert (seen, score > JPEG_SCORE_THRESHOLD) == (quality, True), f"{quality}: {seen} with score {score:.2f}"


def test_what_is_no_decoded_jpeg_has_a_low_score(picture):
    noisy = np.asarray(picture) + np.random.default_rng(0).normal(0, 5, (200, 200, 3))
    resized = Image.fromarray(decoded(picture, 50)).resize((200, 200), Image.Resampling.BICUBIC)
    pixels = {
        "LR": np.asarray(picture),
        "noise": np.clip(noisy, 0, 255).astype(np.uint8),
        "resize": np.asarray(resized),
    }
    for name, each in pixels.items():
        score = detect_jpeg_quality(np.ascontiguousarray(each[:SIDE, :SIDE]))[1]
        assert score < JPEG_SCORE_THRESHOLD / 2, f"{name}: {score:.2f}"


def test_the_statistics_give_the_quality_only_where_the_score_is_high(picture):
    names = [each.name for each in STATISTICS]
    lr, jpeg, shifted = (
        dict(zip(names, measure_crop(pixels), strict=True))
        for pixels in (np.asarray(picture)[:SIDE, :SIDE], decoded(picture, 60), decoded(picture, 60, shift=(1, 2)))
    )
    assert [each["jpeg_quality"] for each in (lr, jpeg, shifted)] == [100, 60, 60]
    assert jpeg["jpeg_score_off_grid"] == 0 < JPEG_SCORE_THRESHOLD < shifted["jpeg_score_off_grid"]
    assert lr["grid_contrast"] < 0.1 < jpeg["grid_contrast"]
    assert lr["small_high_coefficients"] < jpeg["small_high_coefficients"]


@pytest.mark.parametrize("shift", [(0, 0), (5, 1)])
def test_the_grid_of_blocks_begins_where_the_crop_was_shifted(picture, shift):
    luma = decoded(picture.convert("L"), 85, shift=shift)[:, :, 0].astype(np.float64)
    contrasts = grid_contrasts(luma)
    assert np.unravel_index(contrasts.argmax(), (8, 8)) == tuple(-each % 8 for each in shift)


def test_a_crop_of_clipped_blocks_alone_shows_no_quality():
    assert detect_jpeg_quality(np.full((64, 64, 3), 255, np.uint8)) == (100, 0)


def test_tables_of_the_standard_have_their_quality():
    for quality in range(1, 101):
        luma, chroma = scaled(LUMA, quality), scaled(CHROMA, quality)
        assert jpeg_quality_of_tables(luma, chroma) == (quality, True, 0), quality
        assert jpeg_quality_of_tables(luma).is_standard, quality


def test_other_tables_have_the_nearest_quality():
    """A flat table of mozjpeg's kind is no table of the standard; of one changed by 1 the residual is known."""
    changed = [scaled(LUMA, 80)[0] + 1, *scaled(LUMA, 80)[1:]]
    nearest = jpeg_quality_of_tables(changed)
    assert (nearest.quality, nearest.is_standard) == (80, False)
    assert nearest.residual == pytest.approx(1 / 8)  # sqrt(1 / 64)
    assert not jpeg_quality_of_tables([16] * 64, [16] * 64).is_standard


def test_tables_in_files_are_read_row_by_row(picture):
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=64)
    tables = Image.open(data).quantization
    assert jpeg_quality_of_tables(tables[0], tables[1])[:2] == (64, True)
