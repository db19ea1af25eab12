"""The texture of matte paper in scans of old photos."""

import math
from typing import Annotated, ClassVar, Literal, TypeAlias, get_args

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

Shape: TypeAlias = Literal["circle", "rectangle", "checker"]
Side = Annotated[Number, Between(0.05, 1)]


@validated(RecordError)
class PaperTextureStep(FieldStep):
    """Add the texture of matte paper, and clip to [0, 1].

    Attributes:
        amplitude: Strength of the texture, on the 0..255 scale; grain inside of the tiles leaves 0.37 of it.
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
    shape: Shape
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
    shapes: Annotated[Mix, Weights(*get_args(Shape))] = FrozenWeights(circle=0.2, rectangle=0.6, checker=0.2)
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
