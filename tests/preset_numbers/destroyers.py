"""The community's tools: Dataset Destroyer and wtp_dataset_destroyer."""

from math import log, pi, sqrt
from typing import Any

import numpy as np
from preset_numbers.anime import video, webp
from preset_numbers.grammar import Either, Line, Maybe, Node, Seq, Shuffle
from preset_numbers.laws import SEED, Choice, Follows, Mixed, Uniform, Unused, equal, integers, same
from preset_numbers.lines import HR, jpeg, sides, to_size

LR = HR // 4

# Kim2091/helpful-scripts: Dataset Destroyer/config.ini and datasetDestroyer.py.
# A size of int(U{1..16} / 4), made odd: 1, 3 or 5; for the Gaussian the integer is made odd first, to the same effect.
SIZES = {1: 7, 3: 8, 5: 1}
# OpenCV's small kernels are (1, 2, 1) / 4, which is a Gaussian, and (1, 4, 6, 4, 1) / 16, which nearly is.
SIGMAS = {1: 0.01, 3: 1 / sqrt(2 * log(2)), 5: 1.1}
QUARTERS = equal(*(number / 4 for number in range(1, 17)))
TWENTIETHS = [number / 20 for number in range(6)]


DESTROYER_BLUR = Either(
    (1, Line("average", "box_blur", radius=Choice({(size - 1) / 2: weight for size, weight in SIZES.items()}))),
    (
        2,
        Line(
            "Gaussian",
            "kernel",
            *(
                (
                    weight,
                    {
                        "family": "iso",
                        "sigma_x": SIGMAS[size],
                        "sigma_y": same("sigma_x"),
                        "theta": 0.0,
                        "beta": 1.0,
                        "size": size,
                    },
                )
                for size, weight in SIZES.items()
            ),
            (
                16,
                {
                    "family": "aniso",
                    "sigma_x": QUARTERS,
                    "sigma_y": QUARTERS,
                    "theta": Uniform(-pi, pi),
                    "beta": 1.0,
                    "size": 33,
                },
            ),
        ),
    ),
)
PEPPER = equal(*(1 - np.exp(-0.75 * 0.02 * number) for number in range(1, 6)))
SALT_AND_PEPPER = Seq(
    Line("pepper", "salt_pepper", density=PEPPER, seed=SEED, kind="pepper", channels="gray"),
    Line(
        "salt",
        "salt_pepper",
        density=Follows(lambda given: 1 - (1 - given["density_before"]) ** 2),
        seed=SEED,
        kind="salt",
        channels="gray",
    ),
)
DESTROYER_NOISE = Either(
    (
        1,
        Line(
            "uniform",
            "uniform_noise",
            amplitude=equal(*(255 * part for part in TWENTIETHS)),
            seed=SEED,
            channels="color",
            offset=0.0,
            in_shadows=False,
        ),
    ),
    (
        3,
        Line(
            "Gaussian",
            "noise.gaussian",
            (1, {"channels": "color", "sigma": equal(*(255 * sqrt(part) for part in TWENTIETHS)), "seed": SEED}),
            (1, {"channels": "color", "sigma": equal(*(255 * part for part in TWENTIETHS)), "seed": SEED}),
            (1, {"channels": "gray", "sigma": equal(*(255 * part for part in TWENTIETHS)), "seed": SEED}),
        ),
    ),
    (1, SALT_AND_PEPPER),
)
DESTROYER_CODEC = Either(
    # MPEG-1 is encoded as MPEG-2.
    (2, video("MPEG", "mpeg2", quantizer=integers(2, 15))),
    (1, video("H.264", "h264", crf=integers(23, 32), speed="medium")),
    (1, video("HEVC", "hevc", crf=integers(25, 34), speed="medium")),
    (1, video("VP9", "vp9", crf=integers(25, 35), speed=5)),
    (1, jpeg("JPEG", 40, 95)),
    (1, webp("WebP", 45, 90, 4)),
)
# The Gaussian filter of the tool's library is not documented and left out.
SCALE_FILTERS = equal("bilinear_antialiased", "mitchell", "lanczos", "box")
DESTROYER_SCALE = Either(
    (
        1,
        Seq(
            Line("first scale", "resize", factor=Uniform(0.75, 1.5), **sides(None), filter=SCALE_FILTERS),
            to_size("second scale", LR, SCALE_FILTERS),
        ),
    ),
    (4, to_size("scale", LR, SCALE_FILTERS)),
)
DESTROYER = Shuffle(DESTROYER_BLUR, DESTROYER_NOISE, DESTROYER_CODEC, DESTROYER_SCALE)

