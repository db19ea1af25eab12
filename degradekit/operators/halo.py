"""Oversharpened edges."""

from typing import Annotated, ClassVar, Literal, get_args

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, FrozenWeights, Mix, Neutral, Number, Span, Weights, Within, bounds, weights_of
from degradekit.limits import MAX_HALO_AMOUNT, MAX_HALO_SIGMA_PX
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.operators.parameters import GrayLevel
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Kind = Literal["unsharp_mask", "unsharp_gray", "unsharp_halo", "unsharp_dark"]


@validated(RecordError)
class HaloStep(Step):
    """Add detail, the difference from a Gaussian blur, and clip to [0, 1].

    Attributes:
        kind: What is added; see `Halo`.
        sigma: Standard deviation of the Gaussian in pixels; 0 changes nothing.
        amount: Factor of the detail.
        threshold: What is subtracted from the magnitude of the detail first, on the 0..255 scale.
    """

    op: ClassVar[str] = "halo"

    kind: Kind
    sigma: Annotated[Number, Between(0, MAX_HALO_SIGMA_PX)]
    amount: Annotated[Number, Between(0, MAX_HALO_AMOUNT)]
    threshold: GrayLevel = 0.0

    def __call__(self, image: Image) -> Image:
        """Sharpen."""
        from degradekit.functional.edges import add_halo

        return add_halo(image, self.kind, self.sigma, self.amount, self.threshold)

    @property
    def taps(self) -> int:
        """Those of the Gaussian along both axes, which reaches four sigmas to each side, and the sum."""
        return 16 + round(16 * self.sigma)

    def __str__(self) -> str:
        return f"halo {self.kind.replace('_', ' ')} sigma {self.sigma:.2f}, amount {self.amount:.2f}"


@validated(RecipeError)
class Halo(Operator):
    """Sharpen too much, as cameras and editors do: edges get halos.

    It is not linear, so it has no kernel label.

    Attributes:
        kinds: Weights of `unsharp_mask` (each channel's detail; dark and bright halos), `unsharp_gray` (the luma's
            detail where it is bright, in all channels; bright halos), `unsharp_halo` (white where that detail, times
            the amount, is nearly 1; hard white rims) and `unsharp_dark` (the luma's detail where it is dark).
        sigma: Span of the standard deviation of the Gaussian in pixels: about half the width of a halo.
        amount: Span of the factor of the detail. White rims only appear above 1, at hard edges above about 2.
        threshold: Span of what is subtracted from the magnitude of the detail first, on the 0..255 scale: noise below
            it is not sharpened.

    Source: docs/model.md, section Halos.
    """

    op: ClassVar[str] = "halo"
    step_types: ClassVar[tuple[type[Step], ...]] = (HaloStep,)

    kinds: Annotated[Mix, Weights(*get_args(Kind))] = FrozenWeights(unsharp_mask=1.0)
    sigma: Annotated[Span, Within(0, MAX_HALO_SIGMA_PX), Neutral(0)] = (0.0, 3.0)
    amount: Annotated[Span, Within(0, MAX_HALO_AMOUNT), Neutral(0)] = (0.0, 2.0)
    threshold: Annotated[Span, Within(0, 255)] = (0.0, 0.5)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw kind, width, strength and threshold."""
        kind = rng.choice(weights_of(self.kinds))
        spans = (self.sigma, self.amount, self.threshold)
        return (HaloStep(kind, *(rng.uniform(*bounds(span)) for span in spans)),)
