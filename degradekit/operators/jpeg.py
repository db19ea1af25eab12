"""JPEG compression."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from degradekit.operators.base import Context, Leaf, Params
from degradekit.operators.validation import FrozenWeights, IntegerSpan, Mix, Weights, Within, config, require
from degradekit.rng import Stream
from degradekit.types import Image


@dataclass(frozen=True)
class JPEGParams(Params):
    """Quality 1..100 and chroma subsampling of one compression."""

    quality: int
    subsampling: Literal["4:2:0", "4:2:2", "4:4:4"]

    def __post_init__(self) -> None:
        require(1 <= self.quality <= 100, "quality: must lie in 1..100", self.quality)


@config
class JPEG(Leaf[JPEGParams]):
    """Compress and decompress with libjpeg-turbo; this clips and makes the image 8-bit.

    Attributes:
        quality: Integers, both ends included.
        subsampling: Weights of the chroma subsamplings.

    Source: spec section 5.
    """

    op: ClassVar[str] = "jpeg"
    Params: ClassVar[type[Params]] = JPEGParams

    quality: Annotated[IntegerSpan, Within(1, 100)] = (30, 95)
    subsampling: Annotated[Mix, Weights("4:2:0", "4:2:2", "4:4:4")] = FrozenWeights({"4:2:0": 1.0})

    def draw(self, rng: Stream, context: Context) -> JPEGParams:
        """Draw quality and subsampling."""
        subsampling: Any = rng.choice(self.subsampling)
        return JPEGParams(rng.integer(*self.quality), subsampling)

    @staticmethod
    def apply(image: Image, params: JPEGParams) -> Image:
        """Through the codec and back."""
        from degradekit.functional.codecs import jpeg

        return jpeg(image, params.quality, params.subsampling)

    @staticmethod
    def describe(params: JPEGParams) -> str:
        """Quality and subsampling."""
        return f"JPEG quality {params.quality}, {params.subsampling}"
