"""What the noise models share whose field does not depend on the image: channels, and where the field is added."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, Literal, Self, TypeAlias, get_args

from pydantic import model_validator

from degradekit.errors import Mistake, RecipeError, RecordError
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
from degradekit.limits import MAX_NOISE
from degradekit.mistakes import validated
from degradekit.operators.base import Operator, Reading
from degradekit.operators.parameters import GrayLevel, Seed
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Channels: TypeAlias = Literal["color", "gray", "luma", "chroma"]


@validated(RecordError)
class FieldStep(Step):
    """Add a field of noise where the image lets it through, and clip to [0, 1].

    Attributes:
        seed: Seed of the field.
        channels: `color` for a field per channel; `gray` for one field for all, which is also what adding it to the
            `luma` is; `chroma` for a field each for Cb and Cr of JPEG's YCbCr, which leaves the luma and gray images
            alone.
        luma_above, luma_below: The field is added only where the image's luma, on the 0..255 scale, is above the one
            and below the other; None for no such bound.
        offset: What is added to the whole field, on the 0..255 scale.
        in_shadows: Whether the field is scaled by 1.2 (1 - mean of the channels), so that white has none.
    """

    seed: Seed = field(kw_only=True)
    channels: Channels = field(default="color", kw_only=True)
    luma_above: GrayLevel | None = field(default=None, kw_only=True)
    luma_below: GrayLevel | None = field(default=None, kw_only=True)
    offset: Annotated[Number, Between(-MAX_NOISE, MAX_NOISE)] = field(default=0.0, kw_only=True)
    in_shadows: Flag = field(default=False, kw_only=True)

    def __call__(self, image: Image) -> Image:
        """Make the field, add it and clip."""
        from degradekit.functional.noise_fields import add_where, planes_of, spread

        height, width, channels = image.shape
        planes = self.planes((height, width, planes_of(self.channels, channels)))
        noise = spread(planes, self.channels, channels)
        return add_where(image, noise, self.luma_above, self.luma_below, in_shadows=self.in_shadows, offset=self.offset)

    @abstractmethod
    def planes(self, shape: tuple[int, int, int]) -> Image:
        """Return the field as planes, (H, W, P) float32, on the 0..1 scale."""


@validated(RecipeError)
class FieldNoise(Operator):
    """The fields of an operator that draws a `FieldStep`.

    Attributes:
        channels: Weights of `color`, `gray`, `luma` and `chroma`.
        luma_above, luma_below: Spans of the bounds of the luma, on the 0..255 scale, between which the field is added;
            None for no such bound.
        offset: Span of what is added to the whole field, on the 0..255 scale: a change of brightness.
        shadow_probability: Probability that the field is scaled by 1.2 (1 - mean of the channels), so that white
            has none.
    """

    channels: Annotated[Mix, Weights(*get_args(Channels))] = field(
        default=FrozenWeights(color=0.6, gray=0.4), kw_only=True
    )
    luma_above: Annotated[Span, Within(0, 255)] | None = field(default=None, kw_only=True)
    luma_below: Annotated[Span, Within(0, 255)] | None = field(default=None, kw_only=True)
    offset: Annotated[Span, Within(-MAX_NOISE, MAX_NOISE), Neutral(0)] = field(default=(0.0, 0.0), kw_only=True)
    shadow_probability: Probability = field(default=0.0, kw_only=True)

    @model_validator(mode="after")
    def _check_bounds_of_the_luma(self) -> Self:
        above, below = self.luma_above, self.luma_below
        if above is not None and below is not None and bounds(above)[1] >= bounds(below)[0]:
            raise RecipeError(Mistake("luma_above", "its high end must be below the low end of `luma_below`", above))
        return self

    def draw_shared(self, rng: Stream) -> dict[str, Any]:
        """Draw the fields of `FieldStep`, which are given to the step by name."""
        return {
            "seed": rng.seed(),
            "channels": rng.choice(weights_of(self.channels)),
            "luma_above": None if self.luma_above is None else rng.uniform(*bounds(self.luma_above)),
            "luma_below": None if self.luma_below is None else rng.uniform(*bounds(self.luma_below)),
            "offset": rng.uniform(*bounds(self.offset)),
            "in_shadows": rng.coin(self.shadow_probability),
        }

    def readings(self) -> Mapping[str, Reading | None]:
        """Return how to read whether the field is in the shadows."""
        return {"shadow_probability": lambda step: step.in_shadows}
