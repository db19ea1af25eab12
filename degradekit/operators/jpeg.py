"""JPEG compression."""

from typing import Annotated, ClassVar, Literal, TypeAlias, get_args

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import (
    Between,
    FrozenWeights,
    Integer,
    IntegerSpan,
    Mix,
    Neutral,
    Weights,
    Within,
    bounds,
    weights_of,
)
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Quality: TypeAlias = Annotated[Integer, Between(1, 100)]
QualitySpan: TypeAlias = Annotated[IntegerSpan, Within(1, 100), Neutral(100)]
Subsampling: TypeAlias = Literal["4:2:0", "4:2:2", "4:4:4", "4:4:0", "4:1:1"]
SubsamplingMix: TypeAlias = Annotated[Mix, Weights(*get_args(Subsampling))]


@validated(RecordError)
class JPEGStep(Step):
    """Compress and decompress as libjpeg-turbo does; this clips the image and rounds it to 8 bits.

    Attributes:
        quality: 1..100, as in the command `cjpeg`.
        subsampling: How the chroma is subsampled.
    """

    op: ClassVar[str] = "jpeg"

    quality: Quality
    subsampling: Subsampling = "4:2:0"

    def __call__(self, image: Image) -> Image:
        """Compress and decompress."""
        from degradekit.functional.jpeg import jpeg

        return jpeg(image, self.quality, self.subsampling)

    def __str__(self) -> str:
        return f"JPEG quality {self.quality}, {self.subsampling}"


@validated(RecipeError)
class JPEG(Operator):
    """Compress with JPEG of a random quality.

    Attributes:
        quality: Span of the quality, 1..100, both ends included.
        subsampling: Weights of the chroma subsamplings `4:2:0`, `4:2:2`, `4:4:4`, `4:4:0` (every other row) and `4:1:1`
            (every fourth column).

    Source: docs/model.md, section Compression.
    """

    op: ClassVar[str] = "jpeg"
    step_types: ClassVar[tuple[type[Step], ...]] = (JPEGStep,)

    quality: QualitySpan = (30, 95)
    subsampling: SubsamplingMix = FrozenWeights({"4:2:0": 1.0})

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw subsampling and quality."""
        subsampling = rng.choice(weights_of(self.subsampling))
        return (JPEGStep(rng.integer(*bounds(self.quality)), subsampling),)
