"""degradekit's trainer for Real-ESRGAN's two stages, and its pairs as torch datasets for other trainers.

The names below are imported when they are asked for, so that importing a module of the package stays cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from degradekit_models.on_the_fly import OnTheFly
    from degradekit_models.pair_patches import PairPatches, pairs_on_device

__all__ = ["OnTheFly", "PairPatches", "pairs_on_device"]

_MODULES = {"OnTheFly": "on_the_fly", "PairPatches": "pair_patches", "pairs_on_device": "pair_patches"}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
