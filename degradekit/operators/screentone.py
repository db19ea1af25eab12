"""Screentone and halftone, as in manga and print."""

import math
from typing import Annotated, Any, ClassVar, Literal, get_args

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import (
    Between,
    FrozenWeights,
    Integer,
    IntegerSpan,
    Mix,
    Number,
    Span,
    Weights,
    Within,
    bounds,
    weights_of,
)
from degradekit.limits import MAX_CELL
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.operators.parameters import Angle
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Spot = Literal["dot", "line", "inverse_line", "cross", "ellipse", "smooth_dot"]
"""How a cell of a screen fills with ink."""
Cell = Annotated[Integer, Between(2, MAX_CELL)]
InkStrength = Annotated[Number, Between(0, 1)]
DEFAULT_SPOTS = FrozenWeights(dot=0.3, line=0.1, inverse_line=0.1, cross=0.1, ellipse=0.1, smooth_dot=0.3)
INK_ANGLES = tuple(math.radians(degrees) for degrees in (15, 75, 0, 45))
"""The printers' usual angles of cyan, magenta, yellow and black, which keep their moire small."""


@validated(RecordError)
class GrayScreentoneStep(Step):
    """Make the luma black and white by a screen; the channels of a color image become equal.

    Attributes:
        size: Side of a cell of the screen in pixels.
        spot: How a cell fills with ink.
        angle: Rotation of the screen about the middle of the image, in radians.
    """

    op: ClassVar[str] = "screentone.gray"

    size: Cell
    spot: Spot
    angle: Angle

    def __call__(self, image: Image) -> Image:
        """Tone the luma."""
        from degradekit.functional.noise import luma
        from degradekit.functional.screentones import Screen, tone

        return tone(luma(image)[..., 0], Screen(self.size, self.spot, self.angle))[..., None].repeat(image.shape[2], 2)

    def __str__(self) -> str:
        return _described("gray", self.size, self.spot, self.angle)


@validated(RecordError)
class ValueScreentoneStep(Step):
    """Tone the value of HSV, so that there are full colors and black.

    Attributes:
        size: Side of a cell of the screen in pixels.
        spot: How a cell fills with ink.
        angle: Rotation of the screen about the middle of the image, in radians.
    """

    op: ClassVar[str] = "screentone.value"

    size: Cell
    spot: Spot
    angle: Angle

    def __call__(self, image: Image) -> Image:
        """Tone the largest channel and scale the others with it."""
        from degradekit.functional.screentones import Screen, tone_value

        return tone_value(image, Screen(self.size, self.spot, self.angle))

    def __str__(self) -> str:
        return _described("value", self.size, self.spot, self.angle)


@validated(RecordError)
class RGBScreentoneStep(Step):
    """Tone each channel by a screen of its own; a gray image takes the first.

    Attributes:
        size: Side of a cell of the screens in pixels.
        spots: How a cell fills, for red, green and blue.
        angles: Rotations of their screens about the middle of the image, in radians.
    """

    op: ClassVar[str] = "screentone.rgb"

    size: Cell
    spots: tuple[Spot, Spot, Spot]
    angles: tuple[Angle, Angle, Angle]

    def __call__(self, image: Image) -> Image:
        """Tone every channel."""
        from degradekit.functional.screentones import Screen, tone_channels

        screens = [Screen(self.size, spot, angle) for spot, angle in zip(self.spots, self.angles, strict=True)]
        return tone_channels(image, screens)

    @property
    def taps(self) -> int:
        """Those of a screen for each channel, which takes longer than one for all."""
        return 32

    def __str__(self) -> str:
        return f"screentone RGB {self.size} px: {_words(self.spots)}"


