"""degradekit: composable, seeded image degradations for blind super-resolution.

>>> from degradekit import HighOrder
>>> recipe = HighOrder(order=2, scale=4)
>>> degradation = recipe.sample((400, 400), seed=7)
>>> degradation.lr_size
(100, 100)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy  # noqa: F401 - first, as numpy takes 8 ms longer to import after pydantic

from degradekit import presets, recipes
from degradekit.catalogue import BUILT_IN, register
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
from degradekit.operators.crop import Crop
from degradekit.operators.jpeg import JPEG
from degradekit.operators.kernel import Kernel
from degradekit.operators.noise import Noise
from degradekit.operators.resize import Resize
from degradekit.operators.sharpen import Sharpen
from degradekit.operators.sinc import Sinc
from degradekit.step import Step

if TYPE_CHECKING:  # imported when they are asked for, by `__getattr__`
    from degradekit.operators.blur import BoxBlur, DiscBlur, MotionBlur, RandomKernel
    from degradekit.operators.dither import Dither, Quantize
    from degradekit.operators.kernel_folder import KernelFolder
    from degradekit.operators.palette import Palette
    from degradekit.operators.resize_twice import ResizeTwice
    from degradekit.operators.screentone import Screentone
    from degradekit.operators.smoothing import Bilateral, Median
    from degradekit.operators.trajectory_blur import TrajectoryBlur

__version__ = "0.1.0"

__all__ = [
    "JPEG",
    "Bilateral",
    "BoxBlur",
    "Chain",
    "Crop",
    "DatasetError",
    "Degradation",
    "DegradekitError",
    "DiscBlur",
    "Dither",
    "HighOrder",
    "ImageError",
    "Kernel",
    "KernelFolder",
    "Maybe",
    "Median",
    "Mistake",
    "MotionBlur",
    "Noise",
    "OneOf",
    "Palette",
    "Quantize",
    "RandomKernel",
    "RecipeError",
    "RecordError",
    "Resize",
    "ResizeTwice",
    "Screentone",
    "Sharpen",
    "Shuffle",
    "Sinc",
    "Stage",
    "Step",
    "TrajectoryBlur",
    "UnavailableError",
    "presets",
    "recipes",
    "register",
]


def __getattr__(name: str) -> Any:
    """Import an operator when it is asked for: the operators that most recipes do without cost nothing at the start."""
    for target in BUILT_IN.values():
        module, _, class_name = target.partition(":")
        if class_name == name:
            return getattr(import_module(module), name)
    raise AttributeError(f"module 'degradekit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
