"""A run does not wait for its device in every iteration, and still saves and shows nothing that is not finite."""

import math
import traceback
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from checkpoints import checkpoint, ignore_line
from degradekit_models import run as running
from degradekit_models.loading import Batches, load_patches
from degradekit_models.losses.l1 import L1Loss
from degradekit_models.patches import Patches
from degradekit_models.run import Run
from degradekit_models.train import TrainingError, fit
from degradekit_models.world import World
from torch.utils._python_dispatch import TorchDispatchMode

RARELY = {"log_every": 1000, "val_every": 1000, "save_every": 1000, "iterations": 1000}


class CountReads(TorchDispatchMode):
    """Counts numbers that are read from tensors, for which a GPU would be waited for.

    Adam reads its counters of steps where these lie on the CPU; on GPUs it is fused and does not.
    """

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, function, types, arguments=(), named=None):
        is_read = function in (torch.ops.aten._local_scalar_dense.default, torch.ops.aten.nonzero.default)
        if is_read and not any("torch/optim" in frame.filename for frame in traceback.extract_stack()):
            self.count += 1
        return function(*arguments, **(named or {}))


@pytest.mark.parametrize("stage", ["net", "gan"])
def test_only_checks_wait_for_the_device(stage, request, monkeypatch):
    """A check reads from the device once, for all iterations since the last check, with any number of parts."""
    monkeypatch.setattr(running, "_CHECK_EVERY", 3)
    config = replace(
        request.getfixturevalue(stage), **RARELY, accumulation_steps=2, clip_gradient_norm=1.0, schedule="cosine"
    )
    patches = Patches(config.shards, config.patch, config.seed)
    batches = iter(list(load_patches(patches, Batches(0, 3, config.batch, 2), 0, pin=False)))
    run = Run(config, 4, World(torch.device("cpu")))
    counts = []
    for _ in range(3):
        with CountReads() as reads:
            run.step(batches)
        counts.append(reads.count)
    assert counts == [1, 0, 1]


def losses_that_are_nan_once(monkeypatch, call: int) -> None:
    """Let the L1 loss be NaN at one call, without any effect on the weights."""
    forward, calls = L1Loss.forward, []

    def spoiled(loss, fake, real):
        calls.append(1)
        return forward(loss, fake, real) + (math.nan if len(calls) == call else 0.0)

    monkeypatch.setattr(L1Loss, "forward", spoiled)


@pytest.mark.parametrize(("call", "steps", "iteration"), [(3, 1, 3), (6, 2, 3), (7, 2, 4)])
def test_no_loss_that_is_not_finite_is_missed_in_between(call, steps, iteration, net, tmp_path, monkeypatch):
    """A NaN in any part is noticed before anything is written, and the message names its iteration."""
    losses_that_are_nan_once(monkeypatch, call)
    lines = []
    with pytest.raises(TrainingError, match=rf"^loss: is no longer finite in iteration {iteration} \(l1 nan\); lower"):
        fit(replace(net, accumulation_steps=steps, log_every=6, save_every=6), tmp_path, lines.append)
    assert not (tmp_path / "checkpoint.pt").exists()
    assert not any(line.startswith("6/") for line in lines)


def test_the_last_checkpoint_outlives_a_loss_that_is_not_finite(net, tmp_path, monkeypatch):
    losses_that_are_nan_once(monkeypatch, 5)
    with pytest.raises(TrainingError, match="in iteration 5 "):
        fit(replace(net, log_every=3, save_every=3), tmp_path, ignore_line)
    assert checkpoint(tmp_path)["iteration"] == 3
    assert (tmp_path / "log.csv").read_text().splitlines()[-1].startswith("3,")


def test_losses_are_checked_at_the_latest_after_some_iterations(net, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "_CHECK_EVERY", 4)
    losses_that_are_nan_once(monkeypatch, 2)
    step, steps = Run.step, []
    monkeypatch.setattr(Run, "step", lambda run, batches: steps.append(run.iteration) or step(run, batches))
    with pytest.raises(TrainingError, match="in iteration 2 "):
        fit(replace(net, **RARELY), tmp_path, ignore_line)
    assert steps == [0, 1, 2, 3]


def test_moments_that_are_not_finite_are_never_saved(net, tmp_path, monkeypatch):
    """A gradient of 1e20 leaves the weights finite, but its square in Adam's moments is infinite."""
    fit(replace(net, iterations=1), tmp_path, ignore_line)
    whole = (tmp_path / "checkpoint.pt").read_bytes()
    step = Run.step

    def spoil(run: Run, batches: object) -> object:
        losses = step(run, batches)
        next(iter(run.generator.optimizer.state.values()))["exp_avg_sq"].fill_(math.inf)
        return losses

    monkeypatch.setattr(Run, "step", spoil)
    with pytest.raises(TrainingError, match=r"weights: some are no longer finite, so the last checkpoint is kept"):
        fit(replace(net, iterations=2), tmp_path, ignore_line)
    assert (tmp_path / "checkpoint.pt").read_bytes() == whole
