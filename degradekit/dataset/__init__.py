"""Builds sharded LR/HR pair datasets: scan the photos, plan the shards, build each from the plan alone.

The names below are imported when they are asked for, so that reading pairs does not load the builder.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from degradekit.dataset.building import finalize, synthesize, synthesize_slice
    from degradekit.dataset.checking import Verification
    from degradekit.dataset.describing import describe
    from degradekit.dataset.engines import LocalEngine, RayEngine
    from degradekit.dataset.exporting import export
    from degradekit.dataset.filtering import filter_pairs
    from degradekit.dataset.inspecting import Inspection, inspect
    from degradekit.dataset.measurements import Measurements, measure
    from degradekit.dataset.options import Options
    from degradekit.dataset.pair import Pair
    from degradekit.dataset.pairs import Pairs
    from degradekit.dataset.parameters_table import parameters, save_parameters
    from degradekit.dataset.progress import Progress
    from degradekit.dataset.progress_bar import ProgressBar
    from degradekit.dataset.redegrading import redegrade
    from degradekit.dataset.report import Outcome, Report
    from degradekit.dataset.sources import Selection
    from degradekit.dataset.verifying import verify

__all__ = [
    "Inspection",
    "LocalEngine",
    "Measurements",
    "Options",
    "Outcome",
    "Pair",
    "Pairs",
    "Progress",
    "ProgressBar",
    "RayEngine",
    "Report",
    "Selection",
    "Verification",
    "describe",
    "export",
    "filter_pairs",
    "finalize",
    "inspect",
    "measure",
    "parameters",
    "redegrade",
    "save_parameters",
    "synthesize",
    "synthesize_slice",
    "verify",
]

_MODULES = {
    "checking": ("Verification",),
    "building": ("finalize", "synthesize", "synthesize_slice"),
    "describing": ("describe",),
    "engines": ("LocalEngine", "RayEngine"),
    "exporting": ("export",),
    "filtering": ("filter_pairs",),
    "inspecting": ("Inspection", "inspect"),
    "measurements": ("Measurements", "measure"),
    "options": ("Options",),
    "pair": ("Pair",),
    "pairs": ("Pairs",),
    "parameters_table": ("parameters", "save_parameters"),
    "progress": ("Progress",),
    "progress_bar": ("ProgressBar",),
    "redegrading": ("redegrade",),
    "report": ("Outcome", "Report"),
    "sources": ("Selection",),
    "verifying": ("verify",),
}


def __getattr__(name: str) -> object:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
