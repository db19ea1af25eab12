"""Gaussian noise that is not white: made at a smaller size and resized up, blurred or sharpened, kept in parts."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, get_args

import numpy as np

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import (
    Between,
    Flag,
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
from degradekit.limits import MAX_GRAIN, MAX_NOISE, MAX_SHARPENING
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Reading
from degradekit.operators.noise_fields import FieldNoise, FieldStep
from degradekit.operators.parameters import NoiseLevel
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Filter: TypeAlias = Literal["lanczos", "bilinear", "nearest"]
Direction: TypeAlias = Literal["horizontal", "vertical", "falling", "rising"]
Sign: TypeAlias = Literal["both", "lighten", "darken"]
Factor: TypeAlias = Annotated[Number, Between(1, MAX_GRAIN)]
_DIRECTIONS = FrozenWeights(dict.fromkeys(get_args(Direction), 1.0))


@validated(RecordError)
class ResizedNoiseStep(FieldStep):
    """Add Gaussian noise that was made at another size, and clip to [0, 1].

    The noise is made, blurred, resized up, sharpened, renormalized, and kept where its sign and the blocks say so.

    Attributes:
        sigma: Standard deviation on the 0..255 scale.
        factor_y, factor_x: How many times it is enlarged, vertically and horizontally.
        filter: What it is enlarged with.
        blur_sigma: Standard deviation of the Gaussian blur, in pixels before the enlargement; 0 for none.
        line_weight: Weight of each of the two neighbors on a line that it is blurred along, the pixel's own being
            1 - 2 line_weight; 0 for none.
        line_direction: Direction of the line as seen on a screen; `falling` goes down to the right, `rising` up.
        sharpening: How much of the field's difference from a blurred one is added; 0 for none.
        sharpening_sigma: Standard deviation of that blur, in pixels.
        renormalize: Bring the field's root mean square back to sigma, which all of the above change.
        sign: `lighten` keeps what is positive, `darken` what is negative.
        coverage: Probability of a block to have noise.
        block_size: Side of the blocks in pixels.
    """

    op: ClassVar[str] = "resized_noise"

    sigma: NoiseLevel
    factor_y: Factor = 1.0
    factor_x: Factor = 1.0
    filter: Filter = "lanczos"
    blur_sigma: Annotated[Number, Between(0, MAX_GRAIN)] = 0.0
    line_weight: Annotated[Number, Between(0, 0.5)] = 0.0
    line_direction: Direction = "horizontal"
    sharpening: Annotated[Number, Between(0, MAX_SHARPENING)] = 0.0
    sharpening_sigma: Annotated[Number, Between(0.1, MAX_GRAIN)] = 1.0
    renormalize: Flag = True
    sign: Sign = "both"
    coverage: Probability = 1.0
    block_size: Annotated[Integer, Between(1, MAX_GRAIN)] = 1

    def planes(self, shape: tuple[int, int, int]) -> Image:
        """Return the noise."""
        from degradekit.functional import grain

        field = grain.resized_normal(
            shape,
            (self.factor_y, self.factor_x),
            self.filter,
            self.seed,
            blur_sigma=self.blur_sigma,
            line=self.line_weight,
            direction=self.line_direction,
        )
        if self.sharpening:
            field = grain.sharpened(field, self.sharpening, self.sharpening_sigma)
        if self.renormalize:
            field = grain.normalized(field)
        if self.sign != "both":
            field = np.maximum(field, 0) if self.sign == "lighten" else np.minimum(field, 0)
        if self.coverage < 1:
            field = grain.keep_in_blocks(field, self.coverage, self.block_size, self.seed)
        return field * np.float32(self.sigma / 255)

    @property
    def taps(self) -> int:
        """Those of the enlargement and of two Gaussian blurs."""
        blurred = 2 * math.ceil(3 * self.blur_sigma) + 1 if self.blur_sigma else 0
        sharpened = 2 * math.ceil(3 * self.sharpening_sigma) + 1 if self.sharpening else 0
        return 32 + 2 * (blurred + sharpened)

    def __str__(self) -> str:
        text = f"noise {self.channels} sigma {self.sigma:.1f}"
        if max(self.factor_y, self.factor_x) > 1:
            text += f", {self.factor_x:.2f} x {self.factor_y:.2f} larger"
        text += ", blurred" * bool(self.blur_sigma or self.line_weight) + ", sharpened" * bool(self.sharpening)
        return text + (f", in {self.coverage:.0%}" if self.coverage < 1 else "")


@validated(RecipeError)
class ResizedNoise(FieldNoise):
    """Add Gaussian noise whose grain is not the pixel's, and clip to [0, 1].

    Noise that was there before an image was enlarged, sharpened or compressed is correlated between neighbors: grain,
    as people call it. With `coverage` it is noise in some pixels or blocks only, as of a denoiser or an encoder that
    spares the others. It has no kernel label.

    Attributes:
        sigma: Span of the standard deviation, on the 0..255 scale.
        resize_probability: Probability that the noise is enlarged.
        factor: Span of the factor of the enlargement.
        per_axis: Draw a factor each for the vertical and the horizontal.
        filters: Weights of the filters that it is enlarged with: `lanczos`, `bilinear`, `nearest`.
        blurs: Weights of the blurs before the enlargement: `none`, `gaussian`, and `line`, which averages three pixels
            on a line in one of four directions.
        blur_sigma: Span of the Gaussian blur's standard deviation, in pixels.
        line_weight: Span of the weight of each of the line's two outer pixels.
        sharpening: Span of how much of the field's difference from a blurred one is added after the enlargement.
        sharpening_sigma: Span of that blur's standard deviation, in pixels.
        renormalize: Bring the field's root mean square back to sigma, which all of the above change.
        signs: Weights of `both`, `lighten` (keep what is positive) and `darken` (what is negative).
        sparse_probability: Probability that only some blocks have noise.
        coverage: Span of the probability of a block to have noise then.
        block_size: Span of the side of the blocks in pixels; 1 decides for each pixel.

    Source: docs/model.md, section Other noise; enlargement and sharpening are those of wtp_dataset_destroyer, blur,
    signs and blocks those of waifu2x, sigma is Real-ESRGAN's.
    """

    op: ClassVar[str] = "resized_noise"
    step_types: ClassVar[tuple[type[Step], ...]] = (ResizedNoiseStep,)

    sigma: Annotated[Span, Within(0, MAX_NOISE), Neutral(0)] = (1.0, 30.0)
    resize_probability: Probability = 1.0
    factor: Annotated[Span, Within(1, MAX_GRAIN)] = (1.0, 2.0)
    per_axis: Flag = False
    filters: Annotated[Mix, Weights(*get_args(Filter))] = FrozenWeights(lanczos=1.0)
    blurs: Annotated[Mix, Weights("none", "gaussian", "line")] = FrozenWeights(none=1.0)
    blur_sigma: Annotated[Span, Within(0.1, MAX_GRAIN)] = (0.6, 1.4)
    line_weight: Annotated[Span, Within(0, 0.5)] = (0.005, 1 / 3)
    sharpening: Annotated[Span, Within(0, MAX_SHARPENING)] = (0.0, 0.0)
    sharpening_sigma: Annotated[Span, Within(0.1, MAX_GRAIN)] = (1.0, 2.0)
    renormalize: Flag = True
    signs: Annotated[Mix, Weights(*get_args(Sign))] = FrozenWeights(both=1.0)
    sparse_probability: Probability = 0.0
    coverage: Annotated[Span, Within(0, 1)] = (0.1, 0.5)
    block_size: Annotated[IntegerSpan, Within(1, MAX_GRAIN)] = (1, 1)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the noise's strength, size, blur, sharpening and parts, and what `FieldNoise` has."""
        sigma, chosen_filter = rng.uniform(*bounds(self.sigma)), rng.choice(weights_of(self.filters))
        factor_y = factor_x = 1.0
        if rng.coin(self.resize_probability):
            factor_y = factor_x = rng.uniform(*bounds(self.factor))
            if self.per_axis:
                factor_x = rng.uniform(*bounds(self.factor))
        blur: dict[str, Any] = {}
        chosen = rng.choice(weights_of(self.blurs))
        if chosen == "gaussian":
            blur = {"blur_sigma": rng.uniform(*bounds(self.blur_sigma))}
        elif chosen == "line":
            blur = {"line_weight": rng.uniform(*bounds(self.line_weight)), "line_direction": rng.choice(_DIRECTIONS)}
        sharpening, sharpening_sigma = (rng.uniform(*bounds(span)) for span in (self.sharpening, self.sharpening_sigma))
        sign = rng.choice(weights_of(self.signs))
        parts: dict[str, Any] = {}
        if rng.coin(self.sparse_probability):
            parts = {
                "coverage": rng.uniform(*bounds(self.coverage)),
                "block_size": rng.integer(*bounds(self.block_size)),
            }
        return (
            ResizedNoiseStep(
                sigma,
                factor_y,
                factor_x,
                chosen_filter,
                sharpening=sharpening,
                sharpening_sigma=sharpening_sigma,
                renormalize=self.renormalize,
                sign=sign,
                **blur,
                **parts,
                **self.draw_shared(rng),
            ),
        )

    def readings(self) -> Mapping[str, Reading | None]:
        """Return how to read what is only drawn for noise that is enlarged, blurred, or kept in parts."""
        is_larger, is_sparse = bounds(self.factor)[1] > 1, bounds(self.coverage)[0] < 1
        return {
            **super().readings(),
            "resize_probability": (lambda step: step.factor_y > 1) if is_larger else None,
            "factor": (lambda step: step.factor_y if step.factor_y > 1 else None) if self.resize_probability else None,
            "blurs": lambda step: "gaussian" if step.blur_sigma else "line" if step.line_weight else "none",
            "blur_sigma": (lambda step: step.blur_sigma or None) if "gaussian" in drawn_names(self.blurs) else None,
            "line_weight": (lambda step: step.line_weight or None) if "line" in drawn_names(self.blurs) else None,
            "sparse_probability": (lambda step: step.coverage < 1) if is_sparse else None,
            "coverage": (lambda step: step.coverage if step.coverage < 1 else None)
            if self.sparse_probability
            else None,
            "block_size": (lambda step: step.block_size if step.coverage < 1 else None)
            if self.sparse_probability
            else None,
            **({} if any(bounds(self.sharpening)) else {"sharpening_sigma": None}),
        }
