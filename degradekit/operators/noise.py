"""Sensor noise: Gaussian, Poisson and speckle; colored, gray or correlated between channels."""

import math
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import model_validator

from degradekit.operators.base import Context, Leaf, Params
from degradekit.operators.validation import FrozenWeights, Mix, Span, Weights, Within, config, require
from degradekit.rng import Stream
from degradekit.types import Image

Mixing = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]


@dataclass(frozen=True)
class NoiseParams(Params):
    """One noise field: `sigma` for gaussian and speckle, `scale` (and `peak`) for poisson, `mixing` for correlated."""

    kind: Literal["gaussian", "poisson", "speckle"]
    channels: Literal["color", "gray", "correlated"]
    seed: int
    sigma: float | None = None
    scale: float | None = None
    peak: float | None = None
    mixing: Mixing | None = None

    def __post_init__(self) -> None:
        needed = ["scale"] if self.kind == "poisson" else ["sigma"]
        needed += ["mixing"] if self.channels == "correlated" else []
        for name in needed:
            if getattr(self, name) is None:
                raise ValueError(f"{name}: must be given for {self.channels} {self.kind} noise")
        require(0 <= self.seed < 2**53, "seed: must lie in [0, 2^53)", self.seed)
        for name in ("sigma", "scale"):
            require((getattr(self, name) or 0) >= 0, f"{name}: must be >= 0", getattr(self, name))
        require(self.peak is None or 1 <= self.peak <= 100_000, "peak: must lie in [1, 100000]", self.peak)


@config
class Noise(Leaf[NoiseParams]):
    """Add a noise field and clip to [0, 1].

    Attributes:
        kinds: Weights of gaussian, poisson (exactly Poisson, of the image at 8-bit levels) and speckle (Gaussian times
            the image).
        channels: Weights of color (a field per channel), gray (one field for all) and correlated (Gaussian and speckle
            only: a random covariance between channels, at the highest sigma).
        sigma: Of gaussian and speckle, on the 0..255 scale.
        scale: Factor of the Poisson field.
        peak: Mean Poisson count of white, drawn log-uniformly; by default the power of two at or above the number of
            distinct levels in the image.

    Source: spec section 4; the defaults are Real-ESRGAN's first stage.
    """

    op: ClassVar[str] = "noise"
    Params: ClassVar[type[Params]] = NoiseParams

    kinds: Annotated[Mix, Weights("gaussian", "poisson", "speckle")] = FrozenWeights(gaussian=0.5, poisson=0.5)
    channels: Annotated[Mix, Weights("color", "gray", "correlated")] = FrozenWeights(color=0.6, gray=0.4)
    sigma: Annotated[Span, Within(0, 1000)] = (1.0, 30.0)
    scale: Annotated[Span, Within(0, 1000)] = (0.05, 3.0)
    peak: Annotated[Span, Within(1, 100_000)] | None = None

    @model_validator(mode="after")
    def _check_correlated(self) -> "Noise":
        if self.kinds.get("poisson") and self.channels.get("correlated"):
            raise ValueError("Poisson noise cannot be correlated between channels: leave one of the two weights out")
        return self

    def draw(self, rng: Stream, context: Context) -> NoiseParams:
        """Draw kind, channels, strength and the seed of the field."""
        kind: Any = rng.choice(self.kinds)
        channels: Any = rng.choice(self.channels)
        seed = rng.seed()
        if kind == "poisson":
            peak = None if self.peak is None else math.exp(rng.uniform(math.log(self.peak[0]), math.log(self.peak[1])))
            return NoiseParams(kind, channels, seed, scale=rng.uniform(*self.scale), peak=peak)
        if channels == "correlated":
            return NoiseParams(kind, channels, seed, sigma=self.sigma[1], mixing=_draw_mixing(rng))
        return NoiseParams(kind, channels, seed, sigma=rng.uniform(*self.sigma))

    @staticmethod
    def apply(image: Image, params: NoiseParams) -> Image:
        """Add the field and clip to [0, 1]."""
        from degradekit.functional.noise import add_clipped

        return add_clipped(image, noise_field(image, params))

    @staticmethod
    def describe(params: NoiseParams) -> str:
        """Channels, kind and strength."""
        strength = f"x{params.scale:.2f}" if params.kind == "poisson" else f"sigma {params.sigma:.1f}"
        return f"noise {params.channels} {params.kind} {strength}"


def noise_field(image: Image, params: NoiseParams) -> Image:
    """What is added to the image before clipping: its shape, or (H, W, 1) for gray noise."""
    from degradekit.functional import noise

    shape: Any = image.shape
    gray = params.channels == "gray"
    if params.kind == "poisson":
        assert params.scale is not None
        return noise.poisson_field(image, params.scale, gray, params.seed, params.peak)
    assert params.sigma is not None
    if params.mixing is not None:
        field = noise.correlated_field(shape, params.sigma, params.mixing, params.seed)
    else:
        field = noise.gaussian_field(shape, params.sigma, gray, params.seed)
    return field * image if params.kind == "speckle" else field


def _draw_mixing(rng: Stream) -> Mixing:
    """A factor L of a random covariance |U^T diag(d) U|, d uniform in [0, 1], U a random orthonormal basis.

    BSRGAN takes U from the singular vectors of a uniform random matrix; here it is that matrix orthonormalized column
    by column (Gram and Schmidt), which needs no linear algebra library. The absolute value may leave the covariance
    slightly indefinite; a negative pivot counts as zero.
    """
    d = [rng.random() for _ in range(3)]
    basis: list[list[float]] = []
    while len(basis) < 3:
        vector = [rng.random() for _ in range(3)]
        for unit in basis:
            along = sum(a * b for a, b in zip(vector, unit, strict=True))
            vector = [a - along * b for a, b in zip(vector, unit, strict=True)]
        length = math.sqrt(sum(a * a for a in vector))
        if length > 1e-6:
            basis.append([a / length for a in vector])
    # Column k of U is basis[k].
    covariance = [[abs(sum(basis[i][k] * d[k] * basis[j][k] for k in range(3))) for j in range(3)] for i in range(3)]
    lower = [[0.0] * 3 for _ in range(3)]
    for i in range(3):
        for j in range(i + 1):
            rest = covariance[i][j] - sum(lower[i][k] * lower[j][k] for k in range(j))
            if i == j:
                lower[i][i] = math.sqrt(max(rest, 0.0))
            elif lower[j][j] > 1e-9:
                lower[i][j] = rest / lower[j][j]
    return tuple(tuple(row) for row in lower)  # type: ignore[return-value]
