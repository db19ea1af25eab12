"""What every shipped recipe is called, where it is made, and what it was published for."""

from typing import NamedTuple


class Preset(NamedTuple):
    """A shipped recipe.

    Attributes:
        target: `module:function` in `degradekit.presets`; the function takes the scale.
        group: What is trained with it, one of `GROUPS`.
        scale: HR side / LR side that it was published for, which is its default.
    """

    target: str
    group: str
    scale: int = 4


GROUPS = {
    "photos": "Photos",
    "faces": "Faces, at the size of the HR",
    "anime": "Anime, illustrations and games",
    "scans": "Scanned and printed photos",
    "web": "Pictures from the web",
    "codecs": "Codecs and quality assessment",
}
"""What presets are trained for, in the order of lists, with the heading of each."""

TABLE = {
    "real-esrgan": Preset("real_esrgan:real_esrgan", "photos"),
    "classical": Preset("real_esrgan:classical", "photos"),
    "bicubic": Preset("real_esrgan:bicubic", "photos"),
    "bsrgan": Preset("bsrgan:bsrgan", "photos"),
    "bsrgan-plus": Preset("bsrgan:bsrgan_plus", "photos"),
    "bsrgan-light": Preset("bsrgan:bsrgan_light", "photos"),
    "osediff": Preset("diffusion:osediff", "photos"),
    "stablesr": Preset("diffusion:stablesr", "photos"),
    "pisasr": Preset("diffusion:pisasr", "photos"),
    "resshift": Preset("diffusion:resshift", "photos"),
    "resshift-test": Preset("diffusion:resshift_test", "photos"),
    "diffbir-v1": Preset("faces:diffbir_v1", "photos", 1),
    "gate": Preset("mixtures:gate", "photos"),
    "dasr": Preset("mixtures:dasr", "photos"),
    "dasr-weak": Preset("mixtures:dasr_weak", "photos"),
    "dasr-standard": Preset("mixtures:dasr_standard", "photos"),
    "dasr-severe": Preset("mixtures:dasr_severe", "photos"),
    "trainner-combo": Preset("trainers:trainner_combo", "photos"),
    "neosr": Preset("trainers:neosr", "photos"),
    "trainner-redux": Preset("trainers:trainner_redux", "photos"),
    "gfpgan": Preset("faces:gfpgan", "faces", 1),
    "codeformer-large": Preset("faces:codeformer_large", "faces", 1),
    "codeformer-small": Preset("faces:codeformer_small", "faces", 1),
    "codeformer-color": Preset("faces:codeformer_color", "faces", 1),
    "stablesr-face": Preset("faces:stablesr_face", "faces", 1),
    "osediff-face": Preset("faces:osediff_face", "faces", 1),
    "gpen": Preset("faces:gpen", "faces", 1),
    "apisr": Preset("anime:apisr", "anime"),
    "animesr": Preset("anime:animesr", "anime"),
    **{f"waifu2x-art-{level}": Preset(f"waifu2x:art_{level}", "anime", 2) for level in range(4)},
    "wtp-digital-art": Preset("destroyers:wtp_digital_art", "anime"),
    "wtp-game-texture": Preset("destroyers:wtp_game_texture", "anime"),
    **{f"waifu2x-photo-{level}": Preset(f"waifu2x:photo_{level}", "scans", 2) for level in range(4)},
    "web-repost": Preset("web:web_repost", "web"),
    "dataset-destroyer": Preset("destroyers:dataset_destroyer", "codecs"),
    "kadid": Preset("quality:kadid", "codecs", 1),
}

ALIASES = {
    "hat-real": "real-esrgan",
    "drct-real": "real-esrgan",
    "seesr": "real-esrgan",
    "diffbir-v2.1": "real-esrgan",
    "hypir": "real-esrgan",
    "s3diff": "stablesr",
    "pasd": "pisasr",
    "dloral": "pisasr",
    "invsr": "resshift",
    "swinir-real": "bsrgan",
    "femasr": "bsrgan",
}
"""Projects that train with the recipe of another one, value for value; docs/presets.md has the source of each."""
