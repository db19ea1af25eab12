"""The guard against losses that are no longer finite."""

import torch
from torch import Tensor

from degradekit_models.networks import Losses, TrainingError
from degradekit_models.world import World


class FiniteLosses:
    """Keeps the losses of each iteration on the device until they are checked together.

    To look at a loss is to wait until the device has computed it, so that it would have nothing to do in between. Once
    a loss is not finite, neither are the weights after it, nor any later loss: what matters is that it is noticed
    before weights are saved or shown.

    Args:
        world: This process.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._names: list[str] = []
        self._unchecked: list[Tensor] = []

    def add(self, losses: Losses) -> None:
        """Take the losses of the next iteration, always the same ones."""
        self._names = list(losses)
        self._unchecked.append(torch.stack(list(losses.values())))

    def check(self, iteration: int) -> None:
        """Check all losses since the last check; all processes do in the same iteration.

        Args:
            iteration: The iteration of the latest losses.

        Raises:
            TrainingError: Some are not finite, in every process.
        """
        if not self._unchecked:
            return
        rows = self._world.mean(torch.stack(self._unchecked)).cpu()
        first = iteration - len(rows) + 1
        self._unchecked.clear()
        is_finite = rows.isfinite().all(1)
        if is_finite.all():
            return
        spoiled = int(is_finite.logical_not().nonzero()[0])
        values = ", ".join(f"{name} {value:g}" for name, value in zip(self._names, rows[spoiled].tolist(), strict=True))
        raise TrainingError(
            f"loss: is no longer finite in iteration {first + spoiled} ({values});"
            " lower the learning rate, set clip_gradient_norm or use precision fp32"
        )
