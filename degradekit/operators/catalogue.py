"""Every operator by its `op` name: ours in an explicit table, other packages' from an entry-point group."""

import reprlib
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from degradekit.errors import RecipeError
from degradekit.operators.base import Leaf, Operator

GROUP = "degradekit.operators"

_BUILT_IN = {
    "kernel": "degradekit.operators.kernel:Kernel",
    "sinc": "degradekit.operators.sinc:Sinc",
    "resize": "degradekit.operators.resize:Resize",
    "noise": "degradekit.operators.noise:Noise",
    "jpeg": "degradekit.operators.jpeg:JPEG",
    "sharpen": "degradekit.operators.sharpen:Sharpen",
    "crop": "degradekit.operators.crop:Crop",
    "sequence": "degradekit.compose:Sequence",
    "shuffle": "degradekit.compose:Shuffle",
    "one_of": "degradekit.compose:OneOf",
    "maybe": "degradekit.compose:Maybe",
    "stage": "degradekit.high_order:Stage",
    "high_order": "degradekit.high_order:HighOrder",
}


@cache
def _entry_points() -> dict[str, EntryPoint]:
    known = {op: EntryPoint(op, target, GROUP) for op, target in _BUILT_IN.items()}
    for entry in entry_points(group=GROUP):
        if entry.name in known and known[entry.name].value != entry.value:
            raise RecipeError(
                f"operator {entry.name!r}: a name must be unique (got {known[entry.name].value} and {entry.value})"
            )
        known[entry.name] = entry
    return known


def names() -> tuple[str, ...]:
    """The names of all operators."""
    return tuple(_entry_points())


def find(op: object) -> type[Operator]:
    """The operator class called `op`.

    Raises:
        RecipeError: There is none; the message lists the known ones.
    """
    known = _entry_points()
    if not isinstance(op, str) or op not in known:
        raise RecipeError(f"unknown operator {reprlib.repr(op)}; known: {', '.join(known)}")
    cls: type[Operator] = known[op].load()
    return cls


def find_leaf(op: object) -> type[Leaf[Any]]:
    """The leaf operator called `op`, whose parameters a record can hold.

    Raises:
        RecipeError: There is none of this name, or it is a composite.
    """
    cls = find(op)
    if not issubclass(cls, Leaf):
        raise RecipeError(f"operator {op!r} is no single step")
    return cls
