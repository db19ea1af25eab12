"""Presets of training frameworks."""

import numpy as np
from preset_numbers.grammar import Maybe, Seq, Shuffle
from preset_numbers.laws import Follows, Mixed, Uniform, equal
from preset_numbers.lines import HR, Line, jpeg, to_size

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

RECIPES = {"trainner-redux": REDUX}
