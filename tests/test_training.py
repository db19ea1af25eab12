"""Training runs: what is drawn, going on, sharing out, refusing."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from click.testing import CliRunner  # noqa: E402
from degradekit_models.checkpoint import CheckpointError  # noqa: E402
from degradekit_models.config import Config, ConfigError  # noqa: E402
from degradekit_models.patches import Batches, Patches, load_patches  # noqa: E402
from degradekit_models.processes import join  # noqa: E402
from degradekit_models.sharpening import MARGIN  # noqa: E402
from degradekit_models.train import Run, TrainingError, fit  # noqa: E402
from degradekit_models.upscale import enlarge  # noqa: E402
from degradekit_models.weights import load_generator, load_state  # noqa: E402

from degradekit import DegradekitError, HighOrder  # noqa: E402
from degradekit.dataset import Options, Pairs, synthesize  # noqa: E402
from degradekit.image import decode  # noqa: E402
from degradekit_cli.main import main  # noqa: E402


@pytest.fixture(scope="module")
def tiles(photos, tmp_path_factory) -> str:
    """Shards with a split validation."""
    target = tmp_path_factory.mktemp("training") / "shards"
    options = Options(tile=96, step=48, variants=2, shard_size=1, seed=3, val=1)
    synthesize(photos, target, HighOrder(), options, workers=0)
    return str(target)


@pytest.fixture
def tiny(tiles) -> Config:
    return Config(
        shards=(tiles,), features=4, blocks=1, patch=32, batch=4, iterations=6, workers=0, log_every=2, save_every=3,
        val_every=6, val_images=1, device="cpu", precision="fp32",
    )  # fmt: skip


@pytest.fixture(scope="module")
def vgg19(tmp_path_factory):
    from degradekit_models.losses import _vgg19_features

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("vgg") / "vgg19.pth"
    torch.save({f"features.{name}": value for name, value in _vgg19_features().state_dict().items()}, path)
    return str(path)


@pytest.fixture
def gan(tiny, vgg19, tmp_path) -> Config:
    """A stage two from a short stage one."""
    fit("net", replace(tiny, iterations=1), tmp_path / "net", quiet)
    return replace(tiny, init=str(tmp_path / "net" / "generator.pth"), vgg19=vgg19)


def state(out) -> dict:
    return torch.load(out / "checkpoint.pt", weights_only=True)


def difference(one, two, *networks: str) -> float:
    """The largest between the weights of two runs."""
    a, b = state(one), state(two)
    return max((a[net][name] - b[net][name]).abs().max().item() for net in networks for name in a[net])


def same(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def quiet(_: str) -> None:
    """Nobody listens."""


def test_patches_are_a_function_of_their_number_and_every_tile_comes_once_an_epoch(tiles):
    patches, again = Patches([tiles], 32, seed=1), Patches([tiles], 32, seed=1)
    items = [patches[number] for number in range(2 * len(patches))]
    assert all(torch.equal(again[number]["lr"], items[number]["lr"]) for number in (5, 0, len(patches) + 2))
    assert items[0]["hr"].shape == (32 + 2 * MARGIN, 32 + 2 * MARGIN, 3)
    assert items[0]["lr"].shape == (8, 8, 3)
    assert len(patches) == len(Pairs(tiles)) // 2
    from degradekit_models.patches import _order

    first, second = (_order(1, epoch, len(patches)).tolist() for epoch in (0, 1))
    assert sorted(first) == sorted(second) == list(range(len(patches)))
    assert first != second


def test_lr_and_hr_of_a_patch_belong_together(photos, tmp_path):
    """With nearest-neighbor downscaling every LR pixel is one of the HR's."""
    from degradekit import Resize, Sequence

    nearest = Sequence((Resize(filters={"nearest": 1}, to="lr"),), scale=4)
    synthesize(photos, tmp_path / "s", nearest, Options(tile=96), workers=0)
    patches = Patches([str(tmp_path / "s")], 32, seed=0)
    flipped = 0
    for number in range(20):
        item = patches[number]
        hr = item["hr"][MARGIN:-MARGIN, MARGIN:-MARGIN]
        plain, mirrored = (torch.equal(hr[2::4, columns::4], item["lr"]) for columns in (2, 1))
        assert plain or mirrored
        flipped += not plain
    assert 0 < flipped < 20


