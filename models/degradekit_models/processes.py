"""This process's place among those of a run: `torchrun` starts several, otherwise there is one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed

from degradekit_models.config import Config, ConfigError


@dataclass(frozen=True)
class Here:
    """Where this process computes.

    Attributes:
        device: Of its networks.
        rank, world: Its number, and how many there are.
        bf16: Whether it computes in bfloat16 where that is safe.
    """

    device: torch.device
    rank: int = 0
    world: int = 1
    bf16: bool = False

    def __str__(self) -> str:
        """As a run tells it."""
        processes = f", {self.world} processes" if self.world > 1 else ""
        return f"{self.device} in {'bf16' if self.bf16 else 'fp32'}{processes}"


@contextmanager
def join(config: Config) -> Iterator[Here]:
    """Meet the other processes of the run, if there are any.

    Raises:
        ConfigError: The device is not there, or the batch cannot be shared out.
    """
    world, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    if config.batch % (world * config.parts):
        raise ConfigError(
            f"batch: must be a multiple of processes x parts, {world} x {config.parts} (got {config.batch})"
        )
    device = find_device(config.device)
    torch.backends.cudnn.benchmark = True  # batches keep their shape, so trying cuDNN's algorithms out pays
    bf16 = config.precision == "bf16" or (
        config.precision == "auto" and device.type == "cuda" and torch.cuda.is_bf16_supported()
    )
    if world == 1:
        yield Here(device, bf16=bf16)
        return
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Here(device, rank, world, bf16)
    finally:
        distributed.destroy_process_group()


def find_device(name: str) -> torch.device:
    """A device by its name; `auto` is the fastest that is there.

    Raises:
        ConfigError: It cannot be used.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise ConfigError(f"device: cannot be used, there is no CUDA here (got {name!r})")
    try:
        device = torch.device(name)
        if device.type == "cuda":
            device = torch.device(
                "cuda", device.index if device.index is not None else int(os.environ.get("LOCAL_RANK", "0"))
            )
            torch.cuda.set_device(device)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"device: cannot be used (got {name!r}: {str(error).splitlines()[0]})") from None
    return device
