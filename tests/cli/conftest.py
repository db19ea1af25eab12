from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture(scope="module")
def photos(tmp_path_factory, photo) -> Path:
    """Two small photos."""
    folder = tmp_path_factory.mktemp("cli") / "photos"
    folder.mkdir()
    for name in ("astronaut.png", "chelsea.png"):
        Image.fromarray(photo(name)[:120, :120]).save(folder / name)
    return folder
