"""How well real photos agree with what a recipe makes, in numbers and in a sentence."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from degradekit.matching.distances import (
    Sample,
    energy_distance,
    energy_of_halves,
    photo_distances,
    separation,
    wasserstein,
)
from degradekit.matching.generators import generator
from degradekit.matching.results import Agreement, Difference, listed, strengths_in_words
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.matching.scores import normal_scores
from degradekit.matching.shifts import Shift, Side, shift
from degradekit.matching.suggestions import suggestions
from degradekit.statistics import STATISTICS

EXPLAINED_AUC = 0.8
"""A recipe explains photos that a classifier separates from the recipe's LRs with no more than this AUC, unless content
alone gives more; but never those of which it makes hardly anything alike."""
_NEVER_MADE_AUC = 0.95
"""From this AUC on, the recipe makes hardly anything like the photos."""
_SPLITS_OF_HR = 10
_LEAST_SCENES = 4
_SPLITS_OF_REAL = 200
_LEANING_AUC, _CLEANER_AUC = 0.7, 0.6
"""From this AUC on a sentence names the direction in which photos differ, or calls those cleaner that lie outside."""

_DIRECTIONS: tuple[tuple[str, tuple[tuple[str, Side], ...]], ...] = (
    ("less noisy", (("flat_residual", "low"),)),
    ("noisier", (("flat_residual", "high"),)),
    ("less compressed", (("jpeg_score", "low"), ("border_ratio", "low"))),
    ("more compressed", (("jpeg_score", "high"), ("border_ratio", "high"))),
    ("blurrier", (("edge_width", "high"), ("power_ring_5", "low"))),
    ("sharper", (("power_ring_9", "high"), ("flat_residual", "low"))),
)
"""What real photos are instead, and the statistics that have to lean to a side for it."""
_CLEANER = ("flat_residual", "grid_contrast", "small_high_coefficients")
"""Statistics of noise, of blocks and of what compression takes away. Photos that clearly lie below nearly all LRs of a
recipe in each of them are cleaner than these, even if many LRs have no noise, or no compression."""


def agreement(
    real: RealCrops, prior: Simulation, fitted: Simulation, seed: int, strengths: Mapping[str, float] | None = None
) -> Agreement:
    """Compare real photos with what a recipe and the fitted recipe make of HR photos.

    Args:
        real: Crops of real photos, four photos at least.
        prior: What the recipe makes of HR photos.
        fitted: What the fitted recipe makes of the same photos.
        seed: Any integer; it decides folds and halves.
        strengths: The strengths of the kinds of operators in a milder recipe that the fit started from; None where
            there is none. A milder recipe makes what the recipe does not make at all, so scores are then of what both
            make; in scores of the recipe alone, much would look alike.
    """
    known = [prior, fitted] if strengths else [prior]
    scores = normal_scores(np.vstack([made.statistics for made in known]))
    reals = Sample(scores(real.statistics), real.photos)
    priors, fits = (Sample(scores(made.statistics), _scenes(made.photos)) for made in (prior, fitted))
    within = photo_distances(reals, reals)
    auc_prior = separation(reals, priors, seed).auc
    auc_fitted = separation(reals, fits, seed).auc
    auc_content = content_auc(Sample(priors.scores, prior.photos), seed)
    most_explained = _most_explained_auc(auc_content)
    is_explained = auc_fitted <= most_explained
    shifts = _shifts(real, prior)
    differences = _differences(real, prior, fitted, _shifts(real, known[-1]), is_explained)
    return Agreement(
        energy_prior=_rounded(_energy(within, reals, priors)),
        energy_fitted=_rounded(_energy(within, reals, fits)),
        energy_real=_rounded(energy_of_halves(within, _SPLITS_OF_REAL, seed)),
        auc_prior=_rounded(auc_prior),
        auc_fitted=_rounded(auc_fitted),
        auc_content=_rounded(auc_content),
        is_explained=is_explained,
        summary=_summary(auc_prior, auc_fitted, most_explained, is_explained, shifts, differences, strengths or {}),
        differences=differences,
    )


def content_auc(made: Sample, seed: int) -> float:
    """Return the AUC that nine of ten random halves of the HR photos stay below, against the other halves.

    One recipe made both, so it is what scenes alone give. HR photos of another origin than the real ones differ more
    from them than two halves of one folder do. NaN where there are fewer than four photos.
    """
    rng = generator(seed, 2)
    photos = np.unique(made.photos)
    if len(photos) < _LEAST_SCENES:
        return np.nan
    aucs = []
    for _ in range(_SPLITS_OF_HR):
        half = np.isin(made.photos, rng.permutation(photos)[: len(photos) // 2])
        aucs.append(separation(made.only(half), made.only(~half), seed, rounds=1).auc)
    return float(np.quantile(aucs, 0.9))


def _most_explained_auc(auc_content: float) -> float:
    """Return the AUC up to which a recipe explains photos; that of content counts where it is known."""
    if math.isnan(auc_content):
        return EXPLAINED_AUC
    return max(EXPLAINED_AUC, min(auc_content, _NEVER_MADE_AUC))


def _scenes(photos: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the photo of each crop; of very few photos each crop counts as a scene of its own."""
    return photos if len(np.unique(photos)) >= _LEAST_SCENES else np.arange(len(photos))


