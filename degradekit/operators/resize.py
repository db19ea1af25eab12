"""Resampling by a random factor or to a given size."""

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import Field, Strict, model_validator

from degradekit.errors import Mistake, RecipeError, RecordError
from degradekit.fields import (
    Between,
    Flag,
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
    drawn_names,
    listed,
    weights_of,
)
from degradekit.limits import MAX_DETAIL, MAX_FACTOR, MAX_FILTER_WIDTH, MAX_SIDE, MAX_SIGMA_PX
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator, Reading
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image, Size

FirstFilter = Literal["area", "bilinear", "bicubic", "bicubic_antialiased", "lanczos", "nearest"]
Window = Literal[
    "box",
    "bilinear_antialiased",
    "hermite",
    "catrom",
    "mitchell",
    "bspline",
    "hamming",
    "hann",
    "lagrange",
    "sinc",
]
Filter = Literal[FirstFilter, Window]
FILTERS = (*get_args(FirstFilter), "gaussian", *get_args(Window), "dpid")
"""The names of all filters in the order in which they are drawn; new ones come last, so that no draw moves."""
_OF_ANY_WIDTH = ("bicubic_antialiased", "lanczos", *get_args(Window))
Side = Annotated[Integer, Between(1, MAX_SIDE)]
Factor = Annotated[Number, Between(0, 1.01 * MAX_FACTOR)]
"""The drawn factor; its rounding may take the highest one a little too high."""
FilterWidth = Annotated[Number, Between(0.5, MAX_FILTER_WIDTH)]
PUBLISHED_DIRECTIONS = FrozenWeights(up=0.2, down=0.7, keep=0.1)


class _ResizeStep(Step):
    """What resizes share: the size, and whether light is linear meanwhile."""

    height: int
    width: int
    factor: float
    linear_light: Literal[True] | None

    def __call__(self, image: Image) -> Image:
        """Resample."""
        if not self.linear_light:
            return self.resample(image)
        from degradekit.functional.power_law import from_linear_light, to_linear_light

        return from_linear_light(self.resample(to_linear_light(image)))

    @abstractmethod
    def resample(self, image: Image) -> Image:
        """Return the image at the new size."""

    def output_size(self, size: Size) -> Size:
        """Return the size that is resampled to."""
        return self.height, self.width

    def described(self, filter: str) -> str:
        """Describe the resize; whether the factor is one of the input or of the LR size, only the recipe knows."""
        light = ", linear light" if self.linear_light else ""
        return f"resize {filter.replace('_', ' ')} to {self.width} x {self.height}{light}"


@validated(RecordError)
class ResizeStep(_ResizeStep):
    """Resample with one of the fixed filters; overshoot is kept.

    Attributes:
        height, width: Size of the result in pixels.
        factor: The drawn factor that they came from.
        filter: The filter.
        filter_width: Factor by which an antialiased filter is widened; None is 1.
        linear_light: Whether the image is resampled in linear light, by the power 2.2.
    """

    op: ClassVar[str] = "resize"

    height: Side
    width: Side
    factor: Factor
    filter: Filter
    filter_width: FilterWidth | None = None
    linear_light: Literal[True] | None = None

    def resample(self, image: Image) -> Image:
        """Return the image at the new size."""
        from degradekit.functional.resizing import resize

        return resize(image, self.height, self.width, self.filter, filter_width=self.filter_width or 1.0)

    @property
    def taps(self) -> int:
        """Those of the widest filter, two axes of eight taps."""
        return 16 if self.filter_width is None else 16 * MAX_FILTER_WIDTH

    def __str__(self) -> str:
        width = "" if self.filter_width is None else f" x{self.filter_width:.2f}"
        return self.described(self.filter + width)


