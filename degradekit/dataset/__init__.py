"""Builds sharded LR/HR pair datasets: scan the photos, plan the shards, build each from the plan alone."""

from degradekit.dataset.build import synthesize
from degradekit.dataset.plan import Options
from degradekit.dataset.report import Report

__all__ = ["Options", "Report", "synthesize"]
