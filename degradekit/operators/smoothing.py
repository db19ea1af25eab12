"""Smoothing that keeps edges, as noise reduction in cameras, phones and editors does."""

from typing import Annotated, ClassVar

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, Integer, IntegerSpan, Neutral, Number, Span, Within, bounds
from degradekit.limits import MAX_BILATERAL_SIZE, MAX_MEDIAN_SIZE, MAX_SIGMA_PX
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image


@validated(RecordError)
class MedianStep(Step):
    """Replace each 8-bit level by the median of those around it; the image is clipped to [0, 1] and rounded first.

    Attributes:
        size: Side of the window in pixels, odd.
    """

    op: ClassVar[str] = "median"

    size: Annotated[Integer, Between(1, MAX_MEDIAN_SIZE, odd=True)]

    def __call__(self, image: Image) -> Image:
        """Round, and take the medians of every channel."""
        from degradekit.functional.smoothing import median

        return median(image, self.size)

    @property
    def taps(self) -> int:
        """The pixels of the window."""
        return self.size**2

    def __str__(self) -> str:
        return f"median {self.size} px"


@validated(RecipeError)
class Median(Operator):
    """Replace each level by the median of those around it: fine lines and specks vanish, edges stay, corners get round.

    It is not linear, so it has no kernel label.

    Attributes:
        size: Span of the window's side in pixels, from which odd numbers are drawn; 1 only rounds to 8 bits.

    Source: docs/model.md, section Edge-preserving smoothing; the range is degradekit's own.
    """

    op: ClassVar[str] = "median"
    step_types: ClassVar[tuple[type[Step], ...]] = (MedianStep,)

    size: Annotated[IntegerSpan, Within(1, MAX_MEDIAN_SIZE, odd=True), Neutral(1)] = (3, 7)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the size."""
        return (MedianStep(rng.odd(*bounds(self.size))),)


@validated(RecordError)
class BilateralStep(Step):
    """Average each pixel with those around it that are like it; overshoot from before is kept.

    Attributes:
        size: Diameter of the circle that is averaged in pixels, odd.
        sigma_color: Standard deviation of the weight over the difference in color, on the 0..255 scale.
        sigma_space: Standard deviation of the weight over the distance, in pixels.
    """

    op: ClassVar[str] = "bilateral"

    size: Annotated[Integer, Between(1, MAX_BILATERAL_SIZE, odd=True)]
    sigma_color: Annotated[Number, Between(0.01, 255)]
    sigma_space: Annotated[Number, Between(0.01, MAX_SIGMA_PX)]

    def __call__(self, image: Image) -> Image:
        """Average all channels with the same weights."""
        from degradekit.functional.smoothing import bilateral

        return bilateral(image, self.size, self.sigma_color, self.sigma_space)

    @property
    def taps(self) -> int:
        """The pixels of the window, of which each takes some ten multiplications."""
        return 10 * self.size**2

    def __str__(self) -> str:
        return f"bilateral {self.size} px, sigma color {self.sigma_color:.1f}, space {self.sigma_space:.1f}"


@validated(RecipeError)
class Bilateral(Operator):
    """Average each pixel with those around it that are like it: texture becomes waxy, edges stay, as after denoising.

    It is not linear, so it has no kernel label.

    Attributes:
        size: Span of the diameter of the circle that is averaged in pixels, from which odd numbers are drawn; 1 does
            nothing.
        sigma_color: Span of the standard deviation over the difference in color, the mean over the channels, on the
            0..255 scale; OpenCV's filter takes the channels' sum, so the same strength has three times the value there.
        sigma_space: Span of the standard deviation over the distance, in pixels.

    Source: docs/model.md, section Edge-preserving smoothing; the ranges are degradekit's own.
    """

    op: ClassVar[str] = "bilateral"
    step_types: ClassVar[tuple[type[Step], ...]] = (BilateralStep,)

    size: Annotated[IntegerSpan, Within(1, MAX_BILATERAL_SIZE, odd=True), Neutral(1)] = (5, 9)
    sigma_color: Annotated[Span, Within(0.01, 255)] = (8.0, 50.0)
    sigma_space: Annotated[Span, Within(0.01, MAX_SIGMA_PX)] = (1.0, 5.0)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw size and sigmas."""
        return (
            BilateralStep(
                rng.odd(*bounds(self.size)),
                rng.uniform(*bounds(self.sigma_color)),
                rng.uniform(*bounds(self.sigma_space)),
            ),
        )
