"""Dark lines that become wider."""

from typing import Annotated, ClassVar

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, Neutral, Number, Span, Within, bounds
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image


@validated(RecordError)
class ThickLinesStep(Step):
    """Mix in the darkest value of 3 x 3 pixels, each channel by itself.

    Attributes:
        strength: The part of the darkest value, 0..1.
    """

    op: ClassVar[str] = "thick_lines"

    strength: Annotated[Number, Between(0, 1)]

    def __call__(self, image: Image) -> Image:
        """Thicken dark lines."""
        from degradekit.functional.edges import thicken

        return thicken(image, self.strength)

    def __str__(self) -> str:
        return f"thick lines, strength {self.strength:.2f}"


@validated(RecipeError)
class ThickLines(Operator):
    """Make dark lines wider and darker, as in scanned or badly scaled drawings.

    It is not linear, so it has no kernel label.

    Attributes:
        strength: Span of the part of the darkest of 3 x 3 pixels in the mixture with the image.

    Source: docs/model.md, section Halos.
    """

    op: ClassVar[str] = "thick_lines"
    step_types: ClassVar[tuple[type[Step], ...]] = (ThickLinesStep,)

    strength: Annotated[Span, Within(0, 1), Neutral(0)] = 0.25

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the strength."""
        return (ThickLinesStep(rng.uniform(*bounds(self.strength))),)
