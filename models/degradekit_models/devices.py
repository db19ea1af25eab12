"""The devices that are computed on."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import nn

from degradekit.errors import DegradekitError, Mistake
from degradekit_models.config import ConfigError

N = TypeVar("N", bound=nn.Module)


def find_device(name: str) -> torch.device:
    """Return the device of a name and make it the current one; `auto` is the fastest of this machine.

    Args:
        name: `cuda`, `cuda:1` and so on, `mps`, `cpu` or `auto`.

    Raises:
        ConfigError: The device cannot be used.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise ConfigError(Mistake("device", "this machine has no CUDA device", name))
    try:
        device = torch.device(name)
        if device.type not in ("cuda", "mps", "cpu"):
            raise RuntimeError("must be cuda, mps or cpu")
        if device.type == "cuda":
            device = torch.device(
                "cuda", device.index if device.index is not None else int(os.environ.get("LOCAL_RANK", "0"))
            )
            torch.cuda.set_device(device)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(Mistake("device", f"cannot be used: {str(error).splitlines()[0]}", name)) from None
    return device


def has_bf16(device: torch.device) -> bool:
    """Return whether the device computes in bfloat16 itself: NVIDIA's do since Ampere, older ones imitate it slowly."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0)


def to_device(network: N, device: torch.device) -> N:
    """Move a network to a device, as channels_last: the order that tensor cores take."""
    on_device: Any = network.to(device)
    moved: N = on_device.to(memory_format=torch.channels_last)
    return moved


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch's generators, those of a device too, until the end of the block; afterwards they are as before."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


@contextmanager
def tuned_convolutions() -> Iterator[None]:
    """Let cuDNN try its algorithms out in a block where images keep their shape, so that it does so once.

    Where torch is asked for deterministic algorithms it does not, as the fastest one may differ from run to run.
    """
    benchmark = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = not torch.are_deterministic_algorithms_enabled()
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = benchmark


def peak_memory(device: torch.device) -> int | None:
    """Return the most bytes in use so far: on a CUDA device, on others in this process; None where it is not known."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    if sys.platform == "win32":
        return None
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@contextmanager
def out_of_memory_as(replacement: DegradekitError) -> Iterator[None]:
    """Raise another error where a device has too little memory for the block."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise replacement from None


def is_out_of_memory(error: Exception) -> bool:
    """Return whether memory was short, which each kind of device reports in its own way."""
    text = str(error)
    return (
        isinstance(error, MemoryError | torch.cuda.OutOfMemoryError)
        or "out of memory" in text
        or "can't allocate memory" in text
    )
