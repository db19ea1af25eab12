"""A camera's sensor: shot, read and row noise under a Bayer mosaic, in the sensor's linear colors."""

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Annotated, ClassVar, Literal, NamedTuple, Self, TypeAlias, get_args

from pydantic import Strict, model_validator

from degradekit.errors import Mistake, RecipeError, RecordError
from degradekit.fields import (
    Between,
    FrozenWeights,
    Mix,
    Neutral,
    Number,
    Span,
    Stored,
    Weights,
    Within,
    bounds,
    drawn_names,
    listed,
    weights_of,
)
from degradekit.limits import LEAST_SHOT, MAX_PUSH, MAX_SENSOR_GAIN, MAX_WEIGHT
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator, Reading
from degradekit.operators.parameters import Seed
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

DemosaicMethod: TypeAlias = Literal["bilinear", "malvar", "none"]
BayerPattern: TypeAlias = Literal["RGGB", "GRBG", "GBRG", "BGGR"]
ToneCurve: TypeAlias = Literal["smoothstep", "none"]
Gain = Annotated[Number, Between(1 / MAX_SENSOR_GAIN, MAX_SENSOR_GAIN)]
PartOfWhite = Annotated[Number, Between(0, 1)]
Weight = Annotated[Number, Between(0, MAX_WEIGHT)]


class LogLinear(NamedTuple):
    """A standard deviation of raw counts: its logarithm is slope * log K + bias + N(0, sigma), with K the gain."""

    slope: float
    bias: float
    sigma: float


class MeasuredSensor(NamedTuple):
    """The noise of a camera as ELD measured it, in counts of 14 bits.

    Attributes:
        gain: The least and the largest gain K, counts for each photo-electron.
        read: The read noise.
        row: The row noise.
    """

    gain: tuple[float, float]
    read: LogLinear
    row: LogLinear


MEASURED = {
    "sony_a7s2": MeasuredSensor((0.094, 6.0), LogLinear(0.541, 1.218, 0.268), LogLinear(0.528, -0.592, 0.294)),
    "canon_5d4": MeasuredSensor((0.218, 14.0), LogLinear(0.677, 1.512, 0.246), LogLinear(0.471, -0.808, 0.244)),
    "canon_70d": MeasuredSensor((0.408, 26.1), LogLinear(0.568, 1.998, 0.249), LogLinear(0.729, -0.937, 0.250)),
    "canon_700d": MeasuredSensor((0.448, 28.6), LogLinear(0.653, 2.080, 0.258), LogLinear(0.622, -0.776, 0.249)),
    "nikon_d850": MeasuredSensor((0.415, 26.6), LogLinear(0.564, 0.799, 0.214), LogLinear(0.448, -1.798, 0.232)),
}
"""The five cameras of ELD, by their names in recipes."""
SATURATION = 15583
"""Counts of white above black in ELD's 14 bits."""
READ_OF_SHOT = LogLinear(2.18, 1.20, 0.26)
"""The logarithm of the read noise's variance from that of the shot noise's, by Brooks et al."""


