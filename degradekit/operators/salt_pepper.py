"""Impulse noise: white and black pixels."""

from typing import Annotated, ClassVar, Literal, TypeAlias, get_args

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import FrozenWeights, Mix, Neutral, Probability, Span, Weights, Within, bounds, weights_of
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.operators.parameters import Seed
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Kind: TypeAlias = Literal["both", "salt", "pepper"]
Channels: TypeAlias = Literal["color", "gray"]


@validated(RecordError)
class SaltPepperStep(Step):
    """Make random pixels white (salt) or black (pepper), and clip to [0, 1].

    Attributes:
        density: Probability of a pixel to change; if both kinds occur, half of it is for each.
        kind: Which of the two occur.
        seed: Seed of the decisions.
        channels: `color` decides for each channel by itself, `gray` for all channels of a pixel.
    """

    op: ClassVar[str] = "salt_pepper"

    density: Probability
    seed: Seed
    kind: Kind = "both"
    channels: Channels = "color"

    def __call__(self, image: Image) -> Image:
        """Replace pixels."""
        from degradekit.functional.impulses import salt_pepper

        share = self.density / 2 if self.kind == "both" else self.density
        salt, pepper = (0.0 if self.kind == other else share for other in ("pepper", "salt"))
        return salt_pepper(image, salt, pepper, self.channels == "gray", self.seed)

    def __str__(self) -> str:
        kind = "salt and pepper" if self.kind == "both" else self.kind
        return f"{kind} {self.channels}, {self.density:.2%} of the pixels"


@validated(RecipeError)
class SaltPepper(Operator):
    """Make random pixels white (salt) or black (pepper).

    It imitates dead and hot pixels, dust, and errors of transmission. It is not linear, so it has no kernel label.

    Attributes:
        density: Span of the probability of a pixel to change; if both kinds occur, half of it is for each.
        kinds: Weights of `both`, `salt` (white only) and `pepper` (black only).
        channels: Weights of `color` (each channel by itself) and `gray` (all channels of a pixel).

    Source: docs/model.md, section Other noise; the default is the realistic part of KADID-10k's levels.
    """

    op: ClassVar[str] = "salt_pepper"
    step_types: ClassVar[tuple[type[Step], ...]] = (SaltPepperStep,)

    density: Annotated[Span, Within(0, 1), Neutral(0)] = (0.0, 0.03)
    kinds: Annotated[Mix, Weights(*get_args(Kind))] = FrozenWeights(both=1.0)
    channels: Annotated[Mix, Weights(*get_args(Channels))] = FrozenWeights(color=0.6, gray=0.4)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw density, kind, channels and the seed of the decisions."""
        density, seed = rng.uniform(*bounds(self.density)), rng.seed()
        return (
            SaltPepperStep(density, seed, rng.choice(weights_of(self.kinds)), rng.choice(weights_of(self.channels))),
        )
