"""Pictures of large pixels."""

from typing import Annotated, ClassVar

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, Neutral, Number, Span, Within, bounds
from degradekit.limits import MAX_FACTOR
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image


@validated(RecordError)
class PixelateStep(Step):
    """Shrink by area and enlarge to the old size by nearest pixels. Nothing is clipped.

    Attributes:
        factor: By how much the sides are shrunk; they are rounded down.
    """

    op: ClassVar[str] = "pixelate"

    factor: Annotated[Number, Between(1, MAX_FACTOR)]

    def __call__(self, image: Image) -> Image:
        """Shrink and enlarge."""
        from degradekit.functional.resizing import resize

        height, width = image.shape[:2]
        small = resize(image, max(1, int(height / self.factor)), max(1, int(width / self.factor)), "area")
        return resize(small, height, width, "nearest")

    def __str__(self) -> str:
        return f"pixelated by {self.factor:.2f}"


@validated(RecipeError)
class Pixelate(Operator):
    """Make a picture of larger pixels, as in enlarged textures of games and in censored parts.

    Attributes:
        factor: Span of the side of the large pixels, real; their borders then fall between those of the small ones.

    It has no kernel label, as it differs from pixel to pixel. Source: docs/model.md, section Lines.
    """

    op: ClassVar[str] = "pixelate"
    step_types: ClassVar[tuple[type[Step], ...]] = (PixelateStep,)

    factor: Annotated[Span, Within(1, MAX_FACTOR), Neutral(1)] = (1.0, 4.0)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the factor."""
        return (PixelateStep(rng.uniform(*bounds(self.factor))),)
