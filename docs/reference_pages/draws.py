"""Draws of the operators that the gallery leaves out: those made of others, those that read a folder, and the crop."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from degradekit import (
    JPEG,
    Camera,
    Chain,
    DiscBlur,
    KernelFolder,
    LinearLight,
    Maybe,
    Noise,
    NoisePool,
    OneOf,
    Resize,
    Shuffle,
    TrajectoryBlur,
)
from degradekit.gallery_rows import drawn_cell
from degradekit.operators.base import Operator
from degradekit.sheets import Cell, Photo, Row

EXAMPLES: dict[str, Operator] = {
    "chain": Chain([Noise(), JPEG()]),
    "shuffle": Shuffle([Noise(), JPEG()]),
    "one_of": OneOf([Noise(), JPEG()]),
    "maybe": Maybe(JPEG(), probability=0.5),
    "linear_light": LinearLight([DiscBlur(radius=5)]),
}
"""Those of the operators that are made of others."""
_DRAWS = 5


def drawn_rows(op: str, photo: Photo) -> list[Row]:
    """Return the row of an operator that the gallery leaves out; none for any other."""
    with TemporaryDirectory() as folder:
        if op == "crop":
            part = photo.middle(157)
            return [Row([part.cell, _draw("a chain with scale 4", Chain([Resize(to="lr")], scale=4), part)])]
        if op == "linear_light":
            blur = DiscBlur(radius=5)
            pair = {"in linear light": EXAMPLES[op], "the same blur on levels": blur}
            return [Row([photo.cell, *(_draw(title, operator, photo) for title, operator in pair.items())])]
        if op in _OF_FOLDERS:
            words, make = _OF_FOLDERS[op]
            return [_row(make(Path(folder)), photo, words)]
        return [_row(EXAMPLES[op], photo)] if op in EXAMPLES else []


def _row(operator: Operator, photo: Photo, heading: str = "") -> Row:
    return Row([photo.cell, *(_draw(f"draw {index}", operator, photo, index) for index in range(_DRAWS))], heading)


def _draw(title: str, operator: Operator, photo: Photo, variant: int = 0) -> Cell:
    cell = drawn_cell(title, photo.sample(operator, 0, variant), photo)
    return cell if cell.lines else cell._replace(lines=("no step",))


def _kernels(folder: Path) -> KernelFolder:
    for variant in range(3):
        (kernel,) = TrajectoryBlur().sample((160, 160), seed=1, variant=variant).kernels()
        np.save(folder / f"shake-{variant}.npy", kernel)
    return KernelFolder(str(folder))


def _noise(folder: Path) -> NoisePool:
    gray = np.full((512, 512, 3), 128, np.uint8)
    Image.fromarray(Chain([Camera(shot_variance=1e-4), JPEG(quality=95)])(gray, seed=0)).save(folder / "gray.png")
    return NoisePool(str(folder), strength=(1, 3))


_OF_FOLDERS: dict[str, tuple[str, Callable[[Path], Operator]]] = {
    "kernel_folder": ("from a folder with three kernels that trajectory_blur drew", _kernels),
    "noise_pool": ("from a folder with one gray picture that has the noise of camera and a JPEG of 95", _noise),
}
"""How those that need a folder are shown: in words, and made with the path of an empty folder."""
