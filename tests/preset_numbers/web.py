"""The preset for pictures that are posted again, which is degradekit's own."""

from preset_numbers.anime import webp
from preset_numbers.grammar import Either, Line, Maybe, Seq
from preset_numbers.laws import Uniform, equal, integers
from preset_numbers.lines import jpeg, sides

WEB_REPOST = Seq(
    jpeg("first JPEG", 60, 95),
    Line("resize", "resize", factor=Uniform(0.4, 1), **sides(None), filter=equal("bicubic_antialiased", "lanczos")),
    Either((0.5, jpeg("second JPEG", 30, 90)), (0.5, webp("WebP", 30, 90, integers(0, 6)))),
    Maybe(0.3, Line("screenshot", "resize", factor=Uniform(0.8, 1.25), **sides(None), filter="bilinear")),
    jpeg("last JPEG", 30, 90),
)
RECIPES = {"web-repost": WEB_REPOST}
