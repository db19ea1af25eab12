"""Sensor noise: Gaussian, Poisson and speckle; per channel, gray, or correlated between channels."""

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import model_validator

from degradekit.errors import Mistake, RecipeError, RecordError
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
    drawn_names,
    weights_of,
)
from degradekit.limits import MAX_MIXING, MAX_NOISE, MAX_PEAK
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator, Reading
from degradekit.operators.parameters import NoiseLevel, Seed
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Entry: TypeAlias = Annotated[Number, Between(-MAX_MIXING, MAX_MIXING)]
Row: TypeAlias = tuple[Entry, Entry, Entry]
Mixing: TypeAlias = tuple[Row, Row, Row]
"""A 3 x 3 matrix that mixes white noise of three channels."""
NormalChannels: TypeAlias = Literal["color", "gray", "luma", "chroma"] | Mixing


class _NoiseStep(Step):
    """Add a noise field and clip to [0, 1]."""

    def __call__(self, image: Image) -> Image:
        """Add the field and clip."""
        from degradekit.functional.noise import add_clipped

        return add_clipped(image, self.field(image))

    @abstractmethod
    def field(self, image: Image) -> Image:
        """Return what is added before clipping, float32 of the image's shape, or (H, W, 1) for gray noise."""


class _NormalStep(_NoiseStep):
    """What Gaussian and speckle noise share: the normal field."""

    sigma: float
    seed: int
    channels: NormalChannels

    def normal_field(self, shape: Any) -> Image:
        """Return sigma / 255 times a standard normal field."""
        from degradekit.functional import noise

        if isinstance(self.channels, tuple):
            return noise.correlated_field(shape, self.sigma, self.channels, self.seed)
        if self.channels == "chroma":
            return noise.chroma_field(shape, self.sigma, self.seed)
        return noise.gaussian_field(shape, self.sigma, self.channels != "color", self.seed)

    def __str__(self) -> str:
        channels = "correlated" if isinstance(self.channels, tuple) else self.channels
        return f"noise {channels} {self.op.rpartition('.')[2]} sigma {self.sigma:.1f}"


@validated(RecordError)
class GaussianStep(_NormalStep):
    """Add white Gaussian noise and clip to [0, 1].

    Attributes:
        sigma: Standard deviation on the 0..255 scale.
        seed: Seed of the field.
        channels: `color` for a field per channel; `gray` for one field for all, which is also what adding it to the
            `luma` is; `chroma` for a field each for Cb and Cr of JPEG's YCbCr, which leaves the luma and gray images
            alone; or the 3 x 3 matrix that mixes the channels' fields; of its rows, a gray image takes the first.
    """

    op: ClassVar[str] = "noise.gaussian"

    sigma: NoiseLevel
    seed: Seed
    channels: NormalChannels = "color"

    def field(self, image: Image) -> Image:
        """Return the normal field."""
        return self.normal_field(image.shape)


@validated(RecordError)
class SpeckleStep(_NormalStep):
    """Add Gaussian noise times the image and clip to [0, 1].

    Attributes:
        sigma: Standard deviation at white, on the 0..255 scale.
        seed: Seed of the field.
        channels: The same as in `GaussianStep`, but that the fields for `luma` and `chroma` are multiplied by the luma.
    """

    op: ClassVar[str] = "noise.speckle"

    sigma: NoiseLevel
    seed: Seed
    channels: NormalChannels = "color"

    def field(self, image: Image) -> Image:
        """Return the normal field times the image."""
        from degradekit.functional.noise import luma

        return self.normal_field(image.shape) * (luma(image) if self.channels in ("luma", "chroma") else image)


@validated(RecordError)
class PoissonStep(_NoiseStep):
    """Add Poisson (shot) noise, made from the image at 8-bit levels, and clip to [0, 1].

    Attributes:
        scale: Factor of the noise.
        seed: Seed of the field.
        channels: `color` for a field per channel, `gray` for one field, made from the luma, for all.
        peak: Mean count of white; None takes the power of two at or above the number of distinct levels in the image.
    """

    op: ClassVar[str] = "noise.poisson"

    scale: NoiseLevel
    seed: Seed
    channels: Literal["color", "gray"] = "color"
    peak: Annotated[Number, Between(1, MAX_PEAK)] | None = None

    def field(self, image: Image) -> Image:
        """Return the counts' difference from their mean, scaled."""
        from degradekit.functional.noise import poisson_field

        return poisson_field(image, self.scale, self.channels == "gray", self.seed, self.peak)

    def __str__(self) -> str:
        return f"noise {self.channels} poisson x{self.scale:.2f}"


