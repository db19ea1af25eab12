"""Learning rates by iteration, and clipped gradients."""

import math
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from checkpoints import equal_weights, ignore_line, weights
from degradekit_models.config import Config
from degradekit_models.networks import TrainedNetwork
from degradekit_models.run import Run
from degradekit_models.train import fit
from degradekit_models.world import World
from torch.optim.lr_scheduler import CosineAnnealingLR, MultiStepLR

CPU = World(torch.device("cpu"))
MULTISTEP = {"schedule": "multistep", "milestones": (2, 5), "gamma": 0.1}


def rates(config: Config, first: int = 0) -> list[float]:
    """Return the rate of each iteration from a completed one on."""
    network = TrainedNetwork(torch.nn.Linear(1, 1), config, CPU, first)
    steps = []
    for _ in range(first, config.iterations):
        network.network(torch.ones(1, 1)).sum().backward()
        steps.append(network.optimizer.param_groups[0]["lr"])
        network.step()
    return steps


@pytest.mark.parametrize("fields", [{}, MULTISTEP, {"schedule": "cosine"}])
def test_rates_are_those_of_torchs_schedulers_from_any_iteration_on(fields):
    config = Config(iterations=8, learning_rate=1e-3, **fields)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], config.learning_rate)
    torchs = {
        "constant": lambda: MultiStepLR(optimizer, []),
        "multistep": lambda: MultiStepLR(optimizer, [2, 5], 0.1),
        "cosine": lambda: CosineAnnealingLR(optimizer, config.iterations),
    }[config.schedule]()
    expected = []
    for _ in range(config.iterations):
        expected.append(torchs.get_last_lr()[0])
        optimizer.step()
        torchs.step()
    # torch derives each rate from the one before, and so rounds once more each time.
    assert rates(config) == pytest.approx(expected, rel=1e-12)
    assert all(rates(config, first) == rates(config)[first:] for first in range(config.iterations))


@pytest.mark.parametrize(
    "fields",
    [
        MULTISTEP,
        pytest.param({"schedule": "cosine"}, marks=pytest.mark.slow),
        pytest.param({"clip_gradient_norm": 1e-3}, marks=pytest.mark.slow),
    ],
)
def test_a_run_with_another_rate_resumes_exactly(fields, net, tmp_path, monkeypatch):
    """A run that was stopped before a milestone is compared with one that was not."""
    config = replace(net, **fields)
    fit(config, tmp_path / "whole", ignore_line)
    with monkeypatch.context() as patched:
        step = Run.step

        def stopped(run: Run, batches: object) -> object:
            if run.iteration == 4:
                raise KeyboardInterrupt
            return step(run, batches)

        patched.setattr(Run, "step", stopped)
        with pytest.raises(KeyboardInterrupt):
            fit(config, tmp_path / "resumed", ignore_line)
    lines = []
    fit(config, tmp_path / "resumed", lines.append)
    assert lines[1] == "resuming after iteration 3 of 6"
    for network in ("generator", "ema"):
        assert equal_weights(weights(tmp_path / "whole", network), weights(tmp_path / "resumed", network))
    constant = replace(config, schedule="constant", milestones=(), clip_gradient_norm=None)
    fit(constant, tmp_path / "constant", ignore_line)
    assert not equal_weights(weights(tmp_path / "whole"), weights(tmp_path / "constant"))


def test_both_networks_follow_the_schedule(gan):
    run = Run(replace(gan, iterations=3, schedule="multistep", milestones=(1,)), 4, CPU, iteration=1)
    assert [network.optimizer.param_groups[0]["lr"] for network in run.networks] == [5e-5, 5e-5]


def test_a_changed_schedule_is_reported(net, tmp_path):
    fit(replace(net, iterations=1), tmp_path, ignore_line)
    lines = []
    fit(replace(net, **MULTISTEP, clip_gradient_norm=1.0), tmp_path, lines.append)
    changes = "schedule multistep (was constant), milestones [2, 5] (was []), gamma 0.1 (was 0.5)"
    assert lines[1] == f"resuming after iteration 1 of 6, {changes}, clip_gradient_norm 1.0 (was None)"


def test_the_norm_of_all_gradients_of_a_network_is_clipped():
    network = TrainedNetwork(torch.nn.Linear(3, 2), Config(clip_gradient_norm=0.5), CPU)
    twice = [torch.full((1, 3), 100.0), torch.full((1, 3), 300.0)]
    network.compute_gradients(twice, lambda part: {"l1": network(part).sum()}, {"l1": 1.0})
    before = [weight.grad.clone() for weight in network.network.parameters()]
    network.step()
    after = [weight.grad for weight in network.network.parameters()]
    norm = math.sqrt(sum(float(gradient.square().sum()) for gradient in before))
    assert norm == pytest.approx(math.sqrt(6 * 200**2 + 2))  # the mean over the parts
    for one, other in zip(before, after, strict=True):
        torch.testing.assert_close(other, one * 0.5 / norm)
