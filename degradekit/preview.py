"""Contact sheets: what a recipe does to one's own photos, with every step in words."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image as PILImage
from PIL import ImageDraw, ImageFont

from degradekit.degradation import Degradation
from degradekit.errors import ImageError
from degradekit.image import Image, Pixels, decode, to_float, to_pixels
from degradekit.operators.base import Operator

_CELL = 320
_GAP = 20
_TEXT = 14
_LINE = 19
_PAPER, _INK, _FAINT = (250, 250, 248), (32, 32, 36), (110, 110, 118)


class Cell(NamedTuple):
    """One picture of a sheet with its title and the lines below it."""

    pixels: Pixels
    title: str
    lines: tuple[str, ...]


def draws_sheet(photos: Sequence[Path], recipe: Operator, *, draws: int, seed: int) -> "PILImage.Image":
    """Each photo's middle beside several draws of its LR, one photo a row.

    Args:
        photos: Image files.
        recipe: What to degrade with.
        draws: LR images for each photo.
        seed: Any integer.

    Raises:
        ImageError: A file is no image, or smaller than the scale.
    """
    rows = []
    for photo in photos:
        hr = _middle(photo)
        row = [Cell(hr, "HR", (photo.name, f"{hr.shape[1]} x {hr.shape[0]}"))]
        for variant in range(draws):
            degradation = _sample(recipe, photo, hr, seed, variant)
            lr = degradation.pixels(to_float(hr))
            words = tuple(str(step) for step in degradation.steps)
            row.append(Cell(lr, f"draw {variant}: {lr.shape[1]} x {lr.shape[0]}", words))
        rows.append(row)
    return _sheet(rows)


def steps_sheet(photo: Path, recipe: Operator, *, seed: int, columns: int = 4) -> "PILImage.Image":
    """One draw of one photo's middle, after each of its steps.

    Args:
        photo: An image file.
        recipe: What to degrade with.
        seed: Any integer.
        columns: Pictures in a row.

    Raises:
        ImageError: As `draws_sheet`.
    """
    hr = _middle(photo)
    degradation = _sample(recipe, photo, hr, seed, 0)
    cells = [Cell(hr, "HR", (photo.name, f"{hr.shape[1]} x {hr.shape[0]}"))]
    for number, (step, image) in enumerate(degradation.trace(to_float(hr)), 1):
        cells.append(Cell(to_pixels(image), f"{number}. {step.op}", (str(step), _size_and_range(image))))
    return _sheet([cells[start : start + columns] for start in range(0, len(cells), columns)])


def _size_and_range(image: Image) -> str:
    low, high = float(image.min()), float(image.max())
    beyond = f", values {low:.2f} to {high:.2f}" if low < -0.005 or high > 1.005 else ""
    return f"{image.shape[1]} x {image.shape[0]}{beyond}"


def _middle(photo: Path) -> Pixels:
    """The middle of a photo, at most one cell large, so that every pixel shows."""
    try:
        pixels = decode(photo.read_bytes())
    except OSError as error:
        raise ImageError(f"{photo}: cannot be read ({error.strerror})") from None
    except ImageError as error:
        raise ImageError(f"{photo}: {error}") from None
    top, left = (max(0, (side - _CELL) // 2) for side in pixels.shape[:2])
    return np.ascontiguousarray(pixels[top : top + _CELL, left : left + _CELL])


def _sample(recipe: Operator, photo: Path, hr: Pixels, seed: int, variant: int) -> Degradation:
    return recipe.sample((hr.shape[0], hr.shape[1]), seed=seed, key=photo.name, variant=variant)


def _sheet(rows: list[list[Cell]]) -> "PILImage.Image":
    font = ImageFont.load_default(_TEXT)
    bold = ImageFont.load_default(_TEXT + 3)
    letters = int(_CELL / font.getlength("n"))
    wrapped = [[[part for line in cell.lines for part in _wrap(line, letters)] for cell in row] for row in rows]
    pictures = [[_fit(cell.pixels) for cell in row] for row in rows]
    below = [max(picture.height for picture in row) + _LINE + 12 for row in pictures]
    heights = [top + _LINE * max(len(lines) for lines in row) + _GAP for top, row in zip(below, wrapped, strict=True)]
    columns = max(len(row) for row in rows)
    paper = PILImage.new("RGB", (_GAP + columns * (_CELL + _GAP), _GAP + sum(heights)), _PAPER)
    pen = ImageDraw.Draw(paper)
    y = _GAP
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            x = _GAP + column * (_CELL + _GAP)
            pen.text((x, y), cell.title, _INK, bold)
            paper.paste(pictures[number][column], (x, y + _LINE + 6))
            for index, line in enumerate(wrapped[number][column]):
                pen.text((x, y + below[number] + index * _LINE), line, _FAINT, font)
        y += heights[number]
    return paper


def _wrap(line: str, letters: int) -> list[str]:
    return textwrap.wrap(line, letters, subsequent_indent="    ") or [""]


def _fit(pixels: Pixels) -> "PILImage.Image":
    """Enlarge to the cell without smoothing, so that what is seen is what is there."""
    picture = PILImage.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    factor = _CELL / max(picture.size)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture if size == picture.size else picture.resize(size, PILImage.Resampling.NEAREST)
