"""Measured crops: those of real photos, and those that a recipe makes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from degradekit.matching.fields import Drawn, Field
from degradekit.operators.base import Operator


@dataclass(frozen=True)
class RealCrops:
    """Crops of real photos, cut from their original pixels.

    Attributes:
        statistics: (M, K) float64, a row for each crop, a column for each of `degradekit.statistics.STATISTICS`.
        photos: (M,) the index of each crop's photo in `names`.
        corners: (M, 2) the row and the column of each crop's first pixel in its photo, multiples of 8.
        names: The photos' paths below their folder.
        qualities: (P,) the JPEG quality in each photo's header, NaN where it has none or its tables are not those of
            the standard.
        side: The side of the crops in pixels.
        unusable: Why each photo that is left out is, by its name.
    """

    statistics: NDArray[np.float64]
    photos: NDArray[np.int64]
    corners: NDArray[np.int64]
    names: tuple[str, ...]
    qualities: NDArray[np.float64]
    side: int
    unusable: Mapping[str, str]


@dataclass(frozen=True)
class Simulation:
    """LR crops that a recipe makes of HR photos, with what was drawn for each.

    Attributes:
        recipe: The recipe that they are drawn from.
        fields: The fields of the recipe.
        statistics: (N, K) float64, as those of `RealCrops`.
        drawn: What each of the N draws has for a field, by the field's path.
        last: (N,) the path of the operator that each draw's last step comes from, such as `stages.1.compress`.
        photos: (N,) the index of the HR photo of each crop in `names`.
        corners: (N, 2) the row and the column of each crop's first pixel in its HR photo.
        names: The HR photos' paths below their folder.
        seed: The seed of the draws; with the index of a draw and its photo, all that is needed to make it again.
        unusable: Why each HR photo that is left out is, by its name.
    """

    recipe: Operator
    fields: tuple[Field, ...]
    statistics: NDArray[np.float64]
    drawn: Mapping[str, Drawn]
    last: NDArray[np.str_]
    photos: NDArray[np.int64]
    corners: NDArray[np.int64]
    names: tuple[str, ...]
    seed: int
    unusable: Mapping[str, str]
