"""A run's networks, and one iteration of training them."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from degradekit.fields import weights_of
from degradekit_models.adversary import Adversary
from degradekit_models.config import Config
from degradekit_models.devices import to_device
from degradekit_models.discriminator import UNetDiscriminatorSN
from degradekit_models.generator import RRDBNet
from degradekit_models.losses import ADVERSARIAL, LOSSES
from degradekit_models.networks import Losses, TrainedNetwork
from degradekit_models.patches import Patch
from degradekit_models.sharpening import sharpen, without_margin
from degradekit_models.starting import starting_discriminator, starting_generator
from degradekit_models.tensor_files import plain_tensors, tensors_like
from degradekit_models.world import World


class Part(NamedTuple):
    """A batch, or a part of it, on the device: (N, 3, H, W) float32 in [0, 1].

    Attributes:
        lr: What the generator gets.
        target: What it should give: the HR, sharpened as the LR's was.
        hr: What the adversary takes for real.
    """

    lr: Tensor
    target: Tensor
    hr: Tensor


class Run:
    """The networks, the losses, and one iteration.

    Args:
        config: What is to be trained.
        scale: HR side / LR side.
        world: This process.
        saved: What `state_dict` returned, to go on from there.

    Attributes:
        generator: The network in training.
        ema: The exponential moving average of its weights, which is what a run is for.
        adversary: None unless the losses have an adversarial one.
        losses: The other losses of the generator by name.
        notes: Lines about the weights that a new run begins with, where they need a word.
    """

    def __init__(self, config: Config, scale: int, world: World, saved: Mapping[str, Any] | None = None) -> None:
        self._config, self._world = config, world
        weights = None if saved is None else plain_tensors(saved["generator"]["network"])
        self.notes: list[str] = []
        generator = starting_generator(config, scale, weights, self.notes.append)
        self.generator: TrainedNetwork[RRDBNet] = TrainedNetwork(generator, config, world)
        self.ema = copy.deepcopy(generator).requires_grad_(False).eval()
        self.adversary: Adversary | None = None
        if config.is_adversarial:
            resumed = saved is not None
            discriminator = UNetDiscriminatorSN() if resumed else starting_discriminator(config, self.notes.append)
            self.adversary = Adversary(discriminator, config, world)
        self._loss_weights = weights_of(config.loss_weights)
        self.losses: dict[str, nn.Module] = {
            name: to_device(LOSSES[name](config), world.device) for name in self._loss_weights if name != ADVERSARIAL
        }
        if saved is not None:
            self.load_state_dict(saved)

    def step(self, batches: Iterator[Patch]) -> Losses:
        """Train for one iteration: the generator, then the adversary on the same fakes, then the average.

        Args:
            batches: Yields the parts of each batch, one after another.

        Returns:
            Each loss, without its weight.

        Raises:
            TrainingError: A loss is not finite.
        """
        parts = [self._prepared(next(batches)) for _ in range(self._config.accumulation_steps)]
        fakes: list[Tensor] = []

        def generator_losses(part: Part) -> Losses:
            fake = self.generator(part.lr)
            fakes.append(fake.detach())
            losses = {name: loss(fake, part.target) for name, loss in self.losses.items()}
            if self.adversary is not None:
                losses[ADVERSARIAL] = self.adversary.loss(fake)
            return losses

        if self.adversary is not None:
            self.adversary.advance()
        losses = self.generator.update(parts, generator_losses, self._loss_weights)
        if self.adversary is not None:
            losses |= self.adversary.step([part.hr for part in parts], fakes)
        with torch.no_grad():
            for average, weight in zip(self.ema.parameters(), self.generator.network.parameters(), strict=True):
                average.lerp_(weight, 1 - self._config.ema_decay)
        return losses

    def _prepared(self, patches: Patch) -> Part:
        """Move patches to the device, and sharpen the targets there."""
        moved = {name: values.to(self._world.device, non_blocking=True) for name, values in patches.items()}
        lr, hr = (moved[name].permute(0, 3, 1, 2).float() / 255 for name in ("lr", "hr"))  # which makes channels_last
        weight, threshold = moved["sharpening"].view(-1, 2, 1, 1, 1).unbind(1)
        return Part(lr, sharpen(hr, weight, threshold), without_margin(hr))

    def is_finite(self) -> bool:
        """Return whether all weights are finite."""
        networks: list[nn.Module] = [self.generator.network, self.ema]
        if self.adversary is not None:
            networks.append(self.adversary.discriminator.network)
        return all(bool(weight.isfinite().all()) for network in networks for weight in network.parameters())

    def state_dict(self) -> dict[str, Any]:
        """Return everything that is needed to go on exactly."""
        state = {
            "generator": self.generator.state_dict(),
            "ema": self.ema.state_dict(),
            "random": torch.get_rng_state(),
        }
        if self.adversary is not None:
            state["adversary"] = self.adversary.state_dict()
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` has returned; the learning rate stays that of the configuration.

        Raises:
            KeyError, RuntimeError, TypeError, ValueError: The state does not fit.
        """
        self.generator.load_state_dict(state["generator"])
        self.ema.load_state_dict(tensors_like(state["ema"], self.ema.state_dict(), "ema"))
        if self.adversary is not None:
            self.adversary.load_state_dict(state["adversary"])
        torch.set_rng_state(state["random"])  # which checks its kind and size
