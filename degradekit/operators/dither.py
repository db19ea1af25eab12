"""Few levels for each channel: quantization, and dithers that hide it."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, get_args

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import (
    Between,
    FrozenWeights,
    Integer,
    IntegerSpan,
    Mix,
    Neutral,
    Number,
    Span,
    Weights,
    Within,
    bounds,
    drawn_names,
    weights_of,
)
from degradekit.limits import MAX_HISTORY, MAX_LEVELS
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator, Reading
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Levels = Annotated[Integer, Between(2, MAX_LEVELS)]
LevelsSpan = Annotated[IntegerSpan, Within(2, MAX_LEVELS), Neutral(MAX_LEVELS)]
Diffusion = Literal[
    "floyd_steinberg",
    "jarvis_judice_ninke",
    "stucki",
    "atkinson",
    "burkes",
    "sierra",
    "two_row_sierra",
    "sierra_lite",
]
"""The filters of error diffusion."""
_OTHERS = (*get_args(Diffusion)[1:], "riemersma")
DEFAULT_KINDS = FrozenWeights(ordered=0.3, floyd_steinberg=0.3, **dict.fromkeys(_OTHERS, 0.05))


@validated(RecordError)
class QuantizeStep(Step):
    """Round each channel to equidistant levels.

    Attributes:
        levels: Levels of a channel, of which the first is 0 and the last is 1.
    """

    op: ClassVar[str] = "quantize"

    levels: Levels

    def __call__(self, image: Image) -> Image:
        """Clip to [0, 1] and round."""
        from degradekit.functional.dithering import quantize

        return quantize(image, self.levels)

    def __str__(self) -> str:
        return f"quantize to {self.levels} levels"


@validated(RecordError)
class OrderedDitherStep(Step):
    """Round each channel to equidistant levels, with Bayer's matrix as thresholds.

    Attributes:
        levels: Levels of a channel.
        size: Side of the matrix in pixels.
    """

    op: ClassVar[str] = "dither.ordered"

    levels: Levels
    size: Literal[2, 4, 8, 16]

    def __call__(self, image: Image) -> Image:
        """Clip to [0, 1] and round."""
        from degradekit.functional.dithering import dither_ordered

        return dither_ordered(image, self.levels, self.size)

    def __str__(self) -> str:
        return f"dither ordered {self.size} x {self.size} to {self.levels} levels"


@validated(RecordError)
class DiffusionDitherStep(Step):
    """Round each channel to equidistant levels, with the error carried on to the pixels right and below.

    Attributes:
        levels: Levels of a channel.
        filter: How the error is spread.
    """

    op: ClassVar[str] = "dither.diffusion"

    levels: Levels
    filter: Diffusion

    def __call__(self, image: Image) -> Image:
        """Clip to [0, 1] and round, pixel after pixel."""
        from degradekit.functional.dithering import diffuse

        return diffuse(image, self.levels, self.filter)

    def __str__(self) -> str:
        return f"dither {self.filter.replace('_', ' ')} to {self.levels} levels"


@validated(RecordError)
class RiemersmaDitherStep(Step):
    """Round each channel to equidistant levels along a Hilbert curve, with the last errors added.

    Attributes:
        levels: Levels of a channel.
        history: Errors that are added.
        decay: Weight of the oldest of them; the last one's is 1.
    """

    op: ClassVar[str] = "dither.riemersma"

    levels: Levels
    history: Annotated[Integer, Between(2, MAX_HISTORY)]
    decay: Annotated[Number, Between(0.001, 1)]

    def __call__(self, image: Image) -> Image:
        """Clip to [0, 1] and round, pixel after pixel."""
        from degradekit.functional.dithering import dither_riemersma

        return dither_riemersma(image, self.levels, self.history, self.decay)

    @property
    def taps(self) -> int:
        """One for each error, and those of rounding."""
        return 16 + self.history

    def __str__(self) -> str:
        return f"dither riemersma of {self.history} errors, decay {self.decay:.2f}, to {self.levels} levels"


@validated(RecipeError)
class Quantize(Operator):
    """Round each channel to few levels: banding in skies, and with 4 to 16 levels posterization.

    It is not linear, so it has no kernel label.

    Attributes:
        levels: Span of the levels of a channel, both ends included.

    Source: docs/model.md, section Levels and print; the span is degradekit's own.
    """

    op: ClassVar[str] = "quantize"
    step_types: ClassVar[tuple[type[Step], ...]] = (QuantizeStep,)

    levels: LevelsSpan = (8, 64)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the levels."""
        return (QuantizeStep(rng.integer(*bounds(self.levels))),)


@validated(RecipeError)
class Dither(Operator):
    """Round each channel to few levels and hide it in a pattern, as in old games, icons and scans of prints.

    It is not linear, so it has no kernel label.

    Attributes:
        kinds: Weights of `ordered` (Bayer's matrix), of the error diffusions `floyd_steinberg`, `jarvis_judice_ninke`,
            `stucki`, `atkinson`, `burkes`, `sierra`, `two_row_sierra` and `sierra_lite`, and of `riemersma` (errors
            along a Hilbert curve).
        levels: Span of the levels of a channel, both ends included.
        matrix_sizes: Weights of the sizes of the matrix of the kind `ordered`, in pixels.
        history: Span of the number of errors that the kind `riemersma` adds, both ends included.
        decay: Span of the weight of the oldest of them; the last one's is 1.

    Source: docs/model.md, section Levels and print; weights and `levels` are degradekit's own.
    """

    op: ClassVar[str] = "dither"
    step_types: ClassVar[tuple[type[Step], ...]] = (OrderedDitherStep, DiffusionDitherStep, RiemersmaDitherStep)

    kinds: Annotated[Mix, Weights("ordered", *get_args(Diffusion), "riemersma")] = DEFAULT_KINDS
    levels: LevelsSpan = (2, 16)
    matrix_sizes: Annotated[Mix, Weights("2x2", "4x4", "8x8", "16x16")] = FrozenWeights({"4x4": 0.5, "8x8": 0.5})
    history: Annotated[IntegerSpan, Within(2, MAX_HISTORY)] = (10, 15)
    decay: Annotated[Span, Within(0.001, 1)] = (0.1, 0.9)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw kind and levels, and what the kind needs."""
        kind: Any = rng.choice(weights_of(self.kinds))
        levels = rng.integer(*bounds(self.levels))
        if kind == "ordered":
            size: Any = int(rng.choice(weights_of(self.matrix_sizes)).partition("x")[0])
            return (OrderedDitherStep(levels, size),)
        if kind == "riemersma":
            return (RiemersmaDitherStep(levels, rng.integer(*bounds(self.history)), rng.uniform(*bounds(self.decay))),)
        return (DiffusionDitherStep(levels, kind),)

    def readings(self) -> Mapping[str, Reading | None]:
        """Return how to read the kind and the size of the matrix."""
        kinds = drawn_names(self.kinds)

        def kind(step: Step) -> str:
            return step.filter if isinstance(step, DiffusionDitherStep) else step.op.partition(".")[2]

        def matrix_size(step: Step) -> str | None:
            return f"{step.size}x{step.size}" if isinstance(step, OrderedDitherStep) else None

        return {
            "kinds": kind,
            "matrix_sizes": matrix_size if "ordered" in kinds else None,
            **({} if "riemersma" in kinds else {"history": None, "decay": None}),
        }
