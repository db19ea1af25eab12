"""Blur with a random PSF kernel."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import (
    Between,
    FrozenWeights,
    Integer,
    IntegerSpan,
    Mix,
    Neutral,
    Number,
    Probability,
    Span,
    Weights,
    Within,
    bounds,
    drawn_names,
    weights_of,
)
from degradekit.limits import MAX_BETA, MAX_KERNEL_SIZE, MAX_SIGMA_PX
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator, Reading
from degradekit.operators.sinc import SincStep
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Family = Literal["iso", "aniso", "generalized_iso", "generalized_aniso", "plateau_iso", "plateau_aniso"]
PUBLISHED_FAMILIES = FrozenWeights(
    iso=0.45, aniso=0.25, generalized_iso=0.12, generalized_aniso=0.03, plateau_iso=0.12, plateau_aniso=0.03
)
_SMALL_SIZE = 13
"""A sinc kernel below this side has the narrower span of cutoffs."""
_SINC_CUTOFF, _SINC_CUTOFF_OF_SMALL = (math.pi / 5, math.pi), (math.pi / 3, math.pi)


@validated(RecordError)
class KernelStep(Step):
    """Blur with a kernel of one of the Gaussian families; overshoot is kept.

    Attributes:
        family: Isotropic or anisotropic; Gaussian, generalized Gaussian, or plateau-shaped.
        size: Side of the kernel in pixels, odd.
        sigma_x, sigma_y: Standard deviations along the rotated axes, in pixels; equal for an isotropic kernel.
        theta: Rotation in radians.
        beta: Shape of the generalized and plateau families; 1 for the Gaussian.
    """

    op: ClassVar[str] = "kernel"

    family: Family
    size: Annotated[Integer, Between(1, MAX_KERNEL_SIZE, odd=True)]
    sigma_x: Annotated[Number, Between(0.001, MAX_SIGMA_PX)]
    sigma_y: Annotated[Number, Between(0.001, MAX_SIGMA_PX)]
    theta: Annotated[Number, Between(-2 * math.pi, 2 * math.pi)] = 0.0
    beta: Annotated[Number, Between(0.001, MAX_BETA)] = 1.0

    def __call__(self, image: Image) -> Image:
        """Filter every channel."""
        from degradekit.functional.filtering import convolve

        return convolve(image, self._exact_kernel())

    @property
    def taps(self) -> int:
        """The elements of the kernel; splitting it makes most kernels cheaper."""
        return self.size**2

    def kernel(self) -> NDArray[np.float32]:
        """Return the kernel."""
        return self._exact_kernel().astype(np.float32)

    def _exact_kernel(self) -> NDArray[np.float64]:
        from degradekit.functional import kernels

        formula = kernels.plateau if self.family.startswith("plateau") else kernels.generalized_gaussian
        return formula(self.size, self.sigma_x, self.sigma_y, self.theta, self.beta)

    def __str__(self) -> str:
        text = f"blur {self.family.replace('_', ' ')} {self.size} px, sigma {self.sigma_x:.2f}"
        if self.family.endswith("aniso"):
            text += f" x {self.sigma_y:.2f} at {math.degrees(self.theta):.0f} deg"
        return text if self.family in ("iso", "aniso") else f"{text}, beta {self.beta:.2f}"


@validated(RecipeError)
class Kernel(Operator):
    """Blur with a kernel of one of six Gaussian families, or sometimes with a sinc kernel.

    Attributes:
        size: Span of the side in pixels, from which odd numbers are drawn.
        sigma: Span of the standard deviation in pixels; isotropic kernels draw one, anisotropic ones two.
        sigma_law: What is uniform over the span: the `sigma`, or its square (`variance`: then the span is of variances,
            in square pixels).
        theta: Span of the rotation of anisotropic kernels, in radians.
        families: Weights of the families; iso is isotropic, aniso anisotropic.
        generalized_beta, plateau_beta: Spans of the shape, which must contain 1; half of the draws come from below 1
            and half from above.
        sinc_probability: Probability of a sinc kernel of the drawn size instead. Its cutoff is uniform in [pi/5, pi]
            radians per pixel, for sizes below 13 in [pi/3, pi].
        sigma_y: Span of the second axis of anisotropic kernels, by the same law; None takes that of `sigma`.

    Source: docs/model.md, section Kernels; the defaults are those of Real-ESRGAN's first stage.
    """

    op: ClassVar[str] = "kernel"
    step_types: ClassVar[tuple[type[Step], ...]] = (KernelStep,)

    size: Annotated[IntegerSpan, Within(1, MAX_KERNEL_SIZE, odd=True), Neutral(1)] = (7, 21)
    sigma: Annotated[Span, Within(0.01, MAX_SIGMA_PX), Neutral(0)] = (0.2, 3.0)
    sigma_law: Literal["sigma", "variance"] = "sigma"
    theta: Annotated[Span, Within(-math.pi, math.pi)] = (-math.pi, math.pi)
    families: Annotated[Mix, Weights(*get_args(Family))] = PUBLISHED_FAMILIES
    generalized_beta: Annotated[Span, Within(0.01, MAX_BETA, around=1)] = (0.5, 4.0)
    plateau_beta: Annotated[Span, Within(0.01, MAX_BETA, around=1)] = (1.0, 2.0)
    sinc_probability: Probability = 0.1
    sigma_y: Annotated[Span, Within(0.01, MAX_SIGMA_PX), Neutral(0)] | None = None

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw one kernel."""
        size = rng.odd(*bounds(self.size))
        if rng.coin(self.sinc_probability):
            cutoff = _SINC_CUTOFF_OF_SMALL if size < _SMALL_SIZE else _SINC_CUTOFF
            return (SincStep(size, rng.uniform(*cutoff)),)
        family = rng.choice(weights_of(self.families))
        sigma_x = sigma_y = self._draw_sigma(rng, self.sigma)
        theta, beta = 0.0, 1.0
        if family.endswith("aniso"):
            sigma_y = self._draw_sigma(rng, self.sigma if self.sigma_y is None else self.sigma_y)
            theta = rng.uniform(*bounds(self.theta))
        if family.startswith("generalized"):
            beta = _draw_beta(rng, bounds(self.generalized_beta))
        elif family.startswith("plateau"):
            beta = _draw_beta(rng, bounds(self.plateau_beta))
        return (KernelStep(family, size, sigma_x, sigma_y, theta, beta),)

    def readings(self) -> Mapping[str, Reading | None]:
        """Return how to read sigmas by their law, and what some families have only."""
        power = 1 if self.sigma_law == "sigma" else 2

        def of(part_of_family: str, name: str, power: int = 1) -> Reading | None:
            if self.sinc_probability == 1 or not any(part_of_family in family for family in drawn_names(self.families)):
                return None

            def read(step: Step) -> float | str | None:
                if not isinstance(step, KernelStep) or part_of_family not in step.family:
                    return None
                value: float | str = getattr(step, name)
                return value if isinstance(value, str) or power == 1 else value**power

            return read

        return {
            "families": of("", "family"),
            "sigma": of("", "sigma_x", power),
            "sigma_y": of("aniso", "sigma_y", power),
            "theta": of("aniso", "theta"),
            "generalized_beta": of("generalized", "beta"),
            "plateau_beta": of("plateau", "beta"),
            "sinc_probability": lambda step: isinstance(step, SincStep),
        }

    def _draw_sigma(self, rng: Stream, span: float | Sequence[float]) -> float:
        value = rng.uniform(*bounds(span))
        return value if self.sigma_law == "sigma" else math.sqrt(value)


def _draw_beta(rng: Stream, span: tuple[float, float]) -> float:
    return rng.uniform(span[0], 1.0) if rng.coin(0.5) else rng.uniform(1.0, span[1])
