from collections.abc import Callable

import numpy as np
import pytest

from degradekit.studio.photos import StudioPhoto


@pytest.fixture
def noise_photo() -> Callable[[int, int], StudioPhoto]:
    """Make a photo of random pixels."""

    def make(height: int, width: int) -> StudioPhoto:
        return StudioPhoto("noise.png", np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))

    return make
