"""Trains Real-ESRGAN's two stages: `net` with L1, `gan` with L1, a perceptual and an adversarial loss.

Everything that is drawn is a function of the seed and the iteration, so a run that is interrupted and resumed gives the
same weights as one that was not. Source: spec section 10.
"""

import copy
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from degradekit.errors import DegradekitError
from degradekit_models.checkpoint import State, compare, read_checkpoint, restore, save_checkpoint
from degradekit_models.config import Config
from degradekit_models.devices import is_out_of_memory
from degradekit_models.discriminator import UNetDiscriminatorSN
from degradekit_models.log import Log
from degradekit_models.losses import PerceptualLoss, adversarial_loss
from degradekit_models.networks import placed, starting_generator
from degradekit_models.patches import Batches, Patch, Patches, load_patches
from degradekit_models.processes import Here, join, stopping
from degradekit_models.sharpening import sharpen, without_margin
from degradekit_models.validation import Validation
from degradekit_models.weights import save_generator

Losses = dict[str, Tensor]


class TrainingError(DegradekitError):
    """A run that cannot begin or go on."""


def fit(stage: str, config: Config, out: Path, say: Callable[[str], object] = print) -> int:
    """Train one stage, from the start or from where the run in `out` stopped.

    Args:
        stage: `net` or `gan`.
        config: As asked for.
        out: The run's folder: checkpoint, log, pictures, exported weights.
        say: Called with each line for people.

    Returns:
        The iteration that was reached, before the last one if the process was asked to stop (SIGINT or SIGTERM).

    Raises:
        DegradekitError: The configuration, the data or the run's folder will not do, or a loss is no number any more.
    """
    config = config.resolved(stage)
    with join(config) as here, stopping() as stop:
        torch.manual_seed(config.seed)
        patches = Patches(config.shards, config.patch, config.seed, config.flip)
        iteration, changes, state = 0, "", read_checkpoint(out, here)
        if state:
            iteration, changes = state["iteration"], compare(state, stage, config, patches, out)
        run = Run(stage, config, patches, here, state)
        if state:
            restore(run, state)
        validation = Validation(config, patches.scale)
        log = Log(out, config, here, iteration, say)
        log.begins(stage, run.generator, len(patches), changes, validation)
        batches = Batches(iteration, config.last, config.batch, config.parts, here.rank, here.world)
        reader = load_patches(patches, batches, config.workers, pin=here.device.type == "cuda")
        while iteration < config.last and not stop.agreed(here):
            try:
                losses = run.step(reader)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                raise TrainingError(
                    f"batch: too large for the memory of the device; split it into more parts"
                    f" (got {config.batch} in {config.parts})"
                ) from None
            iteration += 1
            log.add(iteration, losses)
            if config.due(iteration, config.save_every):
                run.save(out, iteration)
            if config.due(iteration, config.val_every):
                log.validated(iteration, validation.of(run.ema, here))
        if not config.due(iteration, config.save_every):  # stopped in between
            run.save(out, iteration)
        log.close()
    return iteration


