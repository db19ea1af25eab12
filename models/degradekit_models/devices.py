"""What a run computes on."""

import os

import torch

from degradekit_models.config import ConfigError


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
        if device.type not in ("cuda", "mps", "cpu"):
            raise RuntimeError("must be cuda, mps or cpu")
        if device.type == "cuda":
            device = torch.device(
                "cuda", device.index if device.index is not None else int(os.environ.get("LOCAL_RANK", "0"))
            )
            torch.cuda.set_device(device)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"device: cannot be used (got {name!r}: {str(error).splitlines()[0]})") from None
    return device


def has_bf16(device: torch.device) -> bool:
    """Whether the device computes in bfloat16 itself: NVIDIA's do since Ampere, which older ones imitate slowly."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0)


def is_out_of_memory(error: Exception) -> bool:
    """Whether a device has too little memory for what was tried; each kind of device says it in its own way."""
    told = str(error)
    return (
        isinstance(error, MemoryError | torch.cuda.OutOfMemoryError)
        or "out of memory" in told
        or "can't allocate memory" in told
    )
