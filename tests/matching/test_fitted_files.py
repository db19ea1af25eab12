"""The files of fitted recipes, and the shape of what is fitted."""

from dataclasses import replace

import pytest
from made_up_fits import field_at, fit_of
from made_up_match import made_up_match, real_crops, refused_match

from degradekit import HighOrder, recipes
from degradekit.matching.fields import Field, fields_of
from degradekit.matching.milder import with_strengths
from degradekit.matching.pieces import pieces_of, rounded_end, rounded_shares
from degradekit.matching.results import FieldFit, Match, Milder
from degradekit.matching.rewriting import mixed, with_fits
from degradekit.matching.writing import write_fitted
from degradekit.operators.base import Operator
from degradekit.presets import PRESETS, preset

SIGMA, ORDER = "stages.1.noise.sigma", "last"


def match_of(recipe: Operator, *fits: FieldFit) -> Match:
    """Return a match in which the other fields left no trace."""
    paths = {fit.field.path for fit in fits}
    others = [FieldFit(field, "not identifiable", 0.0, 40) for field in fields_of(recipe) if field.path not in paths]
    everything = (*fits, *others)
    return Match(with_fits(recipe, fits), recipe, 4, 0, everything, None, real_crops(2), None, None, True, ())


def all_fits(recipe: Operator) -> list[FieldFit]:
    step = (0.3, 0.3, 0.3, 0.02, 0.02, 0.02, 0.02, 0.02)
    sigma, order = (field_at(recipe, path) for path in (SIGMA, ORDER))
    return [fit_of(sigma, 1.0, 25.0, step), fit_of(order, fitted=(0.2, 0.8))]


def test_a_file_of_a_preset_has_only_what_is_fitted():
    recipe = preset("real-esrgan")
    quality = fit_of(field_at(recipe, "stages.1.compress.quality"), 50, 80)
    text = write_fitted(match_of(recipe, quality))
    assert text == (
        "# real-esrgan, fitted to 2 photos by degradekit match.\n"
        "# Fitted: 1 of 36 fields, which were before:\n"
        "# - stages.1.compress.quality: 30 to 95 (by 40 photos)\n"
        "# Other fields are as before: 35 leave no trace in an LR.\n"
        "extends: real-esrgan\n"
        "stages.1.compress.quality: [50, 80]\n"
    )


@pytest.mark.parametrize("share", [1.0, 0.7])
def test_a_file_of_a_milder_recipe_is_the_recipe(share):
    recipe = preset("real-esrgan")
    milder = with_strengths(recipe, {"noise": 0.25, "sinc": 0.0})
    match = replace(
        match_of(milder, *all_fits(milder)), preset=recipe, milder=Milder({"noise": 0.25, "sinc": 0}, milder)
    )
    text = write_fitted(match, share=share)
    assert recipes.loads(text) == (match.recipe if share == 1 else mixed(match.recipe, recipe, share))
    assert "# Fitted from real-esrgan with noise at strength 0.25 and sinc at strength 0.\n" in text
    assert "# - stages.1.noise.sigma: 1 to 25 (by 40 photos)\n" in text, "the former range is the preset's"


@pytest.mark.parametrize(
    "recipe",
    [preset("real-esrgan"), preset("real-esrgan", 2), replace(preset("real-esrgan"), sharpen=None)],
    ids=["preset", "other scale", "own"],
)
@pytest.mark.parametrize("share", [1.0, 0.7])
def test_a_file_is_the_recipe(recipe, share):
    match = match_of(recipe, *all_fits(recipe))
    expected = match.recipe if share == 1 else mixed(match.recipe, recipe, share)
    assert recipes.loads(write_fitted(match, share=share)) == expected


def test_operators_in_a_file_have_only_the_fields_that_differ_from_defaults():
    recipe = preset("real-esrgan")
    text = write_fitted(match_of(recipe, *all_fits(recipe)))
    assert "- op: resize\n        to: lr\n      - op: maybe" in text
    assert len(text.splitlines()) < 50


