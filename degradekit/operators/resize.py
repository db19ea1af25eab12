"""Resampling by a random factor or to a given size."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field, model_validator

from degradekit.operators.base import Context, Leaf, Params
from degradekit.operators.validation import FrozenWeights, Integer, Mix, Number, Span, Weights, Within, config, require
from degradekit.rng import Stream
from degradekit.types import Image, Size

Filter = Literal["area", "bilinear", "bicubic", "bicubic_antialiased", "lanczos", "nearest", "gaussian"]
FILTERS = get_args(Filter)
DIRECTIONS = ("up", "down", "keep")
Side = Annotated[Integer, Field(ge=1)]


@dataclass(frozen=True)
class ResizeParams(Params):
    """The size to resample to, the drawn factor it came from, and the filter; sigma in input pixels for gaussian."""

    height: int
    width: int
    factor: float
    filter: Filter
    sigma: float | None = None

    def __post_init__(self) -> None:
        require(min(self.height, self.width) >= 1, "height, width: must be >= 1", (self.height, self.width))
        if self.filter == "gaussian":
            require((self.sigma or 0) >= 0.001, "sigma: must be at least 0.001 for the filter 'gaussian'", self.sigma)

    def output_size(self, size: Size) -> Size:
        """The size resampled to."""
        return self.height, self.width


@config
class Resize(Leaf[ResizeParams]):
    """Resample by a random factor, with a random filter.

    Attributes:
        to: What the factor multiplies: `input`, the image as it arrives; `lr`, HR / scale; or a size
            [height, width]. Products are rounded down, but never below 1.
        factor: Span of the factor; `up` draws from the part of it above 1, `down` from the part below.
        direction: Weights of up, down and keep (factor 1). By default the published .2, .7, .1 relative to the
            input, and always keep for `lr` or a size.
        factor_law: What is uniform when going down: the `factor`, or 1 / factor (`reciprocal`).
        filters: Weights of the filters. area is adaptive averaging, bilinear and bicubic are not antialiased,
            bicubic_antialiased is MATLAB's imresize, lanczos is antialiased. nearest shifts an image against its HR.
        sigma: Of the gaussian filter, in input pixels.

    Source: spec section 3.
    """

    op: ClassVar[str] = "resize"
    Params: ClassVar[type[Params]] = ResizeParams

    to: Literal["input", "lr"] | tuple[Side, Side] = "input"
    factor: Annotated[Span, Within(0.001, 100)] = (0.15, 1.5)
    direction: Annotated[Mix, Weights(*DIRECTIONS)] | None = None
    factor_law: Literal["factor", "reciprocal"] = "factor"
    filters: Annotated[Mix, Weights(*FILTERS)] = FrozenWeights(area=1.0, bilinear=1.0, bicubic=1.0)
    sigma: Annotated[Span, Within(0.01, 100)] = (0.1, 2.4)

    @model_validator(mode="after")
    def _fill_direction(self) -> "Resize":
        if self.direction is None:
            published = FrozenWeights(up=0.2, down=0.7, keep=0.1)
            object.__setattr__(self, "direction", published if self.to == "input" else FrozenWeights(keep=1.0))
        low, high = self.factor
        if self._directions.get("up") and high < 1:
            raise ValueError(f"factor: must reach 1 or above to go up (got [{low:g}, {high:g}])")
        if self._directions.get("down") and low > 1:
            raise ValueError(f"factor: must reach 1 or below to go down (got [{low:g}, {high:g}])")
        return self

    def draw(self, rng: Stream, context: Context) -> ResizeParams:
        """Draw direction, factor and filter, independently."""
        direction = rng.choice(self._directions)
        low, high = self.factor
        factor = 1.0
        if direction == "up":
            factor = rng.uniform(max(low, 1.0), high)
        elif direction == "down":
            high = min(high, 1.0)
            reciprocal = self.factor_law == "reciprocal"
            factor = 1 / rng.uniform(1 / high, 1 / low) if reciprocal else rng.uniform(low, high)
        base = context.size if self.to == "input" else context.lr if self.to == "lr" else self.to
        height, width = (max(1, math.floor(side * factor)) for side in base)
        chosen: Any = rng.choice(self.filters)
        sigma = rng.uniform(*self.sigma) if chosen == "gaussian" else None
        return ResizeParams(height, width, factor, chosen, sigma)

    @property
    def _directions(self) -> Mapping[str, Number]:
        assert self.direction is not None, "filled when validated"
        return self.direction

    @staticmethod
    def apply(image: Image, params: ResizeParams) -> Image:
        """Resample; overshoot is kept."""
        from degradekit.functional.resizing import resize

        return resize(image, params.height, params.width, params.filter, params.sigma or 0.0)

    @staticmethod
    def describe(params: ResizeParams) -> str:
        """Filter, factor and size."""
        return f"resize {params.filter.replace('_', ' ')} to {params.width} x {params.height} (x{params.factor:.2f})"