@validated(RecordError)
class CMYKScreentoneStep(Step):
    """Print with four inks, each by a screen of its own; a gray image takes black alone.

    Attributes:
        size: Side of a cell of the screens in pixels.
        spots: How a cell fills, for cyan, magenta, yellow and black.
        angles: Rotations of their screens about the middle of the image, in radians.
        ink_strengths: How much of its color each ink takes out: 1 for ideal inks, less for pale ones.
    """

    op: ClassVar[str] = "screentone.cmyk"

    size: Cell
    spots: tuple[Spot, Spot, Spot, Spot]
    angles: tuple[Angle, Angle, Angle, Angle]
    ink_strengths: tuple[InkStrength, InkStrength, InkStrength, InkStrength]

    def __call__(self, image: Image) -> Image:
        """Separate the inks, tone them, and print one over the other."""
        from degradekit.functional.screentones import Screen, tone_inks

        screens = [Screen(self.size, spot, angle) for spot, angle in zip(self.spots, self.angles, strict=True)]
        return tone_inks(image, screens, self.ink_strengths)

    @property
    def taps(self) -> int:
        """Those of two screens for each channel: its ink's, and black's."""
        return 32

    def __str__(self) -> str:
        return f"screentone CMYK {self.size} px: {_words(self.spots)}"


def _described(color: str, size: int, spot: str, angle: float) -> str:
    return f"screentone {color} {_words((spot,))} {size} px at {math.degrees(angle):.0f} deg"


def _words(spots: tuple[str, ...]) -> str:
    return ", ".join(spot.replace("_", " ") for spot in (spots if len(set(spots)) > 1 else spots[:1]))


@validated(RecipeError)
class Screentone(Operator):
    """Turn tones into dots or lines of full ink, as in manga and in print; a resize after it makes moire.

    It is not linear, so it has no kernel label.

    Attributes:
        kinds: Weights of `gray` (the luma, black and white), `rgb` (each channel), `value` (of HSV; hue and saturation
            stay) and `cmyk` (four inks). Each channel or ink has a screen of its own.
        spots: Weights of `dot`, `line`, `inverse_line` (the other diagonal), `cross` (both diagonals), `ellipse`, and
            `smooth_dot`, whose outline is continuous and antialiased over one pixel, as in a scan of a fine print.
        size: Span of the side of a cell in pixels, both ends included; a dot is a cell, and half of the cells have one.
        angle: Span of the rotation in radians. In `rgb` and `cmyk` all screens turn by it together, from 15, 75 and 0
            degrees of red or cyan, green or magenta, blue or yellow, and 45 of black.
        ink_strength: Span of how much of its color an ink of `cmyk` takes out.

    Source: docs/model.md, section Levels and print; the weights, the inks' angles and the span of `size` are
    degradekit's own.
    """

    op: ClassVar[str] = "screentone"
    step_types: ClassVar[tuple[type[Step], ...]] = (
        GrayScreentoneStep,
        ValueScreentoneStep,
        RGBScreentoneStep,
        CMYKScreentoneStep,
    )

    kinds: Annotated[Mix, Weights("gray", "rgb", "value", "cmyk")] = FrozenWeights(
        gray=0.4, rgb=0.1, value=0.1, cmyk=0.4
    )
    spots: Annotated[Mix, Weights(*get_args(Spot))] = DEFAULT_SPOTS
    size: Annotated[IntegerSpan, Within(2, MAX_CELL)] = (4, 10)
    angle: Annotated[Span, Within(-math.pi, math.pi)] = (-math.pi / 4, math.pi / 4)
    ink_strength: Annotated[Span, Within(0, 1)] = (0.5, 1.0)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the kind and the size, and for each screen its spot, its angle and its ink's strength."""
        kind = rng.choice(weights_of(self.kinds))
        size, turn = rng.integer(*bounds(self.size)), rng.uniform(*bounds(self.angle))
        if kind in ("gray", "value"):
            step_type = GrayScreentoneStep if kind == "gray" else ValueScreentoneStep
            return (step_type(size, rng.choice(weights_of(self.spots)), turn),)
        count = 3 if kind == "rgb" else 4
        spots: Any = tuple(rng.choice(weights_of(self.spots)) for _ in range(count))
        angles: Any = tuple(angle + turn for angle in INK_ANGLES[:count])
        if kind == "rgb":
            return (RGBScreentoneStep(size, spots, angles),)
        ink_strengths: Any = tuple(rng.uniform(*bounds(self.ink_strength)) for _ in range(count))
        return (CMYKScreentoneStep(size, spots, angles, ink_strengths),)
