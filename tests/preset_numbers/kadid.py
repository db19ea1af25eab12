"""KADID's distortions as ARNIQA composes them: miccunifi/ARNIQA, utils/utils_data.py and utils/distortions.py.

One to four of seven groups, one distortion of each, in random order; of the five levels, milder ones are likelier.
Five distortions that have no operator are left out: color diffusion and shift, jitter, patches and color blocks.
"""

from math import exp, log, pi, sqrt
from typing import Any

from preset_numbers.grammar import Either, Line, Node, Seq, Shuffle
from preset_numbers.laws import SEED, Choice, Follows, Uniform, same

WEIGHTS = [exp(-(level**2) / (2 * 2.5**2)) for level in range(5)]


def levels(*values: float) -> Choice:
    """Return the law of a value for each level; equal ones count together."""
    law = dict.fromkeys(values, 0.0)
    for value, weight in zip(values, WEIGHTS, strict=True):
        law[value] += weight
    return Choice(law)


def deviations(*variances: float) -> Choice:
    """Return the law of standard deviations on the 0..255 scale."""
    return levels(*(255 * sqrt(variance) for variance in variances))


def one_of(*parts: Node) -> Node:
    """Return equally likely parts."""
    return Either(*((1, part) for part in parts))


def gammas(*middles: float) -> Choice:
    """Return the law of exponents that move 1/2 to these values, none below 1/4."""
    return levels(*(max(0.25, log(middle) / log(0.5)) if middle < 1 else 0.25 for middle in middles))


def curve(name: str, **fields: Any) -> Line:
    """Return a change of levels from the whole range."""
    return Line(name, "levels", in_low=0.0, in_high=255.0, **fields)


def contrast(name: str, *slopes: float) -> Line:
    """Return a linear change about the middle."""
    return curve(
        name,
        out_low=levels(*(127.5 * (1 - slope) for slope in slopes)),
        out_high=Follows(lambda given: 255 - given["out_low"]),
        gamma=1.0,
    )


SIGMAS = (0.1, 0.5, 1.0, 2.0, 5.0)
BLUR = one_of(
    Line(
        "Gaussian blur",
        "kernel",
        family="iso",
        sigma_x=levels(*SIGMAS),
        sigma_y=same("sigma_x"),
        theta=0.0,
        beta=1.0,
        size=Follows(lambda given: 2 * (-(-2 * given["sigma_x"] // 1)) + 1),
    ),
    Line("lens blur", "disc_blur", radius=levels(1, 2, 4, 6, 8)),
    Line("motion blur", "motion_blur", length=levels(1, 2, 4, 6, 10), angle=Uniform(0, pi)),
)
COLOR = one_of(
    Line("HSV saturation", "saturation", factor=levels(0.4, 0.2, 0.1, 0, -0.4), model="hsv"),
    Line("Lab saturation", "saturation", factor=levels(1, 2, 3, 6, 9), model="luma"),
)
CODEC = one_of(
    Line("JPEG 2000", "jpeg2000", ratio=levels(16, 32, 45, 120, 170), wavelet="9/7"),
    Line("JPEG", "jpeg", quality=levels(43, 36, 24, 7, 4), subsampling="4:2:0"),
)
YCBCR = deviations(0.0001, 0.0005, 0.001, 0.002, 0.003)
NOISE = one_of(
    Line(
        "white noise",
        "noise.gaussian",
        channels="color",
        sigma=deviations(0.001, 0.002, 0.003, 0.005, 0.01),
        seed=SEED,
    ),
    Seq(
        Line("noise of Y", "noise.gaussian", channels="luma", sigma=YCBCR, seed=SEED),
        Line("noise of CbCr", "noise.gaussian", channels="chroma", sigma=same("sigma_before"), seed=SEED),
    ),
    Line(
        "impulse noise",
        "salt_pepper",
        density=levels(0.001, 0.005, 0.01, 0.02, 0.03),
        seed=SEED,
        kind="both",
        channels="color",
    ),
    Line(
        "multiplicative noise",
        "noise.speckle",
        channels="color",
        sigma=deviations(0.001, 0.005, 0.01, 0.02, 0.05),
        seed=SEED,
    ),
)
BRIGHTNESS = one_of(
    curve("brighten", out_low=0.0, out_high=255.0, gamma=gammas(0.55, 0.6, 0.7, 0.85, 1.05)),
    curve("darken", out_low=0.0, out_high=255.0, gamma=gammas(0.475, 0.45, 0.4, 0.3, 0.1)),
    Line(
        "mean shift",
        "color_cast",
        **{f"gains_{channel}": 1.0 for channel in range(3)},
        offsets_0=levels(*(255 * shift for shift in (0, 0.08, -0.08, 0.15, -0.15))),
        offsets_1=same("offsets_0"),
        offsets_2=same("offsets_0"),
    ),
)
SPATIAL = one_of(
    Line("pixelate", "pixelate", factor=levels(*(1 / (0.95 - part**0.6) for part in (0.01, 0.05, 0.1, 0.2, 0.5)))),
    Line("quantization", "quantize", levels=levels(20, 16, 13, 10, 7)),
)
SHARPNESS = one_of(
    # A Gaussian of sigma 6 that is cut off at 6 pixels has a standard deviation of about 3.5.
    Line("sharpen", "halo", kind="unsharp_mask", sigma=3.5, amount=levels(1, 2, 3, 6, 12), threshold=0.0),
    contrast("linear contrast", 1.0, 1.15, 0.6, 1.3, 0.4),
    contrast("nonlinear contrast", 0.8, 0.6, 0.4, 0.2, 0.1),
)
GROUPS = (BLUR, COLOR, CODEC, NOISE, BRIGHTNESS, SPATIAL, SHARPNESS)

RECIPES = {"kadid": Either(*((1, Shuffle(*GROUPS, first=count)) for count in range(1, 5)))}
