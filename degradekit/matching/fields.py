"""The fields of a recipe that decide its draws, by their paths."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Kind: TypeAlias = Literal["span", "weights", "probability", "order"]
Drawn: TypeAlias = NDArray[np.float64] | NDArray[np.str_]
"""The value that each of N draws has for a field: float64 with NaN where the draw has none, as another kind was drawn,
or names with "" there."""


@dataclass(frozen=True)
class Field:
    """A field of a recipe that decides draws, and whose draws can be read off the steps.

    Attributes:
        path: The path from the recipe, as `degradekit.changes.changed` takes it, such as `stages.1.noise.sigma`.
        kind: `span`, from which numbers are drawn; `weights` of names, also those of the children of a `one_of`;
            `probability`, whose names are `no` and `yes`; or `order`, which of two parts of a `high_order` comes last,
            by the name of its field, `last` or `compress`.
        low, high: The ends of a span; 0 for other kinds.
        is_integer: Whether a span has integers only.
        names: What can be drawn; empty for a span.
        shares: How often each name is drawn; empty for a span.
    """

    path: str
    kind: Kind
    low: float = 0.0
    high: float = 0.0
    is_integer: bool = False
    names: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
