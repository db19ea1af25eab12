"""Shows what a recipe does to photos, with every step in words."""

from collections.abc import Sequence

from degradekit.functional.levels import to_float, to_pixels
from degradekit.operators.base import Operator
from degradekit.sheets import Cell, Photo, Row
from degradekit.types import Image


def draws_rows(photos: Sequence[Photo], recipe: Operator, *, draws: int, seed: int) -> list[Row]:
    """Return a row of cells for each photo: its middle, and several draws of its LR.

    Args:
        photos: From `first_photos`.
        recipe: What to degrade with.
        draws: LR images for each photo.
        seed: Any integer.
    """
    rows = []
    for photo in photos:
        row = [photo.cell]
        for variant in range(draws):
            degradation = photo.sample(recipe, seed, variant)
            lr = degradation.to_pixels(to_float(photo.hr))
            words = tuple(str(step) for step in degradation.steps)
            row.append(Cell(lr, f"draw {variant}: {lr.shape[1]} x {lr.shape[0]}", words))
        rows.append(Row(row))
    return rows


def steps_rows(photo: Photo, recipe: Operator, *, seed: int, columns: int = 4) -> list[Row]:
    """Return rows of cells with one draw of one photo's middle, after each of its steps.

    Args:
        photo: From `first_photos`.
        recipe: What to degrade with.
        seed: Any integer.
        columns: Cells in a row.
    """
    cells = [photo.cell]
    for number, (step, image) in enumerate(photo.sample(recipe, seed, 0).trace(photo.hr), 1):
        cells.append(Cell(to_pixels(image), f"{number}. {step.op}", (str(step), _size_and_range(image))))
    return [Row(cells[start : start + columns]) for start in range(0, len(cells), columns)]


def _size_and_range(image: Image) -> str:
    low, high = float(image.min()), float(image.max())
    beyond = f", values {low:.2f} to {high:.2f}" if low < -0.005 or high > 1.005 else ""
    return f"{image.shape[1]} x {image.shape[0]}{beyond}"
