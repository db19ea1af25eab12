"""What a run tells, leaves, validates and refuses."""

import csv
import os
import re
import signal
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from click.testing import CliRunner
from degradekit_models.config import Config, ConfigError
from degradekit_models.metrics import scores
from degradekit_models.patches import Patches
from degradekit_models.train import Run, TrainingError, fit
from degradekit_models.upscale import enlarge
from degradekit_models.validation import Validation
from degradekit_models.weights import load_generator
from running import quiet, same, state

from degradekit import DegradekitError, HighOrder
from degradekit.dataset import Options, Pairs, synthesize
from degradekit.picture_files import decode
from degradekit_cli.main import main


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


def test_validation_takes_every_tile_once_before_any_twice(photos, tiny, tmp_path):
    options = Options(tile=48, step=24, variants=3, val=3)
    synthesize(photos, tmp_path / "s", HighOrder(), options, workers=0)
    pairs = Pairs(tmp_path / "s", "validation")
    at = {pair.lr.tobytes(): (pair.key, pair.variant) for pair in pairs}
    tiles = len(pairs) // 3
    config = replace(tiny, shards=(str(tmp_path / "s"),), val_images=tiles)
    seen = [at[lr.tobytes()] for lr, _ in Validation(config, 4)._pairs]
    assert len(seen) == tiles
    assert {key for key, _ in seen} == {pair.key for pair in pairs}
    assert {variant for _, variant in seen} == {0, 1, 2}


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
