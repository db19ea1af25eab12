"""Scores, regression and unfolding, on tables whose truth is known."""

import numpy as np
import pytest
from scipy.special import ndtri

from degradekit.matching.regression import auc, predict, r_squared
from degradekit.matching.scores import features, normal_scores
from degradekit.matching.unfolding import Ranges, Response


def test_scores_are_normal_quantiles_of_the_simulated_ranks():
    simulated = np.array([[3.0], [1.0], [2.0], [9.0]])
    scores = normal_scores(simulated)(simulated)[:, 0]
    np.testing.assert_allclose(scores, ndtri(np.array([2.5, 0.5, 1.5, 3.5]) / 4))


def test_scores_between_simulated_values_are_interpolated_and_beyond_them_are_3_at_most():
    scores = normal_scores(np.linspace(0, 1, 2001)[:, None])(np.array([[0.50025], [-9.0], [1e9]]))[:, 0]
    assert scores[0] == pytest.approx((ndtri(1000.5 / 2001) + ndtri(1001.5 / 2001)) / 2)
    assert (scores[1:] == (-3, 3)).all()


def test_equal_values_share_a_score_and_a_constant_statistic_says_nothing():
    simulated = np.array([[5.0, 0.0], [5.0, 0.0], [5.0, 1.0], [5.0, 1.0]])
    scores = normal_scores(simulated)(np.array([[5.0, 0.0], [7.0, 1.0]]))
    assert (scores[:, 0] == 0).all()
    np.testing.assert_allclose(scores[:, 1], ndtri([0.25, 0.75]))


def table(draws: int = 600) -> tuple[np.ndarray, ...]:
    """Draws of 12 HR photos, each with an offset of its own: statistics with a signal, and the HR photos."""
    rng = np.random.default_rng(4)
    drawn, photos = rng.standard_normal(draws), np.arange(draws) % 12
    noise = rng.standard_normal((draws, 3))
    statistics = np.stack([drawn + noise[:, 0], drawn - noise[:, 0], noise[:, 1], noise[:, 2]], axis=1)
    return drawn, photos, statistics


def test_a_regression_explains_what_can_be_explained():
    """The mean of the first two statistics is exactly what was drawn, but for the bends of features."""
    drawn, photos, statistics = table()
    x = features(normal_scores(statistics)(statistics))
    predictions = predict(x, drawn[:, None], photos, x)
    assert r_squared(predictions.simulated[:, 0], drawn) > 0.97
    assert r_squared(predictions.real[:, 0], drawn) > 0.97


def test_what_leaves_no_trace_is_not_explained_out_of_fold():
    """With 12 features and 600 draws, chance alone explains 2 % in the fold itself, and nothing out of it."""
    _, photos, statistics = table()
    x = features(statistics)
    invisible = np.random.default_rng(5).standard_normal(len(x))
    assert r_squared(predict(x, invisible[:, None], photos, x).simulated[:, 0], invisible) < 0.01


def test_a_photo_is_not_recognized_by_its_content():
    """A value that depends on the photo alone cannot be predicted for a photo that was not seen."""
    rng = np.random.default_rng(6)
    photos = np.arange(600) % 12
    of_photo = rng.standard_normal((12, 4))
    x = features(of_photo[photos] + 0.01 * rng.standard_normal((600, 4)))
    values = rng.standard_normal(12)[photos]
    assert r_squared(predict(x, values[:, None], photos, x).simulated[:, 0], values) < 0.1


def test_draws_without_a_value_are_predicted_but_not_learned_from():
    drawn, photos, statistics = table()
    x = features(normal_scores(statistics)(statistics))
    half = np.arange(len(drawn)) % 2 == 0
    both = predict(x, np.stack([np.where(half, drawn, np.nan), drawn], axis=1), photos, x[:5])
    alone = predict(x[half], drawn[half][:, None], photos[half], x[:5])
    assert np.isfinite(both.simulated).all()
    np.testing.assert_allclose(both.real[:, 0], alone.real[:, 0], atol=1e-8)


def test_one_hr_photo_is_enough_for_folds():
    drawn, photos, statistics = table()
    x = features(statistics)
    assert r_squared(predict(x, drawn[:, None], np.zeros_like(photos), x).simulated[:, 0], drawn) > 0.9


