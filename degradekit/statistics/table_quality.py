"""The quality of a JPEG from the quantization tables in its header."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.jpeg_tables import CHROMA, LUMA, scaled


class TableQuality(NamedTuple):
    """The quality that quantization tables are nearest to.

    Attributes:
        quality: 1..100.
        is_standard: Whether the tables are those of the standard, scaled by this quality.
        residual: Root mean square difference to these.
    """

    quality: int
    is_standard: bool
    residual: float


def jpeg_quality_of_tables(luma: Sequence[int], chroma: Sequence[int] | None = None) -> TableQuality:
    """Return the quality whose tables, those of the standard as libjpeg scales them, are nearest by least squares.

    Args:
        luma: The luma's 64 divisors, row by row.
        chroma: The chroma's; None for a gray JPEG.

    Source: ITU-T T.81, tables K.1 and K.2, and how the IJG's library scales them.
    """
    tables = np.array([*luma, *(chroma or ())], np.float64)
    residuals = np.sqrt(((_standard_tables()[:, : len(tables)] - tables) ** 2).mean(axis=1))
    best = int(np.argmin(residuals))
    return TableQuality(best + 1, bool(residuals[best] == 0), float(residuals[best]))


@cache
def _standard_tables() -> NDArray[np.float64]:
    return np.array([(*scaled(LUMA, quality), *scaled(CHROMA, quality)) for quality in range(1, 101)], np.float64)
