"""Makes the pictures of README and the tutorial that are not made by a command.

Usage: python docs/pictures.py strip docs/preview.jpg
       python docs/pictures.py rows RUN/val/N.png docs/tutorial.jpg
"""

import sys
from pathlib import Path

import numpy as np
import skimage
from PIL import Image

from degradekit.picture_files import decode
from degradekit.presets import preset
from degradekit.sheets import Cell, Photo, Row, draw_sheet
from degradekit.types import Frame, Pixels

HEIGHT, WIDTH = 120, 256


def strip() -> "Image.Image":
    """Return a photo beside three draws of its LR, each with its steps in words."""
    file = Path(skimage.__file__).parent / "data" / "chelsea.png"
    photo = decode(file.read_bytes())[60 : 60 + HEIGHT, 112 : 112 + WIDTH]
    shown, recipe = Photo(file.name, photo, Frame(0, 0, HEIGHT, WIDTH)), preset("real-esrgan", scale=4)
    draws = [shown.sample(recipe, 10, variant) for variant in range(3)]
    cells = [Cell(draw(photo), f"LR, draw {n}", tuple(map(str, draw.steps))) for n, draw in enumerate(draws, 1)]
    return draw_sheet([Row([shown.cell, *cells])], WIDTH)


def rows(validation: Path, count: int = 2) -> "Image.Image":
    """Return the first rows of a validation's picture: LR, bicubic, result, HR."""
    picture = np.asarray(Image.open(validation).convert("RGB"))
    side = picture.shape[1] // 4
    titles = ("LR", "bicubic", "the network", "HR")
    cells = [[_cell(picture, row, column, side) for column in range(4)] for row in range(count)]
    return draw_sheet(
        [Row([Cell(cell, title, ()) for cell, title in zip(row, titles, strict=True)]) for row in cells], side
    )


def _cell(picture: Pixels, row: int, column: int, side: int) -> Pixels:
    top = row * (side + 4)
    return picture[top : top + side, column * side : (column + 1) * side]


def main() -> None:
    """Make one of them."""
    kind, *paths = sys.argv[1:]
    picture = strip() if kind == "strip" else rows(Path(paths[0]))
    picture.save(paths[-1], quality=80)


if __name__ == "__main__":
    main()
