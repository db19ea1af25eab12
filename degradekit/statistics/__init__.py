"""Statistics of single photos that degradations leave their traces in."""

from degradekit.statistics.pixel_quality import JPEG_SCORE_THRESHOLD, detect_jpeg_quality
from degradekit.statistics.statistic import Statistic
from degradekit.statistics.table import LEAST_SIDE, STATISTICS, measure_crop
from degradekit.statistics.table_quality import jpeg_quality_of_tables

__all__ = [
    "JPEG_SCORE_THRESHOLD",
    "LEAST_SIDE",
    "STATISTICS",
    "Statistic",
    "detect_jpeg_quality",
    "jpeg_quality_of_tables",
    "measure_crop",
]
