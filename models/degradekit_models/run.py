"""A run's networks, and one iteration of training them."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from degradekit.fields import weights_of
from degradekit_models.adversary import Adversary
from degradekit_models.batch_parts import Part, part_on_device
from degradekit_models.config import Config
from degradekit_models.devices import to_device, tuned_convolutions
from degradekit_models.discriminator import UNetDiscriminatorSN
from degradekit_models.finite_losses import FiniteLosses
from degradekit_models.generator import RRDBNet
from degradekit_models.losses import ADVERSARIAL, LOSSES
from degradekit_models.networks import Losses, TrainedNetwork
from degradekit_models.patches import Patch
from degradekit_models.starting import starting_discriminator, starting_generator
from degradekit_models.tensor_files import plain_tensors, tensors_like
from degradekit_models.world import World

_CHECK_EVERY = 50
"""Most iterations between checks of the losses. A check waits for the device; this rarely, that costs nothing."""


class Run:
    """The networks, the losses, and one iteration.

    Args:
        config: What is to be trained.
        scale: HR side / LR side.
        world: This process.
        saved: What `state_dict` returned, to go on from there.
        iteration: The iteration after which it did.

    Attributes:
        iteration: How many iterations the networks have been trained for.
        generator: The network in training.
        ema: The exponential moving average of its weights, which a run validates and exports.
        adversary: None unless the losses have an adversarial one.
        losses: The other losses of the generator by name.
        notes: Lines for people about the weights that a new run starts from.
    """

    def __init__(
        self, config: Config, scale: int, world: World, saved: Mapping[str, Any] | None = None, iteration: int = 0
    ) -> None:
        self._config, self._world, self.iteration = config, world, iteration
        self._first = iteration + 1  # which is always logged
        weights = None if saved is None else plain_tensors(saved["generator"]["network"])
        self.notes: list[str] = []
        generator = starting_generator(config, scale, weights, self.notes.append)
        self.generator: TrainedNetwork[RRDBNet] = TrainedNetwork(generator, config, world, iteration)
        self.ema = copy.deepcopy(generator).requires_grad_(False).eval()
        self.adversary: Adversary | None = None
        if config.is_adversarial:
            resumed = saved is not None
            discriminator = UNetDiscriminatorSN() if resumed else starting_discriminator(config, self.notes.append)
            self.adversary = Adversary(discriminator, config, world, iteration)
        self._loss_weights = weights_of(config.loss_weights)
        self.losses: dict[str, nn.Module] = {
            name: to_device(LOSSES[name](config), world.device) for name in self._loss_weights if name != ADVERSARIAL
        }
        self._finite = FiniteLosses(world)
        if saved is not None:
            self.load_state_dict(saved)

    @property
    def networks(self) -> list[TrainedNetwork[Any]]:
        """The networks that are trained."""
        return [self.generator] if self.adversary is None else [self.generator, self.adversary.discriminator]

    def step(self, batches: Iterator[Patch]) -> Losses:
        """Train for one iteration: the networks, and then the average.

        Args:
            batches: Yields the parts of each batch, one after another.

        Returns:
            Each loss, without its weight.

        Raises:
            TrainingError: A loss is not finite, in this iteration or one since the last check; there is one at least in
                all iterations after which something is saved, validated or logged.
        """
        device = self._world.device
        parts = [part_on_device(next(batches), device) for _ in range(self._config.accumulation_steps)]
        if self.adversary is not None:
            self.adversary.advance()
        losses = self.compute_gradients(parts)
        for network in self.networks:
            network.step()
        self.iteration += 1
        self._update_average()
        self._finite.add(losses)
        config = self._config
        if self.iteration == self._first or any(
            config.is_due(self.iteration, every)
            for every in (_CHECK_EVERY, config.log_every, config.val_every, config.save_every)
        ):
            self.check_losses()
        return losses

    def check_losses(self) -> None:
        """Check the losses since the last check; all processes do together.

        Raises:
            TrainingError: Some are not finite.
        """
        self._finite.check(self.iteration)

    def compute_gradients(self, parts: Sequence[Part]) -> Losses:
        """Compute the gradients of a batch: the generator's, then the adversary's on the same fakes.

        Returns:
            Each loss, without its weight.
        """
        fakes: list[Tensor] = []

        def generator_losses(part: Part) -> Losses:
            fake = self.generator(part.lr)
            fakes.append(fake.detach())
            losses = {name: loss(fake, part.target) for name, loss in self.losses.items()}
            if self.adversary is not None:
                losses[ADVERSARIAL] = self.adversary.loss(fake)
            return losses

        with tuned_convolutions():
            losses = self.generator.compute_gradients(parts, generator_losses, self._loss_weights)
            if self.adversary is not None:
                losses |= self.adversary.compute_gradients([part.hr for part in parts], fakes)
        return losses

    @torch.no_grad()
    def _update_average(self) -> None:
        """Move the average toward the weights, faster in early iterations, so that it forgets its initial value."""
        decay = min(self._config.ema_decay, (1 + self.iteration) / (10 + self.iteration))
        weights: list[Tensor] = [*self.generator.network.parameters()]
        torch._foreach_lerp_(list(self.ema.parameters()), weights, 1 - decay)

    def is_finite(self) -> bool:
        """Return whether all weights are finite, and all moments of Adam, without which no run could resume."""
        tensors = [*self.ema.parameters()]
        for network in self.networks:
            tensors += network.network.parameters()
            tensors += [value for moments in network.optimizer.state.values() for value in moments.values()]
        return bool(torch.stack([tensor.isfinite().all().to(self._world.device) for tensor in tensors]).all())

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
