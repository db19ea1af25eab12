"""The losses of the generator by name. A new one is a file in this folder and a line in `LOSSES`."""

import os
from collections.abc import Callable
from typing import Protocol

from torch import nn

from degradekit_models.losses.l1 import L1Loss
from degradekit_models.losses.perceptual import PerceptualLoss


class LossOptions(Protocol):
    """The fields of the configuration that losses read."""

    @property
    def vgg19(self) -> str | os.PathLike[str] | None:
        """File with VGG19's weights; None means torch's download."""


LOSSES: dict[str, Callable[[LossOptions], nn.Module]] = {
    "l1": lambda _: L1Loss(),
    "perceptual": lambda options: PerceptualLoss(options.vgg19),
}
"""What makes each loss: a module that takes the generator's images and the targets, (N, 3, H, W), to one number."""
ADVERSARIAL = "adversarial"
"""The one loss that is not a function of two images; `Adversary` computes it."""
