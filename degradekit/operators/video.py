"""The base of all video codecs: a step and an operator that lack only an encoder and the fields for its settings.

An operator's settings have the same names in its step, so drawing a step means drawing each of them.
"""

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import field, fields
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, get_args

from pydantic import model_validator

from degradekit.errors import Mistake, RecipeError, RecordError
from degradekit.extras import VIDEO, Extra
from degradekit.fields import (
    Between,
    FrozenWeights,
    Integer,
    IntegerSpan,
    Neutral,
    Number,
    Span,
    Weights,
    Within,
    bounds,
)
from degradekit.limits import MAX_DRIFT_PX, MAX_FRAMES, MAX_VIDEO_SIDE
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator, Reading
from degradekit.operators.parameters import Subsampling
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image, Size

Drift: TypeAlias = Annotated[Number, Between(-MAX_DRIFT_PX, MAX_DRIFT_PX)]
SUBSAMPLINGS = Weights(*get_args(Subsampling))
ONLY_420 = FrozenWeights({"4:2:0": 1.0})
ENCODING_TAPS = 1024
"""Multiplications for each pixel that take about as long as encoding a frame."""


class Encoding(NamedTuple):
    """An encoder of FFmpeg.

    Attributes:
        encoder: FFmpeg's name of it.
        subsampling: The chroma subsampling that it is fed with.
        options: FFmpeg's options for it.
        least_side: Shorter sides are padded to this, in pixels.
    """

    encoder: str
    subsampling: Subsampling
    options: Mapping[str, Any]
    least_side: int = 16


@validated(RecordError)
class VideoStep(Step):
    """Encode a clip of the image with a video codec and decode one frame; this clips the image to [0, 1].

    Attributes:
        frames: Frames of the clip, all of the same image.
        drift_y, drift_x: How far the image moves down and to the right from frame to frame, in pixels.
        pick: Which frame is kept, from 0; in it the image is where it was.
    """

    codec: ClassVar[str]

    frames: Annotated[Integer, Between(1, MAX_FRAMES)] = field(default=1, kw_only=True)
    drift_y: Drift = field(default=0.0, kw_only=True)
    drift_x: Drift = field(default=0.0, kw_only=True)
    pick: Annotated[Integer, Between(0, MAX_FRAMES - 1)] = field(default=0, kw_only=True)

    @model_validator(mode="after")
    def _check_pick(self) -> Self:
        if self.pick >= self.frames:
            raise RecordError(Mistake("pick", f"must be below the number of frames, {self.frames}", self.pick))
        return self

    @abstractmethod
    def encoding(self) -> Encoding:
        """Return the encoder with its options."""

    def __call__(self, image: Image) -> Image:
        """Encode and decode."""
        VIDEO.load(self.op)
        from degradekit.functional.video import through_codec

        return through_codec(image, *self.encoding(), self.frames, (self.drift_y, self.drift_x), self.pick)

    @property
    def taps(self) -> int:
        """About as many as take the encoder's time."""
        return ENCODING_TAPS * self.frames

    def output_size(self, size: Size) -> Size:
        """Return the same size.

        Raises:
            RecordError: A side is longer than the codecs allow.
        """
        if max(size) > MAX_VIDEO_SIDE:
            rule = f"must have at most {MAX_VIDEO_SIDE:,} pixels a side for a video codec"
            raise RecordError(f"image: {rule} (got {size[0]} x {size[1]})")
        return size

    def __str__(self) -> str:
        values = {name: getattr(self, name) for name in _settings(self)}
        settings = (value if name == "subsampling" else f"{name} {value}" for name, value in values.items())
        text = f"{self.codec} {', '.join(settings)}"
        if self.frames > 1:
            text += f", frame {self.pick + 1} of {self.frames}, drift {math.hypot(self.drift_y, self.drift_x):.2f} px"
        return text


@validated(RecipeError)
class VideoCodec(Operator):
    """Encode the image as a video of one frame or a few, and decode one of them.

    One frame is an intra frame, whose blocks are predicted within the image. In a clip, later frames are predicted from
    earlier ones (P frames) or from both sides (B frames), which smears and repeats instead. Such a clip of one image is
    degradekit's own definition. The image is clipped to [0, 1]; there is no kernel label.

    Attributes:
        frames: Span of the number of frames, 1..8.
        drift: Span of how far the image moves from frame to frame, in pixels, 0..2, in a random direction; bicubic.
        pick: Which frame is kept: the `last`, or `any`, all equally likely. In it the image is where it was.
    """

    extra: ClassVar[Extra | None] = VIDEO

    frames: Annotated[IntegerSpan, Within(1, MAX_FRAMES), Neutral(1)] = field(default=1, kw_only=True)
    drift: Annotated[Span, Within(0, MAX_DRIFT_PX), Neutral(0)] = field(default=(0.0, 2.0), kw_only=True)
    pick: Literal["last", "any"] = field(default="last", kw_only=True)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the encoder's settings in the order of their fields, then the clip."""
        settings = {name: _drawn(rng, getattr(self, name)) for name in _settings(self)}
        frames = rng.integer(*bounds(self.frames))
        if frames > 1:
            length, angle = rng.uniform(*bounds(self.drift)), rng.uniform(0, 2 * math.pi)
            pick = rng.integer(0, frames - 1) if self.pick == "any" else frames - 1
            settings |= {"frames": frames, "pick": pick}
            drift_y, drift_x = length * math.sin(angle), length * math.cos(angle)
            settings |= {"drift_y": drift_y + 0.0, "drift_x": drift_x + 0.0}  # so that there is no -0
        (step_type,) = self.step_types
        return (step_type(**settings),)

    def readings(self) -> Mapping[str, Reading | None]:
        """Return how to read the drift, which a clip of one frame has not."""

        def drift(step: VideoStep) -> float | None:
            return math.hypot(step.drift_y, step.drift_x) if step.frames > 1 else None

        return {"drift": drift if bounds(self.frames)[1] > 1 else None}


def _settings(codec: VideoStep | VideoCodec) -> list[str]:
    """Return the names of the fields that are the encoder's settings: all that may be given without their names."""
    return [each.name for each in fields(codec) if not each.kw_only]


def _drawn(rng: Stream, setting: Any) -> Any:
    return rng.integer(*setting) if isinstance(setting, tuple) else rng.choice(setting)
