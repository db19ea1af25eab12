"""The shipped recipes, each a function of the scale. A new one is a file here and a line in the table."""

from collections.abc import Callable

from degradekit.errors import RecipeError
from degradekit.high_order import HighOrder
from degradekit.known_names import look_up
from degradekit.operators.base import Operator
from degradekit.presets.bsrgan import bsrgan, bsrgan_plus
from degradekit.presets.real_esrgan import bicubic, classical, real_esrgan

PRESETS: dict[str, Callable[[int], Operator]] = {
    "real-esrgan": real_esrgan,
    "classical": classical,
    "bicubic": bicubic,
    "bsrgan": bsrgan,
    "bsrgan-plus": bsrgan_plus,
}


def preset(name: str, scale: int = 4) -> Operator:
    """Return the shipped recipe called `name`, for a scale.

    Raises:
        RecipeError: There is none, and the message lists the known ones; or the scale breaks its rule.
    """
    make = look_up(PRESETS, name, "preset", RecipeError)
    HighOrder(scale=scale)  # refuses a bad scale before a preset calculates with it
    return make(scale)


def summary(name: str) -> str:
    """Return what a preset is, in one line."""
    return (PRESETS[name].__doc__ or "").strip().splitlines()[0]
