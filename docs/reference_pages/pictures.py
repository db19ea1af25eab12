"""Strips of pictures for pages, made once for each state of the code that computes them."""

import hashlib
import io
import json
import shutil
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path

from PIL import Image

import degradekit
from degradekit.dataset.sources import scan
from degradekit.gallery import WIDE_SIDE, sample_photos
from degradekit.sheets import Cell, Photo, Row, first_photos
from reference_pages.markdown import block, directive, joined, words

_COMPUTES = "containers", "functional", "operators", "presets"
"""Folders of the package whose files decide what is in a picture, beside the files at its top."""
_SOURCES = [Path(__file__), Path(__file__).with_name("draws.py")]


class Pictures:
    """Pictures of draws in a folder, and the Markdown that shows them.

    Attributes:
        folder: Where the files are. Nothing else is in it.
        base: The path from a page to the folder.
    """

    def __init__(self, folder: Path, base: str) -> None:
        self.folder = folder
        self.base = base

    @cached_property
    def photos(self) -> list[Photo]:
        """The photos that are degraded: public domain and CC0, from scikit-image."""
        sources = (photo for path in sample_photos() for photo in scan(path))
        return first_photos(sources, 3, scale=4, side=WIDE_SIDE)[0]

    def strips(self, name: str, make: Callable[[], Iterable[Row]], kind: str = "strip") -> list[str]:
        """Return the Markdown of rows: each a strip that scrolls in itself, its steps in words below each picture.

        Args:
            name: Of the subfolder.
            make: Computes the rows; called only if the code, or a photo, is not the one of the files that exist.
            kind: The class of the strips in the style sheet.
        """
        folder = self.folder / name
        key = folder / "key.json"
        if not (key.exists() and json.loads(key.read_text("utf-8"))["code"] == self._code):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            strips = [self._strip(folder, index, row, kind) for index, row in enumerate(make())]
            key.write_text(json.dumps({"code": self._code, "strips": strips}), "utf-8")
        strips = json.loads(key.read_text("utf-8"))["strips"]
        return [str(strip) for strip in strips]

    @cached_property
    def _code(self) -> str:
        """The SHA-256 of what decides the pictures: the code, and the photos."""
        package = Path(degradekit.__file__).parent
        files = [*package.glob("*.py"), *(path for name in _COMPUTES for path in (package / name).rglob("*.py"))]
        digest = hashlib.sha256()
        for path in sorted(files) + [Path(photo) for photo in sample_photos()] + _SOURCES:
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def _strip(self, folder: Path, index: int, row: Row, kind: str) -> str:
        figures = [self._figure(folder, f"{index}-{column}.webp", cell) for column, cell in enumerate(row.cells)]
        heading = f"**{words(row.heading)}**" if row.heading else ""
        return joined([heading, block(f"{{container}} {kind}", joined(figures))])

    def _figure(self, folder: Path, name: str, cell: Cell) -> str:
        """Write a picture losslessly, as a lossy format would hide what is shown, and return its figure."""
        levels = cell.pixels[:, :, 0] if cell.pixels.shape[2] == 1 else cell.pixels
        picture = Image.fromarray(levels)
        buffer = io.BytesIO()
        picture.save(buffer, "WEBP", lossless=True, method=3)
        (folder / name).write_bytes(buffer.getvalue())
        caption = f"**{words(cell.title)}**"
        legend = "\n".join(f"- {words(line)}" for line in cell.lines)
        alternative = f"{cell.title}: {'; '.join(cell.lines)}".replace("\n", " ")
        return directive("figure", f"{self.base}/{folder.name}/{name}", joined([caption, legend]), alt=alternative)
