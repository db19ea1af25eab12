"""Finds the photos that a build reads. A new kind of source is a file here, and a case of `scan`."""

from degradekit.dataset.sources.base import Source
from degradekit.dataset.sources.scanning import Selection, refuse_inside, scan
from degradekit.dataset.sources.scans import Scan

__all__ = ["Scan", "Selection", "Source", "refuse_inside", "scan"]
