"""The order in which a match draws, fits and compares, and what it takes back."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from degradekit import JPEG, Chain, Noise, Resize
from degradekit.dataset.progress import SILENT
from degradekit.matching import fitting
from degradekit.matching.cautions import STANDING, cautions
from degradekit.matching.field_fits import FROM_HEADERS
from degradekit.matching.fields import fields_of
from degradekit.matching.gathering import MatchOptions, Material
from degradekit.matching.results import FieldFit, Milder
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.matching.spans import widened
from degradekit.statistics import STATISTICS

PRESET = Chain((Resize(to="lr"), Noise(sigma=(1, 20)), JPEG(quality=(30, 95))), scale=2)
WIDE = widened(PRESET, 1.5)
SIGMA, QUALITY = "children.1.sigma", "children.2.quality"


def real_crops(photos: int, luma_mean: float = 100.0, **changes) -> RealCrops:
    statistics = np.zeros((photos, len(STATISTICS)))
    statistics[:, [statistic.name for statistic in STATISTICS].index("luma_mean")] = luma_mean
    names = tuple(f"{index}.png" for index in range(photos))
    corners = np.zeros((photos, 2), np.int64)
    crops = RealCrops(statistics, np.arange(photos), corners, names, np.full(photos, np.nan), 64, {})
    return replace(crops, **changes)


def simulation(recipe, photos: int = 20) -> Simulation:
    real = real_crops(photos)
    last = np.array(["children.2"] * photos)
    return Simulation(recipe, (), real.statistics, {}, last, real.photos, real.corners, real.names, 0, {})


@pytest.fixture
def run(monkeypatch):
    """Runs `fit` with parts that note what they are asked for; `explained` is what comparisons answer in turn."""

    def run(
        explained: list[bool],
        *fits: FieldFit,
        nearer: Milder | None = None,
        is_much_nearer: bool = False,
        is_nearer=True,
        again: tuple[FieldFit, ...] = (),
    ):
        drawn, compared = [], []

        def draw(recipe, *, count, **_):
            drawn.append((recipe, count))
            return simulation(recipe)

        def compare(_real, prior, fitted, _seed, _strengths):
            compared.append((prior.recipe, fitted.recipe))
            is_explained = explained[len(compared) - 1]
            return SimpleNamespace(
                is_explained=is_explained, is_trusted=is_explained and is_nearer, is_much_nearer=is_much_nearer
            )

        parts = {
            "simulate": draw,
            "agreement": compare,
            "fit_fields": lambda _fields, learned, _real, _seed: fits if learned.recipe == WIDE else again,
            "milder": lambda _preset, _real, _draw: nearer,
            "twin_pictures": lambda *_: (),
            "_announce": lambda *_: None,
            "_in_a_process": lambda _workers, function, *arguments: function(*arguments),
        }
        for name, part in parts.items():
            monkeypatch.setattr(fitting, name, part)
        material = Material(PRESET, 2, None, SimpleNamespace(unusable={}), 64, 0)  # type: ignore[arg-type]
        result = fitting.fit(material, MatchOptions(draws=300, widen=1.5), real_crops(30), 0, SILENT)
        return result, drawn, compared

    return run


def fit_of(path: str, low: float, high: float, condition: str = "") -> FieldFit:
    field = next(field for field in fields_of(PRESET) if field.path == path)
    return FieldFit(field, "fitted", 0.8, 30, condition, low=low, high=high)


def test_three_populations_are_drawn(run):
    result, drawn, compared = run([True], fit_of(SIGMA, 2, 5))
    fitted = replace(PRESET, children=(PRESET.children[0], Noise(sigma=(2, 5)), PRESET.children[2]))
    assert result.recipe == fitted
    assert drawn == [(PRESET, 100), (widened(PRESET, 1.5), 300), (fitted, 150)]
    assert compared == [(PRESET, fitted)]
    assert (result.is_fitted, result.prior.recipe, result.fitted.recipe) == (True, PRESET, fitted)


def test_what_moves_nothing_is_not_drawn_again(run):
    result, drawn, compared = run([False])
    assert result.recipe == PRESET
    assert len(drawn) == 2
    assert compared == [(PRESET, PRESET)]


def test_where_the_recipe_does_not_explain_the_photos_only_headers_are_believed(run):
    result, drawn, compared = run([False, False], fit_of(SIGMA, 2, 5), fit_of(QUALITY, 60, 70, FROM_HEADERS))
    sigma, quality = result.fields
    assert (sigma.verdict, sigma.low, sigma.high) == ("weak", 1, 20)
    assert (quality.verdict, quality.low, quality.high) == ("fitted", 60, 70)
    assert result.recipe.children[1:] == (Noise(sigma=(1, 20)), JPEG(quality=(60, 70)))
    assert [recipe for recipe, _ in drawn[2:]] == [compared[0][1], result.recipe]
    assert compared[1] == (PRESET, result.recipe)


def test_a_fit_that_is_further_from_the_photos_than_the_recipe_is_taken_back(run):
    result, _, compared = run([True, True], fit_of(SIGMA, 2, 5), is_nearer=False)
    assert (result.recipe, result.fields[0].verdict) == (PRESET, "weak")
    assert compared[1] == (PRESET, PRESET)


def test_where_the_recipe_does_not_explain_the_photos_no_field_counts_as_unchanged(run):
    sigma, quality = (
        replace(fit_of(path, 1, 20, condition), verdict="unchanged")
        for path, condition in ((SIGMA, ""), (QUALITY, FROM_HEADERS))
    )
    result, _, _ = run([False, False], sigma, quality)
    assert [fit.verdict for fit in result.fields] == ["weak", "unchanged"]


MILD = Milder({"noise": 0.1}, replace(PRESET, children=(PRESET.children[0], Noise(sigma=(0.1, 2)), PRESET.children[2])))


@pytest.mark.parametrize(("explained", "is_much_nearer"), [(True, False), (False, True)])
def test_where_a_milder_recipe_is_better_the_fit_starts_from_it(run, explained, is_much_nearer):
    result, drawn, compared = run([False, explained], nearer=MILD, is_much_nearer=is_much_nearer)
    assert (result.milder, result.base, result.recipe) == (MILD, MILD.recipe, MILD.recipe)
    assert drawn[2:] == [(widened(MILD.recipe, 1.5), 300), (MILD.recipe, 150)]
    assert compared[1] == (PRESET, MILD.recipe)


def test_a_milder_recipe_is_fitted_by_headers_only(run):
    """A fit of other ranges would make up for the coarse steps of its strengths."""
    mild_sigma = next(field for field in fields_of(MILD.recipe) if field.path == SIGMA)
    again = (replace(fit_of(SIGMA, 1.5, 2), field=mild_sigma), fit_of(QUALITY, 60, 70, FROM_HEADERS))
    result, _, _ = run([False, True], nearer=MILD, again=again)
    assert [fit.verdict for fit in result.fields] == ["weak", "fitted"]
    assert result.recipe.children[1:] == (Noise(sigma=(0.1, 2)), JPEG(quality=(60, 70)))


def test_where_a_milder_recipe_is_hardly_better_the_recipe_stays(run):
    result, _, _ = run([False, False], nearer=MILD)
    assert (result.milder, result.base, result.recipe) == (None, PRESET, PRESET)


def test_no_milder_recipe_is_looked_for_where_the_recipe_explains_the_photos(run):
    result, drawn, _ = run([True], nearer=MILD)
    assert (result.milder, len(drawn)) == (None, 2)


@pytest.mark.parametrize(
    ("photos", "words"), [(9, "nothing is fitted"), (10, "uncertain"), (19, "uncertain"), (20, "")]
)
def test_few_photos_are_a_warning(photos, words):
    *warnings, _, _ = cautions(real_crops(photos), simulation(PRESET), 0, {})
    assert [words in warning for warning in warnings] == [True] * bool(words)


@pytest.mark.parametrize(("draws", "words"), [(999, "has learned from only 999 draws"), (1000, "")])
def test_few_draws_are_a_warning(draws, words):
    *warnings, _, _ = cautions(real_crops(30), simulation(PRESET), 0, {}, draws)
    assert [words in warning for warning in warnings] == [True] * bool(words)


def test_a_match_warns_of_what_limits_it():
    real = real_crops(20, unusable={"a.png": "empty file"} | {f"{index}.txt": "not an image" for index in range(3)})
    assert cautions(real, simulation(PRESET, photos=4), 76, {"b.png": "too small"}) == (
        "24 of 100 real photos were measured, chosen by the seed.",
        "Only 4 HR photos can be used; what is learned from so few scenes may not hold for others.",
        "4 real photos are left out: a.png (empty file), 0.txt (not an image), 1.txt (not an image) and 1 more.",
        "1 HR photo is left out: b.png (too small).",
        *STANDING,
    )


@pytest.mark.parametrize(("luma_mean", "word"), [(120.0, "more"), (80.0, "less"), (100.0, "")])
def test_other_scenes_are_a_warning(luma_mean, word):
    warnings = cautions(real_crops(30, luma_mean), simulation(PRESET), 0, {})[:-2]
    assert len(warnings) == bool(word)
    assert not word or f"The real photos have {word} brightness than the HR photos (AUC 1.00)" in warnings[0]
