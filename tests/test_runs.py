"""What happens around training: going on, telling, refusing."""

import csv
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from click.testing import CliRunner  # noqa: E402
from degradekit_models.checkpoint import CheckpointError, read_checkpoint  # noqa: E402
from degradekit_models.config import Config, ConfigError  # noqa: E402
from degradekit_models.metrics import scores  # noqa: E402
from degradekit_models.patches import Patches  # noqa: E402
from degradekit_models.processes import Here  # noqa: E402
from degradekit_models.train import Run, TrainingError, fit  # noqa: E402
from degradekit_models.upscale import enlarge  # noqa: E402
from degradekit_models.validation import Validation  # noqa: E402
from degradekit_models.weights import load_generator, load_state  # noqa: E402
from running import quiet, same, state  # noqa: E402

from degradekit import DegradekitError, HighOrder  # noqa: E402
from degradekit.dataset import Options, Pairs, synthesize  # noqa: E402
from degradekit.image import decode  # noqa: E402
from degradekit_cli.main import main  # noqa: E402


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


def test_a_run_leaves_weights_a_log_and_pictures(tiny, tmp_path):
    lines = []
    fit("net", tiny, tmp_path / "run", lines.append)
    assert "l1" in lines[1]
    assert "it/s" in lines[1]
    assert "psnr_y" in lines[-1]
    assert "bicubic_psnr_y" in lines[-1]
    assert same(load_generator(tmp_path / "run" / "generator.safetensors").state_dict(), state(tmp_path / "run")["ema"])
    assert sorted(path.name for path in (tmp_path / "run" / "weights").iterdir()) == ["3.safetensors", "6.safetensors"]
    rows = list(csv.reader((tmp_path / "run" / "log.csv").read_text().splitlines()))
    assert [row[0] for row in rows if row[1] == "l1"] == ["2", "4", "6"]
    from PIL import Image

    with Image.open(tmp_path / "run" / "val" / "6.png") as picture:
        assert picture.size == (4 * 96, 100)