@validated(RecordError)
class DPIDStep(_ResizeStep):
    """Resample by detail-preserving downscaling: pixels unlike their surroundings count for more; never overshoots.

    Attributes:
        height, width: Size of the result in pixels.
        factor: The drawn factor that they came from.
        detail: The power of the difference that weighs a pixel, lambda in the paper; 0 is the mean of each cell.
        linear_light: The same as in `ResizeStep`.
    """

    op: ClassVar[str] = "resize.dpid"

    height: Side
    width: Side
    factor: Factor
    detail: Annotated[Number, Between(0, MAX_DETAIL)]
    linear_light: Literal[True] | None = None

    def resample(self, image: Image) -> Image:
        """Return the image at the new size."""
        from degradekit.functional.dpid import dpid

        return dpid(image, self.height, self.width, self.detail)

    def __str__(self) -> str:
        return self.described(f"dpid {self.detail:.2f}")


@validated(RecordError)
class GaussianResizeStep(_ResizeStep):
    """Resample with a Gaussian around the center of each output pixel.

    Attributes:
        height, width: Size of the result in pixels.
        factor: The drawn factor that they came from.
        sigma: Standard deviation of the Gaussian, in input pixels.
        linear_light: The same as in `ResizeStep`.
    """

    op: ClassVar[str] = "resize.gaussian"

    height: Side
    width: Side
    factor: Factor
    sigma: Annotated[Number, Between(0.001, MAX_SIGMA_PX)]
    linear_light: Literal[True] | None = None

    def resample(self, image: Image) -> Image:
        """Return the image at the new size."""
        from degradekit.functional.resizing import resize

        return resize(image, self.height, self.width, "gaussian", self.sigma)

    def __str__(self) -> str:
        return self.described("gaussian")


def _default_directions(fields: dict[str, Any]) -> FrozenWeights:
    return PUBLISHED_DIRECTIONS if fields.get("to") == "input" else FrozenWeights(keep=1.0)


