"""Shows what a recipe does to photos, and what is in a dataset, with every step in words."""

import math
from collections.abc import Sequence

from degradekit.dataset.opening import Dataset
from degradekit.dataset.row import Row as DatasetRow
from degradekit.dataset.spread import spread_rows
from degradekit.degradation import Degradation
from degradekit.functional.levels import to_float, to_pixels
from degradekit.operators.base import Operator
from degradekit.sheets import Cell, Photo, Row, wrapped
from degradekit.types import Image, Pixels

_COLUMNS = 5
"""Cells in a row, until there are so many that a square wall is wider."""


def draws_rows(photos: Sequence[Photo], recipe: Operator, *, draws: int, seed: int) -> list[Row]:
    """Return rows of cells for each photo: its middle, and several draws of its LR.

    Args:
        photos: From `first_photos`.
        recipe: What to degrade with.
        draws: LR images for each photo.
        seed: Any integer.
    """
    rows: list[Row] = []
    for photo in photos:
        cells = [photo.cell]
        for variant in range(draws):
            degradation = photo.sample(recipe, seed, variant)
            cells.append(_lr_cell(f"variant {variant}", degradation.to_pixels(to_float(photo.hr)), degradation))
        rows += wrapped(cells, _columns(cells))
    return rows


def steps_rows(photo: Photo, recipe: Operator, *, seed: int) -> list[Row]:
    """Return rows of cells with one draw of one photo's middle, after each of its steps.

    Args:
        photo: From `first_photos`.
        recipe: What to degrade with.
        seed: Any integer.
    """
    return _steps_rows(photo.cell, photo.sample(recipe, seed, 0))


def dataset_rows(dataset: Dataset, *, photos: int, variants: int, seed: int) -> list[Row]:
    """Return rows of cells for tiles of photos all over a dataset: the HR, and its LRs with the steps of their records.

    Args:
        dataset: A finished one.
        photos: Tiles, at most, of as many photos as there are.
        variants: LRs of each tile, at most.
        seed: Another one gives other tiles.

    Raises:
        DatasetError: A shard cannot be read.
        RecordError: A record cannot be used.
    """
    rows: list[Row] = []
    for tile in spread_rows(dataset, photos, seed=seed, variants=variants):
        cells = [_hr_cell(tile[0])]
        if tile[0].hr_usm:
            cells.append(Cell(tile[0].decode("hr_usm"), "sharpened HR", ()))
        for row in tile:
            cells.append(_lr_cell(f"variant {row.variant}", row.decode("lr"), Degradation.from_json(row.degradation)))
        rows += wrapped(cells, _columns(cells))
    return rows


def dataset_steps_rows(dataset: Dataset, *, seed: int) -> list[Row]:
    """Return rows of cells with a pair of a dataset, after each step of its record.

    Args:
        dataset: A finished one.
        seed: Another one gives another pair.

    Raises:
        DatasetError: A shard cannot be read.
        RecordError: The record cannot be used.
    """
    ((row,),) = spread_rows(dataset, 1, seed=seed)
    return _steps_rows(_hr_cell(row), Degradation.from_json(row.degradation))


def _columns(cells: Sequence[Cell]) -> int:
    return max(_COLUMNS, math.ceil(math.sqrt(len(cells))))


def _hr_cell(row: DatasetRow) -> Cell:
    tile = row.tile
    where = f"{tile.width} x {tile.height} at x {tile.x}, y {tile.y}"
    return Cell(row.decode("hr"), "HR", (row.key.rpartition("/")[2], where))


def _lr_cell(name: str, lr: Pixels, degradation: Degradation) -> Cell:
    return Cell(lr, f"{name}: {lr.shape[1]} x {lr.shape[0]}", tuple(str(step) for step in degradation.steps))


def _steps_rows(hr: Cell, degradation: Degradation) -> list[Row]:
    cells = [hr]
    for number, (step, image) in enumerate(degradation.trace(hr.pixels), 1):
        cells.append(Cell(to_pixels(image), f"{number}. {step.op}", (str(step), _size_and_range(image))))
    return wrapped(cells, _columns(cells))


def _size_and_range(image: Image) -> str:
    low, high = float(image.min()), float(image.max())
    beyond = f", values {low:.2f} to {high:.2f}" if low < -0.005 or high > 1.005 else ""
    return f"{image.shape[1]} x {image.shape[0]}{beyond}"
