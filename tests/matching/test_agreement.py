"""How well real photos agree with what a recipe makes, in numbers and in words."""

import math
from dataclasses import replace

import numpy as np
import pytest

import degradekit
from degradekit import HighOrder
from degradekit.matching.agreement import EXPLAINED_AUC, agreement
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.matching.shifts import Shift, shift
from degradekit.matching.suggestions import RULES, suggestions
from degradekit.statistics import STATISTICS

NAMES = [statistic.name for statistic in STATISTICS]
NEUTRAL = Shift(0.0, 0.5, {"high": False, "low": False}, is_outside=False)


def _real(statistics, crops=2):
    count = len(statistics) // crops
    return RealCrops(
        statistics,
        np.repeat(np.arange(count), crops),
        np.zeros((len(statistics), 2), np.int64),
        tuple(map(str, range(count))),
        np.full(count, np.nan),
        128,
        {},
    )


def _simulation(statistics, scenes=20):
    count = len(statistics)
    return Simulation(
        HighOrder(),
        (),
        statistics,
        {},
        np.full(count, "last"),
        np.arange(count) % scenes,
        np.zeros((count, 2), np.int64),
        tuple(map(str, range(scenes))),
        0,
        {},
    )


def _gaussian(seed, count, **shifts):
    """Return `count` rows of statistics, standard normal but for those that are shifted."""
    statistics = np.random.default_rng(seed).normal(size=(count, len(NAMES)))
    for name, amount in shifts.items():
        statistics[:, NAMES.index(name)] += amount
    return statistics


PRIOR = _simulation(_gaussian(0, 400))


@pytest.fixture(scope="module")
def alike():
    return agreement(_real(_gaussian(1, 80)), PRIOR, _simulation(_gaussian(2, 400)), seed=0)


@pytest.fixture(scope="module")
def cleaner():
    shifts = {
        "flat_residual": -4,
        "jpeg_score": -4,
        "border_ratio": -4,
        "small_high_coefficients": -4,
        "power_ring_9": 2,
    }
    return agreement(_real(_gaussian(3, 80, **shifts)), PRIOR, PRIOR, seed=0)


def test_photos_of_the_same_distribution_are_explained(alike):
    assert alike.is_explained
    assert alike.auc_fitted < EXPLAINED_AUC
    assert alike.energy_fitted < alike.energy_real
    assert alike.summary.startswith("The recipe explains these photos")


def test_nothing_is_suggested_where_the_photos_are_explained(alike):
    assert {each.suggestion for each in alike.differences} == {""}
    assert sorted(each.name for each in alike.differences) == sorted(NAMES)


def test_nothing_is_suggested_where_the_fit_has_made_up_for_the_recipe():
    real, fitted = _real(_gaussian(6, 80, row_banding=5)), _simulation(_gaussian(7, 400, row_banding=5))
    explained = agreement(real, PRIOR, fitted, seed=0)
    assert explained.is_explained
    assert explained.auc_prior > EXPLAINED_AUC
    assert {each.suggestion for each in explained.differences} == {""}


def test_photos_of_another_distribution_are_not_explained(cleaner):
    assert not cleaner.is_explained
    assert cleaner.auc_prior > 0.95
    assert cleaner.energy_prior > cleaner.energy_real


def test_cleaner_photos_are_called_so(cleaner):
    assert "They are cleaner and sharper than the recipe can make." in cleaner.summary


def test_photos_are_cleaner_than_a_recipe_half_of_whose_lrs_show_no_jpeg():
    """The score of a JPEG is low in many LRs, so it is no lower in the photos; what compression takes away is there."""
    shifts = dict.fromkeys(("flat_residual", "grid_contrast", "small_high_coefficients"), -4)
    summary = agreement(_real(_gaussian(8, 80, **shifts)), PRIOR, PRIOR, seed=0).summary
    assert "They are cleaner than the recipe can make." in summary


def test_the_most_telling_statistic_comes_first_with_its_suggestion(cleaner):
    first = {each.name: each for each in cleaner.differences[:4]}
    assert set(first) == {"flat_residual", "jpeg_score", "border_ratio", "small_high_coefficients"}
    assert all(each.is_outside and each.auc > 0.95 for each in first.values())
    assert all(3 < each.prior < 5 for each in first.values())
    assert "Maybe" in first["flat_residual"].suggestion
    assert "less compressed" in first["small_high_coefficients"].suggestion


def test_the_same_seed_gives_the_same_agreement(cleaner):
    shifts = {
        "flat_residual": -4,
        "jpeg_score": -4,
        "border_ratio": -4,
        "small_high_coefficients": -4,
        "power_ring_9": 2,
    }
    assert agreement(_real(_gaussian(3, 80, **shifts)), PRIOR, PRIOR, seed=0) == cleaner


CLEANER = {"flat_residual": -4, "jpeg_score": -4, "border_ratio": -4}


