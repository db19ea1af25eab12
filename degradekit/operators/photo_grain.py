"""Noise of scanned and old photos: grain of two sizes, and the texture of matte paper."""

import math
from typing import Annotated, ClassVar, Literal

import numpy as np

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import (
    Between,
    Flag,
    FrozenWeights,
    Mix,
    Neutral,
    Number,
    Probability,
    Span,
    Weights,
    Within,
    bounds,
    weights_of,
)
from degradekit.limits import MAX_GRAIN, MAX_NOISE
from degradekit.mistakes import validated
from degradekit.operators.base import Context
from degradekit.operators.noise_fields import FieldNoise, FieldStep
from degradekit.operators.parameters import Angle, NoiseLevel
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Side = Annotated[Number, Between(0.05, 1)]


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
    filter: Literal["bilinear", "nearest"] = "bilinear"

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
    filters: Annotated[Mix, Weights("bilinear", "nearest")] = FrozenWeights(bilinear=0.5, nearest=0.5)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw amplitude, weights, filter, channels and the seed of the field."""
        amplitude, lower = rng.uniform(*bounds(self.amplitude)), rng.random()
        fine, coarse = (1.0, lower) if rng.coin(0.5) else (lower, 1.0)
        chosen = rng.choice(weights_of(self.filters))
        return (PhotoGrainStep(amplitude, fine, coarse, chosen, **self.draw_shared(rng)),)


@validated(RecordError)
class PaperTextureStep(FieldStep):
    """Add the texture of matte paper, and clip to [0, 1].

    Attributes:
        amplitude: NoiseLevel of the texture, on the 0..255 scale; grain inside of the tiles leaves 0.37 of it.
        shape: Shape in each tile: `circle` (an ellipse, if the sides differ), `rectangle` with round corners, or
            `checker`, rectangles in every other tile.
        period: Side of a tile in pixels.
        height, width: Sides of the shape, as fractions of the period.
        corner_radius: Radius of the corners, as a fraction of half the smaller side.
        angle: Rotation of the tiles in radians.
        inverted: Whether the shapes are darker than what is between them.
    """

    op: ClassVar[str] = "paper_texture"

    amplitude: NoiseLevel
    shape: Literal["circle", "rectangle", "checker"]
    period: Annotated[Number, Between(1, MAX_GRAIN)]
    height: Side
    width: Side
    corner_radius: Probability
    angle: Angle
    inverted: Flag

    def planes(self, shape: tuple[int, int, int]) -> Image:
        """Return the texture."""
        from degradekit.functional.paper import paper_texture

        sides = self.height, self.width
        texture = paper_texture(
            shape, self.shape, self.period, sides, self.corner_radius, self.angle, self.seed, inverted=self.inverted
        )
        return texture * np.float32(self.amplitude / 255)

    @property
    def taps(self) -> int:
        """Those of the noise, and of the distance to the edge of a shape."""
        return 32

    def __str__(self) -> str:
        angle = f"{math.degrees(self.angle):.0f} deg"
        return f"paper {self.shape} {self.channels} +-{self.amplitude:.1f}, period {self.period:.1f} px, {angle}"


@validated(RecipeError)
class PaperTexture(FieldNoise):
    """Add the texture of scanned matte paper: small tiles of one shape, rotated, with grain; clip to [0, 1].

    The tiles are degradekit's own definition of what waifu2x draws with an image library. It has no label.

    Attributes:
        amplitude: Span of the strength, on the 0..255 scale; grain inside of the tiles leaves 0.37 of it.
        shapes: Weights of the shapes: `circle`, `rectangle` with round corners, `checker`.
        period: Span of a tile's side in pixels.
        side: Span of the shape's height and width, each drawn by itself, as fractions of the period.
        corner_radius: Span of the radius of the corners, as a fraction of half the smaller side.
        angle: Span of the rotation of the tiles, in radians.
        inverted_probability: Probability that the shapes are darker than what is between them.

    Source: docs/model.md, section Other noise; waifu2x.
    """

    op: ClassVar[str] = "paper_texture"
    step_types: ClassVar[tuple[type[Step], ...]] = (PaperTextureStep,)

    amplitude: Annotated[Span, Within(0, MAX_NOISE), Neutral(0)] = (12.75, 38.25)
    shapes: Annotated[Mix, Weights("circle", "rectangle", "checker")] = FrozenWeights(
        circle=0.2, rectangle=0.6, checker=0.2
    )
    period: Annotated[Span, Within(1, MAX_GRAIN)] = (2.0, 5.0)
    side: Annotated[Span, Within(0.05, 1)] = (1 / 3, 1.0)
    corner_radius: Annotated[Span, Within(0, 1)] = (0.0, 1.0)
    angle: Annotated[Span, Within(-math.pi, math.pi)] = (math.radians(-5), math.radians(5))
    inverted_probability: Probability = 0.5

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw strength, tiles, rotation, channels and the seed of the field."""
        amplitude, shape = rng.uniform(*bounds(self.amplitude)), rng.choice(weights_of(self.shapes))
        period, height, width = (rng.uniform(*bounds(span)) for span in (self.period, self.side, self.side))
        corner_radius, angle = rng.uniform(*bounds(self.corner_radius)), rng.uniform(*bounds(self.angle))
        inverted = rng.coin(self.inverted_probability)
        return (
            PaperTextureStep(
                amplitude, shape, period, height, width, corner_radius, angle, inverted, **self.draw_shared(rng)
            ),
        )
