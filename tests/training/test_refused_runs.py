"""Runs that cannot begin or go on end with words."""

import math
import os
import signal
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from checkpoints import ignore_line
from degradekit_models.patches import Patches
from degradekit_models.run import Run
from degradekit_models.train import TrainingError, fit
from small_datasets import IN_PROCESS

from degradekit import DegradekitError, HighOrder
from degradekit.dataset import Options, synthesize


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"shards": ()}, r"shards: must have at least one dataset"),
        ({"shards": "nowhere"}, r"^shards: must be a dataset that `degradekit synth` has built .* \(got 'nowhere'\)$"),
        ({"patch": 128}, r"^patch: must be at most the side of every HR tile; .* 96 x 96 \(got 128\)$"),
        ({"patch": 128, "workers": 1}, r"^patch: must be at most the side of every HR tile; .* 96 x 96 \(got 128\)$"),
        ({"loss_weights": {"l1": 1, "adversarial": 0.1}}, r"init: must be given, as the stage gan starts from"),
        ({"device": "gpu"}, r"device: cannot be used.*\(got 'gpu'"),
        ({"init": "none.pth"}, r"^init: weights: cannot be read \(got 'none.pth'"),
    ],
)
def test_what_cannot_be_trained_is_refused(fields, message, net, tmp_path):
    with pytest.raises(DegradekitError, match=message):
        fit(replace(net, **fields), tmp_path / "run", ignore_line)


def test_shards_of_different_scales_are_refused(net, training_shards, photos, tmp_path):
    synthesize(photos, tmp_path / "x2", HighOrder(scale=2), Options(tile=96), engine=IN_PROCESS)
    with pytest.raises(DegradekitError, match=r"shards: must have one scale \(got 2, 4\)"):
        fit(replace(net, shards=(training_shards, str(tmp_path / "x2"))), tmp_path / "run", ignore_line)


def test_a_loss_that_is_not_finite_stops_the_run(net, tmp_path):
    with pytest.raises(
        TrainingError, match=r"^loss: is no longer finite in iteration 2 \(l1 nan\); lower the learning rate"
    ):
        fit(replace(net, learning_rate=1e30), tmp_path, ignore_line)


def test_a_batch_that_the_device_has_no_memory_for_is_explained(net, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Run, "step", full)
    with pytest.raises(TrainingError, match=r"batch: needs more memory .* raise accumulation_steps.*\(got 4\)"):
        fit(net, tmp_path, ignore_line)


def test_other_errors_of_an_iteration_stay_what_they_are(net, tmp_path, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Run, "step", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        fit(net, tmp_path, ignore_line)


def test_a_reader_process_that_is_killed_is_reported(net, tmp_path, monkeypatch):
    monkeypatch.setattr(Patches, "__getitem__", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(DegradekitError, match=r"workers: a reader process died"):
        fit(replace(net, workers=1), tmp_path, ignore_line)


@pytest.mark.parametrize("spoiled", [1, 2, 49, 50, 51, 53])
def test_whatever_is_not_finite_is_reported_before_it_is_written_anywhere(spoiled, net, tmp_path, monkeypatch):
    """Losses that are looked at every 50 iterations, at lines of the log, validations and checkpoints, and first."""
    compute, lines, out = Run.compute_gradients, [], tmp_path / "run"

    def spoil(run: Run, parts: object) -> object:
        losses = compute(run, parts)
        is_spoiled = run.iteration + 1 >= spoiled
        return {name: loss * math.nan if is_spoiled else loss for name, loss in losses.items()}

    monkeypatch.setattr(Run, "compute_gradients", spoil)
    config = replace(net, iterations=54, batch=1, log_every=40, save_every=48, val_images=0)
    with pytest.raises(TrainingError, match=rf"^loss: is no longer finite in iteration {spoiled} \(l1 nan\);"):
        fit(config, out, lines.append)
    assert not [line for line in lines if "nan" in line]
    assert "nan" not in (out / "log.csv").read_text()
    assert (out / "checkpoint.pt").exists() == (spoiled > 48)


def test_weights_that_are_not_finite_are_not_validated(net, tmp_path, monkeypatch):
    """As after a gradient that is not, of losses that are."""
    compute = Run.compute_gradients

    def spoil(run: Run, parts: object) -> object:
        losses = compute(run, parts)
        next(run.generator.network.parameters()).grad.fill_(math.inf)
        return losses

    monkeypatch.setattr(Run, "compute_gradients", spoil)
    with pytest.raises(TrainingError, match=r"^weights: some are no longer finite, so the last checkpoint is kept"):
        fit(replace(net, val_every=1), tmp_path, ignore_line)
    assert not (tmp_path / "val").exists()
