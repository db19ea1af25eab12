"""Stopping, saving, and going on."""

import csv
import json
import math
import operator
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from degradekit_models.checkpoint import CheckpointError, read_checkpoint
from degradekit_models.processes import Here
from degradekit_models.train import Run, TrainingError, fit
from degradekit_models.weights import load_state
from running import quiet, same, state
from small_datasets import IN_PROCESS

from degradekit import DegradekitError, HighOrder
from degradekit.dataset import Options, synthesize


@pytest.mark.parametrize("stop", [1, 3, 5])
def test_a_run_that_is_interrupted_and_resumed_gives_the_same_weights(stop, tiny, tmp_path):
    fit("net", tiny, tmp_path / "whole", quiet)
    fit("net", replace(tiny, iterations=stop), tmp_path / "resumed", quiet)
    lines = []
    fit("net", tiny, tmp_path / "resumed", lines.append)
    assert lines[0].startswith("net x4: ")
    assert lines[0].endswith(" tiles, cpu in fp32")
    assert lines[1] == f"going on after iteration {stop} of 6"
    whole, resumed = state(tmp_path / "whole"), state(tmp_path / "resumed")
    assert same(whole["generator"], resumed["generator"])
    assert same(whole["ema"], resumed["ema"])
    assert resumed["iteration"] == 6
    assert not same(whole["generator"], whole["ema"])


def test_a_gan_run_resumes_exactly_and_moves(gan, tmp_path):
    config = replace(gan, iterations=3, batch=2)
    lines = []
    fit("gan", config, tmp_path / "whole", lines.append)
    fit("gan", replace(config, iterations=1), tmp_path / "resumed", quiet)
    fit("gan", config, tmp_path / "resumed", quiet)
    whole, resumed = state(tmp_path / "whole"), state(tmp_path / "resumed")
    for name in ("generator", "ema", "discriminator"):
        assert same(whole[name], resumed[name])
    start = load_state(tmp_path / "net" / "generator.pth")
    assert not same(whole["generator"], start)
    assert "perceptual" in lines[1]
    assert "d_fake" in lines[1]


