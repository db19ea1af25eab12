"""What is in a run's folder: written whole, by one run at a time."""

import contextlib
import csv
import json
import math
import operator
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from checkpoints import checkpoint, equal_weights, ignore_line, weights
from degradekit_models.checkpoint import Checkpoint, CheckpointError
from degradekit_models.generator import RRDBNet
from degradekit_models.run import Run
from degradekit_models.train import TrainingError, fit
from degradekit_models.weights import load_generator, save_generator
from own_pairs import write_pairs

from degradekit import DegradekitError
from degradekit.picture_files import decode


def test_a_run_leaves_weights_a_log_and_pictures(net, tmp_path):
    lines, out = [], tmp_path / "run"
    fit(net, out, lines.append)
    assert lines[0].startswith("x4 with l1: ")
    assert lines[0].endswith(f" tiles of {net.shards[0]}, cpu in fp32")
    assert "l1" in lines[1]
    assert "it/s" in lines[1]
    assert equal_weights(load_generator(out / "generator.safetensors").state_dict(), weights(out, "ema"))
    assert equal_weights(load_generator(out / "checkpoint.pt").state_dict(), weights(out, "ema"))
    assert sorted(path.name for path in (out / "weights").iterdir()) == ["3.safetensors", "6.safetensors"]
    rows = list(csv.reader((out / "log.csv").read_text().splitlines()))
    assert [row[0] for row in rows if row[1] == "l1"] == ["2", "4", "6"]
    assert decode((out / "val" / "6.png").read_bytes()).shape == (100, 4 * 96, 3)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("stage", ["net", "gan"])
def test_equal_runs_leave_equal_files(stage, request, tmp_path):
    config = replace(request.getfixturevalue(stage), iterations=3, val_every=2)
    for name in ("one", "other"):
        fit(config, tmp_path / name, ignore_line)
    one, other = contents(tmp_path / "one"), contents(tmp_path / "other")
    assert set(one) == {
        *("checkpoint.pt", "generator.pth", "generator.safetensors", "log.csv", "run.yaml", "val/2.png", "val/3.png"),
        "weights/3.safetensors",
    }
    assert [name for name in one if one[name] != other[name]] == []