@validated(RecordError)
class CameraStep(Step):
    """Take the photo again with a noisy sensor, and clip to [0, 1].

    Without noise and with `demosaic_method` none this is the identity; with a mosaic, what remains is the effect of
    demosaicing.

    Attributes:
        shot_variance: Variance of the shot noise at white, where white is 1.
        read_variance: Variance of the read noise.
        row_sigma: Standard deviation of the offset of each of the sensor's rows; white is 1.
        color_weights: Weights of the four published color matrices.
        gain: Brightening of all colors from the sensor to the photo.
        red_gain, blue_gain: White balance, from the sensor to the photo.
        demosaic_method: How missing colors are filled in; with `none` the sensor measures all colors at each pixel.
        bayer_pattern: The colors of the first two rows of the sensor.
        tone_curve: The tone curve after the gamma of 2.2.
        seed: Seed of the noise.
    """

    op: ClassVar[str] = "camera"

    shot_variance: PartOfWhite
    read_variance: PartOfWhite
    row_sigma: PartOfWhite
    color_weights: Annotated[
        Sequence[float], Stored(Annotated[tuple[Weight, Weight, Weight, Weight], Strict()], listed)
    ]
    gain: Gain
    red_gain: Gain
    blue_gain: Gain
    seed: Seed
    demosaic_method: DemosaicMethod = "bilinear"
    bayer_pattern: BayerPattern = "RGGB"
    tone_curve: ToneCurve = "smoothstep"

    @model_validator(mode="after")
    def _check_weights(self) -> Self:
        if not sum(self.color_weights) > 0:
            raise RecordError(Mistake("color_weights", "at least one must be above 0", self.color_weights))
        return self

    def __call__(self, image: Image) -> Image:
        """Unprocess, add the noise, and develop."""
        from degradekit.functional.camera import Development, photograph
        from degradekit.functional.sensor_noise import SensorNoise

        smoothstep = self.tone_curve == "smoothstep"
        development = Development(self.color_weights, self.gain, self.red_gain, self.blue_gain, smoothstep)
        noise = SensorNoise(self.shot_variance, self.read_variance, self.row_sigma, self.seed)
        pattern = None if self.demosaic_method == "none" else self.bayer_pattern
        return photograph(image, development, noise, pattern, self.demosaic_method == "malvar")

    @property
    def taps(self) -> int:
        """About as many as take the time of the curves, the counts and Malvar's 5 x 5 filters."""
        return 64

    def __str__(self) -> str:
        mosaic = "no mosaic" if self.demosaic_method == "none" else f"{self.bayer_pattern} {self.demosaic_method}"
        read_sigma = math.sqrt(self.read_variance)
        return f"camera shot {self.shot_variance:.2g}, read {read_sigma:.2g}, rows {self.row_sigma:.2g}, {mosaic}"


