"""Unsharp masking, which Real-ESRGAN applies to the HR before degrading it."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from degradekit.operators.base import Context, Leaf, Params
from degradekit.operators.validation import ODD, Integer, Number, config, require
from degradekit.rng import Stream
from degradekit.types import Image


@dataclass(frozen=True)
class SharpenParams(Params):
    """Taps of the Gaussian, weight of the residual, threshold on the 0..255 scale."""

    size: int
    weight: float
    threshold: float

    def __post_init__(self) -> None:
        require(self.size % 2 == 1 and 3 <= self.size <= 255, "size: must be odd and lie in 3..255", self.size)


@config
class Sharpen(Leaf[SharpenParams]):
    """Sharpen where the detail is strong (USM). Nothing is random here.

    Attributes:
        size: Taps of the Gaussian, odd; its sigma is 0.3 ((size - 1) / 2 - 1) + 0.8.
        weight: How much of the residual is added.
        threshold: Residuals above it are sharpened, on the 0..255 scale.

    Source: spec section 7.
    """

    op: ClassVar[str] = "sharpen"
    Params: ClassVar[type[Params]] = SharpenParams

    size: Annotated[Integer, Field(ge=3, le=255), ODD] = 51
    weight: Annotated[Number, Field(ge=0, le=10)] = 0.5
    threshold: Annotated[Number, Field(ge=0, le=255)] = 10.0

    def draw(self, rng: Stream, context: Context) -> SharpenParams:
        """The parameters as they are."""
        return SharpenParams(self.size, self.weight, self.threshold)

    @staticmethod
    def apply(image: Image, params: SharpenParams) -> Image:
        """Sharpen; the result stays in [0, 1]."""
        from degradekit.functional.filtering import unsharp_mask

        return unsharp_mask(image, params.size, params.weight, params.threshold)

    @staticmethod
    def describe(params: SharpenParams) -> str:
        """Weight and threshold."""
        return f"sharpen weight {params.weight:g}, threshold {params.threshold:g}"
