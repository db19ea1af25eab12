"""Saturation, color casts and grayscale."""

from typing import Annotated, ClassVar, Literal, TypeAlias, get_args

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, FrozenWeights, Mix, Neutral, Number, Span, Weights, Within, bounds, weights_of
from degradekit.limits import MAX_GAIN
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

SaturationModel: TypeAlias = Literal["hsv", "luma"]
_Gain = Annotated[Number, Between(0, MAX_GAIN)]
_Offset = Annotated[Number, Between(-255, 255)]
Gains: TypeAlias = tuple[_Gain, _Gain, _Gain]
Offsets: TypeAlias = tuple[_Offset, _Offset, _Offset]


@validated(RecordError)
class SaturationStep(Step):
    """Multiply the saturation and clip to [0, 1]; a gray image stays as it is.

    Attributes:
        factor: Factor of the saturation; 0 takes all color away, below 0 colors turn into their opposites.
        model: `hsv` multiplies the saturation of HSV, which ends at 1, and keeps the largest channel; `luma` multiplies
            the distance to the luma, which it keeps.
    """

    op: ClassVar[str] = "saturation"

    factor: Annotated[Number, Between(-MAX_GAIN, MAX_GAIN)]
    model: SaturationModel = "hsv"

    def __call__(self, image: Image) -> Image:
        """Saturate."""
        from degradekit.functional.color import saturate

        return saturate(image, self.factor, self.model == "hsv")

    def __str__(self) -> str:
        return f"saturation x{self.factor:.2f}, {self.model}"


@validated(RecipeError)
class Saturation(Operator):
    """Make colors paler or stronger.

    Attributes:
        factor: Span of the factor of the saturation; 0 takes all color away, below 0 colors turn into their opposites.
        models: Weights of `hsv` (the saturation of HSV, which ends at 1; the largest channel stays) and `luma` (the
            distance to the luma, which stays; degradekit's own choice beside it, and the smoother one).

    Source: docs/model.md, section Color; the defaults are those of wtp_dataset_destroyer.
    """

    op: ClassVar[str] = "saturation"
    step_types: ClassVar[tuple[type[Step], ...]] = (SaturationStep,)

    factor: Annotated[Span, Within(-MAX_GAIN, MAX_GAIN), Neutral(1)] = (0.5, 1.0)
    models: Annotated[Mix, Weights(*get_args(SaturationModel))] = FrozenWeights(hsv=1.0)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the model and the factor."""
        model = rng.choice(weights_of(self.models))
        return (SaturationStep(rng.uniform(*bounds(self.factor)), model),)


@validated(RecordError)
class GrayscaleStep(Step):
    """Put the luma into all channels and clip to [0, 1]."""

    op: ClassVar[str] = "grayscale"

    def __call__(self, image: Image) -> Image:
        """Take the color away."""
        from degradekit.functional.color import grayscale

        return grayscale(image)

    def __str__(self) -> str:
        return "grayscale"


@validated(RecipeError)
class Grayscale(Operator):
    """Take the color away: the luma in all channels.

    Nothing is random; put it into a `Maybe`, such as GFPGAN's 0.01. Source: docs/model.md, section Color.
    """

    op: ClassVar[str] = "grayscale"
    step_types: ClassVar[tuple[type[Step], ...]] = (GrayscaleStep,)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Return the step, which has no settings."""
        return (GrayscaleStep(),)


@validated(RecordError)
class ColorCastStep(Step):
    """Multiply the light of each channel, then add to its levels, and clip after each; a gray image takes the first.

    Attributes:
        gains: Factors of the light of red, green and blue, by the curve of sRGB.
        offsets: What is added to red, green and blue, on the 0..255 scale.
    """

    op: ClassVar[str] = "color_cast"

    gains: Gains
    offsets: Offsets = (0.0, 0.0, 0.0)

    def __call__(self, image: Image) -> Image:
        """Tint."""
        from degradekit.functional.color import cast

        return cast(image, self.gains, self.offsets)

    def __str__(self) -> str:
        text = "color cast"
        if any(gain != 1 for gain in self.gains):
            text += f", light x {' '.join(f'{gain:.2f}' for gain in self.gains)}"
        if any(self.offsets):
            text += f", levels {' '.join(f'{offset:+.1f}' for offset in self.offsets)}"
        return text


@validated(RecipeError)
class ColorCast(Operator):
    """Tint the picture, as a wrong white balance, old paper or a faded print does.

    Attributes:
        gain: Span of the factor of each channel's light, by the curve of sRGB (degradekit's own range).
        offset: Span of what is added to each channel's levels, on the 0..255 scale; GFPGAN has (-20, 20).
        channels: Weights of `color` (each channel draws its own) and `gray` (one draw for all: the picture gets
            brighter or darker).

    Source: docs/model.md, section Color.
    """

    op: ClassVar[str] = "color_cast"
    step_types: ClassVar[tuple[type[Step], ...]] = (ColorCastStep,)

    gain: Annotated[Span, Within(0, MAX_GAIN), Neutral(1)] = (0.8, 1.2)
    offset: Annotated[Span, Within(-255, 255), Neutral(0)] = 0.0
    channels: Annotated[Mix, Weights("color", "gray")] = FrozenWeights(color=1.0)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the channels' gains, then their offsets."""
        own = rng.choice(weights_of(self.channels)) == "color"

        def three(low: float, high: float) -> tuple[float, float, float]:
            first = rng.uniform(low, high)
            return (first, rng.uniform(low, high), rng.uniform(low, high)) if own else (first, first, first)

        return (ColorCastStep(three(*bounds(self.gain)), three(*bounds(self.offset))),)
