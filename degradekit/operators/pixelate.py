"""Pixelation."""

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
    """Shrink by an antialiased triangle and enlarge to the old size by nearest pixels. Nothing is clipped.

    Attributes:
        factor: Factor by which the sides are divided; the quotients are rounded down.
    """

    op: ClassVar[str] = "pixelate"

    factor: Annotated[Number, Between(1, MAX_FACTOR)]

    def __call__(self, image: Image) -> Image:
        """Shrink and enlarge."""
        from degradekit.functional.resizing import resize

        height, width = image.shape[:2]
        smaller = max(1, int(height / self.factor)), max(1, int(width / self.factor))
        return resize(resize(image, *smaller, "bilinear_antialiased"), height, width, "nearest")

    @property
    def taps(self) -> int:
        """Those of the triangle along both axes, twice as wide as the factor, and one."""
        return 16 + round(4 * self.factor)

    def __str__(self) -> str:
        return f"pixelated by {self.factor:.2f}"


@validated(RecipeError)
class Pixelate(Operator):
    """Make a picture of larger pixels, as in enlarged textures of games and in censored parts.

    It has no kernel label, as it differs from pixel to pixel.

    Attributes:
        factor: Span of the side of the large pixels, in pixels. It need not be an integer, so that borders of large
            pixels may fall between those of small ones.

    Source: docs/model.md, section Lines.
    """

    op: ClassVar[str] = "pixelate"
    step_types: ClassVar[tuple[type[Step], ...]] = (PixelateStep,)

    factor: Annotated[Span, Within(1, MAX_FACTOR), Neutral(1)] = (1.0, 4.0)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the factor."""
        return (PixelateStep(rng.uniform(*bounds(self.factor))),)
