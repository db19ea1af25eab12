"""Contact sheets: rows of pictures with words, and the photos that they show."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from PIL import Image as PILImage
from PIL import ImageDraw, ImageFont

from degradekit.dataset.sources import Source
from degradekit.degradation import Degradation
from degradekit.errors import DegradekitError, ImageError
from degradekit.limits import MAX_PIXELS
from degradekit.operators.base import Operator
from degradekit.picture_files import decode_whole, flat_rgb
from degradekit.types import Frame, Pixels

CELL = 320
"""Side of a cell in pixels, unless another is asked for."""
_GAP = 20
_TEXT = 14
_LINE = 19
_TITLE_TEXT, _TITLE_LINE = 24, 34
_PAPER, _INK, _FAINT = (250, 250, 248), (32, 32, 36), (110, 110, 118)


class Cell(NamedTuple):
    """One picture of a sheet with its title and the lines below it."""

    pixels: Pixels
    title: str
    lines: tuple[str, ...]


class Row(NamedTuple):
    """A row of a sheet, with text above it where there is any: the title in large letters, then the heading."""

    cells: Sequence[Cell]
    heading: str = ""
    title: str = ""


class Photo(NamedTuple):
    """The middle of a photo, at most one cell large, so that every pixel shows; `frame` is where it lies."""

    key: str
    hr: Pixels
    frame: Frame

    @property
    def cell(self) -> Cell:
        """The photo as the first picture of its row."""
        height, width = self.hr.shape[:2]
        whole = self.frame.height, self.frame.width
        part = f"the middle {width} x {height} of " if whole != (height, width) else ""
        return Cell(self.hr, "HR", (self.key.rpartition("/")[2], f"{part}{whole[1]} x {whole[0]}"))

    def middle(self, side: int) -> "Photo":
        """Return its middle, at most `side` pixels along each side, as a photo with a lens of its own."""
        hr, _ = _middle(self.hr, side)
        return Photo(self.key, hr, Frame(0, 0, hr.shape[0], hr.shape[1]))

    def sample(self, recipe: Operator, seed: int, variant: int) -> Degradation:
        """Draw for the photo."""
        size = self.hr.shape[0], self.hr.shape[1]
        return recipe.sample(size, seed=seed, key=self.key, variant=variant, frame=self.frame)


def first_photos(
    sources: Iterable[Source], count: int, scale: int, max_pixels: int = MAX_PIXELS, side: int = CELL
) -> tuple[list[Photo], list[str]]:
    """Return the first photos that can be used, and a line for each one before them that cannot.

    Args:
        sources: The photos, in the order in which they are tried.
        count: Number of photos, at most.
        scale: HR side / LR side; photos with a shorter side cannot be used.
        max_pixels: Photos with more pixels cannot be used.
        side: Pixels along a side of a photo's middle, at most.

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
        if min(picture.levels.shape[:2]) < scale:
            unusable.append(f"{source.key}: smaller than the scale, {scale}")
            continue
        middle, frame = _middle(picture.levels, side)
        photos.append(Photo(source.key, flat_rgb(picture._replace(levels=middle)), frame))
        if len(photos) == count:
            break
    if not photos:
        raise ImageError("source: not one photo can be used\n  " + "\n  ".join(unusable))
    return photos, unusable


def draw_sheet(rows: Sequence[Row], side: int = CELL) -> "PILImage.Image":
    """Draw rows one below the other as one picture.

    Args:
        rows: The rows, at least one.
        side: Side of a cell in pixels.
    """
    return stack([draw_row(row, side) for row in rows])


def wrapped(cells: Sequence[Cell], columns: int) -> list[Row]:
    """Return cells as rows of at most this many."""
    return [Row(cells[start : start + columns]) for start in range(0, len(cells), columns)]


def stack(strips: Sequence["PILImage.Image"]) -> "PILImage.Image":
    """Put drawn rows one below the other, with a margin above the first."""
    paper = PILImage.new("RGB", (max(strip.width for strip in strips), _GAP + sum(s.height for s in strips)), _PAPER)
    y = _GAP
    for strip in strips:
        paper.paste(strip, (0, y))
        y += strip.height
    return paper


def in_columns(strips: Sequence["PILImage.Image"]) -> "PILImage.Image":
    """Put drawn rows into columns, as many as make the whole about square, each of them filled from the top."""
    total, width = sum(strip.height for strip in strips), max(strip.width for strip in strips)
    columns = max(1, round((total / width) ** 0.5))
    stacks: list[list[PILImage.Image]] = [[]]
    done = 0
    for strip in strips:
        if stacks[-1] and done + strip.height / 2 > total * len(stacks) / columns:
            stacks.append([])
        stacks[-1].append(strip)
        done += strip.height
    drawn = [stack(each) for each in stacks]
    paper = PILImage.new("RGB", (width * len(drawn), max(column.height for column in drawn)), _PAPER)
    for index, column in enumerate(drawn):
        paper.paste(column, (index * width, 0))
    return paper


def draw_row(row: Row, side: int, columns: int = 1) -> "PILImage.Image":
    """Draw one row, with a margin at its sides and below.

    Args:
        row: What to draw.
        side: Side of a cell in pixels.
        columns: The least width of the row, in cells.
    """
    font, bold, large = (ImageFont.load_default(size) for size in (_TEXT, _TEXT + 3, _TITLE_TEXT))
    width = _GAP + max(len(row.cells), columns) * (side + _GAP)
    title, heading = _wrap(row.title, width, large, ""), _wrap(row.heading, width, bold, "")
    words = [[part for line in cell.lines for part in _wrap(line, side, font) or [""]] for cell in row.cells]
    pictures = [_fit(cell.pixels, side) for cell in row.cells]
    above = len(title) * _TITLE_LINE + len(heading) * (_LINE + 6)
    below = above + max((picture.height + _LINE + 12 for picture in pictures), default=0)
    strip = PILImage.new("RGB", (width, below + _LINE * max(map(len, words), default=0) + _GAP), _PAPER)
    pen = ImageDraw.Draw(strip)
    for index, line in enumerate(title):
        pen.text((_GAP, index * _TITLE_LINE), line, _INK, large)
    for index, line in enumerate(heading):
        pen.text((_GAP, len(title) * _TITLE_LINE + index * (_LINE + 6)), line, _INK, bold)
    for column, (cell, picture, lines) in enumerate(zip(row.cells, pictures, words, strict=True)):
        x = _GAP + column * (side + _GAP)
        pen.text((x, above), cell.title, _INK, bold)
        strip.paste(picture, (x, above + _LINE + 6))
        for index, line in enumerate(lines):
            pen.text((x, below + index * _LINE), line, _FAINT, font)
    return strip


def _middle(levels: Any, side: int) -> tuple[Any, Frame]:
    height, width = levels.shape[:2]
    top, left = (max(0, (length - side) // 2) for length in (height, width))
    middle = np.ascontiguousarray(levels[top : top + side, left : left + side])
    return middle, Frame(top, left, height, width)


def _wrap(line: str, width: int, font: Any, indent: str = "    ") -> list[str]:
    return textwrap.wrap(line, int(width / font.getlength("n")), subsequent_indent=indent)


def _fit(pixels: Pixels, side: int) -> "PILImage.Image":
    """Enlarge to the cell without smoothing, so that what is seen is what is there; shrink with it."""
    picture = PILImage.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    factor = side / max(picture.size)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    filters = PILImage.Resampling
    return picture if size == picture.size else picture.resize(size, filters.NEAREST if factor > 1 else filters.BOX)