@pytest.mark.parametrize(
    ("predicted", "expected"), [([0.1, 0.2, 0.8, 0.9], 1.0), ([0.9, 0.8, 0.2, 0.1], 0.0), ([0.5] * 4, 0.5)]
)
def test_auc_is_the_share_of_pairs_in_order(predicted, expected):
    assert auc(np.array(predicted), np.array([False, False, True, True])) == expected


def test_auc_of_one_kind_only_is_chance():
    assert auc(np.array([0.1, 0.2]), np.array([True, True])) == 0.5


def blurred_response(absent: float = 0.0) -> Response:
    """8 bins whose values are seen in their own cell half of the time, and else in the neighboring ones."""
    cells = 0.5 * np.eye(8) + 0.25 * np.eye(8, k=1) + 0.25 * np.eye(8, k=-1) + 1e-6
    cells /= cells.sum(axis=1, keepdims=True)
    return Response(np.full(8, 1 / 8), cells, absent, np.full(8, 1 / 8))


def test_a_response_counts_weighted_draws():
    bins, cells = np.repeat([0, 1, 2], 400), np.tile([0, 1, 1, 1], 300)
    response = Response.of(bins, cells, np.repeat([1.0, 3.0, 0.0], 400), (2, 2))
    np.testing.assert_allclose(response.shares, (0.25, 0.75))
    np.testing.assert_allclose(response.cells, [[0.25, 0.75]] * 2, atol=2e-3)
    assert response.absent == 0


def test_draws_without_a_value_are_a_share_of_their_own():
    response = Response.of(np.array([0, 0, 1, 2]), np.array([0, 0, 1, 1]), np.ones(4), (2, 2))
    assert response.absent == 0.25
    assert response.absent_cells[1] > 0.8


def test_unfolding_leaves_alone_what_the_start_explains():
    response, start = blurred_response(0.3), np.full(8, 1 / 8)
    np.testing.assert_allclose(response.unfolded(response.expected(start[None]), start)[0], start)


def test_unfolding_comes_closer_to_the_truth_than_the_histogram():
    response, start = blurred_response(), np.full(8, 1 / 8)
    truth = np.array([0, 0, 0.5, 0.5, 0, 0, 0, 0])
    observed = response.expected(truth[None])
    unfolded = response.unfolded(observed, start)[0]
    assert np.abs(unfolded - truth).sum() < 0.7 * np.abs(observed[0] - truth).sum()


@pytest.mark.parametrize("ends", [(2, 5), (0, 8), (6, 8)])
def test_the_ends_of_a_range_are_recovered_exactly_from_many_photos(ends):
    response = blurred_response(0.25)
    truth = ((np.arange(8) >= ends[0]) & (np.arange(8) < ends[1])) / (ends[1] - ends[0])
    fitted = Ranges.of(response, (0, 8)).likely_ends(response.expected(truth[None]), 1e6, np.arange(9.0))
    np.testing.assert_allclose(fitted[0], ends, atol=1e-6)


def test_an_end_that_does_not_show_stays_with_the_recipe():
    """Photos whose values are all in the lower bins say nothing new of the lower end."""
    response = blurred_response()
    observed = response.expected(np.array([[0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0]]))
    low, high = Ranges.of(response, (0, 8)).likely_ends(observed, 60, np.arange(9.0))[0]
    assert low < 1e-3
    assert abs(high - 4) < 0.5


def test_an_end_is_the_median_of_what_it_may_be_and_not_the_mean():
    """Where the own range is more likely than one that is far from it, the end stays within a bin of its own."""
    two = Ranges(np.array([[0, 8], [6, 8]]), np.zeros((2, 1)), np.log([0.6, 0.4]), 0)
    low, high = two.likely_ends(np.ones((1, 1)), 60, np.arange(9.0))[0]
    assert low == pytest.approx(2 / 3)
    assert high == 8


def test_evidence_is_for_the_own_range_where_photos_are_like_it_and_against_it_elsewhere():
    response = blurred_response()
    own = response.expected(np.full((1, 8), 1 / 8))
    narrow = response.expected(np.array([[0.0, 0, 0.5, 0.5, 0, 0, 0, 0]]))
    evidence = Ranges.of(response, (0, 8)).evidence(np.vstack([own, narrow]), 60)
    assert evidence[0] < 0 < evidence[1]
