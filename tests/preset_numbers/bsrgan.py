"""BSRGAN and its variants: shuffled steps, and resizes by a uniform divisor."""

from math import pi
from typing import Any

from preset_numbers.grammar import Either, Line, Maybe, Node, Seq, Shuffle
from preset_numbers.laws import SEED, Choice, Correlated, Logarithm, Squared, Uniform, equal, odd, same
from preset_numbers.lines import HR, PUBLISHED_FILTERS, downscale, jpeg, resize, sides, to_size

LR = HR // 4


def blurs(r: int, part: float, aniso_sizes: Any, iso_sizes: Any) -> Line:
    """Return KAIR's blur: half anisotropic, uniform in the eigenvalues of the covariance, half isotropic."""
    variance, sigma = Squared(0, (4 + r) * part), Uniform(0, (2 + 0.2 * r) * part)
    return Line(
        f"blur for r = {r}",
        "kernel",
        (
            0.5,
            {
                "family": "aniso",
                "size": aniso_sizes,
                "sigma_x": variance,
                "sigma_y": variance,
                "theta": Uniform(0, pi),
                "beta": 1.0,
            },
        ),
        (
            0.5,
            {"family": "iso", "size": iso_sizes, "sigma_x": sigma, "sigma_y": same("sigma_x"), "theta": 0.0, "beta": 1.0},
        ),
    )


def noises(name: str, op: str, low: int, high: int) -> Line:
    """Return noise that is colored or gray at a drawn level, or correlated at the highest."""
    return Line(
        name,
        op,
        (0.8, {"channels": equal("color", "gray"), "sigma": Uniform(low, high), "seed": SEED}),
        (0.2, {"channels": Correlated(), "sigma": float(high), "seed": SEED}),
    )


def shuffled(r: int, blur: Line, how_many: int, noise: Line, quality: tuple[int, int], down_p: float) -> Node:
    """Return the shuffled steps and the last JPEG; the resize to the LR comes after the random one."""
    strided = Line(
        "strided Gaussian", "resize.gaussian", factor=1 / r, **sides(None), sigma=Uniform(0.1, 0.6 * r)
    )
    down = Either((down_p, downscale("random downscale", (1, 2 * r), PUBLISHED_FILTERS)), (1 - down_p, strided))
    return Seq(
        Shuffle(
            *[blur] * how_many,
            noise,
            Maybe(0.9, jpeg("shuffled JPEG", *quality)),
            in_order=(down, to_size("resize to size", LR)),
        ),
        jpeg("last JPEG", *quality),
    )


HALVING = Line(
    "halving",
    "resize",
    factor=0.5,
    height=HR // 2,
    width=HR // 2,
    filter=Choice({"bicubic_antialiased": 0.5, "area": 1 / 6, "bilinear": 1 / 6, "bicubic": 1 / 6}),
)


def halved(whole: Node, half: Node) -> Node:
    """Return a recipe for r = 4 that halves the HR first in a quarter of the draws, and goes on with r = 2."""
    return Either((0.75, whole), (0.25, Seq(HALVING, half)))


SIZES = odd(7, 25)
NOISE = noises("noise", "noise.gaussian", 2, 25)
BSRGAN = halved(*(shuffled(r, blurs(r, 1, SIZES, SIZES), 2, NOISE, (30, 95), 0.75) for r in (4, 2)))

# U{5..14} and U{5..7} rounded up to odd numbers.
LIGHT_ANISO = Choice({5: 1, 7: 2, 9: 2, 11: 2, 13: 2, 15: 1})
LIGHT_ISO = Choice({5: 1, 7: 2})
LIGHT_NOISE = noises("noise", "noise.gaussian", 1, 2)
BSRGAN_LIGHT = halved(
    *(shuffled(r, blurs(r, 0.25, LIGHT_ANISO, LIGHT_ISO), 1, LIGHT_NOISE, (80, 95), 0.8) for r in (4, 2))
)

PLUS_BLUR = blurs(4, 1, SIZES, SIZES)
PLUS_RESIZE = resize("random resize", (0.5 / 4, 2), (0.2, 0.7, 0.1))
PLUS_NOISES = (
    NOISE,
    Maybe(
        0.1,
        Line(
            "Poisson", "noise.poisson", scale=1.0, seed=SEED, channels=equal("color", "gray"), peak=Logarithm(1e2, 1e4)
        ),
    ),
    Maybe(0.1, noises("speckle", "noise.speckle", 2, 25)),
)
MIDDLE_JPEG = jpeg("middle JPEG", 30, 95)
GROUP = (PLUS_BLUR, PLUS_RESIZE)
BSRGAN_PLUS = Seq(
    Either(
        (0.5, Shuffle(*GROUP, *PLUS_NOISES, MIDDLE_JPEG, *GROUP, *PLUS_NOISES)),
        (0.5, Seq(*GROUP, Shuffle(*PLUS_NOISES), MIDDLE_JPEG, *GROUP, Shuffle(*PLUS_NOISES))),
    ),
    to_size("resize to size", LR),
    jpeg("last JPEG", 30, 95),
)

RECIPES = {"bsrgan": BSRGAN, "bsrgan-light": BSRGAN_LIGHT, "bsrgan-plus": BSRGAN_PLUS}
