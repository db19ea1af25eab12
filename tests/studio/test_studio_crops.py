"""Crops of a photo, what is drawn on them, and what is said of it: by numbers that swapped sides would change."""

import numpy as np
import pytest
from small_datasets import RECIPE

from degradekit import Chain, Resize, Vignetting
from degradekit.dataset import Pair
from degradekit.dataset.tiles import Tile
from degradekit.studio.distributions import histograms
from degradekit.studio.drafts import Draft
from degradekit.studio.draws import draw, enlarged
from degradekit.studio.photos import StudioPhoto
from degradekit.studio.session import Session
from degradekit.types import Frame

QUALITY = "stages.0.compress.quality"


def test_a_crop_knows_where_it_lies_in_its_photo(noise_photo):
    photo = noise_photo(90, 120)
    crop = photo.crop(0.25, 0.9, 40)
    assert crop.frame == Frame(90 - 40, 10, 90, 120)  # the lower edge of the photo is in the way of its middle
    np.testing.assert_array_equal(crop.pixels, photo.pixels[50:90, 10:50])


def test_a_lens_is_that_of_the_photo_and_not_of_the_crop(noise_photo):
    crop = noise_photo(90, 120).crop(0, 0, 40)
    (drawn,) = draw(crop, Vignetting(falloff=(1, 1)), 0).steps
    assert (drawn.step.center_y, drawn.step.center_x) == (44.5, 59.5)


def test_the_range_of_a_step_is_that_before_clipping(noise_photo):
    (drawn,) = draw(noise_photo(32, 32).crop(0, 0), Chain([Resize(to="lr")], scale=2), 0).steps
    assert drawn.low < 0 < 1 < drawn.high  # bicubic interpolation overshoots
    assert (drawn.pixels.min(), drawn.pixels.max()) == (0, 255)


def test_an_lr_is_enlarged_along_both_sides(noise_photo):
    assert enlarged(noise_photo(8, 12).pixels, 2, "bicubic").shape == (16, 24, 3)


def test_the_overview_of_a_narrow_photo_keeps_a_pixel():
    assert StudioPhoto("narrow", np.zeros((1, 2000, 3), np.uint8)).overview().shape == (1, 256, 3)
    assert StudioPhoto("high", np.zeros((3000, 2, 3), np.uint8)).overview().shape == (256, 1, 3)


def test_another_crop_is_drawn_anew_rather_than_as_it_is_stored(noise_photo):
    hr = noise_photo(64, 64).pixels
    degradation = RECIPE.sample((64, 64), seed=0)
    session = Session(Draft())
    session.show_stored(Pair(hr, degradation(hr), degradation.to_json(), "a.png", Tile(0, 0, 64, 64, 64, 64), 0))
    assert session.draws()[""].degradation == degradation
    session.move(0.25, 0.75)
    assert (session.x, session.y, session.stored) == (0.25, 0.75, None)


def test_histograms_know_which_recipe_is_which_and_which_seeds_are_drawn():
    edited = Draft().with_change(QUALITY, [30, 31]).recipe
    frame = Frame(0, 0, 64, 64)

    def quality(*recipes, seed: int):
        return next(each for each in histograms(*recipes, (64, 64), frame, seed) if each.name == "jpeg 1: quality")

    one = quality(edited, Draft().recipe, seed=0)
    assert max(one.drawn) == pytest.approx(1)  # all of it lies in the lowest bar
    assert max(one.expected) < 0.5
    assert quality(edited, Draft().recipe, seed=10**6).expected != one.expected


def test_a_change_leaves_the_draft_before_as_it_was():
    draft = Draft("bsrgan").with_change("children.0.weights", [0.5, 0.5])
    before = draft.recipe
    after = draft.with_change("children.0.weights.0", 0.25)
    assert draft.changes == {"children.0.weights": [0.5, 0.5]}
    assert after.changes == {"children.0.weights": [0.25, 0.5]}
    assert draft.recipe == before


def test_a_recipe_of_another_strength_is_called_edited():
    assert (Draft().title, Draft(strength=0.5).title) == ("real-esrgan", "real-esrgan, edited")
