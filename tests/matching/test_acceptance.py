"""Whole matches with LRs of a recipe that the match is not shown.

They are made of the photos that the match draws from, which are too few for others to be like them; the benchmark has
other photos.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.stats import wasserstein_distance

import degradekit
from degradekit import Chain
from degradekit.changes import changed
from degradekit.matching.results import Match
from degradekit.operators.base import Operator
from degradekit.presets import preset
from degradekit.types import Pixels

pytestmark = pytest.mark.slow
PRESET = preset("real-esrgan", 4)
HR_SIDE = 256
DRAWS = 900
LRS = 60
QUALITY = "stages.1.compress.quality"
MOST_MOVED = 0.15
"""How far a field may move that is the same in both recipes, in its range."""


@pytest.fixture(scope="module")
def hr(photo, tmp_path_factory) -> Iterator[tuple[Path, list[Pixels]]]:
    """A folder of photos, and the same photos; simulations are kept for the module."""
    folder, photos = tmp_path_factory.mktemp("hr"), []
    for name in ("astronaut.png", "chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg"):
        photos.append(photo(name))
        Image.fromarray(photos[-1]).save(folder / f"{Path(name).stem}.png")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield folder, photos


def lrs(photos: list[Pixels], recipe: Operator, count: int = LRS) -> list[Pixels]:
    """Return LRs of tiles anywhere in photos."""
    rng = np.random.default_rng(1)
    made = []
    for index in range(count):
        whole = photos[index % len(photos)]
        y, x = (int(rng.integers(0, side - HR_SIDE + 1)) for side in whole.shape[:2])
        tile = np.ascontiguousarray(whole[y : y + HR_SIDE, x : x + HR_SIDE])
        made.append(recipe(tile, seed=1, key=str(index)))
    return made


def match_with(hr: tuple[Path, list[Pixels]], recipe: Operator, folder: Path, count: int = LRS) -> Match:
    hr_folder, photos = hr
    folder.mkdir(exist_ok=True)
    for index, lr in enumerate(lrs(photos, recipe, count)):
        Image.fromarray(lr).save(folder / f"{index:03}.png")
    return degradekit.match(folder, hr_folder, PRESET, draws=DRAWS, workers=0)


def fitted(match: Match) -> Mapping[str, Any]:
    return {fit.field.path: fit for fit in match.fields if fit.verdict == "fitted"}


def moved(fit: Any) -> float:
    """Return how far the end or the share that has moved the most has moved, in the field's range."""
    if fit.field.kind == "span":
        ends = np.subtract((fit.low, fit.high), (fit.field.low, fit.field.high))
        return float(np.abs(ends).max()) / (fit.field.high - fit.field.low)
    return float(np.abs(np.subtract(fit.fitted, fit.prior)).max())


def test_a_narrowed_field_is_recovered_and_no_other_moves(hr, tmp_path):
    """Of the distance between the preset's range and the truth, at most 40 % are left."""
    match = match_with(hr, changed(PRESET, {QUALITY: (40, 60)}), tmp_path / "lrs")
    assert match.agreement is not None
    assert match.agreement.is_explained
    fit = match.by_path[QUALITY]
    assert fit.verdict == "fitted"
    truth, before, after = (np.linspace(*ends, 101) for ends in ((40, 60), (30, 95), (fit.low, fit.high)))
    assert wasserstein_distance(after, truth) <= 0.4 * wasserstein_distance(before, truth)
    assert {path: moved(each) for path, each in fitted(match).items() if moved(each) > MOST_MOVED}.keys() <= {QUALITY}


def test_draws_of_the_preset_itself_leave_it_alone(hr, tmp_path):
    match = match_with(hr, PRESET, tmp_path / "lrs")
    assert match.agreement is not None
    assert match.agreement.is_explained
    assert not {path: moved(fit) for path, fit in fitted(match).items() if moved(fit) > MOST_MOVED}


def test_pristine_lrs_are_called_cleaner_than_the_recipe_can_make(hr, tmp_path):
    match = match_with(hr, preset("bicubic", 4), tmp_path / "lrs")
    assert match.agreement is not None
    assert "cleaner" in match.agreement.summary
    assert match.milder
    assert match.agreement.is_much_nearer


def test_qualities_are_read_off_the_headers_of_jpeg_files(hr, tmp_path):
    """Within 1 of what the files were written with, and so are the ends of the range."""
    hr_folder, photos = hr
    whole = PRESET.spelled_out
    uncompressed = Chain([whole.sharpen, whole.stages[0], replace(whole.stages[1], compress=None), whole.last], 4)
    true = np.random.default_rng(2).integers(60, 86, LRS)
    for index, lr in enumerate(lrs(photos, uncompressed)):
        Image.fromarray(lr).save(tmp_path / f"{index:03}.jpg", quality=int(true[index]))
    match = degradekit.match(tmp_path, hr_folder, PRESET, draws=DRAWS, workers=0)
    assert np.abs(match.real.qualities - true).max() <= 1
    fit = match.by_path[QUALITY]
    assert fit.verdict == "fitted"
    assert abs(fit.low - 60) <= 5
    assert abs(fit.high - 85) <= 5


def test_three_photos_are_measured_and_not_fitted(hr, tmp_path):
    match = match_with(hr, PRESET, tmp_path / "lrs", count=3)
    assert not match.is_fitted
    assert match.recipe == PRESET
    assert not match.fields
    assert len(match.real.names) == 3
    assert np.isfinite(match.real.statistics).all()
    assert match.warnings
