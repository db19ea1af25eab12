"""Large pictures a strip of rows at a time: what is made of one needs no other copy of it than the result."""

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
    """Return what `make` returns for each strip of rows, as one array.

    Args:
        shape: (height, width) of the picture, or more.
        make: Takes the rows of a strip, and returns as many; all must be of the same type.
        reuse: An array that nobody needs any more, but for `make`; it holds the result if that has its shape and type.
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
    """Return a PIL image as an array; `convert` makes an array of each strip, which is an image too."""
    width, height = picture.size

    def make(rows: slice) -> NDArray[Any]:
        is_whole = rows == slice(0, height)
        return convert(picture if is_whole else picture.crop((0, rows.start, width, rows.stop)))

    return by_strips((height, width), make)
