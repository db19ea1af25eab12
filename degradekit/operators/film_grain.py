"""Film grain by the model of AV1 (AFGS1)."""

from typing import Annotated, ClassVar, Literal, TypeAlias, get_args

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import (
    Between,
    FrozenWeights,
    Mix,
    Neutral,
    Number,
    Span,
    Weights,
    Within,
    bounds,
    weights_of,
)
from degradekit.limits import MAX_GRAIN_SIZE, MAX_GRAIN_STRENGTH
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.operators.parameters import Seed
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

GrainName: TypeAlias = Literal["T1", "T2", "T4", "T9"]
"""A published set of parameters, by its number among libaom's test vectors."""


@validated(RecordError)
class FilmGrainStep(Step):
    """Add film grain to luma and chroma, and clip to [0, 1].

    Attributes:
        grain: The published set of parameters.
        strength: Factor of its amplitude.
        size: Factor by which the grain is enlarged.
        seed: Seed of the grain.
    """

    op: ClassVar[str] = "film_grain"

    grain: GrainName
    strength: Annotated[Number, Between(0, MAX_GRAIN_STRENGTH)]
    size: Annotated[Number, Between(1, MAX_GRAIN_SIZE)]
    seed: Seed

    def __call__(self, image: Image) -> Image:
        """Add the grain."""
        from degradekit.functional.film_grain import film_grain

        return film_grain(image, self.grain, self.strength, self.size, self.seed)

    def __str__(self) -> str:
        return f"film grain {self.grain} x{self.strength:.2f}, size {self.size:.2f}"


@validated(RecipeError)
class FilmGrain(Operator):
    """Add film grain as AV1 decoders make it: correlated in space, stronger in some tones, in luma and chroma.

    It imitates scanned film, and videos whose encoder took the grain out and described it. The white grain of a small
    template is filtered by an autoregressive filter; blocks of 32 x 32 are cut from it at random and multiplied by an
    amplitude that depends on the brightness. A gray image gets the luma's grain. It is not linear, so it has no kernel
    label.

    Attributes:
        grains: Weights of published sets, by their numbers among libaom's test vectors. In 8-bit levels the luma's
            deviation is about 3 for `T1` (fine) and `T4` (of a real film), which leave black alone, and 2.4 for `T2`
            (coarse) and 2 for `T9`, which are the same in all tones.
        strength: Span of the factor of the set's amplitude; the default is degradekit's own.
        size: Span of the factor by which the grain is enlarged, as in a close scan or an enlarged photo; the default is
            degradekit's own, AV1 has 1.

    Source: docs/model.md, section Film grain.
    """

    op: ClassVar[str] = "film_grain"
    step_types: ClassVar[tuple[type[Step], ...]] = (FilmGrainStep,)

    grains: Annotated[Mix, Weights(*get_args(GrainName))] = FrozenWeights(dict.fromkeys(get_args(GrainName), 0.25))
    strength: Annotated[Span, Within(0, MAX_GRAIN_STRENGTH), Neutral(0)] = (0.3, 1.5)
    size: Annotated[Span, Within(1, MAX_GRAIN_SIZE)] = (1.0, 2.5)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the set, strength, size and seed."""
        grain = rng.choice(weights_of(self.grains))
        return (FilmGrainStep(grain, rng.uniform(*bounds(self.strength)), rng.uniform(*bounds(self.size)), rng.seed()),)
