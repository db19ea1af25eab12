"""Networks in training: with their optimizer, on their device."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import clip_grad_norm_
from torch.optim.lr_scheduler import LambdaLR

from degradekit.errors import DegradekitError
from degradekit_models.config import Config
from degradekit_models.devices import to_device
from degradekit_models.schedule import rate_factor
from degradekit_models.tensor_files import TensorFileError, tensors_like
from degradekit_models.world import World

N = TypeVar("N", bound=nn.Module)
B = TypeVar("B")
Losses = dict[str, Tensor]


class TrainingError(DegradekitError):
    """A run cannot go on."""


class TrainedNetwork(Generic[N]):
    """A network and its Adam, compiled and with gradients averaged over the processes as the run is configured.

    Args:
        network: The network.
        config: The configuration of the run.
        world: This process.
        iteration: The iteration that it has been trained for; learning rates are a function of it.

    Attributes:
        network: The network itself.
        optimizer: Its Adam, with the betas of the paper.
    """

    def __init__(self, network: N, config: Config, world: World, iteration: int = 0) -> None:
        self._world, self._max_norm = world, config.clip_gradient_norm
        self.network = to_device(network, world.device)
        group = {"params": list(network.parameters()), "initial_lr": config.learning_rate}
        fused = world.device.type == "cuda"
        self.optimizer = torch.optim.Adam([group], config.learning_rate, betas=(0.9, 0.99), fused=fused)
        self._schedule = LambdaLR(self.optimizer, partial(rate_factor, config), last_epoch=iteration - 1)
        self._forward: Any = torch.compile(self.network) if config.compile else self.network
        if world.size > 1:
            devices = [world.device] if world.device.type == "cuda" else None
            self._forward = DistributedDataParallel(self._forward, device_ids=devices, broadcast_buffers=False)

    def __call__(self, images: Tensor) -> Tensor:
        """Apply the network as it is trained."""
        result: Tensor = self._forward(images)
        return result

    def compute_gradients(
        self, parts: Sequence[B], compute_losses: Callable[[B], Losses], loss_weights: Mapping[str, float]
    ) -> Losses:
        """Compute the mean gradient of all parts of a batch, in place of what was computed before.

        Args:
            parts: Parts of equal size.
            compute_losses: Applies the network to a part and returns the losses by name.
            loss_weights: The weight of each loss.

        Returns:
            The mean of each loss over the parts, without its weight.
        """
        means: Losses = {}
        self.optimizer.zero_grad(set_to_none=True)
        for index, part in enumerate(parts):
            with self._averaging(index == len(parts) - 1):
                with self._world.autocast():
                    losses = compute_losses(part)
                total = torch.stack([loss_weights[name] * loss for name, loss in losses.items()]).sum()
                (total / len(parts)).backward()  # type: ignore[no-untyped-call] # torch has no types for it
            for name, loss in losses.items():
                means[name] = means.get(name, torch.zeros_like(loss)) + loss.detach() / len(parts)
        return means

    def step(self) -> None:
        """Take one step of Adam down the gradient, after clipping its norm if the run does."""
        if self._max_norm is not None:
            clip_grad_norm_(self.network.parameters(), self._max_norm)
        self.optimizer.step()
        self._schedule.step()

    def _averaging(self, is_last: bool) -> AbstractContextManager[Any]:
        """Average gradients over the processes at the last part only."""
        return nullcontext() if is_last or self._world.size == 1 else self._forward.no_sync()

    def state_dict(self) -> dict[str, Any]:
        """Return the weights, and the moments of Adam."""
        return {"network": self.network.state_dict(), "optimizer": self.optimizer.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take weights and moments over; everything else about Adam is this run's own.

        Raises:
            KeyError, TypeError, ValueError: They are not those of such a network.
        """
        self.network.load_state_dict(tensors_like(state["network"], self.network.state_dict(), "network"))
        moments, weights = state["optimizer"]["state"], list(self.network.parameters())
        if not isinstance(moments, Mapping) or moments.keys() != set(range(len(weights))):
            raise TensorFileError("optimizer: must have moments for each of this run's weights")
        step = torch.zeros(())
        own = [{"step": step, "exp_avg": weight, "exp_avg_sq": weight} for weight in weights]
        checked = {index: tensors_like(moments[index], own[index], "optimizer") for index in moments}
        self.optimizer.load_state_dict({"state": checked, "param_groups": self.optimizer.state_dict()["param_groups"]})