@validated(RecipeError)
class Noise(Operator):
    """Add a noise field and clip to [0, 1].

    Attributes:
        kinds: Weights of `gaussian`, `poisson` (exactly Poisson, of the image at 8-bit levels) and `speckle` (Gaussian
            times the image).
        channels: Weights of `color` (a field per channel), `gray` (one field for all) and `correlated` (Gaussian and
            speckle only: a random covariance between channels, at the highest sigma), `luma` (noise of Y of JPEG's
            YCbCr, which is gray noise; speckle is then proportional to Y) and `chroma` (noise of Cb and Cr; Gaussian
            and speckle only).
        sigma: Span of the standard deviation of Gaussian and speckle noise, on the 0..255 scale.
        scale: Span of the factor of the Poisson noise.
        peak: Span of the mean Poisson count of white, drawn log-uniformly. None takes the power of two at or above the
            number of distinct levels in the image.
        sigma_law: What is uniform over the span `sigma`: the `sigma`, or its square (`variance`: then the span is of
            variances, on the 0..255 scale squared).

    Source: docs/model.md, section Noise; the defaults are those of Real-ESRGAN's first stage.
    """

    op: ClassVar[str] = "noise"
    step_types: ClassVar[tuple[type[Step], ...]] = (GaussianStep, PoissonStep, SpeckleStep)

    kinds: Annotated[Mix, Weights("gaussian", "poisson", "speckle")] = FrozenWeights(gaussian=0.5, poisson=0.5)
    channels: Annotated[Mix, Weights("color", "gray", "correlated", "luma", "chroma")] = FrozenWeights(
        color=0.6, gray=0.4
    )
    sigma: Annotated[Span, Within(0, MAX_NOISE), Neutral(0)] = (1.0, 30.0)
    scale: Annotated[Span, Within(0, MAX_NOISE), Neutral(0)] = (0.05, 3.0)
    peak: Annotated[Span, Within(1, MAX_PEAK)] | None = None
    sigma_law: Literal["sigma", "variance"] = "sigma"

    @model_validator(mode="after")
    def _check_channels(self) -> Self:
        if "poisson" in drawn_names(self.kinds):
            for channels in ("correlated", "chroma"):
                if channels in drawn_names(self.channels):
                    rule = f"Poisson noise cannot be {channels} noise; leave one of the two weights out"
                    raise RecipeError(Mistake("channels", rule, self.channels))
        return self

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw kind, channels, strength and the seed of the field."""
        kind = rng.choice(weights_of(self.kinds))
        channels: Any = rng.choice(weights_of(self.channels))
        seed = rng.seed()
        if kind == "poisson":
            # The logarithm's rounding may take the highest peak a little too high.
            peak = None if self.peak is None else min(rng.log_uniform(*bounds(self.peak)), MAX_PEAK)
            channels = "gray" if channels == "luma" else channels  # which is made from the luma
            return (PoissonStep(rng.uniform(*bounds(self.scale)), seed, channels, peak),)
        step_type = GaussianStep if kind == "gaussian" else SpeckleStep
        if channels == "correlated":
            return (step_type(self._sigma_of(bounds(self.sigma)[1]), seed, draw_mixing(rng)),)
        return (step_type(self._sigma_of(rng.uniform(*bounds(self.sigma))), seed, channels),)

    def readings(self) -> Mapping[str, Reading | None]:
        """Return how to read the sigma by its law; for correlated channels it is not drawn."""
        kinds = drawn_names(self.kinds)
        channels = drawn_names(self.channels)
        power = 1 if self.sigma_law == "sigma" else 2

        def sigma(step: Step) -> float | None:
            return step.sigma**power if isinstance(step, _NormalStep) and isinstance(step.channels, str) else None

        readings: dict[str, Reading | None] = {
            "sigma": sigma if kinds != {"poisson"} and channels != {"correlated"} else None,
            "channels": lambda step: step.channels if isinstance(step.channels, str) else "correlated",
        }
        if "poisson" not in kinds:
            readings |= {"scale": None, "peak": None}
        elif "luma" in channels:  # of which Poisson noise makes gray
            readings["channels"] = None
        return readings

    def _sigma_of(self, drawn: float) -> float:
        return drawn if self.sigma_law == "sigma" else math.sqrt(drawn)


def draw_mixing(rng: Stream) -> Mixing:
    """Draw a factor L of a random covariance |U^T diag(d) U|, d uniform in [0, 1], U a random orthonormal basis.

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
