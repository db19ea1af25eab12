"""Which pair each patch comes from, with weights and without."""

import pickle
from itertools import pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from degradekit_models.config import ConfigError
from degradekit_models.mixtures import Mixture
from degradekit_models.patch_sources import PatchSource, TrainingPair
from degradekit_models.patches import Patches

from degradekit.dataset.pair import Pair


class Numbered(PatchSource):
    """Pairs whose pixels are the index of the source and the index of the pair."""

    scale, digest, unit = 1, "", "pairs"

    def __init__(self, number: int, count: int) -> None:
        self.name, self._number, self._count = str(number), number, count

    def __len__(self) -> int:
        return self._count

    def pair(self, index, rng) -> TrainingPair:
        pixel = np.array([[[self._number, index, 0]]], np.uint8)
        return TrainingPair(pixel, pixel)

    def require_side(self, patch) -> None:
        pass


def drawn(mixture: Mixture, count: int) -> list[tuple[int, int]]:
    """Return the index of the source and the index of the pair of each patch."""
    return [tuple(mixture.pair(index)[0].lr[0, 0, :2].tolist()) for index in range(count)]


def sources(*counts: int) -> list[PatchSource]:
    return [Numbered(number, count) for number, count in enumerate(counts)]


@pytest.mark.parametrize(
    "weights", [(4, 1), (1, 4), (0.8, 0.2), (1, 1, 1), (5, 3, 2), (1, 100), (7, 5, 3, 2, 1), (0.1, 0.2, 0.3), (2.5, 1)]
)
def test_shares_are_exact_to_within_one_patch_after_any_number_of_patches(weights):
    taken = [number for number, _ in drawn(Mixture(sources(*(9 for _ in weights)), weights, seed=0), 250)]
    for count in range(1, 251):
        for number, weight in enumerate(weights):
            assert abs(taken[:count].count(number) - count * weight / sum(weights)) < 1


def test_each_source_has_epochs_of_its_own():
    taken = drawn(Mixture(sources(9, 4), (3, 1), seed=0), 4 * 36)
    for number, count in enumerate((9, 4)):
        indices = [index for source, index in taken if source == number]
        epochs = [indices[first : first + count] for first in range(0, len(indices) - count + 1, count)]
        assert len(epochs) > 2
        assert all(sorted(epoch) == list(range(count)) for epoch in epochs)
        assert any(one != other for one, other in pairwise(epochs))


def test_without_weights_every_pair_is_taken_once_in_an_epoch():
    mixture = Mixture(sources(9, 4), (), seed=0)
    taken = drawn(mixture, 26)
    assert sorted(taken[:13]) == sorted(taken[13:]) == [(0, index) for index in range(9)] + [(1, i) for i in range(4)]
    assert taken[:13] != taken[13:]
    assert mixture.shares == [9 / 13, 4 / 13]


def test_a_patch_depends_on_seed_and_index_alone():
    weights = (3, 2)
    forward = drawn(Mixture(sources(9, 4), weights, seed=1), 100)
    mixture = Mixture(sources(9, 4), weights, seed=1)
    assert [tuple(mixture.pair(index)[0].lr[0, 0, :2].tolist()) for index in reversed(range(100))] == forward[::-1]
    assert forward != drawn(Mixture(sources(9, 4), weights, seed=2), 100)


def test_equal_sources_are_drawn_from_differently():
    taken = drawn(Mixture(sources(50, 50), (1, 1), seed=0), 100)
    one, other = ([index for number, index in taken if number == each] for each in (0, 1))
    assert one != other


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ((1,), r"data_weights: must have one number for each of shards and pairs, 2 in all \(got \[1\]\)"),
        ((1, 2, 3), r"data_weights: must have one number for each"),
        ((1, 0.123456789), r"data_weights: must be in the ratio of whole numbers whose sum is at most 10,000"),
    ],
)
def test_weights_that_do_not_fit_are_refused(weights, message):
    with pytest.raises(ConfigError, match=message):
        Mixture(sources(9, 4), weights, seed=0)


class Coded:
    """Stands in for `Pairs`: the channels of an LR are the index of the pair and the position of the pixel."""

    scale, variants, digest = 2, 3, ""

    def __init__(self, location: str, split: str) -> None:
        self._tiles = int(location)

    def __len__(self) -> int:
        return self._tiles * self.variants

    def smallest_tile(self) -> tuple[str, tuple[int, int]]:
        return "", (48, 48)

    def __getitem__(self, index: int) -> Pair:
        y, x = np.mgrid[:24, :24]
        lr = np.stack([np.full_like(y, index), y, x], axis=2).astype(np.uint8)
        record = '{"version": 2, "size": [48, 48], "scale": 2, "steps": []}'
        return Pair(lr.repeat(2, axis=0).repeat(2, axis=1), lr, record, "photo", None, 0)


def test_the_patches_of_shards_stay_what_they_were(monkeypatch):
    """Index, position and mirroring of patches are pinned: if they changed, no interrupted run could resume exactly."""
    monkeypatch.setattr("degradekit_models.patch_sources.Pairs", Coded)
    patches, chosen = Patches(["4", "3"], 32, seed=5), []
    for index in (*range(8), 700, 10**9):
        lr = patches[index]["lr"].tolist()
        flipped = lr[0][0][2] > lr[0][-1][2]
        chosen.append((*lr[0][0][:2], lr[0][-flipped][2], flipped))
    assert chosen == [
        (11, 2, 0, False), (7, 0, 0, True), (2, 4, 3, False), (3, 7, 8, False), (6, 8, 0, True), (0, 5, 8, False),
        (3, 2, 5, False), (1, 5, 2, False), (9, 7, 2, True), (0, 3, 7, True),
    ]  # fmt: skip


def test_a_loader_that_jumps_between_epochs_does_not_shuffle_them_again(monkeypatch):
    """Trainers that take many epochs for one draw patches of any of them; a pickle for a worker holds no order."""
    mixture = Mixture([Numbered(0, 200)], (), seed=0)
    permute, sizes = torch.randperm, []
    monkeypatch.setattr(torch, "randperm", lambda size, **options: sizes.append(size) or permute(size, **options))
    firsts = [int(mixture.pair(200 * epoch)[0].hr[0, 0, 1]) for epoch in (0, 3, 1, 0, 3, 1, 3)]
    assert sizes == [200] * 3
    assert firsts[3:] == [*firsts[:3], firsts[1]]
    assert len(pickle.dumps(mixture)) < 2000
