"""Photos, folders and datasets that several tests of the builder use."""

import shutil
from pathlib import Path

import fsspec
import pytest
from PIL import Image
from small_datasets import IN_PROCESS, KEEPING, RECIPE

from degradekit.dataset import Inspection, Options, export, inspect, synthesize


@pytest.fixture
def put(photo):
    """Writes a 64 x 64 part of a photo, another one for each `at`."""

    def write(path: Path, at: int = 0) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo("coffee.png")[at : at + 64, at : at + 64]).save(path, "PNG")
        return path

    return write


@pytest.fixture
def pictures(put, tmp_path) -> dict[str, bytes]:
    """Three PNG files by their names in an archive."""
    names = ("000000000.png", "000000001.png", "000000002.png")
    return {name: put(tmp_path / "unpacked" / name, 9 * at).read_bytes() for at, name in enumerate(names)}


@pytest.fixture(scope="session")
def whole_photos(photo_folder, tmp_path_factory) -> Path:
    """Six photos at their full size."""
    folder = tmp_path_factory.mktemp("slow") / "photos"
    folder.mkdir()
    for name in ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "camera.png"):
        shutil.copy(photo_folder / name, folder)
    return folder


@pytest.fixture
def div2k(tmp_path, put) -> Path:
    for name, at in (("DIV2K_train_HR/0001", 0), ("DIV2K_train_HR/0002", 9), ("DIV2K_valid_HR/0801", 20)):
        put(tmp_path / "DIV2K" / f"{name}.png", at)
    put(tmp_path / "DIV2K" / "DIV2K_train_LR_bicubic" / "X4" / "0001x4.png")
    return tmp_path / "DIV2K"


@pytest.fixture
def memory(tmp_path):
    """An empty folder in memory, by its URL."""
    system = fsspec.filesystem("memory")
    yield f"memory:/{tmp_path}"
    if system.exists(str(tmp_path)):
        system.rm(str(tmp_path), recursive=True)


@pytest.fixture(scope="session")
def exported(shards, tmp_path_factory) -> dict[str, Path]:
    """The dataset in every format that keeps rows."""
    folder = tmp_path_factory.mktemp("exported")
    for name in KEEPING:
        export(shards, folder / name, name, engine=IN_PROCESS)
    return {name: folder / name for name in KEEPING}


@pytest.fixture
def copy(shards, tmp_path) -> Path:
    shutil.copytree(shards, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture(scope="session")
def small_tiles(photos, tmp_path_factory) -> Path:
    """192 rows of small tiles."""
    target = tmp_path_factory.mktemp("tiny") / "shards"
    options = Options(tile=32, step=32, variants=4, seed=1, shard_size=2)
    synthesize([photos / "coffee.png", photos / "more"], target, RECIPE, options, engine=IN_PROCESS)
    return target


@pytest.fixture(scope="session")
def inspection(small_tiles) -> Inspection:
    return inspect(small_tiles)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    """What fails is tried again at once."""
    monkeypatch.setattr("degradekit.retrying.PAUSES", (0,) * 4)
