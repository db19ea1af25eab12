"""Cropping to a size that the scale divides."""

from typing import Annotated, ClassVar

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, Integer
from degradekit.limits import MAX_SIDE
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image, Size

Side = Annotated[Integer, Between(1, MAX_SIDE)]


@validated(RecordError)
class CropStep(Step):
    """Keep the top left part.

    Attributes:
        height, width: Size of the part in pixels.
    """

    op: ClassVar[str] = "crop"

    height: Side
    width: Side

    def __call__(self, image: Image) -> Image:
        """Crop."""
        return image[: self.height, : self.width].copy()

    def output_size(self, size: Size) -> Size:
        """Return the size that is kept.

        Raises:
            RecordError: The image is smaller.
        """
        if self.height > size[0] or self.width > size[1]:
            raise RecordError(f"crop: must fit into {size[0]} x {size[1]} (got {self.height} x {self.width})")
        return self.height, self.width

    def __str__(self) -> str:
        return f"crop to {self.width} x {self.height}"


def crop_to_multiples(size: Size, scale: int) -> CropStep:
    """Return the crop at the bottom and right to the largest multiples of the scale."""
    return CropStep(size[0] - size[0] % scale, size[1] - size[1] % scale)


@validated(RecipeError)
class Crop(Operator):
    """Crop at the bottom and right to multiples of the scale; operators with a scale begin with it where needed."""

    op: ClassVar[str] = "crop"
    step_types: ClassVar[tuple[type[Step], ...]] = (CropStep,)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Return the crop, which nothing random decides."""
        return (crop_to_multiples(context.size, context.scale),)
