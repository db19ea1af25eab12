"""Levels: black, white and gamma."""

from typing import Annotated, ClassVar

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, Neutral, Number, Span, Within, bounds
from degradekit.limits import MAX_GAMMA, MAX_LEVEL
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image


@validated(RecordError)
class LevelsStep(Step):
    """Move one level to another and a second one to another, clip to [0, 1], and apply a gamma.

    Attributes:
        in_low, in_high: The two levels before, on the 0..255 scale.
        out_low, out_high: The two levels after.
        gamma: The exponent; above 1 darkens.
    """

    op: ClassVar[str] = "levels"

    in_low: Annotated[Number, Between(0, 127)]
    in_high: Annotated[Number, Between(128, 255)]
    out_low: Annotated[Number, Between(-MAX_LEVEL, MAX_LEVEL)]
    out_high: Annotated[Number, Between(-MAX_LEVEL, MAX_LEVEL)]
    gamma: Annotated[Number, Between(1 / MAX_GAMMA, MAX_GAMMA)] = 1.0

    def __call__(self, image: Image) -> Image:
        """Map every level."""
        from degradekit.functional.color import levels

        return levels(image, (self.in_low, self.out_low), (self.in_high, self.out_high), self.gamma)

    def __str__(self) -> str:
        before, after = f"{self.in_low:.0f}..{self.in_high:.0f}", f"{self.out_low:.0f}..{self.out_high:.0f}"
        return f"levels {before} to {after}, gamma {self.gamma:.2f}"


@validated(RecipeError)
class Levels(Operator):
    """Move black and white, and bend what lies between, as editors and wrong players do.

    The mistakes about the limited range of video are `Levels(in_low=0, in_high=255, out_low=16, out_high=235)`, a pale
    picture, and `Levels(in_low=16, in_high=235, out_low=0, out_high=255)`, one with crushed shadows and lights, both
    with `gamma=1`. It is not linear, so it has no kernel label.

    Attributes:
        in_low, in_high: Spans of the two levels that are moved, on the 0..255 scale.
        out_low, out_high: Spans of where they are moved to; what is then beyond black and white is clipped.
        gamma: Span of the exponent that follows; above 1 darkens.

    Source: docs/model.md, section Color.
    """

    op: ClassVar[str] = "levels"
    step_types: ClassVar[tuple[type[Step], ...]] = (LevelsStep,)

    in_low: Annotated[Span, Within(0, 127), Neutral(0)] = 0.0
    in_high: Annotated[Span, Within(128, 255), Neutral(255)] = 255.0
    out_low: Annotated[Span, Within(-MAX_LEVEL, MAX_LEVEL), Neutral(0)] = (0.0, 15.0)
    out_high: Annotated[Span, Within(-MAX_LEVEL, MAX_LEVEL), Neutral(255)] = (240.0, 255.0)
    gamma: Annotated[Span, Within(1 / MAX_GAMMA, MAX_GAMMA), Neutral(1)] = (0.9, 1.1)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the four levels and the gamma."""
        spans = (self.in_low, self.in_high, self.out_low, self.out_high, self.gamma)
        return (LevelsStep(*(rng.uniform(*bounds(span)) for span in spans)),)
