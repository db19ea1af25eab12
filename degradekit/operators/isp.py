"""What a phone does to a noisy photo before it is compressed: noise reduction and sharpening."""

from typing import Annotated, ClassVar

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, Neutral, Number, Span, Within, bounds
from degradekit.limits import MAX_DENOISING, MAX_SHARPENING
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image


@validated(RecordError)
class ISPStep(Step):
    """Reduce noise by non-local means, sharpen the luma, and clip to [0, 1].

    Attributes:
        denoising: Strength of the noise reduction in units of the photo's own noise, which is estimated; 0 for none.
        sharpening: How much of the luma's fine detail is added; 0 for none.
    """

    op: ClassVar[str] = "isp"

    denoising: Annotated[Number, Between(0, MAX_DENOISING)]
    sharpening: Annotated[Number, Between(0, MAX_SHARPENING)]

    def __call__(self, image: Image) -> Image:
        """Reduce noise and sharpen."""
        from degradekit.functional.denoising import denoise_and_sharpen

        return denoise_and_sharpen(image, self.denoising, self.sharpening)

    @property
    def taps(self) -> int:
        """Patches of 3 x 3, compared with 7 x 7 others."""
        return 441

    def __str__(self) -> str:
        return f"ISP denoising {self.denoising:.2f}, sharpening {self.sharpening:.2f}"


@validated(RecipeError)
class ISP(Operator):
    """Process a noisy photo as phones do: noise reduction that leaves blotches and smears texture, then sharpening.

    Behind `camera` and before `jpeg` it makes the look of a phone's photo in dim light: fine texture is gone, what is
    left of the noise is low-frequency, colors are smeared wider than luma, and edges have halos. The noise of the photo
    is estimated, so a clean photo changes little. With both at 0 nothing changes. It is not linear, so it has no kernel
    label.

    Attributes:
        denoising: Span of the strength of the noise reduction in units of the noise; from about 2 on nothing of the
            noise is left but blotches.
        sharpening: Span of how much of the luma's fine detail (its difference to a Gaussian of 5 taps) is added.

    Source: docs/model.md, section Camera; degradekit's own definition and ranges.
    """

    op: ClassVar[str] = "isp"
    step_types: ClassVar[tuple[type[Step], ...]] = (ISPStep,)

    denoising: Annotated[Span, Within(0, MAX_DENOISING), Neutral(0)] = (0.5, 2.0)
    sharpening: Annotated[Span, Within(0, MAX_SHARPENING), Neutral(0)] = (0.0, 1.5)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw both strengths."""
        return (ISPStep(rng.uniform(*bounds(self.denoising)), rng.uniform(*bounds(self.sharpening))),)
