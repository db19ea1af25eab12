"""VP9 and AV1, as libvpx and SVT-AV1 encode them."""

from typing import Annotated, ClassVar

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, Integer, IntegerSpan, Mix, Neutral, Within
from degradekit.mistakes import validated
from degradekit.operators.parameters import Subsampling
from degradekit.operators.video import (
    ENCODING_TAPS,
    ONLY_420,
    SUBSAMPLINGS,
    Encoding,
    VideoCodec,
    VideoStep,
)
from degradekit.step import Step


@validated(RecordError)
class VP9Step(VideoStep):
    """Encode with libvpx.

    Attributes:
        crf: Constant rate factor, 0..63; more is worse.
        speed: libvpx's `cpu-used`, 0..5; more is faster.
        subsampling: How the chroma is subsampled.
    """

    op: ClassVar[str] = "vp9"
    codec: ClassVar[str] = "VP9"

    crf: Annotated[Integer, Between(0, 63)]
    speed: Annotated[Integer, Between(0, 5)] = 4
    subsampling: Subsampling = "4:2:0"

    def encoding(self) -> Encoding:
        """Return the encoder with a constant quality."""
        return Encoding(
            "libvpx-vp9", self.subsampling, {"crf": self.crf, "b": 0, "cpu-used": self.speed, "deadline": "good"}
        )


@validated(RecipeError)
class VP9(VideoCodec):
    """Compress as a frame of a VP9 video, with libvpx: the video of web pages.

    `frames`, `drift` and `pick` are those of every `VideoCodec`. The span of `crf` is wtp_dataset_destroyer's; the
    other defaults are degradekit's own.

    Attributes:
        crf: Span of the constant rate factor, 0..63; more is worse.
        speed: Span of libvpx's `cpu-used`, 0..5; more is faster.
        subsampling: Weights of the chroma subsamplings `4:2:0`, `4:2:2` and `4:4:4`.

    Source: docs/model.md, section Video.
    """

    op: ClassVar[str] = "vp9"
    step_types: ClassVar[tuple[type[Step], ...]] = (VP9Step,)

    crf: Annotated[IntegerSpan, Within(0, 63), Neutral(0)] = (20, 35)
    speed: Annotated[IntegerSpan, Within(0, 5)] = 4
    subsampling: Annotated[Mix, SUBSAMPLINGS] = ONLY_420


@validated(RecordError)
class AV1Step(VideoStep):
    """Encode with SVT-AV1, with 4:2:0 chroma.

    Attributes:
        crf: Constant rate factor, 1..63; more is worse.
        speed: SVT-AV1's preset, 0..13; more is faster.
    """

    op: ClassVar[str] = "av1"
    codec: ClassVar[str] = "AV1"

    crf: Annotated[Integer, Between(1, 63)]
    speed: Annotated[Integer, Between(0, 13)] = 8

    def encoding(self) -> Encoding:
        """Return the encoder with one level of parallelism."""
        return Encoding("libsvtav1", "4:2:0", {"crf": self.crf, "preset": self.speed, "svtav1-params": "lp=1"})

    @property
    def taps(self) -> int:
        """About as many as take the encoder's time, which doubles from speed to speed below 6."""
        return ENCODING_TAPS * self.frames << max(0, 6 - self.speed)


@validated(RecipeError)
class AV1(VideoCodec):
    """Compress as a frame of an AV1 video, with SVT-AV1: today's streams.

    `frames`, `drift` and `pick` are those of every `VideoCodec`. The span of `crf` is wtp_dataset_destroyer's; the
    other defaults are degradekit's own.

    Attributes:
        crf: Span of the constant rate factor, 1..63; more is worse.
        speed: Span of SVT-AV1's preset, 0..13; more is faster. Below 4 a frame takes long.

    Source: docs/model.md, section Video.
    """

    op: ClassVar[str] = "av1"
    step_types: ClassVar[tuple[type[Step], ...]] = (AV1Step,)

    crf: Annotated[IntegerSpan, Within(1, 63), Neutral(1)] = (20, 34)
    speed: Annotated[IntegerSpan, Within(0, 13)] = 8
