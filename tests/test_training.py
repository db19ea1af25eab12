"""What an iteration of training computes, and what comes of many."""

import copy
import csv
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from degradekit_models.config import Config
from degradekit_models.patches import Batches, Patches, load_patches
from degradekit_models.processes import join
from degradekit_models.sharpening import MARGIN
from degradekit_models.train import Run, fit
from degradekit_models.upscale import enlarge
from degradekit_models.weights import load_generator
from running import quiet, same, state
from small_datasets import IN_PROCESS

from degradekit import HighOrder, Sharpen
from degradekit.dataset import LocalEngine, Options, Pairs, synthesize
from degradekit.functional.filtering import unsharp_mask
from degradekit.functional.levels import to_float


def assert_same_gradients(one, other) -> None:
    """Of the first iteration: Adam's first moment is a tenth of them. Its step would make much of roundings near 0."""
    a, b = state(one), state(other)
    for optimizer in ("optimizer", "discriminator_optimizer")[: 1 + (a["stage"] == "gan")]:
        for number, kept in a[optimizer]["state"].items():
            gradient, again = kept["exp_avg"], b[optimizer]["state"][number]["exp_avg"]
            assert gradient.abs().max() > 0
            assert (gradient - again).abs().max() <= 1e-4 * gradient.abs().max()


@pytest.mark.parametrize("stage", ["net", "gan"])
def test_parts_of_a_batch_add_up_to_the_batch(stage, request, tmp_path):
    """As spectral norms do not change within an iteration, and the fakes are those of before the update."""
    config = replace(request.getfixturevalue({"net": "tiny", "gan": "gan"}[stage]), iterations=1)
    fit(stage, config, tmp_path / "one", quiet)
    fit(stage, replace(config, parts=2), tmp_path / "two", quiet)
    assert_same_gradients(tmp_path / "one", tmp_path / "two")


def test_the_defaults_are_the_papers():
    net, gan = (Config(shards=("a",)).resolved(stage) for stage in ("net", "gan"))
    assert (net.iterations, net.learning_rate, gan.iterations, gan.learning_rate) == (1_000_000, 2e-4, 400_000, 1e-4)
    assert net == replace(gan, iterations=1_000_000, learning_rate=2e-4)
    assert (net.patch, net.batch, net.ema, net.pixel, net.perceptual, net.adversarial) == (256, 48, 0.999, 1, 1, 0.1)


@pytest.mark.parametrize("sharpen", [None, Sharpen(weight=2.0, threshold=3.0)])
def test_the_target_is_the_hr_that_the_lr_was_made_from(sharpen, tiny, photos, tmp_path):
    synthesize(photos, tmp_path / "s", HighOrder(sharpen=sharpen), Options(tile=96), engine=IN_PROCESS)
    config = replace(tiny, shards=(str(tmp_path / "s"),), batch=1).resolved("net")
    patches = Patches(config.shards, config.patch, config.seed)
    with join(config) as here:
        run = Run("net", config, patches, here)
    item = patches[0]
    with torch.no_grad():
        made = run.generator(item["lr"].permute(2, 0, 1)[None] / 255)[0].permute(1, 2, 0).numpy()
    image = to_float(item["hr"].numpy())
    target = unsharp_mask(image, 51, sharpen.weight, sharpen.threshold) if sharpen else image
    expected = np.abs(made - target[MARGIN:-MARGIN, MARGIN:-MARGIN]).mean()
    found = run.step(load_patches(patches, Batches(0, 1, 1), 0, pin=False))["l1"].item()
    assert abs(found - expected) < 1e-5 * expected


