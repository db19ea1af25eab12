"""Quantization tables of JPEG: the standard's, and how a quality scales a table.

Source: docs/model.md, section Compression.
"""

from collections.abc import Sequence

LUMA = (
    *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
)
"""The divisors of the luma's coefficients at quality 50, row by row (ITU-T T.81, table K.1)."""
CHROMA = (
    *(17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99),
    *(24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99),
    *(32 * (99,)),
)
"""Those of the chroma (table K.2)."""


def scaled(table: Sequence[int], quality: int) -> tuple[int, ...]:
    """Scale a table by a quality, 1..100, as the IJG's library does for a baseline file: 50 takes it as it is."""
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    return tuple(min(max((value * percent + 50) // 100, 1), 255) for value in table)
