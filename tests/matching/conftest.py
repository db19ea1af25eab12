"""Photos that several tests of matches use."""

from pathlib import Path

import pytest
from PIL import Image

from degradekit.dataset.sources import scan
from degradekit.limits import MAX_PIXELS
from degradekit.matching import cache
from degradekit.matching.surveying import Survey, survey


@pytest.fixture(autouse=True)
def simulations(tmp_path, monkeypatch) -> Path:
    """Where simulations are kept: a folder for each test."""
    folder = tmp_path / "simulations"
    folder.mkdir()
    monkeypatch.setattr(cache, "_folder", lambda: folder)
    return folder


@pytest.fixture(scope="session")
def hr_folder(photo, tmp_path_factory) -> Path:
    """Three photos that have room for tiles of 128 pixels, and one that has not."""
    folder = tmp_path_factory.mktemp("hr") / "hr"
    folder.mkdir()
    for name, size in (("astronaut.png", 200), ("chelsea.png", 140), ("coffee.png", 128), ("rocket.jpg", 100)):
        Image.fromarray(photo(name)[:size, : size + 30]).save((folder / name).with_suffix(".png"))
    return folder


@pytest.fixture(scope="session")
def hr(hr_folder) -> Survey:
    return survey(scan(hr_folder), MAX_PIXELS)
