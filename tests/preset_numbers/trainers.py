"""Presets of training frameworks."""

from math import pi

import numpy as np
from preset_numbers.anime import webp
from preset_numbers.grammar import Either, Line, Maybe, Node, Seq, Shuffle
from preset_numbers.laws import (
    SEED,
    Choice,
    Follows,
    Logarithm,
    Mixed,
    Squared,
    Uniform,
    Unused,
    equal,
    integers,
    odd,
    same,
)
from preset_numbers.lines import HR, final_sinc, gaussian, jpeg, resize, to_size

LR = HR // 4
# Antialiased bilinear and bicubic, nearest-exact and Lanczos.
FILTERS = equal("bilinear_antialiased", "catrom", "nearest", "lanczos")


def rounded(base: int | None) -> dict[str, Follows]:
    """Return the laws of the sides: the factor times the base, rounded to the nearest."""
    return {
        side: Follows(lambda given, side=side: np.round((given[f"{side}_before"] if base is None else base) * given["factor"]))
        for side in ("height", "width")
    }


# the-database/traiNNer-redux: blur, noise and sinc are off; a factor of 1 changes nothing, in the second stage not even
# the size.
REDUX = Seq(
    Line(
        "resize 1",
        "resize",
        factor=Mixed((0.2, Uniform(1, 1.5)), (0.7, Uniform(0.4, 1)), (0.1, 1.0)),
        **rounded(None),
        filter=FILTERS,
    ),
    jpeg("JPEG 1", 75, 95),
    Maybe(
        0.7,
        Line(
            "resize 2",
            "resize",
            factor=Mixed((3 / 7, Uniform(1, 1.2)), (4 / 7, Uniform(0.6, 1))),
            **rounded(LR),
            filter=FILTERS,
        ),
    ),
    Shuffle(to_size("last resize", LR, FILTERS), jpeg("last JPEG", 75, 95)),
)

# victorca25/traiNNer: codes/options/presets/combo_*.yaml. Noise patches and realistic kernels need folders of files.
COLORED = Choice({"color": 0.6, "gray": 0.4})


def combo_blur(name: str, iso: tuple[float, float], aniso: tuple[float, float]) -> Node:
    """Return a sinc or a Gaussian; anisotropic ones have their own range."""
    sizes = odd(7, 21)
    bell = Line(
        name,
        "kernel",
        (
            0.58,
            {
                "family": "iso",
                "size": sizes,
                "sigma_x": Uniform(*iso),
                "sigma_y": same("sigma_x"),
                "theta": 0.0,
                "beta": 1.0,
            },
        ),
        (
            0.32,
            {
                "family": "aniso",
                "size": sizes,
                "sigma_x": Uniform(*aniso),
                "sigma_y": Uniform(*aniso),
                "theta": Uniform(0, pi),
                "beta": 1.0,
            },
        ),
    )
    sinc = Line(
        name,
        "sinc",
        (3, {"size": odd(7, 11), "cutoff": Uniform(pi / 3, pi)}),
        (5, {"size": odd(13, 21), "cutoff": Uniform(pi / 5, pi)}),
    )
    return Either((0.9, bell), (0.1, sinc))


def combo_noise(name: str, variance: float, scale: float) -> Node:
    """Return Gaussian noise of a uniform variance, Poisson noise, or a camera's."""
    return Either(
        (1, gaussian(name, Squared(1, variance), COLORED)),
        (1, Line(name, "noise.poisson", scale=Uniform(0.05, scale), seed=SEED, channels=COLORED)),
        (
            1,
            Line(
                name,
                "camera",
                shot_variance=Logarithm(1e-4, 0.012),
                read_variance=Unused(),
                row_sigma=0.0,
                **{f"color_weights_{index}": Uniform(0, 1) for index in range(4)},
                gain=Unused(),
                red_gain=Uniform(1.2, 2.4),
                blue_gain=Uniform(1.2, 2.4),
                seed=SEED,
                demosaic_method="malvar",
                bayer_pattern=Unused(),
                tone_curve=Unused(),
            ),
        ),
    )


COMBO_FILTERS = equal("area", "bilinear", "bicubic", "nearest")
COMBO = Seq(
    combo_blur("blur 1", (0.1, 3), (0.2, 5)),
    resize("resize 1", (0.15, 1.5), (0.2, 0.7, 0.1), filters=COMBO_FILTERS),
    combo_noise("noise 1", 30, 3),
    Either((0.75, jpeg("JPEG", 30, 95)), (0.25, webp("WebP", 30, 95, integers(0, 6)))),
    Maybe(0.8, combo_blur("blur 2", (0.2, 1.5), (0.2, 1.5))),
    resize("resize 2", (0.3, 1.2), (0.3, 0.4, 0.3), LR, COMBO_FILTERS),
    combo_noise("noise 2", 25, 2.5),
    to_size("last resize", LR, equal("area", "bilinear", "bicubic", "mitchell")),
    Maybe(0.8, final_sinc()),
    jpeg("last JPEG", 30, 95),
)

RECIPES = {"trainner-redux": REDUX, "trainner-combo": COMBO}
