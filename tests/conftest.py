import gc
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads of NumPy and torch would wait for those of other test processes

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from PIL import Image
from small_datasets import IN_PROCESS, OPTIONS, RECIPE, two_pairs

from degradekit.dataset import synthesize
from degradekit.picture_files import decode
from degradekit.types import Pixels

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # tests say nothing about time, which other work on the machine decides
for number in (signal.SIGINT, signal.SIGTERM):  # ignored in the background of a script, and then by its processes too
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
os.fsync = lambda _: None  # files of tests need not outlast a power cut; a busy disk takes 10 ms for each of thousands
gc.disable()  # until all tests are collected: garbage is collected a hundred times meanwhile, and there is none


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of garbage collections: a training run makes one, of 0.3 s each."""
    gc.freeze()
    gc.enable()


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


@pytest.fixture(scope="session")
def crop(astronaut: Pixels) -> Iterator[np.ndarray]:
    """A face and its background, (160, 180, 3) float32; no step may change it.

    It is not read-only, because every function would be compiled a second time for read-only images.
    """
    image = astronaut[60:220, 120:300].astype(np.float32) / np.float32(255)
    yield image
    np.testing.assert_array_equal(image, astronaut[60:220, 120:300].astype(np.float32) / np.float32(255))


@pytest.fixture
def random_image() -> Callable[..., np.ndarray]:
    def make(height: int, width: int, channels: int = 3, seed: int = 0) -> np.ndarray:
        return np.random.default_rng(seed).random((height, width, channels), dtype=np.float32)

    return make


@pytest.fixture
def small_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pictures are processed a strip at a time, as large ones are."""
    monkeypatch.setattr("degradekit.strips._STRIP_PIXELS", 100)


@pytest.fixture(scope="session")
def photos(tmp_path_factory, photo) -> Path:
    """Five small photos, one of them smaller than a tile, in two folders."""
    folder = tmp_path_factory.mktemp("sources") / "photos"
    (folder / "more").mkdir(parents=True)
    for name, size in (("astronaut.png", 180), ("chelsea.png", 130), ("coffee.png", 96)):
        Image.fromarray(photo(name)[:size, : size + 20]).save(folder / name)
    Image.fromarray(photo("rocket.jpg")[:150, :150]).save(folder / "more" / "rocket.jpg", quality=95)
    Image.fromarray(photo("motorcycle_left.png")[:50, :70]).save(folder / "more" / "small.webp", lossless=True)
    return folder


@pytest.fixture(scope="session")
def shards(photos, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("built") / "shards"
    synthesize(photos, target, RECIPE, OPTIONS, engine=IN_PROCESS)
    return target


@pytest.fixture(scope="session")
def small_pairs(tmp_path_factory) -> Path:
    """A dataset of two photos of one tile each, one of them to validate on, and two degradations of each tile."""
    return two_pairs(tmp_path_factory.mktemp("small"))


@pytest.fixture
def folder(photos, tmp_path) -> Path:
    """A copy of the photos, to spoil."""
    return Path(shutil.copytree(photos, tmp_path / "photos"))
