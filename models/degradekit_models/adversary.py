"""The adversary of the second stage: a discriminator that learns to distinguish generated images from real ones."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from degradekit_models.config import Config
from degradekit_models.discriminator import UNetDiscriminatorSN
from degradekit_models.networks import Losses, TrainedNetwork
from degradekit_models.world import World

_WEIGHTS = {"d_real": 1.0, "d_fake": 1.0}


class Adversary:
    """The discriminator with its optimizer, what it makes of the generator's images, and how it learns.

    It is frozen but for its own `compute_gradients`, and in evaluation mode, see `UNetDiscriminatorSN.advance`.

    Args:
        discriminator: The network to begin with.
        config: The configuration of the run.
        world: This process.
        iteration: Iterations that it has been trained for.

    Attributes:
        discriminator: The network in training.
    """

    def __init__(self, discriminator: UNetDiscriminatorSN, config: Config, world: World, iteration: int = 0) -> None:
        self.discriminator = TrainedNetwork(discriminator, config, world, iteration)
        self.discriminator.network.eval().requires_grad_(False)

    def advance(self) -> None:
        """Bring the spectral norms up to date; once per iteration, before anything else."""
        self.discriminator.network.advance()

    def loss(self, fake: Tensor) -> Tensor:
        """Return how far the generator's images, (N, 3, H, W), are from being taken for real ones."""
        return adversarial_loss(self.discriminator.network(fake).float(), real=True)

    def compute_gradients(self, reals: Sequence[Tensor], fakes: Sequence[Tensor]) -> Losses:
        """Compute the gradient of the discriminator for one iteration.

        Args:
            reals: For each part of the batch the HR images, (N, 3, H, W).
            fakes: For each part what the generator has made, detached.

        Returns:
            The cross-entropies `d_real` and `d_fake`.
        """
        network = self.discriminator.network.requires_grad_(True)
        losses = self.discriminator.compute_gradients(list(zip(reals, fakes, strict=True)), self._losses, _WEIGHTS)
        network.requires_grad_(False)
        return losses

    def _losses(self, pair: tuple[Tensor, Tensor]) -> Losses:
        """Judge both kinds in one forward pass, which treats every image by itself."""
        real, fake = pair
        on_real, on_fake = self.discriminator(torch.cat([real, fake.to(real.dtype)])).float().chunk(2)
        return {"d_real": adversarial_loss(on_real, real=True), "d_fake": adversarial_loss(on_fake, real=False)}

    def state_dict(self) -> dict[str, Any]:
        """Return the weights of the discriminator, and the moments of its Adam."""
        return self.discriminator.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` has returned."""
        self.discriminator.load_state_dict(state)


def adversarial_loss(logits: Tensor, real: bool) -> Tensor:
    """Return the binary cross-entropy of logits against all ones (`real`) or all zeros."""
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(real)))