def _energy(within: NDArray[np.float64], reals: Sample, made: Sample) -> float:
    return energy_distance(within, photo_distances(reals, made), photo_distances(made, made))


def _shifts(real: RealCrops, made: Simulation) -> dict[str, Shift]:
    return {
        statistic.name: shift(real.statistics[:, column], real.photos, made.statistics[:, column], made.photos)
        for column, statistic in enumerate(STATISTICS)
    }


def _differences(
    real: RealCrops, prior: Simulation, fitted: Simulation, shifts: Mapping[str, Shift], is_explained: bool
) -> tuple[Difference, ...]:
    """Return the statistics, those first that best separate real photos from the fitted recipe's LRs.

    Whether something is missing is a matter of the recipe as it was before the fit, or of the milder one: a range that
    the fit has made too narrow is not a missing operator.
    """
    aucs = {name: _rounded(max(each.auc, 1 - each.auc)) for name, each in _shifts(real, fitted).items()}
    distances = {statistic.name: _distances(real, prior, fitted, column) for column, statistic in enumerate(STATISTICS)}
    ranked = sorted(aucs, key=lambda name: (-aucs[name], -distances[name][1]))
    has_headers = bool(2 * np.isfinite(real.qualities).sum() > len(real.qualities))
    suggested = {} if is_explained else suggestions(ranked, shifts, has_headers=has_headers)
    return tuple(
        Difference(name, *distances[name], aucs[name], shifts[name].is_outside, suggested.get(name, ""))
        for name in ranked
    )


def _distances(real: RealCrops, prior: Simulation, fitted: Simulation, column: int) -> tuple[float, float]:
    """Return the Wasserstein-1 distances of a statistic to both simulations, in standard deviations of the first."""
    values = real.statistics[:, column]
    deviation = prior.statistics[:, column].std() or 1.0
    before, after = (
        wasserstein(values, real.photos, made.statistics[:, column], made.photos) / deviation
        for made in (prior, fitted)
    )
    return _rounded(before), _rounded(after)


def _summary(
    auc_prior: float,
    auc_fitted: float,
    most_explained: float,
    is_explained: bool,
    shifts: Mapping[str, Shift],
    differences: Sequence[Difference],
    strengths: Mapping[str, float],
) -> str:
    numbers = f"with an AUC of {auc_fitted:.2f}, where 0.50 is chance"
    enough = f"and other scenes alone may make up to {most_explained:.2f}"
    unlike = _unlike(auc_prior, shifts, differences, strengths)
    if not strengths:
        if is_explained:
            return (
                "The recipe explains these photos: a classifier separates them from the fitted recipe's LRs"
                f" {numbers} {enough}."
            )
        return (
            "The recipe does not explain these photos: a classifier separates them from the recipe's LRs"
            f" {numbers}. {unlike}"
        )
    milder = f"With {strengths_in_words(strengths)}"
    if is_explained:
        return (
            f"The recipe as it is does not explain these photos. {unlike} {milder}, it explains them: a classifier"
            f" separates them from the fitted recipe's LRs {numbers} {enough}."
        )
    return (
        f"The recipe does not explain these photos. {unlike} {milder}, it comes nearer to them, and is written so, but"
        f" still does not explain them: a classifier separates them from its LRs {numbers}."
    )


def _unlike(
    auc_prior: float, shifts: Mapping[str, Shift], differences: Sequence[Difference], strengths: Mapping[str, float]
) -> str:
    """Return what the photos are instead of what the recipe makes."""
    words = _directions(shifts)
    if {"noise", "jpeg"} <= strengths.keys():  # that both are less is then clearly nearer to the photos
        words = ["cleaner", *(word for word in words if word != "cleaner" and not word.startswith("less "))]
    if words and words[0] == "cleaner" and auc_prior >= _NEVER_MADE_AUC:
        return f"They are {listed(words)} than the recipe can make."
    if words:
        return f"Most of them are {listed(words)} than most of what the recipe makes."
    meanings = {statistic.name: statistic.meaning for statistic in STATISTICS}
    return f"They differ most in {meanings[differences[0].name]} ({differences[0].name})."


def _directions(shifts: Mapping[str, Shift]) -> list[str]:
    """Return the directions in which the photos differ, such as `less noisy` and `sharper`."""
    words = [word for word, signs in _DIRECTIONS if all(shifts[name].leans(side, _LEANING_AUC) for name, side in signs)]
    are_cleaner = all(shifts[name].beyond["low"] and shifts[name].leans("low", _CLEANER_AUC) for name in _CLEANER)
    if are_cleaner or {"less noisy", "less compressed"} <= set(words):
        return ["cleaner", *(word for word in words if not word.startswith("less "))]
    return words


def _rounded(value: float) -> float:
    return round(value, 3)
