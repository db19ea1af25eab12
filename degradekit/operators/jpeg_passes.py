"""JPEG compression several times, as of pictures that are saved again and again."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Self

from pydantic import Strict, model_validator

from degradekit.errors import Mistake, RecipeError, RecordError
from degradekit.fields import (
    Between,
    FrozenWeights,
    Integer,
    IntegerSpan,
    Neutral,
    Probability,
    Stored,
    Within,
    bounds,
    listed,
    weights_of,
)
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.operators.jpeg import JPEGStep, Quality, QualitySpan, Subsampling, SubsamplingMix
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Rows = Annotated[Integer, Between(0, 7)]
DropSpan = Annotated[IntegerSpan, Within(0, 99), Neutral(0)]


@validated(RecordError)
class ShiftedJPEGStep(Step):
    """Compress and decompress as libjpeg-turbo does, the grid of blocks being shifted; the image keeps its size.

    It is what cutting rows and columns off between two JPEGs does to the second one's blocks, but the image stays
    where it is: the edge is repeated above and to the left, and cut off after decoding.

    Attributes:
        quality: 1..100, as in the command `cjpeg`.
        subsampling: How the chroma is subsampled.
        top, left: How far above and to the left of the image the first block begins, in pixels.
    """

    op: ClassVar[str] = "jpeg_passes.shifted"

    quality: Quality
    subsampling: Subsampling
    top: Rows
    left: Rows

    def __call__(self, image: Image) -> Image:
        """Compress and decompress."""
        from degradekit.functional.jpeg import jpeg

        return jpeg(image, self.quality, self.subsampling, self.top, self.left)

    def __str__(self) -> str:
        return f"JPEG quality {self.quality}, {self.subsampling}, blocks shifted by {self.top}, {self.left} px"


@validated(RecipeError)
class JPEGPasses(Operator):
    """Compress with JPEG several times, with the same chroma subsampling, as a picture that is saved again and again.

    For a random number of passes, choose between several of these operators with a `one_of`.

    Attributes:
        quality: Span of the first pass's quality, 1..100.
        quality_drops: One span for each pass after the first: by how much its quality is lower than the first one's.
        later_qualities: One span for each pass after those: its quality, independent of the first one's.
        subsampling: Weights of the chroma subsamplings `4:2:0`, `4:2:2`, `4:4:4`, `4:4:0` and `4:1:1`.
        shift_probability: Probability that the grids of blocks are shifted between the passes of an image at all. Where
            they are not, a further pass of the same quality changes little.
        shift: Span of how far each grid after the first is shifted, down and across, in pixels.

    Source: docs/model.md, section Compression; waifu2x (nagadomi/nunif, commit d23721f,
    `waifu2x/training/jpeg_noise.py`). The defaults are the two passes of its level 2 for art; shift_probability is
    degradekit's own, and so is that a shift keeps the image's size, where waifu2x crops LR and HR.
    """

    op: ClassVar[str] = "jpeg_passes"
    step_types: ClassVar[tuple[type[Step], ...]] = (ShiftedJPEGStep,)

    quality: QualitySpan = (37, 70)
    quality_drops: Annotated[Sequence[IntegerSpan], Stored(Annotated[tuple[DropSpan, ...], Strict()], listed)] = (
        (5, 10),
    )
    later_qualities: Annotated[Sequence[IntegerSpan], Stored(Annotated[tuple[QualitySpan, ...], Strict()], listed)] = ()
    subsampling: SubsamplingMix = FrozenWeights({"4:2:0": 0.5, "4:4:4": 0.5})
    shift_probability: Probability = 0.5
    shift: Annotated[IntegerSpan, Within(0, 7), Neutral(0)] = (0, 7)

    @model_validator(mode="after")
    def _check_drops(self) -> Self:
        lowest = bounds(self.quality)[0]
        for index, drop in enumerate(self.quality_drops):
            if bounds(drop)[1] >= lowest:
                rule = f"must be below the lowest quality of the first pass, {lowest}"
                raise RecipeError(Mistake(f"quality_drops[{index}]", rule, drop))
        return self

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the subsampling, whether the grids are shifted, and each pass."""
        subsampling = rng.choice(weights_of(self.subsampling))
        is_shifted = rng.coin(self.shift_probability)
        first = rng.integer(*bounds(self.quality))
        qualities = [first - rng.integer(*bounds(drop)) for drop in self.quality_drops]
        qualities += [rng.integer(*bounds(quality)) for quality in self.later_qualities]
        steps: list[Step] = [JPEGStep(first, subsampling)]
        for quality in qualities:
            top, left = (rng.integer(*bounds(self.shift)) if is_shifted else 0 for _ in range(2))
            is_aligned = top == left == 0
            pass_step = (
                JPEGStep(quality, subsampling) if is_aligned else ShiftedJPEGStep(quality, subsampling, top, left)
            )
            steps.append(pass_step)
        return tuple(steps)
