"""The processes of a run: `torchrun` starts several, otherwise there is one."""

import gc
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, distributed

from degradekit.errors import Mistake
from degradekit_models.config import Config, ConfigError
from degradekit_models.devices import find_device, has_bf16

_TIMEOUT = timedelta(hours=6)
"""How long processes wait for one another: the first one validates alone."""


@dataclass(frozen=True)
class World:
    """This process among those of a run.

    Attributes:
        device: Where it computes.
        rank: Its index; rank 0 writes the files.
        size: How many processes there are.
        bf16: Whether it computes in bfloat16 where that is safe.
    """

    device: torch.device
    rank: int = 0
    size: int = 1
    bf16: bool = False

    def __str__(self) -> str:
        """Return a line for people."""
        processes = f", {self.size} processes" if self.size > 1 else ""
        return f"{self.device} in {'bf16' if self.bf16 else 'fp32'}{processes}"

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes files and prints."""
        return self.rank == 0

    def autocast(self) -> AbstractContextManager[Any]:
        """Compute in bfloat16 in a block, where the run does."""
        return torch.autocast(self.device.type, torch.bfloat16) if self.bf16 else nullcontext()

    def gather(self, value: Any) -> list[Any]:
        """Return the values that all processes give, by rank."""
        values = [value] * self.size
        if self.size > 1:
            distributed.all_gather_object(values, value)
        return values

    def mean(self, value: Tensor) -> Tensor:
        """Return the mean of what all processes give."""
        if self.size > 1:
            distributed.all_reduce(value)
            value = value / self.size
        return value

    def any(self, flag: bool) -> bool:
        """Return whether the flag is set in any process."""
        if self.size == 1:
            return flag
        flags = torch.tensor(float(flag))  # on the CPU, so that no process waits for its device
        distributed.all_reduce(flags, distributed.ReduceOp.MAX)
        return bool(flags.item())


@contextmanager
def init_distributed(config: Config) -> Iterator[World]:
    """Connect to the other processes of the run, if there are any, until the end of the block.

    Raises:
        ConfigError: The device cannot be used, the batch cannot be shared out, or the processes cannot connect.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if config.batch % (size * config.accumulation_steps):
        rule = f"must be a multiple of processes x accumulation_steps, {size} x {config.accumulation_steps}"
        raise ConfigError(Mistake("batch", rule, config.batch))
    device = find_device(config.device)
    bf16 = config.precision == "bf16" or (config.precision == "auto" and has_bf16(device))
    if size == 1:
        yield World(device, bf16=bf16)
        return
    try:
        backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
        distributed.init_process_group(backend, timeout=_TIMEOUT)
    except (ValueError, RuntimeError) as error:
        raise ConfigError(f"processes: {size} cannot connect ({error}); start them with torchrun") from None
    try:
        yield World(device, distributed.get_rank(), size, bf16)
    finally:
        distributed.destroy_process_group()
        gc.collect()  # networks in reference cycles hold the group, whose threads must have ended when Python does
