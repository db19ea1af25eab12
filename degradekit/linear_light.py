"""Operators that work on light instead of levels."""

from typing import ClassVar, Literal

from degradekit.compose import Group, draw_in_order
from degradekit.errors import RecipeError, RecordError
from degradekit.mistakes import validated
from degradekit.operators.base import Context
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image


@validated(RecordError)
class DecodeStep(Step):
    """Turn levels into light; below 0 with the sign kept, above 1 by the same formula.

    Attributes:
        transfer: The curve of sRGB, or `power`, the level to the power 2.2.
    """

    op: ClassVar[str] = "linear_light.decode"

    transfer: Literal["srgb", "power"] = "srgb"

    def __call__(self, image: Image) -> Image:
        """Apply the curve."""
        from degradekit.functional.curves import apply_curve, to_light

        return apply_curve(image, to_light(self.transfer))

    def __str__(self) -> str:
        return f"levels to light, {self.transfer}"


@validated(RecordError)
class EncodeStep(Step):
    """Turn light into levels; below 0 with the sign kept, above 1 by the same formula.

    Attributes:
        transfer: The curve of sRGB, or `power`, the light to the power 1 / 2.2.
    """

    op: ClassVar[str] = "linear_light.encode"

    transfer: Literal["srgb", "power"] = "srgb"

    def __call__(self, image: Image) -> Image:
        """Apply the curve."""
        from degradekit.functional.curves import apply_curve, from_light

        return apply_curve(image, from_light(self.transfer))

    def __str__(self) -> str:
        return f"light to levels, {self.transfer}"


@validated(RecipeError)
class LinearLight(Group):
    """Operators one after another that work on light, as optics and sensors do, instead of levels.

    Noise and codecs inside of it clip and round light to [0, 1] and to 8 bits; blur and resize keep overshoot.

    Attributes:
        children: The operators, in order.
        transfer: How levels stand for light: `srgb`, by the exact curve of sRGB, or `power`, as its power 1 / 2.2.

    Source: docs/model.md, section Color.
    """

    op: ClassVar[str] = "linear_light"
    step_types: ClassVar[tuple[type[Step], ...]] = (DecodeStep, EncodeStep)

    transfer: Literal["srgb", "power"] = "srgb"

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the children in order, between the two curves; nothing where they draw nothing."""
        steps = draw_in_order(zip(self.labels, self.children, strict=True), rng, context)
        return (DecodeStep(self.transfer), *steps, EncodeStep(self.transfer)) if steps else ()
