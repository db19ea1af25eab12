"""Whole matches, of few draws."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_datasets import Recorder

from degradekit import JPEG, Chain, Match, Noise, Resize, match
from degradekit.matching import drawing
from degradekit.picture_files import decode

RECIPE = Chain((Resize(to="lr"), Noise(sigma=(1, 20)), JPEG(quality=(30, 95))), scale=2)
HIDDEN = Chain((Resize(to="lr"), Noise(sigma=(1, 20)), JPEG(quality=(40, 50))), scale=2)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folders(photo, tmp_path_factory) -> tuple[Path, Path]:
    """Twelve PNGs that a hidden recipe has made of one half of some photos, and the other halves."""
    real, hr = tmp_path_factory.mktemp("whole") / "real", tmp_path_factory.mktemp("whole") / "hr"
    real.mkdir()
    hr.mkdir()
    names = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "motorcycle_right.png")
    for index, name in enumerate(names):
        pixels = photo(name)
        middle = pixels.shape[1] // 2
        Image.fromarray(pixels[:, :middle]).save(hr / f"{index}.png")
        for part in range(2):
            top = 140 * part
            lr = HIDDEN(pixels[top : top + 140, middle : middle + 200], seed=7, key=f"{name} {part}")
            Image.fromarray(lr).save(real / f"{index}-{part}.png")
    return real, hr


@pytest.fixture(scope="module")
def matched(folders) -> Match:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("degradekit.matching.cache._folder", lambda: None)
        return match(*folders, RECIPE, draws=300, workers=2)


def test_a_hidden_range_is_recovered_and_what_is_as_in_the_recipe_stays(matched):
    quality = matched.by_path["children.2.quality"]
    assert matched.is_fitted
    assert quality.verdict == "fitted"
    assert 35 <= quality.low < quality.high <= 55
    assert matched.by_path["children.1.sigma"].verdict != "fitted"
    assert matched.recipe == Chain(
        (*RECIPE.children[:2], JPEG(quality=(round(quality.low), round(quality.high)))), scale=2
    )
    assert any("Only 12 real photos can be used" in warning for warning in matched.warnings)


def test_twins_are_crops_of_the_real_photos_beside_crops_of_the_fitted_recipe(matched, folders):
    assert [twin.is_explained for twin in matched.twins] == [True] * 5 + [False] * 5
    for twin in matched.twins:
        whole = decode((folders[0].parent / twin.photo).read_bytes())
        row = matched.real.names.index(twin.photo)
        corners = matched.real.corners[matched.real.photos == row].tolist()
        side = matched.real.side
        assert any(np.array_equal(twin.real, whole[top : top + side, left : left + side]) for top, left in corners)
        assert twin.synthetic.shape == twin.real.shape


def test_the_same_match_is_the_same_without_workers_and_is_not_drawn_again(matched, folders, monkeypatch):
    again = match(*folders, RECIPE, draws=300, workers=0)
    assert (again.recipe, again.fields, again.agreement) == (matched.recipe, matched.fields, matched.agreement)
    monkeypatch.setattr(drawing.DrawCrops, "run", None)
    recorder = Recorder()
    third = match(*folders, RECIPE, draws=300, workers=0, progress=recorder)
    assert recorder.notes == ["measuring 12 real photos", "fitting"]
    for field in dataclasses.fields(Match):
        if field.name in ("recipe", "fields", "agreement", "warnings"):
            assert getattr(third, field.name) == getattr(matched, field.name)


def test_the_time_of_the_draws_is_estimated_before_them(folders):
    recorder = Recorder()
    match(*folders, RECIPE, draws=300, workers=0, progress=recorder)
    assert recorder.notes[1].startswith("drawing 550 LRs, which takes about ")
    assert recorder.started[:3] == [12, 100, 300]
