"""What a statistic is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from degradekit.statistics.crop import Crop


@dataclass(frozen=True)
class Statistic:
    """A number that is measured in a crop of a photo.

    Attributes:
        name: Its name in tables, in snake_case.
        meaning: What it measures, in words.
        unit: The unit of its values.
        source: Where its formula comes from.
    """

    name: str
    meaning: str
    unit: str
    source: str


@dataclass(frozen=True)
class Family:
    """Statistics that are measured together.

    Attributes:
        statistics: What they are.
        measure: Returns their values for a crop, in this order.
    """

    statistics: tuple[Statistic, ...]
    measure: Callable[[Crop], Sequence[float]]
