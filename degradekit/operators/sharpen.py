"""Unsharp masking, which Real-ESRGAN applies to the HR before degrading it."""

from typing import Annotated, ClassVar

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, Integer, Neutral, Number
from degradekit.limits import MAX_KERNEL_SIZE
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Taps = Annotated[Integer, Between(3, MAX_KERNEL_SIZE, odd=True)]
Weight = Annotated[Number, Between(0, 10)]
Threshold = Annotated[Number, Between(0, 255)]


@validated(RecordError)
class SharpenStep(Step):
    """Sharpen where the detail is strong; the result stays in [0, 1].

    Attributes:
        size: Taps of the Gaussian, odd.
        weight: How much of the residual is added.
        threshold: Residuals above it are sharpened, on the 0..255 scale.
    """

    op: ClassVar[str] = "sharpen"

    size: Taps
    weight: Weight
    threshold: Threshold

    def __call__(self, image: Image) -> Image:
        """Sharpen every channel."""
        from degradekit.functional.unsharp import unsharp_mask

        return unsharp_mask(image, self.size, self.weight, self.threshold)

    @property
    def taps(self) -> int:
        """Those of the Gaussian along both axes, for the image and for the mask."""
        return 4 * self.size

    def __str__(self) -> str:
        return f"sharpen weight {self.weight:g}, threshold {self.threshold:g}"


@validated(RecipeError)
class Sharpen(Operator):
    """Sharpen where the detail is strong (unsharp masking, USM). Nothing is random.

    Attributes:
        size: Taps of the Gaussian, odd; its sigma is 0.3 ((size - 1) / 2 - 1) + 0.8 pixels.
        weight: How much of the residual is added.
        threshold: Residuals above it are sharpened, on the 0..255 scale.

    Source: docs/model.md, section Sharpening.
    """

    op: ClassVar[str] = "sharpen"
    step_types: ClassVar[tuple[type[Step], ...]] = (SharpenStep,)

    size: Taps = 51
    weight: Annotated[Weight, Neutral(0)] = 0.5
    threshold: Threshold = 10.0

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Return the step with the operator's own settings."""
        return (SharpenStep(self.size, self.weight, self.threshold),)
