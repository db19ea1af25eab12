"""Real low-quality photos beside what a recipe makes, by the statistics of `degradekit.dataset.measure`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.dataset.measurements import PIXEL_NUMBERS, measure_pixels
from degradekit.errors import ImageError
from degradekit.statistics import LEAST_SIDE, STATISTICS
from degradekit.studio.photos import StudioPhoto
from degradekit.types import Pixels

MOST_REAL = 24
"""Real photos that are shown and measured."""
_MEANINGS = {"sharpness": "sharpness of the whole photo", "blockiness": "blocks of the whole photo"}
_MEANINGS |= {statistic.name: f"{statistic.meaning}; {statistic.unit}" for statistic in STATISTICS}
_FIRST = ("sharpness", "blockiness", "noise_mad", "cb_noise_mad", "jpeg_quality", "edge_width", "spectrum_slope_high")
"""The statistics that are shown first: what people look for in a recipe."""


class Spread(NamedTuple):
    """The quartiles of a statistic."""

    low: float
    median: float
    high: float


class Compared(NamedTuple):
    """A statistic of real photos and of draws.

    Attributes:
        name: The name of the statistic.
        meaning: What it measures.
        is_first: Whether it is among the few that are shown first.
        real: Its quartiles over the real photos.
        made: Its quartiles over the draws.
    """

    name: str
    meaning: str
    is_first: bool
    real: Spread
    made: Spread

    @property
    def is_apart(self) -> bool:
        """Whether the middle halves of the two do not meet."""
        return self.real.high < self.made.low or self.made.high < self.real.low


@dataclass(frozen=True)
class RealLRs:
    """Real low-quality photos.

    Attributes:
        photos: The photos, each at least `LEAST_SIDE` pixels along each side.
    """

    photos: Sequence[StudioPhoto]

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        """(photos, statistics): measured once."""
        return measured(photo.pixels for photo in self.photos)

    def compared(self, lrs: Sequence[Pixels]) -> Iterator[Compared]:
        """Yield each statistic of the photos and of LRs that a recipe has made.

        Raises:
            ImageError: An LR is too small to be measured.
        """
        made = measured(lrs)
        ordered = sorted(PIXEL_NUMBERS, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
        for name in ordered:
            column = PIXEL_NUMBERS.index(name)
            spreads = (Spread(*np.quantile(table[:, column], (0.25, 0.5, 0.75))) for table in (self.numbers, made))
            yield Compared(name, _MEANINGS[name], name in _FIRST, *spreads)


def measured(pictures: Iterable[Pixels]) -> NDArray[np.float64]:
    """Return a row of statistics for each picture.

    Raises:
        ImageError: A picture is too small.
    """
    rows = []
    for pixels in pictures:
        refuse_small(pixels)
        rows.append(measure_pixels(pixels))
    return np.array(rows)


def refuse_small(pixels: Pixels) -> None:
    """Refuse a picture that is too small to be measured.

    Raises:
        ImageError: It is.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < LEAST_SIDE:
        rule = f"must be at least {LEAST_SIDE} pixels along each side to be measured"
        raise ImageError(f"{rule} (got {width} x {height})")
