"""Runs of other scales, precisions and numbers of processes, and what comes of many iterations."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from checkpoints import checkpoint, equal_weights, ignore_line, weights
from degradekit_models.config import NET, Config
from degradekit_models.metrics import scores
from degradekit_models.train import fit
from degradekit_models.upscale import enlarge
from degradekit_models.weights import load_generator
from PIL import Image
from small_datasets import IN_PROCESS

from degradekit import HighOrder
from degradekit.dataset import Options, Pairs, synthesize
from degradekit.functional.levels import to_float
from degradekit.functional.unsharp import unsharp_mask


@pytest.mark.parametrize("scale", [2, 1])
def test_other_scales_are_trained_alike(scale, net, photos, tmp_path):
    synthesize(photos, tmp_path / "s", HighOrder(scale=scale), Options(tile=96, val=1), engine=IN_PROCESS)
    lines = []
    fit(replace(net, shards=str(tmp_path / "s")), tmp_path / "run", lines.append)
    assert lines[0].startswith(f"x{scale} with l1: ")
    assert "psnr_y" in lines[-1]
    assert load_generator(tmp_path / "run" / "generator.pth").scale == scale


def test_bfloat16_is_close_to_fp32(net, tmp_path):
    losses = []
    for precision in ("fp32", "bf16"):
        lines = []
        fit(replace(net, iterations=2, precision=precision), tmp_path / precision, lines.append)
        assert lines[0].endswith(f"cpu in {precision}")
        losses.append(float(re.search(r"l1 (\S+)", lines[1])[1]))
    assert not equal_weights(weights(tmp_path / "fp32"), weights(tmp_path / "bf16"))
    # Eight bits of mantissa, and a few dozen layers whose roundings partly cancel.
    assert abs(losses[0] - losses[1]) < 0.02 * losses[0]


def fit_by_two_processes(stage: str, config: Config, out: Path) -> str:
    """Run under torchrun and return what it prints."""
    file = out.with_suffix(".yaml")
    file.write_text(json.dumps(config.to_dict()))
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    command = [*torchrun, "-m", "degradekit_cli", "train", stage, "--config", str(file), "--output", str(out)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "accumulation_steps"), [("net", 1), ("net", 2), ("gan", 1)])
def test_two_processes_have_the_gradients_of_one(stage, accumulation_steps, request, tmp_path):
    config = replace(request.getfixturevalue(stage), iterations=1)
    fit(config, tmp_path / "one", ignore_line)
    printed = fit_by_two_processes(stage, replace(config, accumulation_steps=accumulation_steps), tmp_path / "two")
    assert len(re.findall(r"^1/1 ", printed, re.MULTILINE)) == 1
    one, two = (checkpoint(tmp_path / name)["run"] for name in ("one", "two"))
    for network in one.keys() & {"generator", "adversary"}:
        for index, moments in one[network]["optimizer"]["state"].items():  # the first moment is a tenth of the gradient
            gradient, again = moments["exp_avg"], two[network]["optimizer"]["state"][index]["exp_avg"]
            assert (gradient - again).abs().max() <= 1e-4 * gradient.abs().max()


@pytest.mark.slow
def test_two_processes_resume_exactly(net, tmp_path):
    fit_by_two_processes("net", replace(net, iterations=4), tmp_path / "whole")
    fit_by_two_processes("net", replace(net, iterations=3), tmp_path / "resumed")
    printed = fit_by_two_processes("net", replace(net, iterations=4), tmp_path / "resumed")
    assert "resuming after iteration 3 of 4\n" in printed
    assert equal_weights(weights(tmp_path / "whole"), weights(tmp_path / "resumed"))


@pytest.mark.slow
def test_the_first_stage_passes_bicubic_on_photos_it_has_not_seen(photo_folder, tmp_path):
    """Photos are second-order degraded; both scores are against the sharpened HR that the stage is trained for."""
    (tmp_path / "photos" / "val").mkdir(parents=True)
    for name in ("astronaut.png", "coffee.png", "rocket.jpg", "motorcycle_left.png"):
        shutil.copy(photo_folder / name, tmp_path / "photos")
    shutil.copy(photo_folder / "chelsea.png", tmp_path / "photos" / "val")
    synthesize(tmp_path / "photos", tmp_path / "s", HighOrder(), Options(tile=200, step=100, variants=4))
    torch.set_num_threads(2)
    config = replace(
        NET, shards=str(tmp_path / "s"), features=16, blocks=1, patch=64, batch=16, iterations=900, learning_rate=1e-3,
        ema_decay=0.99, workers=0, device="cpu", val_images=0,
    )  # fmt: skip
    fit(config, tmp_path / "run", ignore_line)
    generator = load_generator(tmp_path / "run" / "generator.safetensors")
    gains = []
    for pair in list(Pairs(tmp_path / "s", "validation"))[:24]:
        truth = as_tensor(unsharp_mask(to_float(pair.hr), 51, 0.5, 10.0))
        bicubic = np.asarray(Image.fromarray(pair.lr).resize((200, 200), Image.Resampling.BICUBIC))
        with torch.no_grad():
            made = generator(as_tensor(to_float(pair.lr)))
        gains.append(scores(made, truth, 4)["psnr_y"] - scores(as_tensor(to_float(bicubic)), truth, 4)["psnr_y"])
    assert np.mean(gains) > 0, gains


def as_tensor(image: np.ndarray) -> "torch.Tensor":
    return torch.from_numpy(image).permute(2, 0, 1)[None]


@pytest.mark.slow
def test_the_second_stage_changes_textures(net, gan, training_shards, tmp_path):
    long = replace(net, features=8, iterations=200, learning_rate=1e-3, ema_decay=0.9, val_images=0, log_every=5)
    fit(long, tmp_path / "first", ignore_line)
    init = str(tmp_path / "first" / "generator.pth")
    second = replace(long, init=init, vgg19=gan.vgg19, loss_weights=gan.loss_weights, iterations=40, batch=2)
    fit(second, tmp_path / "second", ignore_line)
    with (tmp_path / "second" / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for name in ("l1", "perceptual", "adversarial", "d_real", "d_fake"):
        values = [float(row["value"]) for row in rows if row["name"] == name]
        assert np.isfinite(values).all()
        assert len(set(values)) == len(values) == 8

    lrs = [
        pair.lr.astype(np.uint16) * 257 for pair in Pairs(training_shards, "validation")[:4]
    ]  # no rounding to 8 bits
    first_made, second_made = (
        [enlarge(load_generator(tmp_path / run / "generator.pth"), lr, 0, 0).astype(float) for lr in lrs]
        for run in ("first", "second")
    )
    changed = detail(one - other for one, other in zip(second_made, first_made, strict=True))
    assert changed > 0.1 * detail(first_made)


def detail(images) -> float:
    """Return the mean size of the second differences: what there is of textures, not of tones."""
    return float(np.mean([np.abs(np.diff(image, 2, axis=axis)).mean() for image in images for axis in (0, 1)]))
