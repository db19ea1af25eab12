"""Resampling on a detour: past the LR size and back, beyond the HR size and down, or in several steps."""

from typing import Annotated, Any, ClassVar

from degradekit.errors import RecipeError
from degradekit.fields import Flag, FrozenWeights, IntegerSpan, Mix, Span, Weights, Within, bounds, weights_of
from degradekit.limits import MAX_FACTOR, MAX_RESIZES
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.operators.resize import FILTERS, Resize
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Size


@validated(RecipeError)
class ResizeTwice(Operator):
    """Resample to the LR size on a detour, which leaves traces of two filters or more, as pictures of the web have.

    Attributes:
        schemes: Weights of the detours. `down_up` goes to LR / factor and then up to the LR; `up_down` goes to factor
            times the image as it arrives and then down to the LR; `down_down` goes to the LR in equal steps.
        factor: Span of the factor of `down_up` and `up_down`.
        passes: Span of the number of steps of `down_down`, an integer.
        up_filters, down_filters: Weights of the filters of resizes that go up and down; `Resize` explains them. All
            steps of `down_down` have the same.
        linear_light: Whether each resize is done in linear light, as in `Resize`.

    The size in between is rounded down, but never below 1.

    Source: docs/model.md, section Resizing.
    """

    op: ClassVar[str] = "resize_twice"

    schemes: Annotated[Mix, Weights("down_up", "up_down", "down_down")] = FrozenWeights(
        down_up=1.0, up_down=1.0, down_down=1.0
    )
    factor: Annotated[Span, Within(1, MAX_FACTOR)] = (1.0, 2.0)
    passes: Annotated[IntegerSpan, Within(1, MAX_RESIZES)] = (1, 5)
    up_filters: Annotated[Mix, Weights(*FILTERS)] = FrozenWeights(bilinear_antialiased=1.0, lanczos=1.0, catrom=1.0)
    down_filters: Annotated[Mix, Weights(*FILTERS)] = FrozenWeights(
        lanczos=1.0, box=1.0, bilinear_antialiased=1.0, catrom=1.0
    )
    linear_light: Flag = False

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the scheme, the sizes on the way, and the filters."""
        scheme = rng.choice(weights_of(self.schemes))
        up, down = self._filter(rng, self.up_filters), self._filter(rng, self.down_filters)
        if scheme == "down_down":
            count = rng.integer(*bounds(self.passes))
            sizes = [_between(context.size, context.lr, step, count) for step in range(1, count + 1)]
            return tuple(step for size in sizes for step in self._resized(rng, context, size, down))
        factor = rng.uniform(*bounds(self.factor))
        if scheme == "down_up":
            first, filters = _scaled(context.lr, 1 / factor), (down, up)
        else:
            first, filters = _scaled(context.size, factor), (up, down)
        return self._resized(rng, context, first, filters[0]) + self._resized(rng, context, context.lr, filters[1])

    def _filter(self, rng: Stream, filters: Any) -> str:
        chosen: str = rng.choice(weights_of(filters))
        return chosen

    def _resized(self, rng: Stream, context: Context, size: Size, filter: str) -> tuple[Step, ...]:
        return Resize(to=size, filters=filter, linear_light=self.linear_light).draw(rng, context)


def _scaled(size: Size, factor: float) -> Size:
    return max(1, int(size[0] * factor)), max(1, int(size[1] * factor))


def _between(start: Size, end: Size, step: int, count: int) -> Size:
    """Return the size after some of the steps that lead from one size to another."""
    height, width = (a + (b - a) * step // count for a, b in zip(start, end, strict=True))
    return height, width
