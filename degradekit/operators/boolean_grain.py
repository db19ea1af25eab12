"""Film grain as the Boolean model has it: disks of silver under the filter of a pixel."""

from typing import Annotated, ClassVar

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, Neutral, Number, Span, Within, bounds
from degradekit.limits import LEAST_GRAIN_BLUR, LEAST_GRAIN_RADIUS, MAX_GRAIN_BLUR, MAX_GRAIN_RADIUS
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.operators.parameters import Seed
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image


@validated(RecordError)
class BooleanGrainStep(Step):
    """Add the grain of a film of random disks to each channel, and clip to [0, 1].

    Attributes:
        radius: Radius of the disks in pixels.
        blur_sigma: Standard deviation in pixels of the Gaussian through which a pixel sees the film.
        seed: Seed of the grain.
    """

    op: ClassVar[str] = "boolean_grain"

    radius: Annotated[Number, Between(LEAST_GRAIN_RADIUS, MAX_GRAIN_RADIUS)]
    blur_sigma: Annotated[Number, Between(LEAST_GRAIN_BLUR, MAX_GRAIN_BLUR)]
    seed: Seed

    def __call__(self, image: Image) -> Image:
        """Add the grain."""
        from degradekit.functional.boolean_grain import boolean_grain

        return boolean_grain(image, self.radius, self.blur_sigma, self.seed)

    @property
    def taps(self) -> int:
        """Those of the field's Gaussian along both axes."""
        return 16 + round(12 * (self.blur_sigma + self.radius / 2))

    def __str__(self) -> str:
        return f"boolean grain radius {self.radius:.2f} px, blur {self.blur_sigma:.2f} px"


@validated(RecipeError)
class BooleanGrain(Operator):
    """Add the grain of a film that is made of random disks, strongest in middle tones, none at black and white.

    It imitates photographic film: a pixel is the share of its area that disks of silver cover, and how many there are
    follows its gray value. The mean, and the variance at each gray value, are those of the model of Newson, Delon and
    Galerne; instead of drawing disks, degradekit adds a normal field of them, as wide as a pixel's filter and a disk.
    Channels have grain of their own, as the layers of color film do. It is not linear, so it has no kernel label.

    Attributes:
        radius: Span of the disks' radius in pixels; 0.05 is hardly seen, 0.5 is coarse.
        blur_sigma: Span of the standard deviation in pixels of the Gaussian through which a pixel sees the film; the
            model's authors have 0.8.

    Source: docs/model.md, section Film grain.
    """

    op: ClassVar[str] = "boolean_grain"
    step_types: ClassVar[tuple[type[Step], ...]] = (BooleanGrainStep,)

    radius: Annotated[Span, Within(LEAST_GRAIN_RADIUS, MAX_GRAIN_RADIUS), Neutral(LEAST_GRAIN_RADIUS)] = (0.05, 0.5)
    blur_sigma: Annotated[Span, Within(LEAST_GRAIN_BLUR, MAX_GRAIN_BLUR)] = (0.8, 0.8)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw radius, blur and seed."""
        return (BooleanGrainStep(rng.uniform(*bounds(self.radius)), rng.uniform(*bounds(self.blur_sigma)), rng.seed()),)
