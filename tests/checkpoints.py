"""What runs of the trainer have saved, and the comparison of it."""

from pathlib import Path
from typing import Any


def checkpoint(out: Path) -> dict[str, Any]:
    """Return a run's checkpoint."""
    import torch

    return torch.load(out / "checkpoint.pt", weights_only=True)


def weights(out: Path, network: str = "generator") -> dict[str, Any]:
    """Return the weights of `generator`, `ema` or `adversary` in a run's checkpoint."""
    state = checkpoint(out)["run"][network]
    return state if network == "ema" else state["network"]


def equal_weights(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether two networks have the same weights, to the bit."""
    import torch

    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def ignore_line(_: str) -> None:
    """Take a line of a run's log and do nothing with it."""