class Run:
    """The networks, their optimizers, and one iteration of training them.

    Args:
        stage: `net` or `gan`.
        config: Resolved.
        patches: What it is trained on.
        here: This process.
        state: Of a checkpoint that `restore` will bring the run to; its networks are made alike.
    """

    def __init__(self, stage: str, config: Config, patches: Patches, here: Here, state: State | None = None) -> None:
        self.stage, self.config, self.here = stage, config, here
        self.scale, self.digests = patches.scale, patches.digests
        self.generator = placed(starting_generator(stage, config, patches.scale, state), here)
        self.ema = copy.deepcopy(self.generator).requires_grad_(False).eval()
        self.optimizer = self._adam(self.generator)
        self.discriminator: UNetDiscriminatorSN | None = None
        self._generate = self._wrapped(self.generator)
        if stage == "gan":
            self.discriminator = placed(UNetDiscriminatorSN(), here).eval()
            self.discriminator_optimizer = self._adam(self.discriminator)
            self._judge = self._wrapped(self.discriminator)
            self.perceptual = placed(PerceptualLoss(config.vgg19), here)

    def save(self, out: Path, iteration: int) -> None:
        """Export the average, then write the checkpoint; the first process does.

        Raises:
            TrainingError: Weights are no finite numbers any more; the files of before are kept.
        """
        if self.here.rank == 0:
            networks = [self.generator, self.ema, *([self.discriminator] if self.discriminator else [])]
            if not all(weight.isfinite().all() for network in networks for weight in network.parameters()):
                raise TrainingError(
                    "weights: there are some that are no finite numbers any more, so the checkpoint of before is kept;"
                    " go on from it with a smaller learning rate, or in fp32"
                )
            for name in (f"weights/{iteration}.safetensors", "generator.safetensors", "generator.pth"):
                save_generator(self.ema, out / name)
            save_checkpoint(out, self, iteration)

    def step(self, reader: Iterator[Patch]) -> Losses:
        """One iteration: the generator, then the discriminator on the fakes of before, then the average."""
        parts = [self._on_device(next(reader)) for _ in range(self.config.parts)]
        if self.discriminator is not None:
            self.discriminator.advance()
            self.discriminator.requires_grad_(False)
        losses, fakes = self._step_generator(parts)
        if self.discriminator is not None:
            self.discriminator.requires_grad_(True)
            losses |= self._step_discriminator([hr for _, _, hr in parts], fakes)
        with torch.no_grad():
            for average, weight in zip(self.ema.parameters(), self.generator.parameters(), strict=True):
                average.lerp_(weight, 1 - self.config.ema)
        return losses

    def _step_generator(self, parts: list[tuple[Tensor, Tensor, Tensor]]) -> tuple[Losses, list[Tensor]]:
        """Backward through all parts, and one step; the mean losses, and the fakes that were made."""
        total: Losses = {}
        fakes = []
        self.optimizer.zero_grad(set_to_none=True)
        for number, (lr, sharp, _) in enumerate(parts):
            with self._not_yet(self._generate, number), self._precision():
                fake = self._generate(lr)
                losses = self._generator_losses(fake, sharp)
                _backward(losses, total, len(parts))
            fakes.append(fake.detach())
        self.optimizer.step()
        return total, fakes

    def _generator_losses(self, fake: Tensor, sharp: Tensor) -> Losses:
        config = self.config
        losses = {"l1": config.pixel * F.l1_loss(fake.float(), sharp)}
        if self.discriminator is not None:
            losses["perceptual"] = config.perceptual * self.perceptual(fake, sharp)
            losses["adversarial"] = config.adversarial * adversarial_loss(self.discriminator(fake).float(), real=True)
        return losses

    def _step_discriminator(self, reals: list[Tensor], fakes: list[Tensor]) -> Losses:
        """Real and fake in one forward pass, which judges every picture by itself."""
        total: Losses = {}
        self.discriminator_optimizer.zero_grad(set_to_none=True)
        for number, (real, fake) in enumerate(zip(reals, fakes, strict=True)):
            with self._not_yet(self._judge, number), self._precision():
                on_real, on_fake = self._judge(torch.cat([real, fake.to(real.dtype)])).float().chunk(2)
                losses = {"d_real": adversarial_loss(on_real, True), "d_fake": adversarial_loss(on_fake, False)}
                _backward(losses, total, len(reals))
        self.discriminator_optimizer.step()
        return total

    def _on_device(self, batch: Patch) -> tuple[Tensor, Tensor, Tensor]:
        """LR, HR sharpened as the LR's was, and HR; float32 in [0, 1]."""
        moved = {name: values.to(self.here.device, non_blocking=True) for name, values in batch.items()}
        lr, hr = (moved[name].permute(0, 3, 1, 2).float() / 255 for name in ("lr", "hr"))  # channels_last as they are
        weight, threshold = moved["sharpening"].view(-1, 2, 1, 1, 1).unbind(1)
        return lr, sharpen(hr, weight, threshold), without_margin(hr)

    def _wrapped(self, network: nn.Module) -> Any:
        """The network as it is called: compiled, and with its gradients averaged over the processes."""
        called: Any = torch.compile(network) if self.config.compile else network
        if self.here.world == 1:
            return called
        devices = [self.here.device] if self.here.device.type == "cuda" else None
        return DistributedDataParallel(called, device_ids=devices, broadcast_buffers=False)

    def _not_yet(self, network: Any, part: int) -> AbstractContextManager[Any]:
        """Gradients are averaged over the processes at the last part only."""
        waits = self.here.world > 1 and part < self.config.parts - 1
        return network.no_sync() if waits else nullcontext()

    def _precision(self) -> AbstractContextManager[Any]:
        return torch.autocast(self.here.device.type, torch.bfloat16) if self.here.bf16 else nullcontext()

    def _adam(self, network: nn.Module) -> torch.optim.Optimizer:
        rate = self.config.learning_rate
        assert rate is not None
        fused = self.here.device.type == "cuda"
        return torch.optim.Adam(network.parameters(), rate, betas=(0.9, 0.99), fused=fused)


def _backward(losses: Losses, total: Losses, parts: int) -> None:
    """Add a part's gradients up, and its losses to the mean.

    Raises:
        TrainingError: A loss is no finite number.
    """
    whole = torch.stack(list(losses.values())).sum()
    if not math.isfinite(whole.item()):
        told = ", ".join(f"{name} {value.item():g}" for name, value in losses.items())
        raise TrainingError(
            f"loss: is no finite number any more ({told}); go on with a smaller learning rate, or in fp32"
        )
    (whole / parts).backward()  # type: ignore[no-untyped-call]
    for name, value in losses.items():
        total[name] = total.get(name, torch.zeros_like(value)) + value.detach() / parts