def test_another_run_and_a_damaged_checkpoint_are_refused_and_kept(tiny, tmp_path):
    fit("net", replace(tiny, iterations=1), tmp_path, quiet)
    whole = (tmp_path / "checkpoint.pt").read_bytes()
    with pytest.raises(CheckpointError, match=r"out: holds a run with another batch, seed"):
        fit("net", replace(tiny, batch=2, seed=1), tmp_path, quiet)
    assert (tmp_path / "checkpoint.pt").read_bytes() == whole
    (tmp_path / "checkpoint.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CheckpointError, match=r"out: its checkpoint cannot be read; delete it to start anew"):
        fit("net", tiny, tmp_path, quiet)


def test_a_full_disk_keeps_the_checkpoint_of_before(tiny, tmp_path, monkeypatch):
    fit("net", replace(tiny, iterations=1), tmp_path, quiet)
    whole = (tmp_path / "checkpoint.pt").read_bytes()
    before = sorted(path.name for path in tmp_path.iterdir())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("degradekit.storage.os.fsync", full)
    with pytest.raises(DegradekitError, match=r"log.csv: cannot be written \(No space left on device\)"):
        fit("net", tiny, tmp_path, quiet)
    monkeypatch.setattr("degradekit_models.log.write_whole", lambda *_: None)
    with pytest.raises(DegradekitError, match=r"3.safetensors: cannot be written \(No space left on device\)"):
        fit("net", tiny, tmp_path, quiet)
    assert (tmp_path / "checkpoint.pt").read_bytes() == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_run_that_goes_on_may_change_its_rate_and_says_so(tiny, tmp_path):
    fit("net", replace(tiny, iterations=1), tmp_path, quiet)
    lines = []
    fit("net", replace(tiny, iterations=2, learning_rate=1e-5, parts=2), tmp_path, lines.append)
    assert lines[1] == "going on after iteration 1 of 2, learning_rate 1e-05 (was 0.0002), parts 2 (was 1)"
    before = state(tmp_path)["generator"]
    fit("net", replace(tiny, iterations=3, learning_rate=0.0), tmp_path, quiet)
    assert same(state(tmp_path)["generator"], before)


def test_a_run_knows_its_data_by_content(tiny, tiles, photos, tmp_path):
    fit("net", replace(tiny, iterations=1), tmp_path / "run", quiet)
    shutil.copytree(tiles, tmp_path / "moved")
    fit("net", replace(tiny, iterations=2, shards=(str(tmp_path / "moved"),)), tmp_path / "run", quiet)
    synthesize(photos, tmp_path / "other", HighOrder(), Options(tile=96, step=48, seed=4), engine=IN_PROCESS)
    synthesize(photos, tmp_path / "x2", HighOrder(scale=2), Options(tile=96, step=48), engine=IN_PROCESS)
    for place, message in (("other", "content of the shards"), ("x2", "scale, content of the shards")):
        with pytest.raises(CheckpointError, match=f"out: holds a run with another {message};"):
            fit("net", replace(tiny, shards=(str(tmp_path / place),)), tmp_path / "run", quiet)


def test_a_run_that_goes_on_needs_no_init(gan, tmp_path):
    config = replace(gan, batch=2, iterations=1, features=None, blocks=None)
    fit("gan", config, tmp_path / "run", quiet)
    (tmp_path / "net" / "generator.pth").unlink()
    assert fit("gan", replace(config, iterations=2), tmp_path / "run", quiet) == 2


def test_processes_that_see_different_folders_are_refused(tiny, tmp_path, monkeypatch):
    fit("net", replace(tiny, iterations=1), tmp_path, quiet)

    def gather(seen: list, own: int) -> None:
        seen[:] = [own, None]

    monkeypatch.setattr("degradekit_models.checkpoint.distributed.all_gather_object", gather)
    with pytest.raises(CheckpointError, match=r"out: must be one folder that all processes see .*\[1, None\]"):
        read_checkpoint(tmp_path, Here(torch.device("cpu"), world=2))


@pytest.mark.parametrize(("stage", "spoiled"), [("net", "generator.conv_last"), ("gan", "discriminator.conv9")])
def test_weights_that_are_no_numbers_are_never_saved(stage, spoiled, request, tmp_path, monkeypatch):
    config = replace(request.getfixturevalue({"net": "tiny", "gan": "gan"}[stage]), batch=2)
    out = tmp_path / "run"
    fit(stage, replace(config, iterations=1), out, quiet)
    whole = (out / "checkpoint.pt").read_bytes()
    step = Run.step

    def spoil(run: Run, reader: object) -> object:
        losses = step(run, reader)
        with torch.no_grad():
            operator.attrgetter(spoiled)(run).bias.fill_(math.nan)
        return losses

    monkeypatch.setattr(Run, "step", spoil)
    with pytest.raises(TrainingError, match=r"weights: there are some that are no finite numbers"):
        fit(stage, replace(config, iterations=2), out, quiet)
    assert (out / "checkpoint.pt").read_bytes() == whole
    assert [path.name for path in (out / "weights").iterdir()] == ["1.safetensors"]


def test_asked_twice_a_run_still_saves(tiny, tmp_path, monkeypatch):
    """Schedulers send SIGTERM to a process, and again through its parent."""
    step = Run.step

    def asked(run: Run, reader: object) -> object:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        return step(run, reader)

    monkeypatch.setattr(Run, "step", asked)
    assert fit("net", tiny, tmp_path, quiet) == 1
    assert state(tmp_path)["iteration"] == 1


def test_a_damaged_log_does_not_stop_a_run_from_going_on(tiny, tmp_path):
    fit("net", replace(tiny, iterations=2), tmp_path, quiet)
    with (tmp_path / "log.csv").open("ab") as file:
        file.write(b"2,l1,0.5\n\n7,l1,0.1\n\xff\xfe\x00\nx\n2,l")
    fit("net", replace(tiny, iterations=4), tmp_path, quiet)
    rows = list(csv.reader((tmp_path / "log.csv").read_text().splitlines()))
    assert rows[0] == ["iteration", "name", "value"]
    assert [row[0] for row in rows if row[1] == "l1"] == ["2", "2", "4"]
    assert all(len(row) == 3 for row in rows)


def test_a_checkpoint_is_there_before_a_validation_that_fails(tiny, tmp_path, monkeypatch):
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("degradekit_models.validation.Validation.of", fail)
    with pytest.raises(MemoryError):
        fit("net", replace(tiny, val_every=3), tmp_path, quiet)
    assert state(tmp_path)["iteration"] == 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_stopped_or_killed_goes_on_exactly(number, tiny, tmp_path):
    """A request to stop saves the iteration it comes in; a kill costs what came after the last checkpoint."""
    config = replace(tiny, iterations=400, workers=1, save_every=5, val_images=0)
    (tmp_path / "c.yaml").write_text(json.dumps(config.to_dict()))
    out = tmp_path / "stopped"
    command = [sys.executable, "-m", "degradekit_cli", "train", "net", "--config", str(tmp_path / "c.yaml")]
    with subprocess.Popen(
        [*command, "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as run:
        for line in run.stdout:
            if line.startswith("6/"):
                break
        # A scheduler, or Ctrl-C, sends it to all processes of the run.
        (run.send_signal if number == signal.SIGKILL else lambda asked: os.killpg(run.pid, asked))(number)
        _, told = run.communicate(timeout=60)
    reached = state(out)["iteration"]
    assert 5 <= reached < 400
    if number == signal.SIGKILL:
        assert reached % 5 == 0
    else:
        assert run.returncode == 130
        assert told == f"stopped after iteration {reached}, which is saved; the same command goes on\n"
    last = reached + 3
    fit("net", replace(config, iterations=last), out, quiet)
    fit("net", replace(config, iterations=last), tmp_path / "whole", quiet)
    assert same(state(out)["generator"], state(tmp_path / "whole")["generator"])