@validated(RecipeError)
class Camera(Operator):
    """Take the photo again with a noisy sensor: what high ISO looks like, with its color blotches and banding.

    The photo goes back to the sensor's linear colors, gets noise there, one color for each pixel, and is developed
    again. So noise is strong in dark and middle tones and weak in bright ones, its colors are mixed by the color
    matrix, and demosaicing makes blotches of it. The sensor's own limits change nothing: noise aside, colors and
    highlights stay as they were. A gray image is taken without color filters: no mosaic, no white balance. It is not
    linear, so it has no kernel label.

    Attributes:
        sensors: Weights of `brooks` (noise drawn from the spans below) and of the cameras that ELD measured:
            `sony_a7s2`, `canon_5d4`, `canon_70d`, `canon_700d` and `nikon_d850`, at a gain that is log-uniform over the
            camera's own range.
        shot_variance: Span of the shot noise's variance at white, where white is 1; log-uniform. The read noise's
            variance follows: its logarithm is 2.18 log shot_variance + 1.20 + N(0, 0.26). For `brooks` only.
        row_noise_ratio: Span of the standard deviation of the rows' offsets, divided by the read noise's. For `brooks`
            only, whose authors have none; the default, degradekit's own, is about what ELD measured.
        push_stops: Span of the stops by which the photo was underexposed and then brightened. For the measured cameras
            only; the default is degradekit's own, ELD's is 6.6 to 8.2.
        demosaic_methods: Weights of `bilinear`, `malvar` (5 x 5, gradient-corrected) and `none`, a sensor that measures
            every color at each pixel.
        bayer_patterns: Weights of the patterns, named by the first two rows of the sensor: `RGGB`, `GRBG`, `GBRG` and
            `BGGR`.
        red_gain, blue_gain: Spans of the white balance.
        tone_curves: Weights of `smoothstep`, 3 t^2 - 2 t^3 after the gamma, and `none`.

    Source: docs/model.md, section Camera; the defaults are those of Brooks et al. (CVPR 2019), but for the mix of
    sensors and patterns, which is degradekit's own.
    """

    op: ClassVar[str] = "camera"
    step_types: ClassVar[tuple[type[Step], ...]] = (CameraStep,)

    sensors: Annotated[Mix, Weights("brooks", *MEASURED)] = FrozenWeights(
        {"brooks": 0.5} | dict.fromkeys(MEASURED, 0.1)
    )
    shot_variance: Annotated[Span, Within(LEAST_SHOT, 1), Neutral(LEAST_SHOT)] = (0.0001, 0.012)
    row_noise_ratio: Annotated[Span, Within(0, 10), Neutral(0)] = (0.0, 0.2)
    push_stops: Annotated[Span, Within(0, MAX_PUSH), Neutral(0)] = (0.0, 3.0)
    demosaic_methods: Annotated[Mix, Weights(*get_args(DemosaicMethod))] = FrozenWeights(bilinear=0.5, malvar=0.5)
    bayer_patterns: Annotated[Mix, Weights(*get_args(BayerPattern))] = FrozenWeights(
        dict.fromkeys(get_args(BayerPattern), 0.25)
    )
    red_gain: Annotated[Span, Within(1 / MAX_SENSOR_GAIN, MAX_SENSOR_GAIN)] = (1.9, 2.4)
    blue_gain: Annotated[Span, Within(1 / MAX_SENSOR_GAIN, MAX_SENSOR_GAIN)] = (1.5, 1.9)
    tone_curves: Annotated[Mix, Weights(*get_args(ToneCurve))] = FrozenWeights(smoothstep=1.0)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the sensor and its noise, the color matrix, gains, demosaicing, tone curve and the seed."""
        sensor = rng.choice(weights_of(self.sensors))
        shot_variance, read_variance, row_sigma = (
            self._draw_brooks(rng) if sensor == "brooks" else self._draw_measured(sensor, rng)
        )
        return (
            CameraStep(
                shot_variance=min(shot_variance, 1.0),
                read_variance=min(read_variance, 1.0),
                row_sigma=min(row_sigma, 1.0),
                color_weights=tuple(rng.uniform(1e-6, 1.0) for _ in range(4)),
                gain=1 / (0.8 + 0.1 * min(max(_normal(rng), -3.0), 3.0)),
                red_gain=rng.uniform(*bounds(self.red_gain)),
                blue_gain=rng.uniform(*bounds(self.blue_gain)),
                demosaic_method=rng.choice(weights_of(self.demosaic_methods)),
                bayer_pattern=rng.choice(weights_of(self.bayer_patterns)),
                tone_curve=rng.choice(weights_of(self.tone_curves)),
                seed=rng.seed(),
            ),
        )

    def readings(self) -> Mapping[str, Reading | None]:
        """Return how to read the spans of `brooks`, which steps show where there is no other sensor."""
        if drawn_names(self.sensors) != {"brooks"}:
            return {"sensors": None, "shot_variance": None}
        return {"push_stops": None, "row_noise_ratio": lambda step: step.row_sigma / math.sqrt(step.read_variance)}

    def _draw_brooks(self, rng: Stream) -> tuple[float, float, float]:
        shot_variance = rng.log_uniform(*bounds(self.shot_variance))
        read_variance = _draw(READ_OF_SHOT, math.log(shot_variance), rng)
        return shot_variance, read_variance, rng.uniform(*bounds(self.row_noise_ratio)) * math.sqrt(read_variance)

    def _draw_measured(self, name: str, rng: Stream) -> tuple[float, float, float]:
        sensor = MEASURED[name]
        log_gain = math.log(rng.log_uniform(*sensor.gain))
        read_sigma = _draw(sensor.read, log_gain, rng) / SATURATION
        row_sigma = _draw(sensor.row, log_gain, rng) / SATURATION
        brightening = 2.0 ** rng.uniform(*bounds(self.push_stops))
        shot_variance = math.exp(log_gain) / SATURATION
        return shot_variance * brightening, (read_sigma * brightening) ** 2, row_sigma * brightening


def _draw(law: LogLinear, logarithm: float, rng: Stream) -> float:
    return math.exp(law.slope * logarithm + law.bias + law.sigma * _normal(rng))


def _normal(rng: Stream) -> float:
    """Draw a standard normal number."""
    return NormalDist().inv_cdf(max(rng.random(), 2.0**-53))
