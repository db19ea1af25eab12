"""What the tests of training share."""

from pathlib import Path
from typing import Any


def state(out: Path) -> dict[str, Any]:
    """A run's checkpoint."""
    import torch

    return torch.load(out / "checkpoint.pt", weights_only=True)


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two networks have the same weights, to the bit."""
    import torch

    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def quiet(_: str) -> None:
    """Nobody listens."""