def test_tensorboard_gets_losses_scores_and_pictures(tiny, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    fit("net", replace(tiny, iterations=3, tensorboard=True), tmp_path / "run", quiet)
    fit("net", replace(tiny, tensorboard=True), tmp_path / "run", quiet)
    events = EventAccumulator(str(tmp_path / "run")).Reload()
    assert {"l1", "iterations_per_second", "psnr_y", "bicubic_ssim_rgb"} <= set(events.Tags()["scalars"])
    assert [event.step for event in events.Scalars("l1")] == [2, 3, 4, 6]
    picture = (tmp_path / "run" / "val" / "6.png").read_bytes()
    shown = decode(events.Images("validation")[-1].encoded_image_string)
    np.testing.assert_array_equal(shown, decode(picture))


def test_validation_on_a_paired_folder(tiny, photo, tmp_path):
    from PIL import Image

    for part, side in (("HR", 64), ("LR", 16)):
        (tmp_path / part).mkdir()
        Image.fromarray(photo("coffee.png")[:side, :side]).save(tmp_path / part / "a.png")
    lines = []
    fit("net", replace(tiny, val=str(tmp_path)), tmp_path / "run", lines.append)
    assert "psnr_rgb" in lines[-1]
    Image.fromarray(photo("coffee.png")[:60, :60]).save(tmp_path / "HR" / "a.png")
    with pytest.raises(ConfigError, match="val: every HR must be 4 times its LR"):
        fit("net", replace(tiny, val=str(tmp_path)), tmp_path / "other", quiet)
    with pytest.raises(ConfigError, match="val: must hold HR/ and LR/"):
        fit("net", replace(tiny, val=str(tmp_path / "HR")), tmp_path / "other", quiet)


def test_what_cannot_be_trained_is_refused_in_words(tiny, tiles, tmp_path, photos):
    synthesize(photos, tmp_path / "x2", HighOrder(scale=2), Options(tile=96), workers=0)

    def refused(message, stage="net", **changes):
        with pytest.raises(DegradekitError, match=message):
            fit(stage, replace(tiny, **changes), tmp_path / "run", quiet)

    refused(r"shards: must name at least one dataset", shards=())
    refused(r"no degradekit dataset there \(got 'nowhere'\)", shards=("nowhere",))
    refused(r"shards: must have one scale \(got 2, 4\)", shards=(tiles, str(tmp_path / "x2")))
    refused(r"patch: must be a multiple of 4, at least 4 \(got 30\)", patch=30)
    refused(r"patch: must be a multiple of 8, at least 16 \(got 36\)", "gan", patch=36)
    refused(r"patch: must be a multiple of 8, at least 16 \(got 8\)", "gan", patch=8)
    refused(r"seed: must lie in 0", seed=2**63)
    refused(r"patch: must be at most the side of every HR tile; .* 96 x 96 \(got 128\)", patch=128)
    refused(r"^patch: must be at most the side of every HR tile; .* 96 x 96 \(got 128\)$", patch=128, workers=1)
    refused(r"batch: must be a multiple of parts, 3 \(got 4\)", parts=3)
    refused(r"init: the stage gan starts from a generator", "gan")
    refused(r"device: cannot be used.*\(got 'gpu'", device="gpu")
    refused(r"weights: cannot be read \(got 'none.pth'", init="none.pth")
    fit("net", replace(tiny, iterations=1), tmp_path / "done", quiet)
    refused(
        r"init: must have a generator of x4, 8 features and 1 blocks \(got one of x4, 4 features and 1 blocks\)",
        features=8, init=str(tmp_path / "done" / "generator.pth"),
    )  # fmt: skip


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

    monkeypatch.setattr("degradekit.dataset.storage.os.fsync", full)
    with pytest.raises(DegradekitError, match=r"log.csv: cannot be written \(No space left on device\)"):
        fit("net", tiny, tmp_path, quiet)
    monkeypatch.setattr("degradekit_models.log.write_whole", lambda *_: None)
    with pytest.raises(DegradekitError, match=r"3.safetensors: cannot be written \(No space left on device\)"):
        fit("net", tiny, tmp_path, quiet)
    assert (tmp_path / "checkpoint.pt").read_bytes() == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_loss_that_is_no_number_stops_the_run_with_words(tiny, tmp_path):
    with pytest.raises(TrainingError, match=r"loss: is no finite number any more \(l1 "):
        fit("net", replace(tiny, learning_rate=1e30), tmp_path, quiet)


def test_a_batch_that_the_device_has_no_memory_for_is_told_in_words(tiny, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Run, "step", full)
    with pytest.raises(TrainingError, match=r"batch: too large .* more parts \(got 4 in 1\)"):
        fit("net", tiny, tmp_path, quiet)


def test_a_reader_that_is_killed_is_told_in_words(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(Patches, "__getitem__", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(DegradekitError, match=r"workers: one that reads patches has ended"):
        fit("net", replace(tiny, workers=1), tmp_path, quiet)


def test_configurations_are_checked_field_by_field():
    with pytest.raises(ConfigError) as caught:
        Config.from_dict({"shards": ["a"], "batch": "many", "learning_rte": 1e-4, "flip": 1})
    assert len(str(caught.value).splitlines()) == 3
    for name in ("batch", "learning_rte", "flip"):
        assert name in str(caught.value)
    for odd in (b"no text", {1, 2}, float("nan")):
        with pytest.raises(ConfigError):
            Config.from_dict({"shards": ["a"], "init": odd})
    assert Config.from_dict({"shards": "a"}).shards == ("a",)
    config = Config.from_dict({"shards": ["a"], "learning_rate": 1})
    assert Config.from_dict(config.to_dict()) == config
    assert config.resolved("net").iterations == 1_000_000
    assert Config(shards=("a",)).resolved("gan").learning_rate == 1e-4
    with pytest.raises(ConfigError, match=r"ema: must lie in \[0, 1\) \(got 1.0\)"):
        Config(shards=("a",), ema=1.0).resolved("net")


def test_the_command_reads_yaml_and_options_override_it(tiles, tmp_path):
    (tmp_path / "net.yaml").write_text(
        "features: 4\nblocks: 1\npatch: 32\nbatch: 2\niterations: 9\nworkers: 0\ndevice: cpu\n"
    )
    out = str(tmp_path / "run")
    arguments = ["train", "net", tiles, "--out", out, "--config", str(tmp_path / "net.yaml"), "--log-every", "1"]
    done = CliRunner().invoke(main, [*arguments, "--iterations", "2"])
    assert done.exit_code == 0, done.output
    assert [line.split()[0] for line in done.output.splitlines()] == ["net", "1/2", "2/2", "2"]
    wrong = CliRunner().invoke(main, ["train", "gan", tiles, "--out", out])
    assert (wrong.exit_code, wrong.output) == (
        1, f"error: out: holds a run with another stage, patch, batch; choose another folder (got {out!r})\n",
    )  # fmt: skip


def test_the_command_tells_missing_vgg19_and_a_scale_that_no_network_has_in_words(tiles, photos, tmp_path):
    small = ["--features", "4", "--blocks", "1", "--batch", "2", "--workers", "0", "--device", "cpu"]
    net = ["train", "net", tiles, "--out", str(tmp_path / "net"), *small, "--patch", "32", "--iterations", "1"]
    assert CliRunner().invoke(main, net).exit_code == 0
    init = ["--init", str(tmp_path / "net" / "generator.pth"), "--vgg19", str(tmp_path / "none.pth")]
    gan = CliRunner().invoke(
        main, ["train", "gan", tiles, "--out", str(tmp_path / "gan"), *small, "--patch", "32", *init]
    )
    assert gan.exit_code == 1
    assert gan.output.startswith("error: vgg19: its weights are needed")
    synthesize(photos, tmp_path / "x3", HighOrder(scale=3), Options(tile=96), workers=0)
    x3 = ["train", "net", str(tmp_path / "x3"), "--out", str(tmp_path / "o"), *small, "--patch", "48"]
    other = CliRunner().invoke(main, x3)
    assert (other.exit_code, other.output) == (1, "error: scale: must be 4, 2 or 1 (got 3)\n")


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
    synthesize(photos, tmp_path / "other", HighOrder(), Options(tile=96, step=48, seed=4), workers=0)
    synthesize(photos, tmp_path / "x2", HighOrder(scale=2), Options(tile=96, step=48), workers=0)
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


def test_weights_that_are_no_numbers_are_never_saved(tiny, tmp_path, monkeypatch):
    fit("net", replace(tiny, iterations=1), tmp_path, quiet)
    whole = (tmp_path / "checkpoint.pt").read_bytes()
    step = Run.step

    def spoil(run: Run, reader: object) -> object:
        losses = step(run, reader)
        with torch.no_grad():
            run.generator.conv_last.bias.fill_(math.nan)
        return losses

    monkeypatch.setattr(Run, "step", spoil)
    with pytest.raises(TrainingError, match=r"weights: there are some that are no finite numbers"):
        fit("net", replace(tiny, iterations=2), tmp_path, quiet)
    assert (tmp_path / "checkpoint.pt").read_bytes() == whole
    assert [path.name for path in (tmp_path / "weights").iterdir()] == ["1.safetensors"]


def test_a_discriminator_that_is_no_numbers_is_not_saved_either(gan, tmp_path, monkeypatch):
    config = replace(gan, batch=2)
    fit("gan", replace(config, iterations=1), tmp_path / "run", quiet)
    step = Run.step

    def spoil(run: Run, reader: object) -> object:
        losses = step(run, reader)
        with torch.no_grad():
            run.discriminator.conv9.bias.fill_(math.inf)
        return losses

    monkeypatch.setattr(Run, "step", spoil)
    with pytest.raises(TrainingError, match=r"weights: there are some that are no finite numbers"):
        fit("gan", replace(config, iterations=2), tmp_path / "run", quiet)
    assert state(tmp_path / "run")["iteration"] == 1


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


def test_validation_looks_at_all_photos_of_the_split(photos, tiny, tmp_path):
    options = Options(tile=48, step=24, variants=3, val=3)
    synthesize(photos, tmp_path / "s", HighOrder(), options, workers=0)
    pairs = Pairs(tmp_path / "s", "validation")
    at = {pair.lr.tobytes(): (pair.key, pair.variant) for pair in pairs}
    config = replace(tiny, shards=(str(tmp_path / "s"),), val_images=9)
    seen = [at[lr.tobytes()] for lr, _ in Validation(config, 4)._pairs]
    assert len(seen) == 9
    assert len({key for key, _ in seen}) >= 2  # the first nine pairs are three tiles of one
    assert {variant for _, variant in seen} == {0, 1, 2}


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


def test_the_average_is_what_is_validated(tiny, tiles, tmp_path):
    lines = []
    fit("net", replace(tiny, ema=0.5, learning_rate=1e-2), tmp_path, lines.append)
    pair = Pairs(tiles, "validation")[0]
    made = enlarge(load_generator(tmp_path / "generator.pth"), pair.lr, 0, 0)
    a, b = (torch.from_numpy(image.copy()).permute(2, 0, 1)[None] / 255 for image in (made, pair.hr))
    assert f"  psnr_y {scores(a, b, 4)['psnr_y']:.4g}  " in lines[-1]


@pytest.mark.parametrize("scale", [2, 1])
def test_other_scales_are_trained_alike(scale, tiny, photos, tmp_path):
    recipe = HighOrder(scale=scale)
    synthesize(photos, tmp_path / "s", recipe, Options(tile=96, val=1), workers=0)
    lines = []
    fit("net", replace(tiny, shards=(str(tmp_path / "s"),), val=None), tmp_path / "run", lines.append)
    assert lines[0].startswith(f"net x{scale}: ")
    assert "psnr_y" in lines[-1]
    assert load_generator(tmp_path / "run" / "generator.pth").scale == scale


def test_bfloat16_is_close_to_fp32(tiny, tmp_path):
    losses = []
    for precision in ("fp32", "bf16"):
        lines = []
        fit("net", replace(tiny, iterations=2, precision=precision), tmp_path / precision, lines.append)
        assert lines[0].endswith(f"cpu in {precision}")
        losses.append(float(re.search(r"l1 (\S+)", lines[1])[1]))
    one, other = (state(tmp_path / precision)["generator"] for precision in ("fp32", "bf16"))
    assert not same(one, other)
    # Eight bits of mantissa, and a few dozen layers whose roundings partly cancel.
    assert abs(losses[0] - losses[1]) < 0.02 * losses[0]


def test_nothing_to_validate_on_is_said(tiny, photos, tmp_path):
    synthesize(photos, tmp_path / "s", HighOrder(), Options(tile=96), workers=0)
    lines = []
    fit("net", replace(tiny, shards=(str(tmp_path / "s"),)), tmp_path / "run", lines.append)
    assert lines[1] == "no validation: the shards have no such split, and there is no --val"


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
