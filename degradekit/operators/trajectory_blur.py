"""Motion blur along random trajectories: a camera that shakes in a hand."""

import math
from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Strict

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, Neutral, NotEmpty, Number, Span, Stored, Within, bounds, listed
from degradekit.limits import MAX_CENTRIPETAL, MAX_JITTER, MAX_MOTION_PX, MAX_SHAKE
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.operators.blur import PSFStep
from degradekit.operators.parameters import Angle, Seed
from degradekit.rng import Stream
from degradekit.step import Step

Exposure = Annotated[Number, Between(0.001, 1)]
Explosiveness = Annotated[Number, Between(0, 1)]
EXPOSURES = (0.01, 0.1, 0.5, 1.0)
EXPLOSIVENESS = (0.01, 0.009, 0.008, 0.007, 0.005, 0.003)


@validated(RecordError)
class TrajectoryBlurStep(PSFStep):
    """Blur along the path of a camera that shakes; overshoot from before is kept.

    Attributes:
        length: Length of the whole path in pixels.
        exposure: The part of the path, from its start, during which light falls on the sensor.
        explosiveness: How strongly the direction changes; 0 is a straight line.
        centripetal: Pull toward the start.
        shake: Times `explosiveness`, the probability of an abrupt turn at each of 2,000 points of the path.
        jitter: Standard deviation of the random changes of direction.
        angle: First direction in radians, from the columns of the image toward its rows.
        seed: Seed of all random changes.
    """

    op: ClassVar[str] = "trajectory_blur"

    length: Annotated[Number, Between(0, MAX_MOTION_PX)]
    exposure: Exposure
    explosiveness: Explosiveness
    centripetal: Annotated[Number, Between(0, MAX_CENTRIPETAL)]
    shake: Annotated[Number, Between(0, MAX_SHAKE)]
    jitter: Annotated[Number, Between(0, MAX_JITTER)]
    angle: Angle
    seed: Seed

    @property
    def taps(self) -> int:
        """The elements of the largest kernel that a path of this length can have."""
        return (2 * math.ceil(0.5 * self.length * self.exposure) + 1) ** 2

    def psf(self) -> NDArray[np.float64]:
        """Return the path, in the smallest odd square around its centroid."""
        from degradekit.functional.psfs import path

        return path(
            self.length,
            self.exposure,
            self.explosiveness,
            self.centripetal,
            self.shake,
            self.jitter,
            self.angle,
            self.seed,
        )

    def __str__(self) -> str:
        return f"trajectory blur {self.length * self.exposure:.1f} px, explosiveness {self.explosiveness:.3f}"


@validated(RecipeError)
class TrajectoryBlur(Operator):
    """Blur along a random path, as a camera that shakes in a hand during the exposure does.

    The path is that of Boracchi and Foi (2012) in the code of DeblurGAN: inertia, random changes of direction, a pull
    toward the start, and rare abrupt turns. It is centered on its centroid, where the code centers the path's bounding
    box: degradekit's own choice, so that the LR stays aligned.

    Attributes:
        length: Span of the length of the whole path in pixels; 0 does nothing.
        exposures: Parts of the path during which light falls on the sensor, one of which is drawn; a short exposure
            blurs along its beginning only.
        explosiveness: Values for how strongly the direction changes, one of which is drawn; 0 is a straight line.
        centripetal: Span of the pull toward the start.
        shake: Span of what, times the explosiveness, is the probability of an abrupt turn at each of 2,000 points.
        jitter: Span of the standard deviation of the random changes of direction.

    Source: docs/model.md, section Lens and motion blur.
    """

    op: ClassVar[str] = "trajectory_blur"
    step_types: ClassVar[tuple[type[Step], ...]] = (TrajectoryBlurStep,)

    length: Annotated[Span, Within(0, MAX_MOTION_PX), Neutral(0)] = 60.0
    exposures: Annotated[Sequence[float], Stored(Annotated[tuple[Exposure, ...], Strict(), NotEmpty()], listed)] = (
        EXPOSURES
    )
    explosiveness: Annotated[
        Sequence[float], Stored(Annotated[tuple[Explosiveness, ...], Strict(), NotEmpty()], listed)
    ] = EXPLOSIVENESS
    centripetal: Annotated[Span, Within(0, MAX_CENTRIPETAL)] = (0.0, 0.7)
    shake: Annotated[Span, Within(0, MAX_SHAKE)] = (0.0, 0.2)
    jitter: Annotated[Span, Within(0, MAX_JITTER)] = (0.0, 10.0)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the camera's habits, the first direction, and the seed of the path."""
        return (
            TrajectoryBlurStep(
                length=rng.uniform(*bounds(self.length)),
                exposure=self.exposures[rng.integer(0, len(self.exposures) - 1)],
                explosiveness=self.explosiveness[rng.integer(0, len(self.explosiveness) - 1)],
                centripetal=rng.uniform(*bounds(self.centripetal)),
                shake=rng.uniform(*bounds(self.shake)),
                jitter=rng.uniform(*bounds(self.jitter)),
                angle=rng.uniform(0.0, 2 * math.pi),
                seed=rng.seed(),
            ),
        )
