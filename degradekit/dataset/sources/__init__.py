"""Finds the photos that a build reads. A new kind of source is a file here, and a case of `scan`."""

from degradekit.dataset.sources.base import Source
from degradekit.dataset.sources.scanning import Location, Scan, Selection, refuse_inside, scan

__all__ = ["Location", "Scan", "Selection", "Source", "refuse_inside", "scan"]
