"""Distances between two sets of measured crops."""

from math import pi, sqrt

import numpy as np
import pytest
from scipy.stats import norm

from degradekit.matching.distances import (
    Sample,
    auc,
    energy_distance,
    energy_of_halves,
    photo_distances,
    separation,
    wasserstein,
)


def _sample(values, photos=None):
    scores = np.asarray(values, np.float64)
    scores = scores[:, None] if scores.ndim == 1 else scores
    return Sample(scores, np.arange(len(scores)) if photos is None else np.asarray(photos))


def _energy(a, b):
    return energy_distance(photo_distances(a, a), photo_distances(a, b), photo_distances(b, b))


def _gaussian(rng, photos, crops, columns=4, shift=0.0):
    return Sample(rng.normal(shift, 1, (photos * crops, columns)), np.repeat(np.arange(photos), crops))


def test_energy_distance_of_four_points_is_the_one_by_hand():
    """2 (2 + 4 + 1 + 3) / 4 - 1 - 2, for {0, 1} and {2, 4}."""
    assert _energy(_sample([0, 1]), _sample([2, 4])) == pytest.approx(2)


def test_energy_distance_counts_photos_and_not_crops():
    few, many = _sample([0, 1]), _sample([0, 0, 0, 1], photos=[7, 7, 7, 2])
    assert _energy(many, _sample([2, 4])) == pytest.approx(_energy(few, _sample([2, 4])))


def test_energy_distance_of_gaussians_is_the_closed_form():
    """E|a - b| of N(0, 1) and N(m, 1) is 2 / sqrt(pi) exp(-m^2 / 4) + m (2 F(m / sqrt(2)) - 1), of equals 2 / sqrt(pi);
    the tolerance is five times the spread over repetitions."""
    rng, mean = np.random.default_rng(1), 1.5
    closed = 2 * (2 / sqrt(pi) * np.exp(-(mean**2) / 4) + mean * (2 * norm.cdf(mean / sqrt(2)) - 1)) - 4 / sqrt(pi)
    energies = [_energy(_gaussian(rng, 100, 1, 1), _gaussian(rng, 100, 1, 1, mean)) for _ in range(20)]
    assert abs(np.mean(energies) - closed) < 5 * np.std(energies) / sqrt(20)


def test_energy_distance_of_equal_distributions_is_zero_on_average():
    rng = np.random.default_rng(2)
    energies = [_energy(_gaussian(rng, 20, 3), _gaussian(rng, 30, 2)) for _ in range(40)]
    assert abs(np.mean(energies)) < 5 * np.std(energies) / sqrt(40)


def test_halves_of_one_set_of_photos_are_rarely_farther_apart_than_is_said():
    rng = np.random.default_rng(3)
    reals = _gaussian(rng, 40, 2)
    limit = energy_of_halves(photo_distances(reals, reals), 200, seed=0)
    others = [_energy(_gaussian(rng, 20, 2), _gaussian(rng, 20, 2)) for _ in range(40)]
    assert limit > 0
    assert np.mean(np.array(others) < limit) > 0.8
    assert _energy(reals, _gaussian(rng, 40, 2, shift=1)) > limit


def test_wasserstein_distance_of_shifted_values_is_the_shift():
    values = np.array([1.0, 2.0, 5.0])
    photos = np.arange(3)
    assert wasserstein(values, photos, values + 0.75, photos) == pytest.approx(0.75)
    tripled = np.repeat(values, [3, 1, 1])
    assert wasserstein(tripled, np.repeat(photos, [3, 1, 1]), values + 0.75, photos) == pytest.approx(0.75)


def test_auc_is_the_share_of_pairs_with_ties_as_half():
    one, two = np.ones(1), np.ones(2)
    assert auc(np.array([2.0]), one, np.array([1.0, 3.0]), two) == 0.5
    assert auc(np.array([2.0]), one, np.array([2.0, 1.0]), two) == 0.75
    assert auc(np.array([2.0]), one, np.array([1.0, 3.0]), np.array([3.0, 1.0])) == 0.75


def test_classifier_is_at_chance_for_equal_distributions():
    """The mean over repetitions lies within five standard errors of .5."""
    rng = np.random.default_rng(4)
    aucs = [separation(_gaussian(rng, 30, 2), _gaussian(rng, 20, 5), seed=0).auc for _ in range(10)]
    assert abs(np.mean(aucs) - 0.5) < 5 * np.std(aucs) / sqrt(10)
    assert np.std(aucs) < 0.15


def test_classifier_sees_a_shift_as_well_as_the_best_one_nearly_does():
    """Of two Gaussians that lie d apart no classifier has an AUC above F(d / sqrt(2))."""
    rng = np.random.default_rng(5)
    best = norm.cdf(0.75 * sqrt(4) / sqrt(2))
    seen = separation(_gaussian(rng, 200, 1, shift=0.75), _gaussian(rng, 50, 8), seed=0)
    assert best - 0.1 < seen.auc < best + 5 * seen.error


def test_classifier_sees_another_variance():
    rng = np.random.default_rng(6)
    narrow = Sample(0.3 * rng.normal(size=(60, 4)), np.arange(60))
    assert separation(narrow, _gaussian(rng, 40, 5), seed=0).auc > 0.85


def test_classifier_hardly_relies_on_what_scenes_differ_in():
    """Real photos lie d = 1 standard deviation aside in two directions: that of scenes, and that of degradations.
    The best classifier uses both, F(d), and one blind to scenes F(d / sqrt(2)); the AUC is nearer to the second."""

    def photos(rng, count, crops, shift):
        scenes = np.repeat(rng.normal(shift, 1, count), crops)
        degradations = rng.normal(shift, 1, count * crops)
        return Sample(np.column_stack([scenes, degradations]), np.repeat(np.arange(count), crops))

    rng = np.random.default_rng(7)
    aucs = [separation(photos(rng, 300, 1, 1.0), photos(rng, 100, 30, 0.0), seed=0).auc for _ in range(8)]
    both, blind = norm.cdf(1), norm.cdf(1 / sqrt(2))
    assert abs(np.mean(aucs) - blind) < (both - blind) / 2
