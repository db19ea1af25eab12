"""Noise of scanned and old photos: grain of two sizes."""

from typing import Annotated, ClassVar, Literal, TypeAlias, get_args

import numpy as np

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import (
    FrozenWeights,
    Mix,
    Neutral,
    Probability,
    Span,
    Weights,
    Within,
    bounds,
    weights_of,
)
from degradekit.limits import MAX_NOISE
from degradekit.mistakes import validated
from degradekit.operators.base import Context
from degradekit.operators.noise_fields import FieldNoise, FieldStep
from degradekit.operators.parameters import NoiseLevel
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Filter: TypeAlias = Literal["bilinear", "nearest"]


@validated(RecordError)
class PhotoGrainStep(FieldStep):
    """Add Gaussian noise of two sizes, divided by its largest magnitude, and clip to [0, 1].

    Attributes:
        amplitude: The largest magnitude, on the 0..255 scale.
        fine, coarse: Weights of the noise of the pixels, and of that made at half the size and resized up.
        filter: What the coarse noise is resized with.
    """

    op: ClassVar[str] = "photo_grain"

    amplitude: NoiseLevel
    fine: Probability
    coarse: Probability
    filter: Filter = "bilinear"

    def planes(self, shape: tuple[int, int, int]) -> Image:
        """Return the sum of both."""
        from degradekit.functional.grain import two_grains

        return two_grains(shape, self.fine, self.coarse, self.filter, self.seed) * np.float32(self.amplitude / 255)

    @property
    def taps(self) -> int:
        """Those of the noise, and of the enlargement."""
        return 32

    def __str__(self) -> str:
        return f"grain {self.channels} +-{self.amplitude:.1f}, fine {self.fine:.2f}, coarse {self.coarse:.2f}"


@validated(RecipeError)
class PhotoGrain(FieldNoise):
    """Add grain of two sizes, and clip to [0, 1].

    It imitates the noise of scanned photos and small sensors, of which a part has the size of a pixel and a part is
    coarser. One of the two weights, by chance, is 1, and the other is uniform in [0, 1]. It has no kernel label.

    Attributes:
        amplitude: Span of the field's largest magnitude, on the 0..255 scale.
        filters: Weights of the filters that the coarse noise is enlarged with: `bilinear`, `nearest`.

    Source: docs/model.md, section Other noise; waifu2x.
    """

    op: ClassVar[str] = "photo_grain"
    step_types: ClassVar[tuple[type[Step], ...]] = (PhotoGrainStep,)

    amplitude: Annotated[Span, Within(0, MAX_NOISE), Neutral(0)] = (5.1, 25.5)
    filters: Annotated[Mix, Weights(*get_args(Filter))] = FrozenWeights(bilinear=0.5, nearest=0.5)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw amplitude, weights, filter, channels and the seed of the field."""
        amplitude, lower = rng.uniform(*bounds(self.amplitude)), rng.random()
        fine, coarse = (1.0, lower) if rng.coin(0.5) else (lower, 1.0)
        chosen = rng.choice(weights_of(self.filters))
        return (PhotoGrainStep(amplitude, fine, coarse, chosen, **self.draw_shared(rng)),)
