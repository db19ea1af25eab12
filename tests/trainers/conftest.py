from importlib.util import find_spec
from pathlib import Path

import pytest
from pages import ROOT, block, blocks
from PIL import Image
from terminal import degradekit, python

PAGE = "docs/with-basicsr.md"
STAND_INS = ROOT / "benchmarks" / "stand_ins"


@pytest.fixture(scope="session")
def paired(tmp_path_factory, photo) -> Path:
    """A folder with photos in which the commands of the page for BasicSR have run."""
    folder = tmp_path_factory.mktemp("trainers")
    for split, names in {"train": ("astronaut.png", "coffee.png"), "valid": ("chelsea.png",)}.items():
        photos = folder / "DIV2K" / f"DIV2K_{split}_HR"
        photos.mkdir(parents=True)
        for name in names:
            Image.fromarray(photo(name)[:400, :400]).save(photos / name)
    commands = [line.split()[1:] for line in block(PAGE, "--format folder").splitlines()]
    for command in commands:
        done = degradekit(*command, cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def basicsr(paired):
    """The real BasicSR, in a process of its own that has imported what `train.py` of the page names.

    torchvision's wheels need the torch that they were built for; without it, stand-ins take the place of the names that
    basicsr imports and never calls here.
    """
    if find_spec("basicsr") is None:
        pytest.skip("`make slow` installs basicsr, where it can be built: its setup.py needs a Python before 3.13")
    (script,) = (code for _, code in blocks(PAGE, "python") if "train_pipeline" in code)
    (paired / "train.py").write_text(script)

    return lambda *arguments: python(*arguments, cwd=paired, also=[paired, STAND_INS])
