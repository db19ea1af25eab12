"""Builds sharded LR/HR pair datasets: scan the photos, plan the shards, build each from the plan alone."""

from degradekit.dataset.build import finalize, synthesize
from degradekit.dataset.export import export
from degradekit.dataset.inspect import Inspection, inspect
from degradekit.dataset.pairs import Pair, Pairs
from degradekit.dataset.plan import Options
from degradekit.dataset.replay import replay
from degradekit.dataset.report import Report
from degradekit.dataset.verify import Verification, verify

__all__ = [
    "Inspection",
    "Options",
    "Pair",
    "Pairs",
    "Report",
    "Verification",
    "export",
    "finalize",
    "inspect",
    "replay",
    "synthesize",
    "verify",
]
