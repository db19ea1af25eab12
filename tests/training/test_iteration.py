"""What one iteration of training computes."""

import copy
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from checkpoints import checkpoint, equal_weights, ignore_line, weights
from degradekit_models.batch_parts import Part, part_on_device
from degradekit_models.loading import Batches, load_patches
from degradekit_models.patches import Patches
from degradekit_models.run import Run
from degradekit_models.sharpening import MARGIN
from degradekit_models.train import fit
from degradekit_models.world import World
from small_datasets import IN_PROCESS
from torch.nn.functional import binary_cross_entropy_with_logits, l1_loss

from degradekit import HighOrder, Sharpen
from degradekit.dataset import Options, synthesize
from degradekit.functional.levels import to_float
from degradekit.functional.unsharp import unsharp_mask

CPU = World(torch.device("cpu"))


def new_run(config):
    """Return a run, and an iterator over the batches of its first iterations."""
    torch.manual_seed(0)
    patches = Patches(config.shards, config.patch, config.seed)
    batches = load_patches(patches, Batches(0, 3, config.batch), 0, pin=False)
    return Run(config, patches.scale, CPU), batches


@pytest.mark.parametrize("sharpen", [None, Sharpen(weight=2.0, threshold=3.0)])
def test_the_target_is_the_hr_that_the_lr_was_made_from(sharpen, net, photos, tmp_path):
    synthesize(photos, tmp_path / "s", HighOrder(sharpen=sharpen), Options(tile=96), engine=IN_PROCESS)
    config = replace(net, shards=str(tmp_path / "s"), batch=1)
    run, batches = new_run(config)
    item = Patches(config.shards, config.patch, config.seed)[0]
    with torch.no_grad():
        made = run.generator(item["lr"].permute(2, 0, 1)[None] / 255)[0].permute(1, 2, 0).numpy()
    image = to_float(item["hr"].numpy())
    target = unsharp_mask(image, 51, sharpen.weight, sharpen.threshold) if sharpen else image
    expected = np.abs(made - target[MARGIN:-MARGIN, MARGIN:-MARGIN]).mean()
    assert abs(run.step(batches)["l1"].item() - expected) < 1e-5 * expected


class PlainSecondStage:
    """The second stage of the paper in plain torch: two Adams, three losses, spectral norms, an average."""

    def __init__(self, run: Run) -> None:
        self.generator = copy.deepcopy(run.generator.network)
        self.discriminator = copy.deepcopy(run.adversary.discriminator.network).requires_grad_(True)
        self.average = copy.deepcopy(self.generator)
        self.perceptual = run.losses["perceptual"]
        networks = self.generator, self.discriminator
        self.adams = [torch.optim.Adam(network.parameters(), 1e-4, betas=(0.9, 0.99)) for network in networks]

    def step(self, iteration, lr, hr, target) -> None:
        with torch.no_grad():
            self.discriminator.train()(hr)  # where torch itself takes one step of the power iterations
        self.discriminator.eval()
        fake = self.generator(lr)
        logits = self.discriminator(fake)
        loss = l1_loss(fake, target) + self.perceptual(fake, target)
        self.adams[0].zero_grad()
        (loss + 0.1 * binary_cross_entropy_with_logits(logits, torch.ones_like(logits))).backward()
        self.adams[0].step()
        self.adams[1].zero_grad()
        for images, label in ((hr, torch.ones_like), (fake.detach(), torch.zeros_like)):
            logits = self.discriminator(images)
            binary_cross_entropy_with_logits(logits, label(logits)).backward()
        self.adams[1].step()
        decay = min(0.999, (1 + iteration) / (10 + iteration))
        for mean, weight in zip(self.average.parameters(), self.generator.parameters(), strict=True):
            mean.data = decay * mean.data + (1 - decay) * weight.data


def lr_hr_and_target(patches: Patches, indices):
    """Return a batch as the library's CPU functions make it."""
    items = [patches[index] for index in indices]
    images = [to_float(item["hr"].numpy()) for item in items]
    sharp = [unsharp_mask(image, 51, 0.5, 10.0) for image in images]
    inner = slice(MARGIN, -MARGIN)
    lr = torch.stack([item["lr"] for item in items]).permute(0, 3, 1, 2) / 255
    hr, target = (torch.from_numpy(np.stack(each)[:, inner, inner]).permute(0, 3, 1, 2) for each in (images, sharp))
    return lr, hr, target


