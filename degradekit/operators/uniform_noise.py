"""White noise that is uniform between two bounds."""

from typing import Annotated, ClassVar

import numpy as np

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Neutral, Span, Within, bounds
from degradekit.limits import MAX_NOISE
from degradekit.mistakes import validated
from degradekit.operators.base import Context
from degradekit.operators.noise_fields import FieldNoise, FieldStep
from degradekit.operators.parameters import NoiseLevel
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image


@validated(RecordError)
class UniformNoiseStep(FieldStep):
    """Add white noise that is uniform between two bounds, and clip to [0, 1].

    Attributes:
        amplitude: The bounds are -amplitude and amplitude, on the 0..255 scale; the standard deviation is
            amplitude / sqrt(3).
    """

    op: ClassVar[str] = "uniform_noise"

    amplitude: NoiseLevel

    def planes(self, shape: tuple[int, int, int]) -> Image:
        """Return uniform numbers."""
        from degradekit.functional.noise_fields import uniform_field

        return uniform_field(shape, self.seed) * np.float32(self.amplitude / 255)

    def __str__(self) -> str:
        return f"noise {self.channels} uniform +-{self.amplitude:.1f}"


@validated(RecipeError)
class UniformNoise(FieldNoise):
    """Add white noise that is uniform between two bounds, and clip to [0, 1].

    It imitates rounding to few levels and cheap dithering. It has no kernel label.

    Attributes:
        amplitude: Span of the amplitude, on the 0..255 scale; the field is uniform in [-amplitude, amplitude].

    Source: docs/model.md, section Other noise; the default is degradekit's own, with the standard deviations of
    Real-ESRGAN's Gaussian noise.
    """

    op: ClassVar[str] = "uniform_noise"
    step_types: ClassVar[tuple[type[Step], ...]] = (UniformNoiseStep,)

    amplitude: Annotated[Span, Within(0, MAX_NOISE), Neutral(0)] = (2.0, 50.0)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw amplitude, channels and the seed of the field."""
        return (UniformNoiseStep(rng.uniform(*bounds(self.amplitude)), **self.draw_shared(rng)),)
