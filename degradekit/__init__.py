"""degradekit: composable, seeded image degradations for blind super-resolution.

>>> from degradekit import HighOrder
>>> recipe = HighOrder(order=2, scale=4)
>>> degradation = recipe.sample((400, 400), seed=7)
>>> degradation.lr_size
(100, 100)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # imported when they are asked for, by `__getattr__`
    from degradekit import presets, recipes
    from degradekit.catalogue import register
    from degradekit.compose import Chain, Maybe, OneOf, Shuffle
    from degradekit.degradation import Degradation
    from degradekit.errors import (
        DatasetError,
        DegradekitError,
        ImageError,
        Mistake,
        RecipeError,
        RecordError,
        UnavailableError,
    )
    from degradekit.high_order import HighOrder, Stage
    from degradekit.linear_light import LinearLight
    from degradekit.matching.match_photos import match
    from degradekit.matching.results import Match
    from degradekit.operators.blur import BoxBlur, DiscBlur, MotionBlur, RandomKernel
    from degradekit.operators.boolean_grain import BooleanGrain
    from degradekit.operators.camera import Camera
    from degradekit.operators.chroma import ChromaSubsampling
    from degradekit.operators.color import ColorCast, Grayscale, Saturation
    from degradekit.operators.color_jitter import ColorJitter
    from degradekit.operators.crop import Crop
    from degradekit.operators.dither import Dither, Quantize
    from degradekit.operators.film_grain import FilmGrain
    from degradekit.operators.fractal_noise import FractalNoise
    from degradekit.operators.halo import Halo
    from degradekit.operators.isp import ISP
    from degradekit.operators.jpeg import JPEG
    from degradekit.operators.jpeg_passes import JPEGPasses
    from degradekit.operators.jpeg_tables import JPEGTables
    from degradekit.operators.kernel import Kernel
    from degradekit.operators.kernel_folder import KernelFolder
    from degradekit.operators.lens import ChannelShift, ChromaticAberration, Vignetting
    from degradekit.operators.levels import Levels
    from degradekit.operators.noise import Noise
    from degradekit.operators.noise_pool import NoisePool
    from degradekit.operators.palette import Palette
    from degradekit.operators.paper_texture import PaperTexture
    from degradekit.operators.photo_grain import PhotoGrain
    from degradekit.operators.pixelate import Pixelate
    from degradekit.operators.resize import Resize
    from degradekit.operators.resize_twice import ResizeTwice
    from degradekit.operators.resized_noise import ResizedNoise
    from degradekit.operators.salt_pepper import SaltPepper
    from degradekit.operators.scan_lines import Interlace, SineStripes
    from degradekit.operators.screentone import Screentone
    from degradekit.operators.sharpen import Sharpen
    from degradekit.operators.sinc import Sinc
    from degradekit.operators.smoothing import Bilateral, Median
    from degradekit.operators.still_codecs import AVIF, JPEG2000, JPEGXL, WebP
    from degradekit.operators.thick_lines import ThickLines
    from degradekit.operators.trajectory_blur import TrajectoryBlur
    from degradekit.operators.uniform_noise import UniformNoise
    from degradekit.operators.video_h26x import H264, HEVC
    from degradekit.operators.video_mpeg import MPEG2, MPEG4
    from degradekit.operators.video_web import AV1, VP9
    from degradekit.step import Step
    from degradekit.warming import warm_up

__version__ = "0.1.0"

__all__ = [
    "AV1",
    "AVIF",
    "H264",
    "HEVC",
    "ISP",
    "JPEG",
    "JPEG2000",
    "JPEGXL",
    "MPEG2",
    "MPEG4",
    "VP9",
    "Bilateral",
    "BooleanGrain",
    "BoxBlur",
    "Camera",
    "Chain",
    "ChannelShift",
    "ChromaSubsampling",
    "ChromaticAberration",
    "ColorCast",
    "ColorJitter",
    "Crop",
    "DatasetError",
    "Degradation",
    "DegradekitError",
    "DiscBlur",
    "Dither",
    "FilmGrain",
    "FractalNoise",
    "Grayscale",
    "Halo",
    "HighOrder",
    "ImageError",
    "Interlace",
    "JPEGPasses",
    "JPEGTables",
    "Kernel",
    "KernelFolder",
    "Levels",
    "LinearLight",
    "Match",
    "Maybe",
    "Median",
    "Mistake",
    "MotionBlur",
    "Noise",
    "NoisePool",
    "OneOf",
    "Palette",
    "PaperTexture",
    "PhotoGrain",
    "Pixelate",
    "Quantize",
    "RandomKernel",
    "RecipeError",
    "RecordError",
    "Resize",
    "ResizeTwice",
    "ResizedNoise",
    "SaltPepper",
    "Saturation",
    "Screentone",
    "Sharpen",
    "Shuffle",
    "Sinc",
    "SineStripes",
    "Stage",
    "Step",
    "ThickLines",
    "TrajectoryBlur",
    "UnavailableError",
    "UniformNoise",
    "Vignetting",
    "WebP",
    "match",
    "presets",
    "recipes",
    "register",
    "warm_up",
]


_MODULES = {
    "catalogue": ("register",),
    "degradation": ("Degradation",),
    "errors": (
        "DatasetError",
        "DegradekitError",
        "ImageError",
        "Mistake",
        "RecipeError",
        "RecordError",
        "UnavailableError",
    ),
    "matching.match_photos": ("match",),
    "matching.results": ("Match",),
    "step": ("Step",),
    "warming": ("warm_up",),
}
"""Where the names are that are neither operators nor modules."""


def __getattr__(name: str) -> Any:
    """Import what is asked for, and nothing else, so that a start costs what it uses."""
    if name in ("presets", "recipes"):
        return import_module(f"{__name__}.{name}")
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    if name in __all__:
        from degradekit.catalogue import BUILT_IN

        for target in BUILT_IN.values():
            module, _, class_name = target.partition(":")
            if class_name == name:
                return getattr(import_module(module), name)
    raise AttributeError(f"module 'degradekit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
