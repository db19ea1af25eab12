"""The preset for pictures that are posted again, which is degradekit's own."""

from preset_numbers.anime import webp
from preset_numbers.grammar import Either, Line, Maybe, Seq
from preset_numbers.laws import Uniform, equal, integers
from preset_numbers.lines import HR, jpeg, sides, to_size

LR = HR // 4
# The first picture is 1 to 2.5 times as large as the LR.
WEB_REPOST = Seq(
    Line("first size", "resize", factor=Uniform(1, 2.5), **sides(LR), filter=equal("bicubic_antialiased", "lanczos")),
    jpeg("first JPEG", 60, 95),
    to_size("resize", LR, equal("bicubic_antialiased", "lanczos")),
    Either((0.5, jpeg("second JPEG", 30, 90)), (0.5, webp("WebP", 30, 90, integers(0, 6)))),
    Maybe(
        0.3,
        Seq(
            Line("screenshot", "resize", factor=Uniform(0.8, 1.25), **sides(LR), filter="bilinear"),
            to_size("back", LR, "bilinear"),
        ),
    ),
    jpeg("last JPEG", 30, 95),
)
RECIPES = {"web-repost": WEB_REPOST}
