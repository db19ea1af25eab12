from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from degradekit.image import decode
from degradekit.types import Pixels


@pytest.fixture(scope="session")
def photo_folder() -> Path:
    """Where the scikit-image wheel keeps its photos."""
    import skimage

    return Path(skimage.__file__).parent / "data"


@pytest.fixture(scope="session")
def photo(photo_folder: Path) -> Callable[[str], Pixels]:
    """A photo of the scikit-image wheel by its file name, (H, W, 3) uint8."""
    return lambda name: decode((photo_folder / name).read_bytes())


@pytest.fixture(scope="session")
def astronaut(photo: Callable[[str], Pixels]) -> Pixels:
    return photo("astronaut.png")[:400, :400].copy()


@pytest.fixture
def random_image() -> Callable[..., np.ndarray]:
    def make(height: int, width: int, channels: int = 3, seed: int = 0) -> np.ndarray:
        return np.random.default_rng(seed).random((height, width, channels), dtype=np.float32)

    return make