@pytest.mark.parametrize(("parts", "world"), [(1, 1), (3, 1), (1, 2), (2, 3)])
def test_all_processes_and_parts_together_take_the_same_patches(parts, world):
    taken = [[] for _ in range(2)]
    for rank in range(world):
        batches = list(Batches(4, 6, 12, parts, rank, world))
        assert len(batches) == len(Batches(4, 6, 12, parts, rank, world)) == 2 * parts
        for number, batch in enumerate(batches):
            taken[number // parts] += batch
    assert [sorted(numbers) for numbers in taken] == [list(range(48, 60)), list(range(60, 72))]


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


def test_parts_of_a_batch_add_up_to_the_batch(tiny, tmp_path):
    fit("net", tiny, tmp_path / "one", quiet)
    fit("net", replace(tiny, parts=2), tmp_path / "two", quiet)
    assert difference(tmp_path / "one", tmp_path / "two", "generator") < 1e-5


def test_parts_of_a_batch_add_up_in_the_gan_stage_too(gan, tmp_path):
    """As spectral norms do not change within an iteration, and the fakes are those of before the update."""
    fit("gan", gan, tmp_path / "one", quiet)
    fit("gan", replace(gan, parts=2), tmp_path / "two", quiet)
    assert difference(tmp_path / "one", tmp_path / "two", "generator", "discriminator") < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["net", "gan"])
def test_two_processes_give_what_one_gives(stage, request, tmp_path):
    config = request.getfixturevalue({"net": "tiny", "gan": "gan"}[stage])
    fit(stage, config, tmp_path / "one", quiet)
    (tmp_path / "config.yaml").write_text(json.dumps(config.to_dict()))
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    command = ["-m", "degradekit_cli", "train", stage, "--config", str(tmp_path / "config.yaml")]
    done = subprocess.run(
        [*torchrun, *command, "--out", str(tmp_path / "two")],
        capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^\d+/\d+ ", done.stdout, re.MULTILINE)) == config.iterations // 2
    names = ["generator", "discriminator"][: 1 + (stage == "gan")]
    assert difference(tmp_path / "one", tmp_path / "two", *names) < 1e-5


def test_a_run_leaves_weights_a_log_and_pictures(tiny, tmp_path):
    lines = []
    fit("net", tiny, tmp_path / "run", lines.append)
    assert "l1" in lines[1]
    assert "it/s" in lines[1]
    assert "psnr_y" in lines[-1]
    assert "bicubic_psnr_y" in lines[-1]
    assert same(load_generator(tmp_path / "run" / "generator.safetensors").state_dict(), state(tmp_path / "run")["ema"])
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
    with pytest.raises(DegradekitError, match=r"generator.safetensors: cannot be written \(No space left on device\)"):
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


@pytest.mark.slow
def test_stage_one_passes_bicubic_on_photos_it_has_not_seen(photo_folder, tmp_path):
    """Second-order degraded; both scores against the sharpened HR that it is trained for."""
    import shutil

    from degradekit_models.metrics import scores
    from PIL import Image

    from degradekit.functional.filtering import unsharp_mask
    from degradekit.functional.levels import to_float

    for name in ("astronaut.png", "coffee.png", "rocket.jpg", "motorcycle_left.png"):
        (tmp_path / "photos").mkdir(exist_ok=True)
        shutil.copy(photo_folder / name, tmp_path / "photos")
    (tmp_path / "photos" / "val").mkdir()
    shutil.copy(photo_folder / "chelsea.png", tmp_path / "photos" / "val")
    synthesize(tmp_path / "photos", tmp_path / "s", HighOrder(), Options(tile=200, step=100, variants=4), workers=2)
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