def test_a_heading_says_how_well_the_photos_are_explained():
    match = made_up_match()
    assert f"\n# {match.agreement.summary}\n" in write_fitted(match)
    wordy = replace(match, agreement=replace(match.agreement, summary="Many words. " * 20))
    assert all(len(line) < 112 for line in write_fitted(wordy).splitlines())


def test_a_file_without_a_fit_is_the_recipe_as_it_was():
    text = write_fitted(refused_match())
    assert text == (
        "# real-esrgan as it is: degradekit match had 3 photos, which are too few for a fit.\nextends: real-esrgan\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_known_again(name):
    for scale in (1, 4):
        text = write_fitted(match_of(preset(name, scale)))
        assert "extends: " in text
        assert recipes.loads(text) == preset(name, scale)


def test_a_name_cannot_end_the_heading():
    text = write_fitted(match_of(HighOrder()), name="a\nop: jpeg")
    assert text.startswith("# a\\nop: jpeg as it is: degradekit match has fitted nothing to 2 photos.\n")


FIELD = Field("sigma", "span", 0.0, 8.0)


@pytest.mark.parametrize(
    ("shares", "error", "parts"),
    [
        ((0.125,) * 8, 0.01, [(0, 8, 1)]),
        ((0.4, 0.4, 0.05, 0.05, 0.025, 0.025, 0.025, 0.025), 0.02, [(0, 2, 0.8), (2, 8, 0.2)]),
        ((0.4, 0.4, 0.05, 0.05, 0.025, 0.025, 0.025, 0.025), 0.2, [(0, 8, 1)]),
        ((0.13, 0.17, 0.13, 0.17, 0.1, 0.1, 0.1, 0.1), 0.001, [(0, 8, 1)]),
        ((0.02, 0.2, 0.02, 0.3, 0.02, 0.2, 0.02, 0.22), 0.001, None),
    ],
    ids=["flat", "step", "step within errors", "less than a factor of 2", "more than can be read"],
)
def test_a_shape_has_parts_where_densities_differ(shares, error, parts):
    pieces = pieces_of(fit_of(FIELD, 0.0, 8.0, shares, error))
    if parts is None:
        assert 1 < len(pieces) <= 4
    else:
        assert [(piece.low, piece.high, pytest.approx(piece.share)) for piece in pieces] == parts


def test_bins_at_the_ends_of_the_fitted_span_are_no_evidence():
    shares = (0.0, 0.06, 0.3, 0.3, 0.28, 0.06, 0.0, 0.0)
    (piece,) = pieces_of(fit_of(FIELD, 1.8, 5.2, shares))
    assert (piece.low, piece.high) == (1.8, 5.2)


def test_a_bin_that_rounding_has_closed_is_left_out():
    fit = replace(fit_of(FIELD, 0.0, 2.0, (0.5, 0.0, 0.5)), edges=(0.0, 1.0, 1.0, 2.0))
    assert [(piece.low, piece.high) for piece in pieces_of(fit)] == [(0, 2)]


def test_bins_at_the_ends_of_the_fitted_span_go_on_as_their_neighbors():
    shares = (0.9, 0.4, 0.4, 0.04, 0.04, 0.04, 0.04, 0.04)
    left, right = pieces_of(fit_of(FIELD, 0.5, 8.0, shares))
    assert left.share == pytest.approx(2.5 * 0.4), "two bins and a half"
    assert right.share == pytest.approx(5 * 0.04)


@pytest.mark.parametrize(
    ("end", "width", "rounded"),
    [
        (3.23871, 8.6, 3.2),
        (0.0537, 2.7, 0.054),
        (0.000123, 0.01, 0.00012),
        (47.3, 65, 47),
        (812.7, 650, 810),
        (0, 3, 0),
        (-1.234, 2, -1.23),
    ],
)
def test_an_end_is_rounded_to_what_matters(end, width, rounded):
    assert rounded_end(end, width) == rounded


def test_shares_add_up_to_one():
    assert rounded_shares((1, 1, 1)) == (0.34, 0.33, 0.33)
    assert rounded_shares((0.004, 0.996)) == (0.0, 1.0)