def test_a_run_that_is_killed_between_exports_and_checkpoint_ends_with_the_files_of_another(net, tmp_path, monkeypatch):
    """The exports are then newer than the checkpoint, and are written again when the run is resumed."""
    fit(net, tmp_path / "whole", ignore_line)
    fit(replace(net, iterations=3), tmp_path / "killed", ignore_line)
    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "save", raise_interrupt)
        with pytest.raises(KeyboardInterrupt):
            fit(net, tmp_path / "killed", ignore_line)
    assert checkpoint(tmp_path / "killed")["iteration"] == 3
    assert (tmp_path / "killed" / "weights" / "6.safetensors").exists()
    fit(net, tmp_path / "killed", ignore_line)
    for name in ("checkpoint.pt", "generator.safetensors", "weights/6.safetensors"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def raise_interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_run_that_is_killed_or_stopped_between_lines_of_the_log_leaves_the_files_of_another(
    net, tmp_path, monkeypatch
):
    """Killed in iteration 5, resumed after 4, stopped in 5 and resumed: each within a mean of three."""
    config = replace(net, log_every=3, save_every=2, val_every=2)
    fit(config, tmp_path / "whole", ignore_line)
    step, resumed = Run.step, tmp_path / "resumed"

    def interrupted(run: Run, batches: object) -> object:
        if run.iteration == 4 and (resumed / "second try").exists():
            os.kill(os.getpid(), signal.SIGTERM)
        elif run.iteration == 4:
            raise KeyboardInterrupt
        return step(run, batches)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fit(config, resumed, ignore_line)
        (resumed / "second try").touch()
        assert fit(config, resumed, ignore_line) == 5
    (resumed / "second try").unlink()
    (resumed / "weights" / "5.safetensors").unlink()  # of the stop
    assert fit(config, resumed, ignore_line) == 6
    whole, again = contents(tmp_path / "whole"), contents(resumed)
    assert [name for name in whole.keys() | again.keys() if whole.get(name) != again.get(name)] == []


def test_bicubics_scores_are_recorded_again_where_the_pairs_to_validate_on_have_changed(net, tmp_path):
    def recorded() -> list[str]:
        rows = csv.reader((tmp_path / "run" / "log.csv").read_text().splitlines())
        return [row[0] for row in rows if row[1] == "bicubic_psnr_y"]

    fit(replace(net, iterations=1), tmp_path / "run", ignore_line)
    fit(replace(net, iterations=2), tmp_path / "run", ignore_line)
    assert recorded() == ["1"]
    fit(replace(net, iterations=3, val=str(write_pairs(tmp_path / "val", 1))), tmp_path / "run", ignore_line)
    assert recorded() == ["1", "3"]


def test_tensorboard_gets_losses_scores_and_pictures(net, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    fit(replace(net, iterations=3, tensorboard=True), tmp_path / "run", ignore_line)
    fit(replace(net, tensorboard=True), tmp_path / "run", ignore_line)
    events = EventAccumulator(str(tmp_path / "run")).Reload()
    assert {"l1", "iterations_per_second", "psnr_y", "bicubic_ssim_rgb"} <= set(events.Tags()["scalars"])
    assert [event.step for event in events.Scalars("l1")] == [2, 3, 4, 6]
    picture = (tmp_path / "run" / "val" / "6.png").read_bytes()
    shown = decode(events.Images("validation")[-1].encoded_image_string)
    np.testing.assert_array_equal(shown, decode(picture))


@pytest.mark.slow
def test_a_second_run_in_the_folder_is_refused_before_it_writes_anything(net, tmp_path):
    """The first one is another process; when it is killed, the folder is free at once, though its readers live on."""
    config = replace(net, iterations=10_000, workers=1, val_images=0)
    (tmp_path / "c.yaml").write_text(json.dumps(config.to_dict()))
    out = tmp_path / "run"
    command = [sys.executable, "-m", "degradekit_cli", "train", "net", "--config", str(tmp_path / "c.yaml")]
    process = subprocess.Popen([*command, "--output", str(out)], stdout=subprocess.PIPE, text=True)
    with process as first, contextlib.ExitStack() as stack:
        stack.callback(first.kill)
        while not first.stdout.readline().startswith("4/"):  # it saves after three iterations
            assert first.poll() is None
        with pytest.raises(TrainingError, match=r"out: another run is in this folder; .*\(got '.*run'\)"):
            fit(replace(net, seed=1), out, ignore_line)
        second = subprocess.run([*command, "--output", str(out)], capture_output=True, text=True, check=False)
        assert (second.returncode, second.stdout) == (1, "")
        assert second.stderr.startswith("error: --output: another run is in this folder")
    reached = checkpoint(out)["iteration"]
    assert fit(replace(config, iterations=reached + 1), out, ignore_line) == reached + 1


def test_a_run_that_is_refused_leaves_no_folder(net, tmp_path):
    with pytest.raises(DegradekitError, match="shards: must have at least one dataset"):
        fit(replace(net, shards=()), tmp_path / "run", ignore_line)
    assert not (tmp_path / "run").exists()


def test_a_new_run_replaces_no_file_of_other_people(net, tmp_path):
    (tmp_path / "log.csv").write_text("day,weather\n1,rain\n")
    with pytest.raises(DegradekitError, match=r"^out: has a log\.csv that is not of a run; choose another folder"):
        fit(net, tmp_path, ignore_line)
    assert (tmp_path / "log.csv").read_text() == "day,weather\n1,rain\n"
    (tmp_path / "log.csv").write_text("iteration,name,value\n1,l1,0.5\n")  # of a run that did not reach a checkpoint
    pretrained = tmp_path / "generator.pth"
    save_generator(RRDBNet(4, 8, 1), pretrained)
    with pytest.raises(DegradekitError, match=r"^init: must not be a file that the run replaces"):
        fit(replace(net, init=str(pretrained)), tmp_path, ignore_line)
    fit(replace(net, iterations=1), tmp_path, ignore_line)
    assert "1,l1,0.5" not in (tmp_path / "log.csv").read_text().splitlines()


def test_a_dataset_is_not_a_runs_folder(net, training_shards):
    before = contents(Path(training_shards))
    with pytest.raises(TrainingError, match=r"^out: must be a run's folder, and is a dataset; choose another \(got '"):
        fit(net, training_shards, ignore_line)
    assert contents(Path(training_shards)) == before


@pytest.mark.parametrize("name", ["generator.pth", "generator.safetensors", "weights/1.safetensors", "val/a.png"])
def test_a_folder_with_weights_or_pictures_of_others_is_refused(name, net, tmp_path):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(TrainingError, match=rf"^out: has a {name.split('/')[0]} that is not of a run; choose another"):
        fit(net, tmp_path, ignore_line)
    assert contents(tmp_path) == {name: b"mine"}


def test_an_empty_path_is_not_the_current_folder(net, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TrainingError, match=r"^out: must be a folder, and is empty"):
        fit(net, "", ignore_line)
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_the_folder_should_be_is_reported(net, tmp_path):
    (tmp_path / "file").write_text("x")
    for out in (str(tmp_path / "file"), tmp_path / "file" / "run"):
        with pytest.raises(
            TrainingError, match=r"^out: must be a folder \((File exists|Not a directory)\) \(got '.*file"
        ):
            fit(net, out, ignore_line)


def test_a_full_disk_keeps_the_last_checkpoint(net, tmp_path, monkeypatch):
    fit(replace(net, iterations=1), tmp_path, ignore_line)
    whole = (tmp_path / "checkpoint.pt").read_bytes()
    before = sorted(path.name for path in tmp_path.iterdir())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("degradekit.storage.os.fsync", full)
    with pytest.raises(DegradekitError, match=r"log.csv: cannot be written \(No space left on device\)"):
        fit(net, tmp_path, ignore_line)
    for module in ("log", "run_summary"):
        monkeypatch.setattr(f"degradekit_models.{module}.write_whole", lambda *_: None)
    with pytest.raises(DegradekitError, match=r"3.safetensors: cannot be written \(No space left on device\)"):
        fit(net, tmp_path, ignore_line)
    assert (tmp_path / "checkpoint.pt").read_bytes() == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_disk_that_is_full_at_a_line_of_the_log_is_reported(net, tmp_path, monkeypatch):
    def link(path: Path, _: bytes) -> None:
        path.symlink_to("/dev/full")

    monkeypatch.setattr("degradekit_models.log.write_whole", link)
    with pytest.raises(DegradekitError, match=r"log\.csv: cannot be written \(No space left on device\)$"):
        fit(net, tmp_path, ignore_line)


def test_a_damaged_checkpoint_is_refused_in_words(net, tmp_path):
    fit(replace(net, iterations=1), tmp_path, ignore_line)
    path = tmp_path / "checkpoint.pt"
    whole, data = path.read_bytes(), checkpoint(tmp_path)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CheckpointError, match=r"out: its checkpoint cannot be read; delete it to start over"):
        fit(net, tmp_path, ignore_line)
    torch.save(data | {"version": 1}, path)
    with pytest.raises(CheckpointError, match=r"cannot be read; .*written by another version of degradekit"):
        fit(net, tmp_path, ignore_line)
    torch.save(data | {"run": data["run"] | {"ema": {}}}, path)
    with pytest.raises(CheckpointError, match=r"out: its checkpoint is damaged; delete it"):
        fit(net, tmp_path, ignore_line)


@pytest.mark.parametrize(
    ("stage", "spoiled"), [("net", "generator.network.conv_last"), ("gan", "adversary.discriminator.network.conv9")]
)
def test_weights_that_are_not_finite_are_never_saved(stage, spoiled, request, tmp_path, monkeypatch):
    config, out = request.getfixturevalue(stage), tmp_path / "run"
    fit(replace(config, iterations=1), out, ignore_line)
    whole = (out / "checkpoint.pt").read_bytes()
    step = Run.step

    def spoil(run: Run, batches: object) -> object:
        losses = step(run, batches)
        with torch.no_grad():
            operator.attrgetter(spoiled)(run).bias.fill_(math.nan)
        return losses

    monkeypatch.setattr(Run, "step", spoil)
    with pytest.raises(TrainingError, match=r"weights: some are no longer finite, so the last checkpoint is kept"):
        fit(replace(config, iterations=2), out, ignore_line)
    assert (out / "checkpoint.pt").read_bytes() == whole
    assert [path.name for path in (out / "weights").iterdir()] == ["1.safetensors"]


def test_a_damaged_log_does_not_keep_a_run_from_resuming(net, tmp_path):
    fit(replace(net, iterations=2), tmp_path, ignore_line)
    with (tmp_path / "log.csv").open("ab") as file:
        file.write(b"2,l1,0.5\n\n7,l1,0.1\n\xff\xfe\x00\nx\n2,l")
    fit(replace(net, iterations=4), tmp_path, ignore_line)
    rows = list(csv.reader((tmp_path / "log.csv").read_text().splitlines()))
    assert rows[0] == ["iteration", "name", "value"]
    assert [row[0] for row in rows if row[1] == "l1"] == ["2", "2", "4"]
    assert all(len(row) == 3 for row in rows)


def test_a_checkpoint_is_written_before_a_validation_that_fails(net, tmp_path, monkeypatch):
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("degradekit_models.validation.Validation.run", fail)
    with pytest.raises(MemoryError):
        fit(replace(net, val_every=3), tmp_path, ignore_line)
    assert checkpoint(tmp_path)["iteration"] == 3
