from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from studio_pages import CHROMIUM

from degradekit.studio.photos import StudioPhoto


@pytest.fixture
def noise_photo() -> Callable[[int, int], StudioPhoto]:
    """Make a photo of random pixels."""

    def make(height: int, width: int) -> StudioPhoto:
        return StudioPhoto("noise.png", np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))

    return make


@pytest.fixture(scope="session")
def photos(tmp_path_factory, photo) -> Path:
    """A folder with two small photos."""
    folder = tmp_path_factory.mktemp("studio") / "photos"
    folder.mkdir()
    for name in ("astronaut.png", "chelsea.png"):
        Image.fromarray(photo(name)[:200, :240]).save(folder / name)
    return folder


@pytest.fixture(scope="module")
def browser():
    """A browser without a window."""
    pytest.importorskip("nicegui", reason="the extra studio is not installed")
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
