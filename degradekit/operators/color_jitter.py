"""Jitter of brightness, contrast, saturation and hue, in random order."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, Neutral, Number, Span, Within, bounds
from degradekit.limits import MAX_GAIN
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator, Reading
from degradekit.operators.color import SaturationStep
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

_Factor = Annotated[Number, Between(0, MAX_GAIN)]


@validated(RecordError)
class BrightnessStep(Step):
    """Multiply the levels and clip to [0, 1].

    Attributes:
        factor: The factor; 0 is black.
    """

    op: ClassVar[str] = "color_jitter.brightness"

    factor: _Factor

    def __call__(self, image: Image) -> Image:
        """Multiply."""
        from degradekit.functional.color import blend_with

        return blend_with(image, self.factor, 0.0)

    def __str__(self) -> str:
        return f"brightness x{self.factor:.2f}"


@validated(RecordError)
class ContrastStep(Step):
    """Multiply the distance of the levels from the image's mean luma, and clip to [0, 1].

    Attributes:
        factor: The factor; 0 is even gray.
    """

    op: ClassVar[str] = "color_jitter.contrast"

    factor: _Factor

    def __call__(self, image: Image) -> Image:
        """Spread about the mean."""
        from degradekit.functional.color import blend_with, mean_luma

        return blend_with(image, self.factor, mean_luma(image))

    def __str__(self) -> str:
        return f"contrast x{self.factor:.2f}"


@validated(RecordError)
class HueStep(Step):
    """Rotate the hue of HSV and clip to [0, 1]; a gray image stays as it is.

    Attributes:
        turns: Rotation of the hue in turns; 1/3 turns red into green.
    """

    op: ClassVar[str] = "color_jitter.hue"

    turns: Annotated[Number, Between(-0.5, 0.5)]

    def __call__(self, image: Image) -> Image:
        """Rotate the hue."""
        from degradekit.functional.color import turn_hue

        return turn_hue(image, self.turns)

    def __str__(self) -> str:
        return f"hue {self.turns:+.3f} turns"


@validated(RecipeError)
class ColorJitter(Operator):
    """Change brightness, contrast, saturation and hue in random order, by torchvision's definitions.

    The contrast is about the mean luma of the image as it arrives: of a tile, if tiles are degraded.

    Attributes:
        brightness: Span of the factor of the levels.
        contrast: Span of the factor of the distance from the mean luma.
        saturation: Span of the factor of the distance from the luma.
        hue: Span of the rotation of the hue of HSV, in turns.

    Source: docs/model.md, section Color; the defaults are those of GFPGAN.
    """

    op: ClassVar[str] = "color_jitter"
    step_types: ClassVar[tuple[type[Step], ...]] = (BrightnessStep, ContrastStep, HueStep)

    brightness: Annotated[Span, Within(0, MAX_GAIN), Neutral(1)] = (0.5, 1.5)
    contrast: Annotated[Span, Within(0, MAX_GAIN), Neutral(1)] = (0.5, 1.5)
    saturation: Annotated[Span, Within(0, MAX_GAIN), Neutral(1)] = (0.0, 1.5)
    hue: Annotated[Span, Within(-0.5, 0.5), Neutral(0)] = (-0.1, 0.1)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the four strengths, then the order."""
        steps = (
            BrightnessStep(rng.uniform(*bounds(self.brightness))),
            ContrastStep(rng.uniform(*bounds(self.contrast))),
            SaturationStep(rng.uniform(*bounds(self.saturation)), "luma"),
            HueStep(rng.uniform(*bounds(self.hue))),
        )
        return tuple(steps[index] for index in rng.permutation(4))

    def readings(self) -> Mapping[str, Reading | None]:
        """Return how to read each strength off the step that has it."""
        return {
            "brightness": lambda step: step.factor if isinstance(step, BrightnessStep) else None,
            "contrast": lambda step: step.factor if isinstance(step, ContrastStep) else None,
            "saturation": lambda step: step.factor if isinstance(step, SaturationStep) else None,
            "hue": lambda step: step.turns if isinstance(step, HueStep) else None,
        }
