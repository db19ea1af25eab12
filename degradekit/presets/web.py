"""Pictures from the web; degradekit's own recipes. Source: docs/presets.md."""

from degradekit.compose import Chain, Maybe, OneOf
from degradekit.operators.jpeg import JPEG
from degradekit.operators.resize import Resize
from degradekit.operators.still_codecs import WebP

_LARGEST_UPLOAD = 2.5
"""Sides of the uploaded picture over those of the LR, at most."""


def web_repost(scale: int) -> Chain:
    """Uploaded, resized by the site, perhaps a screenshot, and shared again (degradekit's own)."""
    sharp = {"bicubic_antialiased": 0.5, "lanczos": 0.5}
    uploaded = Resize(to="lr", factor=(1.0, min(_LARGEST_UPLOAD, scale)), direction="up", filters=sharp)
    screenshot = Chain(
        (
            Resize(to="lr", factor=(0.8, 1.25), direction={"up": 0.25, "down": 0.2}, filters="bilinear"),
            Resize(to="lr", filters="bilinear"),
        ),
        name="screenshot",
    )
    return Chain(
        (
            uploaded,
            JPEG(quality=(60, 95), name="upload"),
            Resize(to="lr", filters=sharp, name="to_size"),
            OneOf((JPEG(quality=(30, 90)), WebP(quality=(30, 90))), name="site"),
            Maybe(screenshot, 0.3),
            JPEG(name="shared"),
        ),
        scale=scale,
    )