def test_iterations_of_the_gan_stage_are_those_of_the_paper(gan):
    """Written down in plain torch: two Adams, three losses, spectral norm, average."""
    config = replace(gan, batch=2).resolved("gan")
    patches = Patches(config.shards, config.patch, config.seed)
    with join(config) as here:
        run = Run("gan", config, patches, here)
    generator, discriminator = copy.deepcopy(run.generator), copy.deepcopy(run.discriminator)
    average = copy.deepcopy(generator)
    adams = [torch.optim.Adam(net.parameters(), 1e-4, betas=(0.9, 0.99)) for net in (generator, discriminator)]
    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    reader = load_patches(patches, Batches(0, 2, 2), 0, pin=False)
    for iteration in range(2):
        run.step(reader)
        items = [patches[number] for number in (2 * iteration, 2 * iteration + 1)]
        lr = torch.stack([item["lr"] for item in items]).permute(0, 3, 1, 2) / 255
        wide = [to_float(item["hr"].numpy()) for item in items]
        inner = (slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))
        hr, sharp = (
            torch.stack([torch.from_numpy(image[inner]) for image in images]).permute(0, 3, 1, 2)
            for images in (wide, [unsharp_mask(image, 51, 0.5, 10.0) for image in wide])
        )
        with torch.no_grad():
            discriminator.train()(hr)  # where torch itself takes one step of the power iterations
        discriminator.eval()
        fake = generator(lr)
        logits = discriminator(fake)
        loss = torch.nn.functional.l1_loss(fake, sharp) + run.perceptual(fake, sharp)
        adams[0].zero_grad()
        (loss + 0.1 * entropy(logits, torch.ones_like(logits))).backward()
        adams[0].step()
        adams[1].zero_grad()
        for images, label in ((hr, torch.ones_like), (fake.detach(), torch.zeros_like)):
            logits = discriminator(images)
            entropy(logits, label(logits)).backward()
        adams[1].step()
        for mean, weight in zip(average.parameters(), generator.parameters(), strict=True):
            mean.data = 0.999 * mean.data + 0.001 * weight.data
    for ours, plain in ((run.generator, generator), (run.ema, average), (run.discriminator, discriminator)):
        for name, value in plain.state_dict().items():
            # Where a gradient is nearly 0 its rounding decides the sign of Adam's first steps.
            apart = (ours.state_dict()[name] - value).abs() > 1e-6 + 1e-4 * value.abs()
            assert apart.float().mean() < 0.01, name
    for optimizer, adam in zip((run.optimizer, run.discriminator_optimizer), adams, strict=True):
        ours, plain = optimizer.state_dict()["state"], adam.state_dict()["state"]
        for number in plain:
            for moment in ("exp_avg", "exp_avg_sq"):
                largest = plain[number][moment].abs().max()
                assert (ours[number][moment] - plain[number][moment]).abs().max() <= 1e-3 * largest


def by_two_processes(stage: str, config: Config, out: Path) -> str:
    """A run under torchrun; what it tells."""
    file = out.with_suffix(".yaml")
    file.write_text(json.dumps(config.to_dict()))
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    command = ["-m", "degradekit_cli", "train", stage, "--config", str(file), "--out", str(out)]
    done = subprocess.run(
        [*torchrun, *command], capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "parts"), [("net", 1), ("net", 2), ("gan", 1)])
def test_two_processes_give_what_one_gives(stage, parts, request, tmp_path):
    config = replace(request.getfixturevalue({"net": "tiny", "gan": "gan"}[stage]), iterations=1)
    fit(stage, config, tmp_path / "one", quiet)
    told = by_two_processes(stage, replace(config, parts=parts), tmp_path / "two")
    assert len(re.findall(r"^1/1 ", told, re.MULTILINE)) == 1
    assert_same_gradients(tmp_path / "one", tmp_path / "two")


@pytest.mark.slow
def test_two_processes_go_on_exactly(tiny, tmp_path):
    by_two_processes("net", replace(tiny, iterations=4), tmp_path / "whole")
    by_two_processes("net", replace(tiny, iterations=3), tmp_path / "resumed")
    told = by_two_processes("net", replace(tiny, iterations=4), tmp_path / "resumed")
    assert "going on after iteration 3 of 4\n" in told
    assert same(state(tmp_path / "whole")["generator"], state(tmp_path / "resumed")["generator"])


def test_what_is_frozen_gets_no_gradients(gan, monkeypatch):
    """VGG19 and the average never; either network not from the other's step."""
    config = replace(gan, batch=2).resolved("gan")
    patches = Patches(config.shards, config.patch, seed=0)
    with join(config) as here:
        run = Run("gan", config, patches, here)
    seen = {}
    judge = run._step_discriminator

    def look(*arguments: object) -> object:
        seen["from the generator's step"] = [weight.grad for weight in run.discriminator.parameters()]
        seen["generator"] = [weight.grad.clone() for weight in run.generator.parameters()]
        return judge(*arguments)

    monkeypatch.setattr(run, "_step_discriminator", look)
    run.step(load_patches(patches, Batches(0, 1, 2), 0, pin=False))
    assert all(gradient is None for gradient in seen["from the generator's step"])
    assert all(weight.grad is None for part in (run.ema, run.perceptual) for weight in part.parameters())
    assert all(weight.grad.abs().sum() > 0 for weight in run.discriminator.parameters())
    after = [weight.grad for weight in run.generator.parameters()]
    assert all(torch.equal(one, other) for one, other in zip(seen["generator"], after, strict=True))


