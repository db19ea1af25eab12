"""The shipped recipes, each a function of the scale. A new one is a file here and a line in the table."""

from collections.abc import Callable

from pydantic import TypeAdapter, ValidationError

from degradekit.compose import Scale, Sequence
from degradekit.errors import RecipeError
from degradekit.operators.base import Operator
from degradekit.operators.validation import explain
from degradekit.presets.bsrgan import bsrgan, bsrgan_plus
from degradekit.presets.real_esrgan import bicubic, classical, real_esrgan

PRESETS: dict[str, Callable[[int], Operator]] = {
    "real-esrgan": real_esrgan,
    "classical": classical,
    "bicubic": bicubic,
    "bsrgan": bsrgan,
    "bsrgan-plus": bsrgan_plus,
}

_SCALE: TypeAdapter[int] = TypeAdapter(Scale)


def preset(name: str, scale: int = 4) -> Operator:
    """The shipped recipe called `name`, for a scale.

    Raises:
        RecipeError: There is none, and the message lists the known ones; or the scale breaks its rule.
    """
    if name not in PRESETS:
        raise RecipeError(f"unknown preset {name!r}; known: {', '.join(PRESETS)}")
    try:
        return PRESETS[name](_SCALE.validate_python(scale))
    except ValidationError as error:
        raise RecipeError("\n".join(explain(Sequence, error.errors(), "scale"))) from None


def summary(name: str) -> str:
    """What a preset is, in one line."""
    return (PRESETS[name].__doc__ or "").strip().splitlines()[0]
