"""Where the grid of a JPEG's blocks begins, and the cosine transforms of its blocks."""

from typing import TypeVar

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from degradekit.statistics.crop import Plane

Scalar = TypeVar("Scalar", bound=np.generic)
_FREQUENCIES = (2, 7)
"""A low and a high one: strong compression makes the high ones 0 in other grids too, weak leaves the low ones alone."""
_WAVES = scipy.fft.dct(np.eye(8), norm="ortho", axis=0)


def as_blocks(plane: NDArray[Scalar], top: int, left: int) -> NDArray[Scalar]:
    """Return the whole blocks of 8 x 8 pixels of a grid that begins at (top, left), (N, 8, 8)."""
    rows, columns = (plane.shape[0] - top) // 8, (plane.shape[1] - left) // 8
    whole = plane[top : top + rows * 8, left : left + columns * 8].reshape(rows, 8, columns, 8)
    return np.ascontiguousarray(whole.transpose(0, 2, 1, 3)).reshape(-1, 8, 8)


def coefficients(plane: Plane, top: int, left: int) -> NDArray[np.float64]:
    """Return the orthonormal cosine transforms of the blocks of a grid that begins at (top, left), (N, 64)."""
    return np.asarray(scipy.fft.dctn(as_blocks(plane, top, left), axes=(1, 2), norm="ortho").reshape(-1, 64))


def grid_contrasts(luma: Plane) -> NDArray[np.float64]:
    """Return how small coefficients of blocks are for each row and column that a grid may begin at, (8, 8).

    Compression makes many coefficients of its blocks 0, which those of other grids are not. The contrast is
    1 - m / median of all m, with m the mean of min(|c|, 1) over the coefficients (2, 2), (2, 7), (7, 2) and (7, 7) of
    all blocks: 0 where no grid is better than others, near 1 for the grid of a JPEG.

    Source: the formula is ours; that blocks show where a crop was compressed before, Luo, Qu, Huang, Qiu, A novel
    method for detecting cropped and recompressed image block, ICASSP 2007.
    """
    total = np.zeros((luma.shape[0] - 7, luma.shape[1] - 7))
    for across in _FREQUENCIES:
        rows = _transformed(luma, across)
        for down in _FREQUENCIES:
            total += np.minimum(np.abs(_transformed(rows.T, down).T), 1)
    means = np.array([[total[top::8, left::8].mean() for left in range(8)] for top in range(8)])
    median = float(np.median(means))
    return 1 - means / median if median > 0 else np.zeros((8, 8))


def _transformed(plane: Plane, frequency: int) -> Plane:
    """Return the coefficient of a frequency for the eight pixels from each pixel of a row on, (H, W - 7)."""
    width = plane.shape[1] - 7
    total = _WAVES[frequency, 0] * plane[:, :width]
    for i in range(1, 8):
        total += _WAVES[frequency, i] * plane[:, i : i + width]
    return np.asarray(total)