@pytest.mark.parametrize(("amount", "end"), [(0, "it explains them"), (-9, "still does not explain them")])
def test_a_milder_recipe_is_compared_in_what_it_makes(amount, end):
    """In scores of the recipe alone, all that is 4 deviations below it would be alike."""
    fitted = _simulation(_gaussian(6, 400, **CLEANER))
    real = _real(_gaussian(7, 80, **{name: each + amount for name, each in CLEANER.items()}))
    mild = agreement(real, PRIOR, fitted, seed=0, strengths={"noise": 0.1, "jpeg": 0.5})
    assert mild.is_explained == (amount == 0)
    assert "They are cleaner than the recipe can make." in mild.summary
    assert "With noise at strength 0.1 and jpeg at strength 0.5, it " in mild.summary
    assert end in mild.summary


@pytest.mark.parametrize("shifted", [{}, {"flat_residual": -4}])
def test_photos_that_less_noise_and_less_jpeg_are_nearer_to_are_cleaner(shifted):
    fitted = _simulation(_gaussian(6, 400))
    real = _real(_gaussian(7, 80, zero_crossings=-9, **shifted))
    mild = agreement(real, PRIOR, fitted, seed=0, strengths={"noise": 0.1, "jpeg": 0.5})
    assert "They are cleaner than the recipe can make." in mild.summary


def test_a_range_that_the_fit_made_too_narrow_is_not_a_missing_operator():
    fitted = _simulation(_gaussian(4, 400, flat_correlation_1=-4))
    narrow = agreement(_real(_gaussian(5, 80)), PRIOR, fitted, seed=0)
    assert not narrow.is_explained
    assert {each.suggestion for each in narrow.differences} == {""}
    assert "(flat_correlation_1)." in narrow.summary


def test_one_hr_photo_is_enough():
    single = agreement(_real(_gaussian(1, 80)), *(_simulation(_gaussian(0, 200), scenes=1),) * 2, seed=0)
    assert single.is_explained
    assert math.isnan(single.auc_content)


def test_scenes_that_all_differ_do_not_explain_photos_that_the_recipe_never_makes():
    statistics = _gaussian(0, 200)
    statistics += 8 * _gaussian(6, 4)[np.arange(200) % 4]
    made = _simulation(statistics, scenes=4)
    never_made = agreement(_real(_gaussian(1, 80) + 40), made, made, seed=0)
    assert never_made.auc_content > 0.95 < never_made.auc_fitted
    assert not never_made.is_explained


def test_a_shift_needs_clearly_more_than_one_crop_in_twenty_outside():
    made, photos = np.linspace(0, 1, 1000), np.arange(1000)
    few = np.append(np.full(47, 0.5), np.full(3, 2.0))
    many = np.append(np.full(40, 0.5), np.full(10, 2.0))
    assert not shift(few, np.arange(50), made, photos).beyond["high"]
    assert shift(many, np.arange(50), made, photos).beyond == {"high": True, "low": False}
    assert shift(many - 3, np.arange(50), made, photos).is_outside
    assert not shift(many, np.arange(50), made, photos).is_outside


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.statistics[0]}-{rule.side}")
def test_each_suggestion_is_made_for_the_statistics_it_is_about(rule):
    median = max(rule.least, min(rule.most, 0.3))
    shifts = dict.fromkeys(NAMES, NEUTRAL)
    for name, side in ((rule.statistics[0], rule.side), *rule.also):
        shifts[name] = _telling(median, side)
    made = suggestions([rule.statistics[0]], shifts)
    assert made == {rule.statistics[0]: rule.sentences.format(median=median)}
    for name, side in rule.unless:
        assert suggestions([rule.statistics[0]], shifts | {name: _telling(median, side)}) != made


def _telling(median, side):
    other = "low" if side == "high" else "high"
    return Shift(median, 0.99 if side == "high" else 0.01, {side: True, other: False}, is_outside=True)


def test_suggestions_name_operators_and_statistics_that_exist():
    for rule in RULES:
        assert {*rule.statistics, *(name for name, _ in (*rule.also, *rule.unless))} <= set(NAMES)
        assert all(hasattr(degradekit, operator) and operator in rule.sentences for operator in rule.operators)


def test_a_suggestion_is_made_once():
    shifts = dict.fromkeys(NAMES, NEUTRAL) | dict.fromkeys(("row_banding", "column_banding"), _telling(1.0, "high"))
    assert list(suggestions(["column_banding", "row_banding"], shifts)) == ["column_banding"]


@pytest.mark.parametrize(("with_headers", "is_suggested"), [(39, True), (41, False)])
def test_no_strength_of_a_last_jpeg_is_suggested_where_most_files_have_it_in_their_headers(with_headers, is_suggested):
    """It is fitted there, so that blocks which still show more have another reason."""
    real = _real(_gaussian(3, 160, border_ratio=4))
    qualities = np.where(np.arange(80) < with_headers, 80.0, np.nan)
    blocky = agreement(replace(real, qualities=qualities), PRIOR, PRIOR, seed=0)
    suggested = {each.name: each.suggestion for each in blocky.differences}["border_ratio"]
    assert ("Lower the quality of its last JPEG" in suggested) == is_suggested
