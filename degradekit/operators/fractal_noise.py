"""Fractal noise: a sum of Perlin's gradient noise at several frequencies."""

import math
from typing import Annotated, ClassVar

import numpy as np

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, Integer, IntegerSpan, Neutral, Number, Span, Within, bounds
from degradekit.limits import MAX_LACUNARITY, MAX_NOISE, MAX_OCTAVES
from degradekit.mistakes import validated
from degradekit.operators.base import Context
from degradekit.operators.noise_fields import FieldNoise, FieldStep
from degradekit.operators.parameters import Angle, NoiseLevel
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image


@validated(RecordError)
class FractalNoiseStep(FieldStep):
    """Add fractal noise and clip to [0, 1].

    Attributes:
        amplitude: The bounds of the field are -amplitude and amplitude, on the 0..255 scale.
        octaves: How many frequencies are added up, each with half the weight of the one before it.
        frequency: Frequency of the first octave, in cells per pixel; 0.25 has a period of 4 pixels.
        lacunarity: The ratio of an octave's frequency to the one before it; below 1, each octave is coarser. Octaves
            above one cell per pixel are left out, but for the first.
        angle: Rotation of the cells in radians.
    """

    op: ClassVar[str] = "fractal_noise"

    amplitude: NoiseLevel
    octaves: Annotated[Integer, Between(1, MAX_OCTAVES)]
    frequency: Annotated[Number, Between(0.001, 1)]
    lacunarity: Annotated[Number, Between(0.01, MAX_LACUNARITY)]
    angle: Angle = 0.0

    def planes(self, shape: tuple[int, int, int]) -> Image:
        """Return the sum of the octaves."""
        from degradekit.functional.fractal import fractal_field

        field = fractal_field(shape, self.octaves, self.frequency, self.lacunarity, self.angle, self.seed)
        return field * np.float32(self.amplitude / 255)

    @property
    def taps(self) -> int:
        """About 32 multiplications for each octave."""
        return 32 * self.octaves

    def __str__(self) -> str:
        octaves = f"{self.octaves} octaves, lacunarity {self.lacunarity:.2f}" if self.octaves > 1 else "1 octave"
        return f"noise {self.channels} fractal +-{self.amplitude:.1f}, period {1 / self.frequency:.1f} px, {octaves}"


@validated(RecipeError)
class FractalNoise(FieldNoise):
    """Add fractal noise, a sum of Perlin's noise at several frequencies, and clip to [0, 1].

    It imitates blotches: mottled film and paper, uneven light, and noise that another program has smoothed. It has no
    kernel label.

    Attributes:
        amplitude: Span of the amplitude, on the 0..255 scale: the most that the field can reach. Its standard deviation
            is about 0.3 of that for one octave, and less for several.
        octaves: Span of the number of frequencies, each with half the weight of the one before it.
        frequency: Span of the first octave's frequency, in cells per pixel.
        lacunarity: Span of the ratio of an octave's frequency to the one before it; below 1, each octave is coarser.
        angle: Span of the rotation of the cells, in radians.

    Source: docs/model.md, section Other noise; octaves, frequency and lacunarity are those of wtp_dataset_destroyer,
    the amplitude that of waifu2x.
    """

    op: ClassVar[str] = "fractal_noise"
    step_types: ClassVar[tuple[type[Step], ...]] = (FractalNoiseStep,)

    amplitude: Annotated[Span, Within(0, MAX_NOISE), Neutral(0)] = (5.1, 25.5)
    octaves: Annotated[IntegerSpan, Within(1, MAX_OCTAVES)] = (1, 9)
    frequency: Annotated[Span, Within(0.001, 1)] = (0.1, 0.9)
    lacunarity: Annotated[Span, Within(0.01, MAX_LACUNARITY)] = (0.01, 0.5)
    angle: Annotated[Span, Within(-math.pi, math.pi)] = (0.0, 0.0)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw amplitude, octaves, frequencies, rotation, channels and the seed of the field."""
        amplitude, octaves = rng.uniform(*bounds(self.amplitude)), rng.integer(*bounds(self.octaves))
        frequency, lacunarity = rng.uniform(*bounds(self.frequency)), rng.uniform(*bounds(self.lacunarity))
        angle = rng.uniform(*bounds(self.angle))
        return (FractalNoiseStep(amplitude, octaves, frequency, lacunarity, angle, **self.draw_shared(rng)),)
