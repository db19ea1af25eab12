"""Blur with a random PSF kernel."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args

from degradekit.operators.base import Context, Leaf, Params
from degradekit.operators.validation import (
    FrozenWeights,
    IntegerSpan,
    Mix,
    Probability,
    Span,
    Weights,
    Within,
    config,
    require,
)
from degradekit.rng import Stream
from degradekit.types import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

Family = Literal["iso", "aniso", "generalized_iso", "generalized_aniso", "plateau_iso", "plateau_aniso", "sinc"]
BELLS = get_args(Family)[:-1]
PUBLISHED = FrozenWeights(
    iso=0.45, aniso=0.25, generalized_iso=0.12, generalized_aniso=0.03, plateau_iso=0.12, plateau_aniso=0.03
)


@dataclass(frozen=True)
class KernelParams(Params):
    """One kernel: `cutoff` for the family sinc, the others for the Gaussian families."""

    family: Family
    size: int
    sigma_x: float | None = None
    sigma_y: float | None = None
    theta: float | None = None
    beta: float | None = None
    cutoff: float | None = None

    def __post_init__(self) -> None:
        needed = ("cutoff",) if self.family == "sinc" else ("sigma_x", "sigma_y", "theta", "beta")
        for name in needed:
            if getattr(self, name) is None:
                raise ValueError(f"{name}: must be given for the family {self.family!r}")
        require(self.size % 2 == 1 and 1 <= self.size <= 255, "size: must be odd and lie in 1..255", self.size)
        for name in needed:
            value = getattr(self, name)
            if name != "theta":
                require(value >= 0.001, f"{name}: must be at least 0.001", value)
        if self.cutoff is not None:
            require(self.cutoff <= math.pi, "cutoff: must be at most pi", self.cutoff)


@config
class Kernel(Leaf[KernelParams]):
    """Blur with a kernel of one of six Gaussian families, or sometimes a sinc kernel.

    Attributes:
        size: Side in pixels, drawn from the odd numbers of the span.
        sigma: Standard deviation along each axis, in pixels; isotropic kernels draw one, anisotropic two.
        sigma_law: What is uniform over the span: the `sigma`, or its square (`variance`: then the span is of variances,
            in square pixels).
        theta: Rotation of anisotropic kernels, in radians.
        families: Weights of the families; iso is isotropic, aniso anisotropic.
        generalized_beta, plateau_beta: Shapes; half of the draws come from below 1 and half from above.
        sinc: Probability of a sinc kernel instead.
        sinc_cutoff: Its cutoff frequency for sizes of 13 and above, in radians per pixel.
        sinc_cutoff_small: The same for smaller sizes.

    Source: spec section 2; the defaults are Real-ESRGAN's first stage.
    """

    op: ClassVar[str] = "kernel"
    Params: ClassVar[type[Params]] = KernelParams

    size: Annotated[IntegerSpan, Within(1, 255, odd=True)] = (7, 21)
    sigma: Annotated[Span, Within(0.01, 100)] = (0.2, 3.0)
    sigma_law: Literal["sigma", "variance"] = "sigma"
    theta: Annotated[Span, Within(-math.pi, math.pi)] = (-math.pi, math.pi)
    families: Annotated[Mix, Weights(*BELLS)] = PUBLISHED
    generalized_beta: Annotated[Span, Within(0.01, 100, around=1)] = (0.5, 4.0)
    plateau_beta: Annotated[Span, Within(0.01, 100, around=1)] = (1.0, 2.0)
    sinc: Probability = 0.1
    sinc_cutoff: Annotated[Span, Within(0.01, math.pi)] = (math.pi / 5, math.pi)
    sinc_cutoff_small: Annotated[Span, Within(0.01, math.pi)] = (math.pi / 3, math.pi)

    def draw(self, rng: Stream, context: Context) -> KernelParams:
        """Draw one kernel's parameters."""
        size = 2 * rng.integer(self.size[0] // 2, self.size[1] // 2) + 1
        if rng.coin(self.sinc):
            cutoff = rng.uniform(*(self.sinc_cutoff_small if size < 13 else self.sinc_cutoff))
            return KernelParams("sinc", size, cutoff=cutoff)
        family: Any = rng.choice(self.families)
        sigma_x = sigma_y = self._draw_sigma(rng)
        theta, beta = 0.0, 1.0
        if family.endswith("aniso"):
            sigma_y, theta = self._draw_sigma(rng), rng.uniform(*self.theta)
        if family.startswith("generalized"):
            beta = _draw_beta(rng, self.generalized_beta)
        elif family.startswith("plateau"):
            beta = _draw_beta(rng, self.plateau_beta)
        return KernelParams(family, size, sigma_x, sigma_y, theta, beta)

    def _draw_sigma(self, rng: Stream) -> float:
        value = rng.uniform(*self.sigma)
        return value if self.sigma_law == "sigma" else math.sqrt(value)

    @staticmethod
    def apply(image: Image, params: KernelParams) -> Image:
        """Filter with the kernel; overshoot is kept."""
        from degradekit.functional.filtering import convolve

        return convolve(image, _kernel(params))

    @staticmethod
    def kernel(params: KernelParams) -> "NDArray[Any]":
        """The kernel as float32."""
        return _kernel(params).astype("float32")

    @staticmethod
    def describe(params: KernelParams) -> str:
        """Family, size and shape."""
        if params.family == "sinc":
            return f"blur sinc {params.size} px, cutoff {params.cutoff:.2f}"
        assert params.theta is not None
        text = f"blur {params.family.replace('_', ' ')} {params.size} px, sigma {params.sigma_x:.2f}"
        if params.family.endswith("aniso"):
            text += f" x {params.sigma_y:.2f} at {math.degrees(params.theta):.0f} deg"
        return text if params.family in ("iso", "aniso") else f"{text}, beta {params.beta:.2f}"


def _draw_beta(rng: Stream, span: tuple[float, float]) -> float:
    return rng.uniform(span[0], 1.0) if rng.coin(0.5) else rng.uniform(1.0, span[1])


def _kernel(params: KernelParams) -> "NDArray[Any]":
    from degradekit.functional import kernels

    if params.family == "sinc":
        assert params.cutoff is not None
        return kernels.sinc(params.size, params.cutoff)
    formula = kernels.plateau if params.family.startswith("plateau") else kernels.generalized_gaussian
    return formula(params.size, params.sigma_x, params.sigma_y, params.theta, params.beta)  # type: ignore[arg-type]
