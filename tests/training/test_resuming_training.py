"""A run that is interrupted and resumed computes what one that was not computes."""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from checkpoints import checkpoint, equal_weights, ignore_line, weights
from degradekit_models.checkpoint import CheckpointError, read_checkpoint
from degradekit_models.run import Run
from degradekit_models.train import fit
from degradekit_models.weights import load_generator
from degradekit_models.world import World
from small_datasets import IN_PROCESS
from terminal import HANG_SECONDS

from degradekit import DegradekitError, HighOrder
from degradekit.dataset import Options, synthesize


@pytest.mark.parametrize("stop", [1, 3, 5])
def test_a_first_stage_resumes_exactly(stop, net, tmp_path):
    fit(net, tmp_path / "whole", ignore_line)
    fit(replace(net, iterations=stop), tmp_path / "resumed", ignore_line)
    lines = []
    fit(net, tmp_path / "resumed", lines.append)
    assert lines[1] == f"resuming after iteration {stop} of 6"
    for network in ("generator", "ema"):
        assert equal_weights(weights(tmp_path / "whole", network), weights(tmp_path / "resumed", network))
    assert checkpoint(tmp_path / "resumed")["iteration"] == 6


def test_a_second_stage_resumes_exactly(gan, tmp_path):
    config = replace(gan, iterations=3)
    fit(config, tmp_path / "whole", ignore_line)
    fit(replace(config, iterations=1), tmp_path / "resumed", ignore_line)
    fit(config, tmp_path / "resumed", ignore_line)
    for network in ("generator", "ema", "adversary"):
        assert equal_weights(weights(tmp_path / "whole", network), weights(tmp_path / "resumed", network))
    start = load_generator(tmp_path / "net" / "generator.pth").state_dict()
    assert not equal_weights(weights(tmp_path / "whole"), start)


def test_a_resumed_run_may_change_its_learning_rate_and_reports_it(net, tmp_path):
    fit(replace(net, iterations=1), tmp_path, ignore_line)
    lines = []
    fit(replace(net, iterations=2, learning_rate=1e-5, accumulation_steps=2), tmp_path, lines.append)
    changes = "learning_rate 1e-05 (was 0.0002), accumulation_steps 2 (was 1)"
    assert lines[1] == f"resuming after iteration 1 of 2, {changes}"
    before = weights(tmp_path)
    fit(replace(net, iterations=3, learning_rate=0.0), tmp_path, ignore_line)
    assert equal_weights(weights(tmp_path), before)


def test_a_resumed_run_must_not_change_what_it_computes(net, gan, tmp_path):
    fit(replace(net, iterations=1), tmp_path / "run", ignore_line)
    whole = (tmp_path / "run" / "checkpoint.pt").read_bytes()
    with pytest.raises(CheckpointError, match=r"out: holds a run that differs in batch, seed; choose another folder"):
        fit(replace(net, batch=2, seed=1), tmp_path / "run", ignore_line)
    with pytest.raises(CheckpointError, match=r"out: holds a run that differs in batch, loss_weights;"):
        fit(gan, tmp_path / "run", ignore_line)
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == whole


def test_a_run_knows_its_data_by_content(net, training_shards, photos, tmp_path):
    fit(replace(net, iterations=1), tmp_path / "run", ignore_line)
    shutil.copytree(training_shards, tmp_path / "moved")
    fit(replace(net, iterations=2, shards=str(tmp_path / "moved")), tmp_path / "run", ignore_line)
    synthesize(photos, tmp_path / "other", HighOrder(), Options(tile=96, step=48, seed=4), engine=IN_PROCESS)
    synthesize(photos, tmp_path / "x2", HighOrder(scale=2), Options(tile=96, step=48), engine=IN_PROCESS)
    for name, differing in (
        ("other", "content of the shards and pairs"),
        ("x2", "scale, content of the shards and pairs"),
    ):
        with pytest.raises(CheckpointError, match=f"out: holds a run that differs in {differing};"):
            fit(replace(net, shards=str(tmp_path / name)), tmp_path / "run", ignore_line)


def test_a_resumed_run_needs_no_init(gan, tmp_path):
    config = replace(gan, iterations=1, features=None, blocks=None)
    fit(config, tmp_path / "run", ignore_line)
    (tmp_path / "net" / "generator.pth").unlink()
    assert fit(replace(config, iterations=2), tmp_path / "run", ignore_line) == 2


