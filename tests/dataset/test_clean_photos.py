"""Photos that were enlarged, blurred or compressed are measured, left out and named."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_datasets import built, rows

from degradekit import DatasetError
from degradekit.dataset.cleanness import cleanness, why_not_clean


def enlarged(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    small = Image.fromarray(pixels).resize((width // 2, height // 2), Image.Resampling.LANCZOS)
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


def compressed(pixels: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


@pytest.fixture
def mixed(photo, tmp_path) -> Path:
    """A clean photo, the same one enlarged, and the same one with blocks."""
    pixels = photo("coffee.png")[:192, :192]
    folder = tmp_path / "mixed"
    folder.mkdir()
    for name, each in (("clean", pixels), ("enlarged", enlarged(pixels)), ("blocks", compressed(pixels, 60))):
        Image.fromarray(each).save(folder / f"{name}.png")
    return folder


def gray(luma: np.ndarray) -> np.ndarray:
    return np.repeat(luma[:, :, None], 3, axis=2)


def test_steps_from_one_pixel_to_the_next_have_sharpness_1():
    luma = np.full((48, 60), 40, np.uint8)
    luma[10:30, 20:40] = 200
    assert cleanness(gray(luma)).sharpness == pytest.approx(1, abs=1e-12)


def test_measures_are_those_of_their_formulas(photo):
    pixels = gray(photo("coffee.png")[:131, :150, 1])  # of which the luma is exact
    luma = pixels[:, :, 0].astype(np.int64)
    sharpness, blockiness = [], []
    for lines in (luma, luma.T):
        first, third, fourth = (np.diff(lines, n=order) for order in (1, 3, 4))
        sharpness.append(np.sqrt((fourth**2).sum() / (20 * (first[:, :-3] ** 2).sum())))
        steps = np.minimum(np.abs(third), 16).sum(axis=0)
        phases = np.array([steps[phase::8].mean() for phase in range(8)])
        border = phases.argmax()
        blockiness.append(phases[border] / np.roll(phases, -border)[2:7].max())
    measured = cleanness(pixels)
    assert measured.sharpness == pytest.approx(min(sharpness), rel=1e-12)
    assert measured.blockiness == pytest.approx(np.mean(blockiness), rel=1e-12)


def test_enlarging_and_compressing_pass_the_recommended_limits(photo):
    pixels = photo("coffee.png")
    clean, soft = cleanness(pixels), cleanness(enlarged(pixels))
    assert clean.sharpness > 0.4 > soft.sharpness
    for first in (0, 3):  # wherever the blocks begin
        blocky = cleanness(compressed(pixels, 90)[first:, first:])
        assert blocky.blockiness > 1.03 > max(clean.blockiness, soft.blockiness)


def test_a_photo_at_its_limits_is_clean_and_one_of_16_pixels_is_measured(photo):
    pixels = photo("coffee.png")[200:216, 200:216]
    sharpness, blockiness = cleanness(pixels)
    assert sharpness > 0
    assert why_not_clean(pixels, sharpness, blockiness) is None


@pytest.mark.parametrize("shape", [(48, 48, 3), (15, 400, 3), (1, 1, 3)])
def test_where_there_is_too_little_to_measure_a_photo_is_neither_sharp_nor_blocky(shape):
    assert cleanness(np.full(shape, 77, np.uint8)) == (0, 1)


def test_photos_that_are_not_clean_are_left_out_and_named(mixed, tmp_path):
    report = built(mixed, tmp_path / "shards", min_sharpness=0.4, max_blockiness=1.03)
    assert {row["key"] for row in rows(tmp_path / "shards")} == {"mixed/clean.png"}
    assert report.counts == {
        "photos left out, blockiness above 1.03 (mixed/blocks.png)": 1,
        "photos left out, sharpness below 0.4 (mixed/enlarged.png)": 1,
    }


def test_where_no_photo_is_clean_the_limits_are_in_the_message(mixed, tmp_path):
    with pytest.raises(DatasetError, match=r"not one photo could be used\n.*3 photos left out, sharpness below 9"):
        built(mixed, tmp_path / "shards", min_sharpness=9)


def test_only_a_plan_with_limits_mentions_them(mixed, tmp_path):
    built(mixed, tmp_path / "all")
    built(mixed, tmp_path / "clean", min_sharpness=0.4, max_blockiness=1.03)
    plans = [json.loads((tmp_path / name / "meta" / "plan.json").read_text())["options"] for name in ("all", "clean")]
    limits = [{name: plan.get(name) for name in ("min_sharpness", "max_blockiness")} for plan in plans]
    assert limits == [{"min_sharpness": None, "max_blockiness": None}, {"min_sharpness": 0.4, "max_blockiness": 1.03}]
