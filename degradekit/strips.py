"""Processing of large pictures a strip of rows at a time, which needs no more memory than the result and a strip."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image as PILImage

_STRIP_PIXELS = 2**20


def by_strips(
    shape: tuple[int, ...], make: Callable[[slice], NDArray[Any]], reuse: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Return the concatenation of what `make` returns for each strip of rows.

    Args:
        shape: The shape of the picture, which begins with its height and width.
        make: Takes the rows of a strip and returns an array of as many rows; all arrays must have one type.
        reuse: An array that only `make` still reads; the result is written over it if it has the same shape and type.
    """
    height, width = shape[:2]
    rows = max(1, _STRIP_PIXELS // max(width, 1))
    first = make(slice(0, min(rows, height)))
    if len(first) == height:
        return first
    fits = reuse is not None and (reuse.dtype, reuse.shape[1:]) == (first.dtype, first.shape[1:])
    whole = reuse if reuse is not None and fits else np.empty((height, *first.shape[1:]), first.dtype)
    whole[:rows] = first
    for top in range(rows, height, rows):
        strip = slice(top, min(top + rows, height))
        whole[strip] = make(strip)
    return whole


def strips_of(picture: "PILImage.Image", convert: Callable[["PILImage.Image"], NDArray[Any]]) -> NDArray[Any]:
    """Return a PIL image as an array; `convert` takes a strip of it, an image too, and returns the array of that."""
    width, height = picture.size

    def make(rows: slice) -> NDArray[Any]:
        is_whole = rows == slice(0, height)
        return convert(picture if is_whole else picture.crop((0, rows.start, width, rows.stop)))

    return by_strips((height, width), make)
