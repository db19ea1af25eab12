"""Ringing: the ideal low-pass filter."""

import math
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, Integer, IntegerSpan, Neutral, Number, Span, Within, bounds
from degradekit.limits import MAX_KERNEL_SIZE
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image


@validated(RecordError)
class SincStep(Step):
    """Filter with a 2-D circular low-pass; overshoot is kept.

    Attributes:
        size: Side of the kernel in pixels, odd.
        cutoff: Cutoff frequency in radians per pixel, up to pi.
    """

    op: ClassVar[str] = "sinc"

    size: Annotated[Integer, Between(1, MAX_KERNEL_SIZE, odd=True)]
    cutoff: Annotated[Number, Between(0.001, math.pi)]

    def __call__(self, image: Image) -> Image:
        """Filter every channel."""
        from degradekit.functional import filtering, kernels

        return filtering.convolve(image, kernels.sinc(self.size, self.cutoff))

    @property
    def taps(self) -> int:
        """The elements of the kernel."""
        return self.size**2

    def kernel(self) -> NDArray[np.float32]:
        """Return the low-pass."""
        from degradekit.functional import kernels

        return kernels.sinc(self.size, self.cutoff).astype(np.float32)

    def __str__(self) -> str:
        return f"sinc {self.size} px, cutoff {self.cutoff:.2f}"


@validated(RecipeError)
class Sinc(Operator):
    """Filter with a 2-D circular low-pass, which rings and overshoots at edges as sharpening and codecs do.

    Attributes:
        size: Span of the kernel's side in pixels, from which odd numbers are drawn.
        cutoff: Span of the cutoff frequency in radians per pixel.

    Source: docs/model.md, section Sinc filter.
    """

    op: ClassVar[str] = "sinc"
    step_types: ClassVar[tuple[type[Step], ...]] = (SincStep,)

    size: Annotated[IntegerSpan, Within(1, MAX_KERNEL_SIZE, odd=True), Neutral(1)] = (7, 21)
    cutoff: Annotated[Span, Within(0.01, math.pi), Neutral(math.pi)] = (math.pi / 3, math.pi)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw size and cutoff."""
        return (SincStep(rng.odd(*bounds(self.size)), rng.uniform(*bounds(self.cutoff))),)
