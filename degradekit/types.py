"""What images are inside the library."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[np.float32]
"""(H, W, C), C = 1 or 3, RGB, nominal range [0, 1]; blur and resize may overshoot."""
Pixels: TypeAlias = NDArray[np.uint8]
"""(H, W, C) 8-bit levels, RGB."""
Size: TypeAlias = tuple[int, int]
"""(height, width)"""
