"""The shipped recipes, each a function of the scale. A new one is a function in a file, and a line in the table."""

from collections.abc import Callable
from importlib import import_module

from degradekit.errors import RecipeError
from degradekit.high_order import HighOrder
from degradekit.known_names import look_up
from degradekit.operators.base import Operator
from degradekit.presets.table import ALIASES, GROUPS, TABLE, Preset

__all__ = ["ALIASES", "GROUPS", "NAMES", "PRESETS", "Preset", "preset", "summary"]

PRESETS = TABLE
"""Each shipped recipe by its name; the functions that make them are imported when they are asked for."""

NAMES = dict(zip(TABLE, TABLE, strict=True)) | ALIASES
"""The name in the table of each name that may be given, aliases included."""


def preset(name: str, scale: int | None = None) -> Operator:
    """Return the shipped recipe called `name`, or one of the aliases.

    Args:
        name: Such as `real-esrgan`; `degradekit recipe list` lists them.
        scale: HR side / LR side; by default the one that the recipe was published for.

    Raises:
        RecipeError: There is none, and the message lists the known ones; or the scale breaks its rule.
    """
    name = look_up(NAMES, name, "preset", RecipeError)
    scale = TABLE[name].scale if scale is None else scale
    HighOrder(scale=scale)  # refuses a bad scale before a preset calculates with it
    return _function(name)(scale)


def summary(name: str) -> str:
    """Return what a preset is, in one line of plain text."""
    return (_function(name).__doc__ or "").strip().splitlines()[0].replace("`", "")


def _function(name: str) -> Callable[[int], Operator]:
    module, _, function = TABLE[name].target.partition(":")
    make: Callable[[int], Operator] = getattr(import_module(f"degradekit.presets.{module}"), function)
    return make