def test_the_average_follows_the_weights(tiny, tmp_path):
    fit("net", replace(tiny, ema=0.0), tmp_path / "now", quiet)
    assert same(state(tmp_path / "now")["generator"], state(tmp_path / "now")["ema"])


@pytest.mark.slow
def test_stage_one_passes_bicubic_on_photos_it_has_not_seen(photo_folder, tmp_path):
    """Second-order degraded; both scores against the sharpened HR that it is trained for."""
    import shutil

    from degradekit_models.metrics import scores
    from PIL import Image

    for name in ("astronaut.png", "coffee.png", "rocket.jpg", "motorcycle_left.png"):
        (tmp_path / "photos").mkdir(exist_ok=True)
        shutil.copy(photo_folder / name, tmp_path / "photos")
    (tmp_path / "photos" / "val").mkdir()
    shutil.copy(photo_folder / "chelsea.png", tmp_path / "photos" / "val")
    synthesize(
        tmp_path / "photos",
        tmp_path / "s",
        HighOrder(),
        Options(tile=200, step=100, variants=4),
        engine=LocalEngine(workers=2),
    )
    torch.set_num_threads(2)
    config = Config(
        shards=(str(tmp_path / "s"),), features=16, blocks=1, patch=64, batch=16, iterations=900, learning_rate=1e-3,
        ema=0.99, workers=0, device="cpu", val_images=0,
    )  # fmt: skip
    fit("net", config, tmp_path / "run", quiet)
    generator = load_generator(tmp_path / "run" / "generator.safetensors")
    gains = []
    for pair in list(Pairs(tmp_path / "s", "validation"))[:24]:
        truth = torch.from_numpy(unsharp_mask(to_float(pair.hr), 51, 0.5, 10.0)).permute(2, 0, 1)[None]
        cubic = Image.fromarray(pair.lr).resize((200, 200), Image.Resampling.BICUBIC)
        with torch.no_grad():
            ours = generator(torch.from_numpy(to_float(pair.lr)).permute(2, 0, 1)[None])
        other = torch.from_numpy(to_float(np.asarray(cubic))).permute(2, 0, 1)[None]
        gains.append(scores(ours, truth, 4)["psnr_y"] - scores(other, truth, 4)["psnr_y"])
    assert np.mean(gains) > 0, gains


@pytest.mark.slow
def test_the_gan_stage_moves_and_changes_textures(tiny, tiles, vgg19, tmp_path):
    net = replace(tiny, features=8, iterations=200, learning_rate=1e-3, ema=0.9, val_images=0, log_every=5)
    fit("net", net, tmp_path / "net", quiet)
    init = str(tmp_path / "net" / "generator.pth")
    fit("gan", replace(net, init=init, vgg19=vgg19, iterations=40, batch=2), tmp_path / "gan", quiet)
    with (tmp_path / "gan" / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for name in ("l1", "perceptual", "adversarial", "d_real", "d_fake"):
        values = [float(row["value"]) for row in rows if row["name"] == name]
        assert len(values) == 8
        assert np.isfinite(values).all()
        assert len(set(values)) == 8

    lrs = [pair.lr.astype(np.uint16) * 257 for pair in Pairs(tiles, "validation")[:4]]  # no rounding to 8 bits
    net_made, gan_made = (
        [enlarge(load_generator(tmp_path / run / "generator.pth"), lr, 0, 0).astype(float) for lr in lrs]
        for run in ("net", "gan")
    )
    changed = detail(one - other for one, other in zip(gan_made, net_made, strict=True))
    assert changed > 0.1 * detail(net_made)


def detail(images) -> float:
    """Mean size of the second differences: what there is of textures, not of tones."""
    return float(np.mean([np.abs(np.diff(image, 2, axis=axis)).mean() for image in images for axis in (0, 1)]))