# umzi2/wtp_dataset_destroyer: configs/custom/. Integers exclude the upper end.


def wtp_blur(p: float) -> Node:
    """Return one of three blurs of continuous width."""
    sigma = Uniform(0, 2)
    bell = Line(
        "Gaussian",
        "kernel",
        family="iso",
        sigma_x=sigma,
        sigma_y=same("sigma_x"),
        theta=0.0,
        beta=1.0,
        size=17,
    )
    disc = Line("lens", "disc_blur", radius=Uniform(1, 2))
    return Maybe(p, Either((1, Line("box", "box_blur", radius=Uniform(0, 2))), (1, bell), (1, disc)))


ART_FILTERS = equal(
    "box", "hermite", "bilinear_antialiased", "lagrange", "catrom", "mitchell", "bspline", "lanczos"
)
DIGITAL_ART = Seq(
    to_size("resize", LR, ART_FILTERS),
    Maybe(
        0.3, Line("halo", "halo", kind="unsharp_gray", sigma=Uniform(0, 2), amount=Uniform(0, 2), threshold=0.0)
    ),
    wtp_blur(0.8),
    Maybe(
        0.9,
        Either(
            (1, jpeg("JPEG", 40, 99, equal("4:4:4", "4:4:0", "4:2:2", "4:2:0"))), (1, webp("WebP", 40, 99, 4))
        ),
    ),
)
ALPHA = (0.1, 0.15, 0.2, 0.25)
PLANES = Choice({"luma": 0.3, "chroma": 0.7 * 0.1, "color": 0.7 * 0.9})
GAME_NOISE = Either(
    (
        1,
        Line(
            "uniform",
            "uniform_noise",
            *(
                (
                    1,
                    {
                        "amplitude": 255 * alpha,
                        "offset": Uniform(-25.5 * alpha, 25.5 * alpha),
                        "seed": SEED,
                        "channels": PLANES,
                        "in_shadows": False,
                    },
                )
                for alpha in ALPHA
            ),
        ),
    ),
    (
        1,
        Line(
            "Gaussian",
            "resized_noise",
            *(
                (
                    1,
                    {
                        "sigma": 255 * 0.25 * alpha,
                        "offset": Uniform(-25.5 * alpha, 25.5 * alpha),
                        "seed": SEED,
                        "channels": PLANES,
                        "in_shadows": False,
                        "factor_y": 1.0,
                        "factor_x": 1.0,
                        "filter": Unused(),
                        "blur_sigma": 0.0,
                        "line_weight": 0.0,
                        "line_direction": Unused(),
                        "sharpening": 0.0,
                        "sharpening_sigma": Unused(),
                        "renormalize": Unused(),
                        "sign": "both",
                        "coverage": 1.0,
                        "block_size": 1,
                    },
                )
                for alpha in ALPHA
            ),
        ),
    ),
)
LEVELS = integers(32, 127)
GAME_TEXTURE = Seq(
    Maybe(
        0.5,
        Either(
            (
                2,
                Line("dither", "dither.diffusion", levels=LEVELS, filter=equal("floyd_steinberg", "jarvis_judice_ninke")),
            ),
            (1, Line("quantize", "quantize", levels=LEVELS)),
        ),
    ),
    to_size("resize", LR, equal("box", "bilinear_antialiased", "catrom", "lanczos")),
    Maybe(
        0.4,
        Line(
            "halo", "halo", kind="unsharp_mask", sigma=Uniform(0, 1), amount=Uniform(0, 1), threshold=Uniform(0, 0.079)
        ),
    ),
    wtp_blur(0.15),
    Maybe(0.35, GAME_NOISE),
)

RECIPES = {"dataset-destroyer": DESTROYER, "wtp-digital-art": DIGITAL_ART, "wtp-game-texture": GAME_TEXTURE}
