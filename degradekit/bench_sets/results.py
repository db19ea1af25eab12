"""What a test set is asked to be, and what it holds."""

from dataclasses import dataclass
from typing import Annotated

from degradekit.degradation import Degradation
from degradekit.errors import DatasetError
from degradekit.fields import Between, Integer
from degradekit.limits import MAX_PIXELS
from degradekit.mistakes import validated


@validated(DatasetError)
class BenchOptions:
    """How large a test set is, and what it is chosen from.

    Attributes:
        count: Number of degradations.
        photos: HR photos, at most; more are chosen among by the seed.
        draws: Draws of the recipe that the degradations are chosen from.
        seed: Any integer; the same seed gives the same bytes.
        max_pixels: Photos with more pixels cannot be used.
    """

    count: Annotated[Integer, Between(1, 100)] = 8
    photos: Annotated[Integer, Between(1, 10_000)] = 24
    draws: Annotated[Integer, Between(100, 10_000)] = 1000
    seed: Integer = 0
    max_pixels: Annotated[Integer, Between(1)] = MAX_PIXELS


@dataclass(frozen=True)
class BenchDegradation:
    """One degradation of a test set.

    Attributes:
        name: `01` and so on, the most common first.
        share: How much of the draws, or of the real photos, it stands for.
        distance: How far the degradation is from the real crops that it stands for, divided by how far real crops are
            from the middles of their clusters on average; None in a set without real photos.
        degradation: What is applied to the HR crops.
    """

    name: str
    share: float
    distance: float | None
    degradation: Degradation


@dataclass(frozen=True)
class BenchSet:
    """What `make_bench_set` returns.

    Attributes:
        degradations: The degradations, the most common first.
        photos: The names of the HR crops.
        side: Side of the HR crops in pixels.
        unusable: Why photos could not be used, by their names.
    """

    degradations: tuple[BenchDegradation, ...]
    photos: tuple[str, ...]
    side: int
    unusable: dict[str, str]
