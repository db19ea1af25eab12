"""The luma of BT.601, which JPEG's YCbCr has too: 0.299 R + 0.587 G + 0.114 B.

It is computed so that the luma of a gray pixel is exactly its level. Noise takes 0.2989 for red, as its sources do:
functional/noise.py.
"""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.types import Image

BT601 = 0.299, 0.587, 0.114
"""The weights of red, green and blue."""
RED, GREEN, BLUE = np.float32(BT601[0]), np.float32(BT601[1]), np.float32(BT601[2])


@compiled
def luma_of(red: np.float32, green: np.float32, blue: np.float32) -> np.float32:
    """Return the luma of one pixel."""
    return green + RED * (red - green) + BLUE * (blue - green)


def luma_plane(image: Image) -> Image:
    """Return the luma as (H, W, 1), or a gray image itself."""
    if image.shape[2] == 1:
        return image
    return _luma(np.ascontiguousarray(image).reshape(-1)).reshape(*image.shape[:2], 1)


@compiled
def _luma(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    result = np.empty(pixels.size // 3, np.float32)
    for i in range(np.uint64(result.size)):
        start = i * np.uint64(3)
        result[i] = luma_of(pixels[start], pixels[start + np.uint64(1)], pixels[start + np.uint64(2)])
    return result