@validated(RecipeError)
class Resize(Operator):
    """Resample by a random factor, with a random filter.

    Attributes:
        to: What the factor multiplies: `input`, the image as it arrives; `lr`, HR / scale; or a size
            [height, width] in pixels.
        factor: Span of the factor; `up` draws from the part of it above 1, `down` from the part below.
        direction: Weights of `up`, `down` and `keep` (factor 1). By default the published 0.2, 0.7, 0.1 relative to the
            input, and always `keep` for `lr` or a size.
        factor_law: What is uniform: the `factor`, or 1 / factor (`reciprocal`).
        filters: Weights of the filters. `area` is adaptive averaging, `bilinear` and `bicubic` are not antialiased,
            `bicubic_antialiased` is MATLAB's imresize, `lanczos` is antialiased, `gaussian` has the given sigma.
            `nearest` takes the input at floor((i + 1/2) n / m), torch's `nearest-exact`, and shifts an image by half a
            pixel against its HR where the ratio is even. `box`, `bilinear_antialiased` (a triangle), `hermite`,
            `catrom` (torch's antialiased bicubic), `mitchell`, `bspline`, `hamming`, `hann`, `lagrange` and `sinc`
            (four lobes) are antialiased. `dpid` is detail-preserving downscaling, which is not linear.
        sigma: Span of the standard deviation of the filter `gaussian`, in input pixels.
        filter_width: Span of the factor by which antialiased filters are widened: below 1 they alias, above 1 they
            blur, as ImageMagick's setting `filter:blur`.
        detail: Span of the power of the differences in `dpid`.
        rounding: Whether products of side and factor are rounded `down`, or to the `nearest` integer, half to even; a
            side is never below 1.
        linear_light: Whether the image is resampled in linear light: to the power 2.2 before and to 1 / 2.2 after.

    Source: docs/model.md, section Resizing.
    """

    op: ClassVar[str] = "resize"
    step_types: ClassVar[tuple[type[Step], ...]] = (ResizeStep, GaussianResizeStep, DPIDStep)

    to: Annotated[
        Literal["input", "lr"] | Sequence[int],
        Stored(Literal["input", "lr"] | Annotated[tuple[Side, Side], Strict()], listed),
    ] = "input"
    factor: Annotated[Span, Within(0.001, MAX_FACTOR), Neutral(1, ranges_only=True)] = (0.15, 1.5)
    direction: Annotated[Mix, Weights("up", "down", "keep")] = Field(default_factory=_default_directions)
    factor_law: Literal["factor", "reciprocal"] = "factor"
    filters: Annotated[Mix, Weights(*FILTERS)] = FrozenWeights(area=1.0, bilinear=1.0, bicubic=1.0)
    sigma: Annotated[Span, Within(0.01, MAX_SIGMA_PX)] = (0.1, 2.4)
    filter_width: Annotated[Span, Within(0.5, MAX_FILTER_WIDTH)] = 1.0
    detail: Annotated[Span, Within(0, MAX_DETAIL), Neutral(0)] = (0.1, 1.0)
    rounding: Literal["down", "nearest"] = "down"
    linear_light: Flag = False

    @model_validator(mode="after")
    def _check_factor(self) -> Self:
        (low, high), direction = bounds(self.factor), weights_of(self.direction)
        if direction.get("up") and high < 1:
            raise RecipeError(
                Mistake("factor", "must include a value >= 1, as the direction `up` has a weight", self.factor)
            )
        if direction.get("down") and low > 1:
            raise RecipeError(
                Mistake("factor", "must include a value <= 1, as the direction `down` has a weight", self.factor)
            )
        fixed = [name for name in weights_of(self.filters) if name not in _OF_ANY_WIDTH]
        if fixed and bounds(self.filter_width) != (1, 1):
            rule = f"must be 1 where filters have a fixed width; leave these filters out: {', '.join(fixed)}"
            raise RecipeError(Mistake("filter_width", rule, self.filter_width))
        return self

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw direction, factor and filter, independently."""
        factor = self._draw_factor(rng)
        base: Any = context.size if self.to == "input" else context.lr if self.to == "lr" else self.to
        rounded = math.floor if self.rounding == "down" else round
        height, width = (max(1, rounded(side * factor)) for side in base)
        chosen: Any = rng.choice(weights_of(self.filters))
        gamma = self.linear_light or None
        if chosen == "gaussian":
            return (GaussianResizeStep(height, width, factor, rng.uniform(*bounds(self.sigma)), gamma),)
        if chosen == "dpid":
            return (DPIDStep(height, width, factor, rng.uniform(*bounds(self.detail)), gamma),)
        filter_width = None if bounds(self.filter_width) == (1, 1) else rng.uniform(*bounds(self.filter_width))
        return (ResizeStep(height, width, factor, chosen, filter_width, gamma),)

    def readings(self) -> Mapping[str, Reading | None]:
        """Return how to read the direction, which is that of the factor, and the factor, which `keep` does not draw."""
        low, high = bounds(self.factor)
        directions = drawn_names(self.direction)
        is_clear = ("up" not in directions or high > 1) and ("down" not in directions or low < 1)
        filters = drawn_names(self.filters)

        def factor(step: _ResizeStep) -> float | None:
            return step.factor if step.factor != 1 else None

        def direction(step: _ResizeStep) -> str:
            return "keep" if step.factor == 1 else "up" if step.factor > 1 else "down"

        return {
            "factor": factor if directions != {"keep"} else None,
            "direction": direction if is_clear else None,
            **({} if "gaussian" in filters else {"sigma": None}),
            **({} if "dpid" in filters else {"detail": None}),
        }

    def _draw_factor(self, rng: Stream) -> float:
        direction = rng.choice(weights_of(self.direction))
        low, high = bounds(self.factor)
        if direction == "keep":
            return 1.0
        low, high = (max(low, 1.0), high) if direction == "up" else (low, min(high, 1.0))
        return 1 / rng.uniform(1 / high, 1 / low) if self.factor_law == "reciprocal" else rng.uniform(low, high)
