"""Presets of one pass that end at the HR's size, most of them for faces."""

from math import pi

from preset_numbers.grammar import Line, Maybe, Node, Seq, Shuffle
from preset_numbers.laws import Uniform
from preset_numbers.lines import HR, bells, downscale, gaussian, jpeg, to_size
from preset_numbers.laws import as_law

GRAY = Line("gray", "grayscale", (1.0, {}))
SHIFT = Uniform(-20, 20)
# GFPGAN shifts the channels, makes gray, and jitters, in this order.
COLORS = (
    Maybe(
        0.3,
        Line(
            "shift",
            "color_cast",
            **{f"gains_{channel}": 1.0 for channel in range(3)},
            **{f"offsets_{channel}": SHIFT for channel in range(3)},
        ),
    ),
    Maybe(0.01, GRAY),
    Maybe(
        0.3,
        Shuffle(
            Line("brightness", "color_jitter.brightness", factor=Uniform(0.5, 1.5)),
            Line("contrast", "color_jitter.contrast", factor=Uniform(0.5, 1.5)),
            Line("saturation", "saturation", factor=Uniform(0, 1.5), model="luma"),
            Line("hue", "color_jitter.hue", turns=Uniform(-0.1, 0.1)),
        ),
    ),
)


def face(sigma: tuple[float, float], divisor: tuple[float, float], noise: float, quality: tuple[int, int], *after: Node, before: Node | None = None) -> Node:
    """Return blur, bilinear downscale, noise, JPEG and the bilinear resize back."""
    return Seq(
        before or Seq(),
        bells("blur", as_law(41), Uniform(*sigma), {"iso": 0.5, "aniso": 0.5}),
        downscale("downscale", divisor, "bilinear"),
        gaussian("noise", Uniform(0, noise), "color"),
        jpeg("JPEG", *quality),
        to_size("resize back", HR, "bilinear"),
        *after,
    )


RECIPES = {
    "diffbir-v1": face((0.1, 12), (1, 12), 15, (30, 100)),
    "gfpgan": face((0.1, 10), (0.8, 8), 20, (60, 100), *COLORS),
    "codeformer-large": face((1, 15), (4, 30), 20, (30, 80)),
    "codeformer-color": face((1, 15), (4, 30), 20, (30, 80), *COLORS),
    "codeformer-small": face((0.1, 10), (1, 12), 15, (60, 100)),
    "stablesr-face": face((0.1, 15), (0.8, 32), 20, (30, 100), Maybe(0.01, GRAY)),
    "osediff-face": face((1, 15), (1, 30), 20, (30, 100)),
    "gpen": face((0.1, 10), (0.8, 8), 20, (60, 100), before=Maybe(0.2, GRAY)),
}
