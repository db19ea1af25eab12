"""Light that is linear, and back: levels to the power 2.2 and to the power 1 / 2.2.

With a fifth and an eleventh root by Newton's method, only multiplications and divisions occur, which IEEE 754 defines
to the bit, so every machine has the same levels.

Source: docs/model.md, section Resizing.
"""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.types import Image

_BLOCK = 1024
_ONE_BITS = np.int64(0x3FF0000000000000)
"""The bits of 1.0, read as an integer."""


def to_linear_light(image: Image) -> Image:
    """Return levels to the power 11 / 5; what is below 0 keeps its sign."""
    return _powers(np.ascontiguousarray(image).reshape(-1), 5).reshape(image.shape)


def from_linear_light(image: Image) -> Image:
    """Return the inverse of `to_linear_light`: light to the power 5 / 11."""
    return _powers(np.ascontiguousarray(image).reshape(-1), 11).reshape(image.shape)


@compiled
def _powers(values: NDArray[np.float32], root: int) -> NDArray[np.float32]:
    """Return |x|^(11 / 5) for the root 5 and |x|^(5 / 11) for the root 11, with the sign of x."""
    result = np.empty_like(values)
    magnitude, y = np.empty(_BLOCK, np.float64), np.empty(_BLOCK, np.float64)
    for first in range(0, values.size, _BLOCK):
        n = min(_BLOCK, values.size - first)
        for i in range(n):
            magnitude[i] = max(abs(np.float64(values[first + i])), 1e-30)
        bits = magnitude.view(np.int64)
        guess = y.view(np.int64)
        # Dividing a float's bits divides its logarithm: right to a few percent. A constant divisor is a product.
        if root == 5:
            for i in range(n):
                guess[i] = _ONE_BITS + (bits[i] - _ONE_BITS) // 5
            for _ in range(4):
                for i in range(n):
                    squared = y[i] * y[i]
                    y[i] = 0.8 * y[i] + 0.2 * magnitude[i] / (squared * squared)
            for i in range(n):
                y[i] *= magnitude[i] * magnitude[i]
        else:
            for i in range(n):
                guess[i] = _ONE_BITS + (bits[i] - _ONE_BITS) // 11
            for _ in range(4):
                for i in range(n):
                    squared = y[i] * y[i]
                    eighth = squared * squared * squared * squared
                    y[i] = (10.0 * y[i] + magnitude[i] / (eighth * squared)) / 11.0
            for i in range(n):
                squared = y[i] * y[i]
                y[i] *= squared * squared
        for i in range(n):
            value = values[first + i]
            power = np.float32(y[i])
            result[first + i] = power if value > 0 else -power if value < 0 else np.float32(0)
    return result