def test_iterations_of_the_second_stage_are_those_of_the_paper(gan):
    run, batches = new_run(gan)
    plain = PlainSecondStage(run)
    patches = Patches(gan.shards, gan.patch, gan.seed)
    for iteration in range(2):
        run.step(batches)
        plain.step(iteration + 1, *lr_hr_and_target(patches, (2 * iteration, 2 * iteration + 1)))
    adversary = run.adversary.discriminator
    for ours, theirs in (
        (run.generator.network, plain.generator),
        (run.ema, plain.average),
        (adversary.network, plain.discriminator),
    ):
        for name, value in theirs.state_dict().items():
            # Where a gradient is nearly 0, its rounding decides the sign of Adam's first steps.
            differs = (ours.state_dict()[name] - value).abs() > 1e-6 + 1e-4 * value.abs()
            assert differs.float().mean() < 0.01, name
    for ours, theirs in zip((run.generator.optimizer, adversary.optimizer), plain.adams, strict=True):
        for index, moments in theirs.state_dict()["state"].items():
            for name in ("exp_avg", "exp_avg_sq"):
                difference = (ours.state_dict()["state"][index][name] - moments[name]).abs().max()
                assert difference <= 1e-3 * moments[name].abs().max()


def test_logged_losses_are_without_their_weights(gan):
    """The same first iteration, with other weights."""
    losses = []
    for weights_of_losses in (
        {"l1": 1, "perceptual": 1, "adversarial": 1},
        {"l1": 5, "perceptual": 2, "adversarial": 3},
    ):
        run, batches = new_run(replace(gan, loss_weights=weights_of_losses))
        losses.append(run.step(batches))
    assert list(losses[0]) == ["l1", "perceptual", "adversarial", "d_real", "d_fake"]
    for name in ("l1", "perceptual", "adversarial"):
        assert torch.equal(losses[0][name], losses[1][name])


def test_a_second_stage_without_an_adversarial_loss_has_no_adversary(gan):
    run, batches = new_run(replace(gan, loss_weights={"l1": 1, "perceptual": 0.5}))
    assert run.adversary is None
    assert set(run.step(batches)) == {"l1", "perceptual"}


def test_what_is_frozen_gets_no_gradients(gan, monkeypatch):
    """VGG19 and the average never do; the generator and the discriminator not from each other's step."""
    run, batches = new_run(gan)
    discriminator, generator = run.adversary.discriminator.network, run.generator.network
    step, seen = run.adversary.compute_gradients, {}

    def look(*arguments: object) -> object:
        seen["discriminator"] = [weight.grad for weight in discriminator.parameters()]
        seen["generator"] = [weight.grad.clone() for weight in generator.parameters()]
        return step(*arguments)

    monkeypatch.setattr(run.adversary, "compute_gradients", look)
    run.step(batches)
    assert all(gradient is None for gradient in seen["discriminator"])
    for network in (run.ema, run.losses["perceptual"]):
        assert all(weight.grad is None for weight in network.parameters())
    assert all(weight.grad.abs().sum() > 0 for weight in discriminator.parameters())
    after = [weight.grad for weight in generator.parameters()]
    assert all(torch.equal(one, other) for one, other in zip(seen["generator"], after, strict=True))


@pytest.mark.parametrize("stage", ["net", "gan"])
def test_accumulated_gradients_are_those_of_the_whole_batch(stage, request):
    """As spectral norms do not change within an iteration, and the fakes are those from before the update.

    In float64 up to rounding; in float32, rounding moves values across the kinks of rectifiers, where the slope jumps.
    """
    config = request.getfixturevalue(stage)
    patches = Patches(config.shards, config.patch, config.seed)
    batch = next(load_patches(patches, Batches(0, 1, config.batch), 0, pin=False))
    gradients = []
    for parts in (1, 2):
        torch.manual_seed(0)
        run = Run(config, patches.scale, CPU)
        for network in (*(each.network for each in run.networks), *run.losses.values()):
            network.double()
        whole = [images.double() for images in part_on_device(batch, "cpu")]
        run.compute_gradients([Part(*each) for each in zip(*(images.chunk(parts) for images in whole), strict=True)])
        gradients.append([weight.grad for network in run.networks for weight in network.network.parameters()])
    for gradient, again in zip(*gradients, strict=True):
        assert gradient.abs().max() > 0
        assert (gradient - again).abs().max() <= 1e-12 * gradient.abs().max()


def test_the_parts_of_a_batch_are_those_that_it_is_split_into(net, tmp_path):
    """By whole runs in float32: after one iteration, Adam's first moments are a tenth of the gradient."""
    fit(replace(net, iterations=1), tmp_path / "one", ignore_line)
    fit(replace(net, iterations=1, accumulation_steps=2), tmp_path / "two", ignore_line)
    first, second = (checkpoint(tmp_path / name)["run"]["generator"]["optimizer"]["state"] for name in ("one", "two"))
    for index, moments in first.items():
        gradient, again = moments["exp_avg"], second[index]["exp_avg"]
        assert (gradient - again).abs().max() <= 1e-4 * gradient.abs().max()


def test_the_average_follows_the_weights(net, tmp_path):
    fit(replace(net, ema_decay=0.0), tmp_path, ignore_line)
    assert equal_weights(weights(tmp_path), weights(tmp_path, "ema"))
    assert not equal_weights(weights(tmp_path), weights_at_start(net))


def weights_at_start(config):
    return new_run(config)[0].generator.network.state_dict()
