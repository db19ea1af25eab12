"""MPEG-2 and MPEG-4 part 2, as FFmpeg encodes them."""

from typing import Annotated, ClassVar, Literal, TypeAlias, get_args

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, Integer, IntegerSpan, Mix, Neutral, Weights, Within
from degradekit.mistakes import validated
from degradekit.operators.video import ONLY_420, Encoding, VideoCodec, VideoStep
from degradekit.step import Step

MPEG2Subsampling: TypeAlias = Literal["4:2:0", "4:2:2"]


def _constant(quantizer: int) -> dict[str, int]:
    """Return the options for a constant quantizer; FFmpeg's `qscale` is ignored through PyAV."""
    return {"qmin": quantizer, "qmax": quantizer}


@validated(RecordError)
class MPEG2Step(VideoStep):
    """Encode with FFmpeg's MPEG-2 encoder.

    Attributes:
        quantizer: Scale of the quantizer, 1..31; more is worse.
        subsampling: How the chroma is subsampled.
    """

    op: ClassVar[str] = "mpeg2"
    codec: ClassVar[str] = "MPEG-2"

    quantizer: Annotated[Integer, Between(1, 31)]
    subsampling: MPEG2Subsampling = "4:2:0"

    def encoding(self) -> Encoding:
        """Return the encoder with a constant quantizer."""
        return Encoding("mpeg2video", self.subsampling, _constant(self.quantizer))


@validated(RecipeError)
class MPEG2(VideoCodec):
    """Compress as a frame of an MPEG-2 video, with FFmpeg's encoder: DVDs and digital television.

    `frames`, `drift` and `pick` are those of every `VideoCodec`. The span of `quantizer` is APISR's; the
    other defaults are degradekit's own.

    Attributes:
        quantizer: Span of the scale of the quantizer, 1..31; more is worse.
        subsampling: Weights of the chroma subsamplings `4:2:0` and `4:2:2`.

    Source: docs/model.md, section Video.
    """

    op: ClassVar[str] = "mpeg2"
    step_types: ClassVar[tuple[type[Step], ...]] = (MPEG2Step,)

    quantizer: Annotated[IntegerSpan, Within(1, 31), Neutral(1)] = (8, 31)
    subsampling: Annotated[Mix, Weights(*get_args(MPEG2Subsampling))] = ONLY_420


@validated(RecordError)
class MPEG4Step(VideoStep):
    """Encode with FFmpeg's MPEG-4 encoder, with 4:2:0 chroma.

    Attributes:
        quantizer: Scale of the quantizer, 1..31; more is worse.
    """

    op: ClassVar[str] = "mpeg4"
    codec: ClassVar[str] = "MPEG-4"

    quantizer: Annotated[Integer, Between(1, 31)]

    def encoding(self) -> Encoding:
        """Return the encoder with a constant quantizer."""
        return Encoding("mpeg4", "4:2:0", _constant(self.quantizer))


@validated(RecipeError)
class MPEG4(VideoCodec):
    """Compress as a frame of an MPEG-4 part 2 video (DivX, Xvid), with FFmpeg's encoder: files of the 2000s.

    `frames`, `drift` and `pick` are those of every `VideoCodec`. The span of `quantizer` is APISR's; the
    other defaults are degradekit's own.

    Attributes:
        quantizer: Span of the scale of the quantizer, 1..31; more is worse.

    Source: docs/model.md, section Video.
    """

    op: ClassVar[str] = "mpeg4"
    step_types: ClassVar[tuple[type[Step], ...]] = (MPEG4Step,)

    quantizer: Annotated[IntegerSpan, Within(1, 31), Neutral(1)] = (8, 31)
