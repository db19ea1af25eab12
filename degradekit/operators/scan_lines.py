"""Interlaced video, and stripes of brightness."""

import math
from typing import Annotated, ClassVar, Literal, TypeAlias, get_args

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import (
    Between,
    Flag,
    FrozenWeights,
    Mix,
    Neutral,
    Number,
    Probability,
    Span,
    Weights,
    Within,
    bounds,
    weights_of,
)
from degradekit.limits import MAX_PERIOD_PX, MAX_SHIFT_PX
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Direction: TypeAlias = Literal["horizontal", "vertical"]
_Motion = Annotated[Number, Between(-MAX_SHIFT_PX, MAX_SHIFT_PX)]


@validated(RecordError)
class CombStep(Step):
    """Shift every other line to the right: two fields woven into one frame. Nothing is clipped.

    Attributes:
        motion: Shift in pixels; below 0 to the left.
        top_first: Whether the first line, the third and so on stay; else the others do.
    """

    op: ClassVar[str] = "interlace.comb"

    motion: _Motion
    top_first: Flag = True

    def __call__(self, image: Image) -> Image:
        """Weave."""
        from degradekit.functional.scan_lines import comb

        return comb(image, self.motion, 0 if self.top_first else 1)

    def __str__(self) -> str:
        return f"interlaced, {'bottom' if self.top_first else 'top'} field moved by {self.motion:+.1f} px"


@validated(RecordError)
class BlendStep(Step):
    """Take the mean of the image and of the image shifted to the right: two fields blended. Nothing is clipped.

    Attributes:
        motion: Shift in pixels; below 0 to the left.
    """

    op: ClassVar[str] = "interlace.blend"

    motion: _Motion

    def __call__(self, image: Image) -> Image:
        """Blend."""
        from degradekit.functional.scan_lines import blend_fields

        return blend_fields(image, self.motion)

    def __str__(self) -> str:
        return f"deinterlaced by blending fields {self.motion:+.1f} px apart"


@validated(RecordError)
class BobStep(Step):
    """Keep one field and make the lines of the other of the mean of their neighbors. Nothing is clipped.

    Attributes:
        top_first: Whether the first line, the third and so on stay; else the others do.
    """

    op: ClassVar[str] = "interlace.bob"

    top_first: Flag = True

    def __call__(self, image: Image) -> Image:
        """Interpolate the other field."""
        from degradekit.functional.scan_lines import double_field

        return double_field(image, 0 if self.top_first else 1)

    def __str__(self) -> str:
        return f"deinterlaced from the {'top' if self.top_first else 'bottom'} field"


@validated(RecipeError)
class Interlace(Operator):
    """Show a moving picture as interlaced video, or as what is left of it without its lines. Degradekit's own model.

    The second field is the picture shifted horizontally, as if all of it moved. It has no kernel label, as it differs
    from line to line.

    Attributes:
        kinds: Weights of `comb` (both fields in one frame), `blend` (the mean of both) and `bob` (one field, with the
            lines between made of their neighbors).
        motion: Span of the pixels that the picture moves to the right between the fields.
        top_first_probability: Probability that the first field has the first line, the third and so on.

    Source: docs/model.md, section Lines.
    """

    op: ClassVar[str] = "interlace"
    step_types: ClassVar[tuple[type[Step], ...]] = (CombStep, BlendStep, BobStep)

    kinds: Annotated[Mix, Weights("comb", "blend", "bob")] = FrozenWeights(comb=1.0, blend=1.0, bob=1.0)
    motion: Annotated[Span, Within(-MAX_SHIFT_PX, MAX_SHIFT_PX), Neutral(0)] = (1.0, 12.0)
    top_first_probability: Probability = 0.5

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the kind, the motion and the order of the fields."""
        kind = rng.choice(weights_of(self.kinds))
        motion, top_first = rng.uniform(*bounds(self.motion)), rng.coin(self.top_first_probability)
        if kind == "bob":
            return (BobStep(top_first),)
        return (CombStep(motion, top_first) if kind == "comb" else BlendStep(motion),)


@validated(RecordError)
class SineStripesStep(Step):
    """Multiply by 1 + depth sin(2 pi i / period + phase), i a row or a column, and clip to [0, 1].

    Attributes:
        depth: Amplitude of the factor; 0 changes nothing.
        period: Distance between stripes in pixels.
        phase: Phase of the first row or column, in radians.
        direction: Direction of the stripes: `horizontal`, where i is a row, or `vertical`.
    """

    op: ClassVar[str] = "sine_stripes"

    depth: Annotated[Number, Between(0, 1)]
    period: Annotated[Number, Between(2, MAX_PERIOD_PX)]
    phase: Annotated[Number, Between(0, 2 * math.pi)]
    direction: Direction = "horizontal"

    def __call__(self, image: Image) -> Image:
        """Draw the stripes."""
        from degradekit.functional.scan_lines import stripe

        return stripe(image, self.depth, self.period, self.phase, self.direction == "vertical")

    def __str__(self) -> str:
        return f"{self.direction} stripes of {self.period:.1f} px, depth {self.depth:.2f}"


@validated(RecipeError)
class SineStripes(Operator):
    """Make the brightness rise and fall from line to line, as banding and flicker do. Degradekit's own model.

    Attributes:
        depth: Span of the amplitude of the factor of the brightness, 0..1.
        period: Span of the distance between stripes in pixels.
        directions: Weights of `horizontal` and `vertical` stripes.

    Source: docs/model.md, section Lines.
    """

    op: ClassVar[str] = "sine_stripes"
    step_types: ClassVar[tuple[type[Step], ...]] = (SineStripesStep,)

    depth: Annotated[Span, Within(0, 1), Neutral(0)] = (0.05, 0.5)
    period: Annotated[Span, Within(2, MAX_PERIOD_PX)] = (4.0, 200.0)
    directions: Annotated[Mix, Weights(*get_args(Direction))] = FrozenWeights(horizontal=1.0, vertical=1.0)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the direction, the depth, the period and the phase."""
        direction = rng.choice(weights_of(self.directions))
        depth, period = rng.uniform(*bounds(self.depth)), rng.uniform(*bounds(self.period))
        return (SineStripesStep(depth, period, rng.uniform(0.0, 2 * math.pi), direction),)
