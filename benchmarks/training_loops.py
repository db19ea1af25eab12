"""The loops that `training.py` times: ours in each precision, compiled or not, and the two stages in plain torch."""

import copy
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import torch
from degradekit_models.config import GAN, Config
from degradekit_models.discriminator import UNetDiscriminatorSN
from degradekit_models.generator import RRDBNet
from degradekit_models.losses.perceptual import PerceptualLoss
from degradekit_models.patches import Patch
from degradekit_models.run import Run
from degradekit_models.weights import save_generator
from degradekit_models.world import World
from torch.nn import functional as F

Step = Callable[[], object]


def our_loops(config: Config, scale: int, device: torch.device, batch: Patch) -> Iterator[tuple[str, Step]]:
    """Yield names and iterations of degradekit: on GPUs in bf16 first, as a run does by itself.

    Logs, validations and checkpoints are never due, so an iteration waits for the device as it does in most of a run.
    """
    never = replace(config, iterations=10**9, log_every=10**9, val_every=10**9, save_every=10**9)
    precisions = [True, False] if device.type == "cuda" else [False]
    for bf16 in precisions:
        for compiled in (False, True):
            run = Run(replace(never, compile=compiled), scale, World(device, bf16=bf16))
            name = f"degradekit, {'bf16' if bf16 else 'fp32'}{', compiled' if compiled else ''}"
            yield name, (lambda run=run: run.step(iter(lambda: batch, None)))


def plain_loops(config: Config, scale: int, device: torch.device, batch: Patch) -> Iterator[tuple[str, Step]]:
    """Yield names and iterations of plain torch, which get sharpened targets ready."""
    formats = {"": torch.contiguous_format, ", channels_last": torch.channels_last}
    for bf16 in [False, True] if device.type == "cuda" else [False]:
        for name, memory_format in formats.items():
            loop = PlainLoop(config, scale, device, batch, bf16, memory_format)
            yield f"plain loop, {'bf16' if bf16 else 'fp32'}{name}", loop.step


class PlainLoop:
    """The stage of a configuration as most people write it down: an Adam for each network, and an average."""

    def __init__(
        self, config: Config, scale: int, device: torch.device, batch: Patch, bf16: bool, memory_format
    ) -> None:
        def moved(module: torch.nn.Module) -> torch.nn.Module:
            return module.to(device, memory_format=memory_format)

        self.generator = moved(RRDBNet(scale, config.features, config.blocks))
        self.average = copy.deepcopy(self.generator)
        self.adam = torch.optim.Adam(self.generator.parameters(), config.learning_rate, betas=(0.9, 0.99))
        self.decay = config.ema_decay
        margin = (batch["hr"].shape[1] - config.patch) // 2
        inner = batch["hr"][:, margin : margin + config.patch, margin : margin + config.patch]
        self.lr, self.hr = (
            (pixels.permute(0, 3, 1, 2).float() / 255).to(device).contiguous(memory_format=memory_format)
            for pixels in (batch["lr"], inner)
        )
        self.autocast = (lambda: torch.autocast(device.type, torch.bfloat16)) if bf16 else nullcontext
        self.discriminator = moved(UNetDiscriminatorSN()) if config.is_adversarial else None
        if self.discriminator is not None:
            self.perceptual = moved(PerceptualLoss(config.vgg19))
            self.adversary = torch.optim.Adam(self.discriminator.parameters(), config.learning_rate, betas=(0.9, 0.99))

    def step(self) -> None:
        self.adam.zero_grad()
        if self.discriminator is not None:
            self.discriminator.requires_grad_(False)
        with self.autocast():
            fake = self.generator(self.lr)
            loss = F.l1_loss(fake.float(), self.hr)
            if self.discriminator is not None:
                loss = loss + self.perceptual(fake, self.hr) + 0.1 * self._judged(fake, 1.0)
        loss.backward()
        self.adam.step()
        if self.discriminator is not None:
            self.discriminator.requires_grad_(True)
            self.adversary.zero_grad()
            for images, label in ((self.hr, 1.0), (fake.detach(), 0.0)):
                with self.autocast():
                    loss = self._judged(images, label)
                loss.backward()
            self.adversary.step()
        with torch.no_grad():
            for old, new in zip(self.average.parameters(), self.generator.parameters(), strict=True):
                old.mul_(self.decay).add_(new, alpha=1 - self.decay)

    def _judged(self, images: torch.Tensor, label: float) -> torch.Tensor:
        logits = self.discriminator(images).float()
        return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def second_stage(config: Config, scale: int, folder: Path, vgg19: str | None) -> Config:
    """Return the configuration of the second stage with the sizes of a first one, from new weights.

    Without a file, VGG19 gets random numbers, which take as long.
    """
    save_generator(RRDBNet(scale, config.features, config.blocks), folder / "init.safetensors")
    weights, index, inputs = {}, 0, 3
    for outputs in (64, 64, 0, 128, 128, 0, *[256] * 4, 0, *[512] * 4, 0, *[512] * 4):
        if not outputs:
            index += 1  # of a pooling layer
            continue
        convolution = torch.nn.Conv2d(inputs, outputs, 3)
        weights |= {f"features.{index}.{name}": value for name, value in convolution.state_dict().items()}
        index, inputs = index + 2, outputs
    torch.save(weights, folder / "vgg19.pth")
    return replace(
        config, init=folder / "init.safetensors", vgg19=vgg19 or folder / "vgg19.pth", loss_weights=GAN.loss_weights
    )
