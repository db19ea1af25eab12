"""Resampling by a random factor or to a given size."""

import math
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field, Strict, model_validator

from degradekit.errors import Mistake, RecipeError, RecordError
from degradekit.fields import (
    Between,
    FrozenWeights,
    Integer,
    Mix,
    Neutral,
    Number,
    Span,
    Stored,
    Weights,
    Within,
    bounds,
    listed,
    weights_of,
)
from degradekit.limits import MAX_FACTOR, MAX_SIDE, MAX_SIGMA_PX
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image, Size

Filter = Literal["area", "bilinear", "bicubic", "bicubic_antialiased", "lanczos", "nearest"]
Side = Annotated[Integer, Between(1, MAX_SIDE)]
Factor = Annotated[Number, Between(0, 1.01 * MAX_FACTOR)]
"""The drawn factor; its rounding may take the highest one a little too high."""
PUBLISHED_DIRECTIONS = FrozenWeights(up=0.2, down=0.7, keep=0.1)


@validated(RecordError)
class ResizeStep(Step):
    """Resample with one of the fixed filters; overshoot is kept.

    Attributes:
        height, width: Size of the result in pixels.
        factor: The drawn factor that they came from.
        filter: The filter.
    """

    op: ClassVar[str] = "resize"

    height: Side
    width: Side
    factor: Factor
    filter: Filter

    def __call__(self, image: Image) -> Image:
        """Resample."""
        from degradekit.functional.resizing import resize

        return resize(image, self.height, self.width, self.filter)

    def output_size(self, size: Size) -> Size:
        """Return the size that is resampled to."""
        return self.height, self.width

    def __str__(self) -> str:
        return _described(self.filter, self.height, self.width)


@validated(RecordError)
class GaussianResizeStep(Step):
    """Resample with a Gaussian around the center of each output pixel.

    Attributes:
        height, width: Size of the result in pixels.
        factor: The drawn factor that they came from.
        sigma: Standard deviation of the Gaussian, in input pixels.
    """

    op: ClassVar[str] = "resize.gaussian"

    height: Side
    width: Side
    factor: Factor
    sigma: Annotated[Number, Between(0.001, MAX_SIGMA_PX)]

    def __call__(self, image: Image) -> Image:
        """Resample."""
        from degradekit.functional.resizing import resize

        return resize(image, self.height, self.width, "gaussian", self.sigma)

    def output_size(self, size: Size) -> Size:
        """Return the size that is resampled to."""
        return self.height, self.width

    def __str__(self) -> str:
        return _described("gaussian", self.height, self.width)


def _described(filter: str, height: int, width: int) -> str:
    """Describe a resize; whether the factor is one of the input or of the LR size, only the recipe knows."""
    return f"resize {filter.replace('_', ' ')} to {width} x {height}"


def _default_directions(fields: dict[str, Any]) -> FrozenWeights:
    return PUBLISHED_DIRECTIONS if fields.get("to") == "input" else FrozenWeights(keep=1.0)


@validated(RecipeError)
class Resize(Operator):
    """Resample by a random factor, with a random filter.

    Attributes:
        to: What the factor multiplies: `input`, the image as it arrives; `lr`, HR / scale; or a size
            [height, width] in pixels. Products are rounded down, but never below 1.
        factor: Span of the factor; `up` draws from the part of it above 1, `down` from the part below.
        direction: Weights of `up`, `down` and `keep` (factor 1). By default the published 0.2, 0.7, 0.1 relative to the
            input, and always `keep` for `lr` or a size.
        factor_law: What is uniform when going down: the `factor`, or 1 / factor (`reciprocal`).
        filters: Weights of the filters. `area` is adaptive averaging, `bilinear` and `bicubic` are not antialiased,
            `bicubic_antialiased` is MATLAB's imresize, `lanczos` is antialiased, `gaussian` has the given sigma.
            `nearest` shifts an image against its HR.
        sigma: Span of the standard deviation of the filter `gaussian`, in input pixels.

    Source: docs/model.md, section Resizing.
    """

    op: ClassVar[str] = "resize"
    step_types: ClassVar[tuple[type[Step], ...]] = (ResizeStep, GaussianResizeStep)

    to: Annotated[
        Literal["input", "lr"] | Sequence[int],
        Stored(Literal["input", "lr"] | Annotated[tuple[Side, Side], Strict()], listed),
    ] = "input"
    factor: Annotated[Span, Within(0.001, MAX_FACTOR), Neutral(1, ranges_only=True)] = (0.15, 1.5)
    direction: Annotated[Mix, Weights("up", "down", "keep")] = Field(default_factory=_default_directions)
    factor_law: Literal["factor", "reciprocal"] = "factor"
    filters: Annotated[Mix, Weights(*get_args(Filter), "gaussian")] = FrozenWeights(area=1.0, bilinear=1.0, bicubic=1.0)
    sigma: Annotated[Span, Within(0.01, MAX_SIGMA_PX)] = (0.1, 2.4)

    @model_validator(mode="after")
    def _check_factor(self) -> "Resize":
        (low, high), direction = bounds(self.factor), weights_of(self.direction)
        if direction.get("up") and high < 1:
            raise RecipeError(
                Mistake("factor", "must include a value >= 1, as the direction `up` has a weight", self.factor)
            )
        if direction.get("down") and low > 1:
            raise RecipeError(
                Mistake("factor", "must include a value <= 1, as the direction `down` has a weight", self.factor)
            )
        return self

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw direction, factor and filter, independently."""
        factor = self._draw_factor(rng)
        base: Any = context.size if self.to == "input" else context.lr if self.to == "lr" else self.to
        height, width = (max(1, math.floor(side * factor)) for side in base)
        chosen: Any = rng.choice(weights_of(self.filters))
        if chosen == "gaussian":
            return (GaussianResizeStep(height, width, factor, rng.uniform(*bounds(self.sigma))),)
        return (ResizeStep(height, width, factor, chosen),)

    def _draw_factor(self, rng: Stream) -> float:
        direction = rng.choice(weights_of(self.direction))
        low, high = bounds(self.factor)
        if direction == "keep":
            return 1.0
        if direction == "up":
            return rng.uniform(max(low, 1.0), high)
        high = min(high, 1.0)
        return 1 / rng.uniform(1 / high, 1 / low) if self.factor_law == "reciprocal" else rng.uniform(low, high)
