"""Shows what a recipe does to photos, with every step in words: as cells, and as a contact sheet of them."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from PIL import Image as PILImage
from PIL import ImageDraw, ImageFont

from degradekit.dataset.sources import Source
from degradekit.degradation import Degradation
from degradekit.errors import DegradekitError, ImageError
from degradekit.functional.levels import to_float, to_pixels
from degradekit.limits import MAX_PIXELS
from degradekit.operators.base import Operator
from degradekit.picture_files import decode_whole, flat_rgb
from degradekit.types import Frame, Image, Pixels

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


class Photo(NamedTuple):
    """The middle of a photo, at most one cell large, so that every pixel shows; `frame` is where it lies."""

    key: str
    hr: Pixels
    frame: Frame

    @property
    def cell(self) -> Cell:
        """The photo as the first picture of its row."""
        return Cell(self.hr, "HR", (self.key.rpartition("/")[2], f"{self.hr.shape[1]} x {self.hr.shape[0]}"))

    def sample(self, recipe: Operator, seed: int, variant: int) -> Degradation:
        """Draw for the photo."""
        size = self.hr.shape[0], self.hr.shape[1]
        return recipe.sample(size, seed=seed, key=self.key, variant=variant, frame=self.frame)


def first_photos(
    sources: Iterable[Source], count: int, scale: int, max_pixels: int = MAX_PIXELS
) -> tuple[list[Photo], list[str]]:
    """Return the first photos that can be used, and a line for each one before them that cannot.

    Args:
        sources: In the order in which they are tried.
        count: At most this many photos.
        scale: HR side / LR side; photos with a shorter side cannot be used.
        max_pixels: Photos with more pixels cannot be used.

    Raises:
        ImageError: None can be used.
    """
    photos: list[Photo] = []
    unusable: list[str] = []
    for source in sources:
        try:
            picture = decode_whole(source.read(), max_pixels)
        except (OSError, DegradekitError) as error:
            unusable.append(f"{source.key}: {error}")
            continue
        height, width = picture.levels.shape[:2]
        if min(height, width) < scale:
            unusable.append(f"{source.key}: smaller than the scale, {scale}")
            continue
        top, left = (max(0, (side - _CELL) // 2) for side in (height, width))
        middle: Any = np.ascontiguousarray(picture.levels[top : top + _CELL, left : left + _CELL])
        hr = flat_rgb(picture._replace(levels=middle))
        photos.append(Photo(source.key, hr, Frame(top, left, height, width)))
        if len(photos) == count:
            break
    if not photos:
        raise ImageError("source: not one photo can be used\n  " + "\n  ".join(unusable))
    return photos, unusable


def draws_rows(photos: Sequence[Photo], recipe: Operator, *, draws: int, seed: int) -> list[list[Cell]]:
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
        rows.append(row)
    return rows


def steps_rows(photo: Photo, recipe: Operator, *, seed: int, columns: int = 4) -> list[list[Cell]]:
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
    return [cells[start : start + columns] for start in range(0, len(cells), columns)]


def _size_and_range(image: Image) -> str:
    low, high = float(image.min()), float(image.max())
    beyond = f", values {low:.2f} to {high:.2f}" if low < -0.005 or high > 1.005 else ""
    return f"{image.shape[1]} x {image.shape[0]}{beyond}"


def draw_sheet(rows: Sequence[Sequence[Cell]]) -> "PILImage.Image":
    """Draw rows of cells as one picture."""
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
    for index, row in enumerate(rows):
        for column, cell in enumerate(row):
            x = _GAP + column * (_CELL + _GAP)
            pen.text((x, y), cell.title, _INK, bold)
            paper.paste(pictures[index][column], (x, y + _LINE + 6))
            for line_index, line in enumerate(wrapped[index][column]):
                pen.text((x, y + below[index] + line_index * _LINE), line, _FAINT, font)
        y += heights[index]
    return paper


def _wrap(line: str, letters: int) -> list[str]:
    return textwrap.wrap(line, letters, subsequent_indent="    ") or [""]


def _fit(pixels: Pixels) -> "PILImage.Image":
    """Enlarge to the cell without smoothing, so that what is seen is what is there."""
    picture = PILImage.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    factor = _CELL / max(picture.size)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture if size == picture.size else picture.resize(size, PILImage.Resampling.NEAREST)
