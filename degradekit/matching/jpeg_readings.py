"""The quality of a last JPEG, which files have in their headers, and pixels show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from degradekit.matching.recipe_paths import operators_by_path
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.operators.jpeg import JPEG
from degradekit.statistics import JPEG_SCORE_THRESHOLD, STATISTICS

_FEWEST_DRAWS = 200
_TAIL = 0.05
_NAMES = [statistic.name for statistic in STATISTICS]


@dataclass(frozen=True)
class Readings:
    """Qualities that are read.

    Attributes:
        path: The path of the field that they are drawn from.
        is_last: (N,) whether its step is the last one of a draw.
        simulated: (N,) what the pixels of each draw show, NaN if nothing.
        real: (P,) what the header of each real photo has, or else its pixels show.
        are_from_headers: Whether most of these are from headers.
    """

    path: str
    is_last: NDArray[np.bool_]
    simulated: NDArray[np.float64]
    real: NDArray[np.float64]
    are_from_headers: bool


def readings_of(simulation: Simulation, real: RealCrops) -> Readings | None:
    """Return the qualities for the JPEG that is the last step most often; None if a JPEG rarely is."""
    operators = operators_by_path(simulation.recipe)
    paths, counts = np.unique(simulation.last, return_counts=True)
    jpegs = [
        (int(count), str(path))
        for path, count in zip(paths, counts, strict=True)
        if isinstance(operators.get(str(path)), JPEG) and f"{path}.quality" in simulation.drawn
    ]
    if not jpegs or max(jpegs)[0] < _FEWEST_DRAWS:
        return None
    path = max(jpegs)[1]
    crop_qualities, header_qualities = _shown(real.statistics), real.qualities
    pixel_qualities = [_median(crop_qualities[real.photos == photo]) for photo in range(len(header_qualities))]
    qualities = np.where(np.isfinite(header_qualities), header_qualities, pixel_qualities)
    are_from_headers = bool(np.isfinite(header_qualities).sum() * 2 > np.isfinite(qualities).sum())
    return Readings(
        f"{path}.quality", simulation.last == path, _shown(simulation.statistics), qualities, are_from_headers
    )


def _shown(statistics: NDArray[np.float64]) -> NDArray[np.float64]:
    quality, score = statistics[:, _NAMES.index("jpeg_quality")], statistics[:, _NAMES.index("jpeg_score")]
    return np.where(score >= JPEG_SCORE_THRESHOLD, quality, np.nan)


def _median(qualities: NDArray[np.float64]) -> float:
    """Return the median where most crops show a quality, or else NaN."""
    shown = qualities[np.isfinite(qualities)]
    return float(np.median(shown)) if 2 * len(shown) > len(qualities) else float("nan")


def ends_of_readings(readings: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ends of the span of what is read off photos, (S, 2), for S weightings of the photos.

    They are the 5 % and 95 % quantiles, moved apart so that a uniform distribution gets its own ends.

    Args:
        readings: (P,) the quality that is read off each photo, NaN where none is.
        weights: (S, P) what each photo counts.
    """
    known = np.isfinite(readings)
    order = np.argsort(readings[known], kind="stable")
    ends = np.full((len(weights), 2), readings[known].mean() if known.any() else 0.0)
    for row, photo_weights in enumerate(weights[:, known][:, order]):
        if photo_weights.sum() > 0:
            below = (np.cumsum(photo_weights) - photo_weights / 2) / photo_weights.sum()
            ends[row] = np.interp((_TAIL, 1 - _TAIL), below, readings[known][order])
    beyond = (ends[:, 1] - ends[:, 0]) * _TAIL / (1 - 2 * _TAIL)
    widened: NDArray[np.float64] = ends + np.outer(beyond, (-1, 1))
    return widened.clip(1, 100)
