"""Impulse noise: pixels that become white or black.

Source: docs/model.md, section Other noise.
"""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.bits import sequence_start, word
from degradekit.functional.compiled import compiled
from degradekit.types import Image

_BITS = 2.0**32


def salt_pepper(image: Image, salt: float, pepper: float, gray: bool, seed: int) -> Image:
    """Make random pixels white or black, and clip the others to [0, 1].

    Args:
        image: (H, W, C) float32.
        salt: Probability of white.
        pepper: Probability of black; the two together are at most 1.
        gray: Decide for all channels of a pixel at once, and not for each by itself.
        seed: Seed of the decisions.
    """
    channels = image.shape[2]
    decided_together = channels if gray else 1
    flat = np.ascontiguousarray(image).reshape(-1)
    below, above = np.int64(round(salt * _BITS)), np.int64(_BITS - round(pepper * _BITS))
    return _strike(flat, decided_together, below, above, seed).reshape(image.shape)


@compiled
def _strike(
    image: NDArray[np.float32], decided_together: int, below: np.int64, above: np.int64, seed: int
) -> NDArray[np.float32]:
    """Make white what draws a number, 0 .. 2^32 - 1, below the one bound, and black what draws at least the other."""
    start = sequence_start(seed)
    result = np.empty_like(image)
    for i in range(image.size // decided_together):
        drawn = np.int64(word(start, i) >> np.uint64(32))
        for k in range(i * decided_together, (i + 1) * decided_together):
            value = min(max(image[k], np.float32(0)), np.float32(1))
            value = np.float32(1) if drawn < below else value
            result[k] = np.float32(0) if drawn >= above else value
    return result
