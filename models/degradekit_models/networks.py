"""The networks that a run begins with."""

from typing import Any, TypeVar

import torch
from torch import nn

from degradekit_models.checkpoint import State
from degradekit_models.config import Config, ConfigError
from degradekit_models.generator import RRDBNet
from degradekit_models.processes import Here
from degradekit_models.weights import load_generator, make_generator

N = TypeVar("N", bound=nn.Module)


def placed(network: N, here: Here) -> N:
    """A network where it is computed, as channels_last: the order that tensor cores take."""
    on_device: Any = network.to(here.device)
    found: N = on_device.to(memory_format=torch.channels_last)
    return found


def starting_generator(stage: str, config: Config, scale: int, state: State | None) -> RRDBNet:
    """The generator that a run begins or goes on with: a checkpoint's, that of `init`, or a new one.

    Args:
        stage: `net` or `gan`, which begins with a trained one.
        config: Of the run.
        scale: Of the shards.
        state: Of the checkpoint that the run goes on from.

    Raises:
        ConfigError: There is none to begin with, or it is not of the scale or size that is asked for.
        WeightsError: `init` cannot be read, or is no generator.
    """
    if state is not None:
        place, generator = "out", make_generator(state["generator"])
    elif config.init is not None:
        place, generator = "init", load_generator(config.init)
    elif stage == "gan":
        raise ConfigError("init: the stage gan starts from a generator; give the weights of the stage net")
    else:
        return RRDBNet(scale, config.features or 64, config.blocks or 23)
    found = (generator.scale, generator.features, generator.blocks)
    wanted = (scale, config.features or found[1], config.blocks or found[2])
    if found != wanted:
        raise ConfigError(
            f"{place}: must have a generator of x{wanted[0]}, {wanted[1]} features and {wanted[2]} blocks"
            f" (got one of x{found[0]}, {found[1]} features and {found[2]} blocks)"
        )
    return generator
