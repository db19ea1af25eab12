"""Presets for anime."""

from preset_numbers.grammar import Either, Line, Maybe, Node, Seq
from preset_numbers.laws import Choice, Uniform, equal, integers, same
from preset_numbers.lines import HR, blur, gaussian, jpeg, noise, resize, to_size
from math import pi

LR = HR // 4


def webp(name: str, low: int, high: int, method: object) -> Line:
    """Return a WebP of integer quality."""
    return Line(name, "webp", quality=integers(low, high), method=method)


def video(name: str, op: str, subsampling: object = "4:2:0", **fields: object) -> Line:
    """Return a video codec on a single frame."""
    more = {} if subsampling is None else {"subsampling": subsampling}
    return Line(name, op, frames=1, drift_y=0.0, drift_x=0.0, pick=0, **fields, **more)


def somewhere(part: Node, blur: Node, noise: Node) -> Node:
    """Return the part before the blur, after it, or after the noise."""
    return Either((1, Seq(part, blur, noise)), (1, Seq(blur, part, noise)), (1, Seq(blur, noise, part)))


SPEEDS = Choice({"slow": 0.05, "medium": 0.35, "fast": 0.3, "faster": 0.2, "superfast": 0.1})
APISR_DIRECTIONS = (0.2, 0.7, 0.1)
# Kiteretsu77/APISR: opt.py and degradation/.
APISR = Seq(
    somewhere(
        resize("resize 1", (0.1, 1.2), APISR_DIRECTIONS), blur("blur 1", (0.2, 3)), noise("noise 1", (1, 30), (0.05, 3))
    ),
    Either((0.4, jpeg("JPEG 1", 20, 95)), (0.6, webp("WebP 1", 20, 95, integers(0, 6)))),
    somewhere(
        resize("resize 2", (0.15, 1.2), APISR_DIRECTIONS, LR),
        Maybe(0.8, blur("blur 2", (0.2, 1.5))),
        noise("noise 2", (1, 25), (0.05, 2.5)),
    ),
    to_size("last resize", LR),
    Either(
        (0.06, jpeg("last JPEG", 20, 95)),
        (0.1, webp("last WebP", 20, 95, integers(0, 6))),
        (0.1, Line("last AVIF", "avif", quality=integers(20, 95), speed=integers(8, 10), subsampling="4:2:0")),
        (0.12, video("MPEG-2", "mpeg2", quantizer=integers(8, 31))),
        (0.12, video("MPEG-4", "mpeg4", None, quantizer=integers(8, 31))),
        (0.3, video("H.264", "h264", crf=integers(23, 38), speed=SPEEDS)),
        (0.2, video("HEVC", "hevc", crf=integers(28, 42), speed=SPEEDS)),
    ),
)

# TencentARC/AnimeSR: animesr/data/ffmpeg_anime_dataset.py, for one frame.
ANIMESR = Seq(
    Line(
        "blur",
        "kernel",
        (
            0.7,
            {
                "family": "iso",
                "size": 21,
                "sigma_x": Uniform(0.2, 4),
                "sigma_y": same("sigma_x"),
                "theta": 0.0,
                "beta": 1.0,
            },
        ),
        (
            0.3,
            {
                "family": "aniso",
                "size": 21,
                "sigma_x": Uniform(0.2, 4),
                "sigma_y": Uniform(0.8, 3),
                "theta": Uniform(-pi, pi),
                "beta": 1.0,
            },
        ),
    ),
    gaussian("noise", Uniform(0, 10), equal("gray", "color")),
    to_size("downscale", LR, Choice({"area": 0.3, "bilinear": 0.3, "bicubic": 0.4})),
    video("H.264", "h264", crf=integers(18, 35), speed="medium"),
)

RECIPES = {"apisr": APISR, "animesr": ANIMESR}
