"""This process's place among those of a run: `torchrun` starts several, otherwise there is one."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import distributed

from degradekit_models.config import Config, ConfigError
from degradekit_models.devices import find_device, has_bf16

_PATIENCE = timedelta(hours=6)
"""How long processes wait for one another: the first one validates alone."""


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
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if config.batch % (world * config.parts):
        raise ConfigError(
            f"batch: must be a multiple of processes x parts, {world} x {config.parts} (got {config.batch})"
        )
    device = find_device(config.device)
    torch.backends.cudnn.benchmark = True  # batches keep their shape, so trying cuDNN's algorithms out pays
    bf16 = config.precision == "bf16" or (config.precision == "auto" and has_bf16(device))
    if world == 1:
        yield Here(device, bf16=bf16)
        return
    try:
        backend = "nccl" if device.type == "cuda" else "gloo"
        distributed.init_process_group(backend, timeout=_PATIENCE)
    except (ValueError, RuntimeError) as error:
        raise ConfigError(f"processes: {world} cannot meet ({error}); start them with torchrun") from None
    try:
        yield Here(device, distributed.get_rank(), world, bf16)
    finally:
        distributed.destroy_process_group()


class Stop:
    """Whether the run was asked to stop: by Ctrl-C, or by a scheduler that needs the machine."""

    asked = False
    _since = 0.0

    def take(self, number: int, _: object) -> None:
        """Note it; a second Ctrl-C stops at once. Of SIGTERM schedulers send two, one of them through a parent."""
        if not self.asked:
            self.asked, self._since = True, time.monotonic()
        elif number == signal.SIGINT and time.monotonic() - self._since > 1:
            raise KeyboardInterrupt

    def agreed(self, here: Here) -> bool:
        """Whether any process of the run was asked."""
        if here.world == 1:
            return self.asked
        asked = torch.tensor(float(self.asked), device=here.device)
        distributed.all_reduce(asked, distributed.ReduceOp.MAX)
        return bool(asked.item())


@contextmanager
def stopping() -> Iterator[Stop]:
    """Take requests to stop; only a main thread gets them."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, stop.take) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
