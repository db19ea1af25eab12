"""H.264 and HEVC, as x264 and x265 encode them."""

from typing import Annotated, ClassVar, Literal, get_args

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, FrozenWeights, Integer, IntegerSpan, Mix, Neutral, Weights, Within
from degradekit.mistakes import validated
from degradekit.operators.parameters import Subsampling
from degradekit.operators.video import ONLY_420, SUBSAMPLINGS, Encoding, VideoCodec, VideoStep
from degradekit.step import Step

Speed = Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"]
"""The presets of x264 and x265; slower ones search longer, and so decide otherwise what is left out."""
_SPEEDS, _MEDIUM = Weights(*get_args(Speed)), FrozenWeights(medium=1.0)


@validated(RecordError)
class H264Step(VideoStep):
    """Encode with x264.

    Attributes:
        crf: Constant rate factor, 0..51; more is worse.
        speed: x264's preset.
        subsampling: How the chroma is subsampled.
    """

    op: ClassVar[str] = "h264"
    codec: ClassVar[str] = "H.264"

    crf: Annotated[Integer, Between(0, 51)]
    speed: Speed = "medium"
    subsampling: Subsampling = "4:2:0"

    def encoding(self) -> Encoding:
        """Return the encoder without what makes its pixels vary.

        That is slices in threads, and in clips the macroblock tree: with AVX-512 it reads memory that x264 has not set.
        """
        params = "sliced-threads=0" if self.frames == 1 else "sliced-threads=0:mbtree=0"
        return Encoding("libx264", self.subsampling, {"crf": self.crf, "preset": self.speed, "x264-params": params})


@validated(RecipeError)
class H264(VideoCodec):
    """Compress as a frame of an H.264 (AVC) video, with x264: most video of the web, of cameras and of Blu-rays.

    `frames`, `drift` and `pick` are those of every `VideoCodec`. The span of `crf` is AnimeSR's; the
    other defaults are degradekit's own.

    Attributes:
        crf: Span of the constant rate factor, 0..51; more is worse. On a single frame it is harsher than in a film.
        speed: Weights of x264's presets, `ultrafast` to `veryslow`.
        subsampling: Weights of the chroma subsamplings `4:2:0`, `4:2:2` and `4:4:4`.

    Source: docs/model.md, section Video.
    """

    op: ClassVar[str] = "h264"
    step_types: ClassVar[tuple[type[Step], ...]] = (H264Step,)

    crf: Annotated[IntegerSpan, Within(0, 51), Neutral(0)] = (18, 35)
    speed: Annotated[Mix, _SPEEDS] = _MEDIUM
    subsampling: Annotated[Mix, SUBSAMPLINGS] = ONLY_420


@validated(RecordError)
class HEVCStep(VideoStep):
    """Encode with x265.

    Attributes:
        crf: Constant rate factor, 0..51; more is worse.
        speed: x265's preset.
        subsampling: How the chroma is subsampled.
    """

    op: ClassVar[str] = "hevc"
    codec: ClassVar[str] = "HEVC"

    crf: Annotated[Integer, Between(0, 51)]
    speed: Speed = "medium"
    subsampling: Subsampling = "4:2:0"

    def encoding(self) -> Encoding:
        """Return the encoder without its pools of threads, with which it may make other pixels, and silent.

        Images are padded beyond a block of 64 pixels: in narrower clips, x265 reads and writes beyond its memory.
        """
        params = "pools=none:frame-threads=1:log-level=none"
        options = {"crf": self.crf, "preset": self.speed, "x265-params": params}
        return Encoding("libx265", self.subsampling, options, least_side=80)


@validated(RecipeError)
class HEVC(VideoCodec):
    """Compress as a frame of an HEVC (H.265) video, with x265: streams in high resolution, phones, UHD discs.

    `frames`, `drift` and `pick` are those of every `VideoCodec`. The span of `crf` is wtp_dataset_destroyer's; the
    other defaults are degradekit's own.

    Attributes:
        crf: Span of the constant rate factor, 0..51; more is worse.
        speed: Weights of x265's presets, `ultrafast` to `veryslow`.
        subsampling: Weights of the chroma subsamplings `4:2:0`, `4:2:2` and `4:4:4`.

    Source: docs/model.md, section Video.
    """

    op: ClassVar[str] = "hevc"
    step_types: ClassVar[tuple[type[Step], ...]] = (HEVCStep,)

    crf: Annotated[IntegerSpan, Within(0, 51), Neutral(0)] = (20, 34)
    speed: Annotated[Mix, _SPEEDS] = _MEDIUM
    subsampling: Annotated[Mix, SUBSAMPLINGS] = ONLY_420
