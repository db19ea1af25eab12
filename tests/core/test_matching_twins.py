"""Real photos beside the made crops that are most like them."""

from types import SimpleNamespace

import numpy as np

from degradekit.matching.twins import twins


def _twins():
    """Return pairs of 24 photos with two crops each, of which photo 5 is unlike all that is made, and two clusters."""
    rng = np.random.default_rng(0)
    made = rng.normal(size=(300, 8))
    made[150:, :4] += 8
    real = made[rng.permutation(300)[:48]] + rng.normal(0, 0.01, (48, 8))
    real[1::2, 4:] += 0.5  # of each photo, one crop is less like what is made
    real[10:12] = np.tile([4.0, -4.0], 4)
    simulation = SimpleNamespace(statistics=made, photos=np.arange(300) % 10)
    crops = SimpleNamespace(statistics=real, photos=np.repeat(np.arange(24), 2))
    return crops, made, twins(crops, simulation)


def test_the_photo_unlike_all_that_is_made_is_the_worst_explained():
    crops, _, pairs = _twins()
    worst = [crops.photos[pair.real] for pair in pairs if not pair.is_explained]
    assert worst[0] == 5
    assert len(worst) == 5


def test_the_twin_of_a_made_crop_is_that_crop():
    crops, made, pairs = _twins()
    best = [pair for pair in pairs if pair.is_explained]
    assert len(best) == 5
    for pair in best:
        assert np.abs(made[pair.made] - crops.statistics[pair.real]).max() < 0.1


def test_photos_explained_best_are_of_all_clusters():
    crops, _, pairs = _twins()
    sides = {bool(crops.statistics[pair.real, :4].mean() > 4) for pair in pairs if pair.is_explained}
    assert sides == {True, False}


def test_no_photo_is_among_the_best_and_the_worst():
    crops, _, pairs = _twins()
    photos = [int(crops.photos[pair.real]) for pair in pairs]
    assert len(set(photos)) == len(photos) == 10


def test_few_photos_give_few_twins():
    crops, _, _ = _twins()
    few = SimpleNamespace(statistics=crops.statistics[:6], photos=crops.photos[:6])
    simulation = SimpleNamespace(statistics=np.random.default_rng(1).normal(size=(30, 8)))
    assert [pair.is_explained for pair in twins(few, simulation)] == [True, False]


def test_the_same_crops_give_the_same_twins():
    assert _twins()[2] == _twins()[2]