def test_a_checkpoint_is_not_called_damaged_for_what_is_wrong_elsewhere(net, gan, tmp_path, monkeypatch):
    fit(replace(net, iterations=1), tmp_path / "first", ignore_line)
    message = (
        r"^out: must have a generator with scale 4, features 8 and blocks 1 \(got scale 4, features 4 and blocks 1\)$"
    )
    with pytest.raises(DegradekitError, match=message):
        fit(replace(net, features=8), tmp_path / "first", ignore_line)
    fit(replace(gan, iterations=1), tmp_path / "second", ignore_line)
    with pytest.raises(DegradekitError, match=r"^vgg19: its weights are needed for the perceptual loss"):
        fit(replace(gan, vgg19=str(tmp_path / "none.pth")), tmp_path / "second", ignore_line)

    def full(*_: object) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Run, "load_state_dict", full)
    with pytest.raises(DegradekitError, match=r"^device: has too little memory for the networks; .* \(got 'cpu'\)$"):
        fit(net, tmp_path / "first", ignore_line)


def test_processes_that_see_different_folders_are_refused(net, tmp_path, monkeypatch):
    fit(replace(net, iterations=1), tmp_path, ignore_line)

    def gather(values: list, own: int) -> None:
        values[:] = [own, None]

    monkeypatch.setattr("torch.distributed.all_gather_object", gather)
    with pytest.raises(CheckpointError, match=r"out: must be one folder that all processes see .*\[1, None\]"):
        read_checkpoint(tmp_path, World(torch.device("cpu"), size=2))


def test_a_run_that_is_asked_twice_to_stop_still_saves(net, tmp_path, monkeypatch):
    """Schedulers send SIGTERM to a process, and again through its parent."""
    step = Run.step

    def interrupted(run: Run, batches: object) -> object:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        return step(run, batches)

    monkeypatch.setattr(Run, "step", interrupted)
    assert fit(net, tmp_path, ignore_line) == 1
    assert checkpoint(tmp_path)["iteration"] == 1


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, *(pytest.param(each, marks=pytest.mark.slow) for each in (signal.SIGINT, signal.SIGKILL))],
)
def test_a_run_that_is_stopped_or_killed_resumes_exactly(number, net, tmp_path):
    """A request to stop saves the iteration that it comes in; a kill costs what came after the last checkpoint."""
    config = replace(net, iterations=100_000, workers=1, save_every=5, val_images=0)
    (tmp_path / "c.yaml").write_text(json.dumps(config.to_dict()))
    out = tmp_path / "stopped"
    command = [sys.executable, "-m", "degradekit_cli", "train", "net", "--config", str(tmp_path / "c.yaml")]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*command, "--output", str(out)], **pipes, start_new_session=True) as process:
        while not process.stdout.readline().startswith("6/"):
            assert process.poll() is None
        # A scheduler, or Ctrl-C, sends it to all processes of the run.
        (process.send_signal if number == signal.SIGKILL else lambda sent: os.killpg(process.pid, sent))(number)
        _, errors = process.communicate(timeout=HANG_SECONDS)
    reached = checkpoint(out)["iteration"]
    assert 5 <= reached < 100_000
    if number == signal.SIGKILL:
        assert reached % 5 == 0
    else:
        assert process.returncode == 130
        assert errors == f"stopped after iteration {reached}, which is saved; the same command resumes the run\n"
    longer = replace(config, iterations=reached + 3)
    fit(longer, out, ignore_line)
    fit(longer, tmp_path / "whole", ignore_line)
    assert equal_weights(weights(out), weights(tmp_path / "whole"))


def test_what_a_kill_has_left_of_files_is_deleted_when_the_run_is_resumed(net, tmp_path):
    """Each may be as large as a checkpoint; files of others with such names stay."""
    fit(replace(net, iterations=1), tmp_path, ignore_line)
    ours = ["checkpoint.pt.0123abcd.tmp", "weights/1.safetensors.0123abcd.tmp", "val/1.png.0123abcd.tmp"]
    others = ["notes.txt.0123abcd.tmp", "checkpoint.pt.tmp", "weights/mine.safetensors.0123abcd.tmp"]
    for name in (*ours, *others):
        (tmp_path / name).touch()
    fit(replace(net, iterations=2), tmp_path, ignore_line)
    assert [name for name in (*ours, *others) if (tmp_path / name).exists()] == others
