import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from building import OPTIONS, RECIPE
from PIL import Image
from running import quiet

from degradekit import HighOrder
from degradekit.dataset import Options, synthesize
from degradekit.picture_files import decode
from degradekit.types import Pixels

os.environ.setdefault("OMP_NUM_THREADS", "1")  # torch's threads would wait for those of the other test processes

if TYPE_CHECKING:
    from degradekit_models.config import Config


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
    synthesize(photos, target, RECIPE, OPTIONS, workers=0)
    return target


@pytest.fixture
def folder(photos, tmp_path) -> Path:
    """A copy of the photos, to spoil."""
    return Path(shutil.copytree(photos, tmp_path / "photos"))


@pytest.fixture(scope="session")
def tiles(photos, tmp_path_factory) -> str:
    """Shards with a split validation."""
    target = tmp_path_factory.mktemp("training") / "shards"
    options = Options(tile=96, step=48, variants=2, shard_size=1, seed=3, val=1)
    synthesize(photos, target, HighOrder(), options, workers=0)
    return str(target)


@pytest.fixture
def tiny(tiles) -> "Config":
    from degradekit_models.config import Config

    return Config(
        shards=(tiles,), features=4, blocks=1, patch=32, batch=4, iterations=6, workers=0, log_every=2, save_every=3,
        val_every=6, val_images=1, device="cpu", precision="fp32",
    )  # fmt: skip


@pytest.fixture(scope="session")
def vgg19(tmp_path_factory):
    import torch
    from degradekit_models.losses import _vgg19_features

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("vgg") / "vgg19.pth"
    torch.save({f"features.{name}": value for name, value in _vgg19_features().state_dict().items()}, path)
    return str(path)


@pytest.fixture
def gan(tiny, vgg19, tmp_path) -> "Config":
    """A stage two from a short stage one."""
    from degradekit_models.train import fit

    fit("net", replace(tiny, iterations=1), tmp_path / "net", quiet)
    return replace(tiny, init=str(tmp_path / "net" / "generator.pth"), vgg19=vgg19)
