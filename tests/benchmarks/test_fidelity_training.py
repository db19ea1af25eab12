"""The small network of the comparison, and its tables."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("scipy")
training = pytest.importorskip("fidelity_training")


def pairs(count: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    rng = np.random.default_rng(0)
    lrs = [rng.integers(0, 256, (24, 26, 3), dtype=np.uint8) for _ in range(count)]
    return lrs, [lr.repeat(4, 0).repeat(4, 1) for lr in lrs]


def test_the_network_is_small_and_starts_as_bicubic_enlargement():
    network = training.SmallNetwork()
    assert sum(parameter.numel() for parameter in network.parameters()) == 134_992
    lr = torch.rand(2, 3, 12, 10)
    torch.testing.assert_close(network(lr), training.bicubic(lr))


def test_training_is_decided_by_the_seed_and_the_pairs():
    lrs, hrs = pairs(3)
    lr = torch.rand(1, 3, 12, 12)
    one, same, other = (training.train(lrs, hrs, range(1), seed)(lr) for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_perfect_enlargement_scores_without_error():
    lrs, hrs = pairs(2)
    scores = training.evaluate(lambda lr: lr.repeat_interleave(4, 2).repeat_interleave(4, 3), lrs, hrs)
    assert scores.psnr == [float("inf")] * 2
    np.testing.assert_allclose(scores.ssim, 1)


def test_the_tables_hold_means_differences_and_standard_errors():
    scores = {
        "one": {"both": training.Scores([20.0, 22.0], [0.5, 0.7])},
        "other": {"both": training.Scores([20.05, 21.65], [0.5, 0.6])},
    }
    assert training.score_lines(scores)[2:] == ["| one | 21.000 / 0.6000 |", "| other | 20.850 / 0.5500 |"]
    *_, line = training.difference_lines(scores, [("one", "other")])
    assert line == "| one - other | both | +0.150 (0.200) | +0.0500 (0.0500) | 50 % | +0.35 |"
