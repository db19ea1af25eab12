"""Ringing: the ideal low-pass filter."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from degradekit.operators.base import Context, Leaf, Params
from degradekit.operators.validation import IntegerSpan, Span, Within, config, require
from degradekit.rng import Stream
from degradekit.types import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class SincParams(Params):
    """One low-pass: side in pixels, and cutoff frequency in radians per pixel."""

    size: int
    cutoff: float

    def __post_init__(self) -> None:
        require(self.size % 2 == 1 and 1 <= self.size <= 255, "size: must be odd and lie in 1..255", self.size)
        require(0.001 <= self.cutoff <= math.pi, "cutoff: must lie in [0.001, pi]", self.cutoff)


@config
class Sinc(Leaf[SincParams]):
    """Filter with a 2-D circular low-pass, which rings and overshoots at edges as sharpening and codecs do.

    Attributes:
        size: Side of the kernel in pixels, drawn from the odd numbers of the span.
        cutoff: Cutoff frequency in radians per pixel.

    Source: spec sections 2 and 6.
    """

    op: ClassVar[str] = "sinc"
    Params: ClassVar[type[Params]] = SincParams

    size: Annotated[IntegerSpan, Within(1, 255, odd=True)] = (7, 21)
    cutoff: Annotated[Span, Within(0.01, math.pi)] = (math.pi / 3, math.pi)

    def draw(self, rng: Stream, context: Context) -> SincParams:
        """Draw the size and the cutoff."""
        return SincParams(2 * rng.integer(self.size[0] // 2, self.size[1] // 2) + 1, rng.uniform(*self.cutoff))

    @staticmethod
    def apply(image: Image, params: SincParams) -> Image:
        """Filter with the low-pass; overshoot is kept."""
        from degradekit.functional.filtering import convolve
        from degradekit.functional.kernels import sinc

        return convolve(image, sinc(params.size, params.cutoff))

    @staticmethod
    def kernel(params: SincParams) -> "NDArray[Any]":
        """The low-pass as float32."""
        from degradekit.functional.kernels import sinc

        return sinc(params.size, params.cutoff).astype("float32")

    @staticmethod
    def describe(params: SincParams) -> str:
        """Size and cutoff."""
        return f"sinc {params.size} px, cutoff {params.cutoff:.2f}"
