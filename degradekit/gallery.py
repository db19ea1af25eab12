"""The gallery: what every operator does to a photo, from mild to strong, and every shipped recipe to several.

Nothing in it is written down for one operator. Fields with a `Neutral` mark go from the end of their range that is
nearest to it to the farther one, names with weights are shown one by one, and everything else is drawn.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from degradekit import catalogue
from degradekit.errors import DegradekitError, ImageError
from degradekit.gallery_rows import drawn_cell, operator_rows
from degradekit.operators.base import Operator
from degradekit.presets import GROUPS, PRESETS, preset, summary
from degradekit.sheets import Photo, Row, draw_row, in_columns, stack
from degradekit.whole_files import write_whole

if TYPE_CHECKING:
    from PIL import Image as PILImage

_SIDE, WIDE_SIDE = 160, 256
"""Sides of the cells of operators, and of those of recipes."""
_COLUMNS, _WIDE_COLUMNS = 6, 3
_MAX_BYTES = 400_000
"""Size of a file for a web page; a family that takes more goes into several."""
_README = """# Gallery

Every operator of degradekit from mild to strong, and every shipped recipe, with what was drawn in words below. Pictures
that are smaller than the photo are enlarged without smoothing. `degradekit gallery -o FOLDER` makes these pages.
"""
SAMPLES = ("astronaut.png", "chelsea.png", "coffee.png")
"""The photos of scikit-image that are shown without any others: public domain and CC0."""


class Page(NamedTuple):
    """A part of the gallery: a family of operators, or the recipes of a field.

    Attributes:
        name: The name of its files, without extension.
        title: Its heading.
        rows: What it shows; none where all of it is left out.
        side: Side of its cells in pixels.
        left_out: A line for each operator or recipe that cannot be shown, with the reason.
    """

    name: str
    title: str
    rows: list[Row]
    side: int
    left_out: list[str]

    def strips(self) -> "list[PILImage.Image]":
        """Draw the rows."""
        return [draw_row(row, self.side, _COLUMNS if self.side == _SIDE else _WIDE_COLUMNS) for row in self.rows]


def sample_photos() -> list[str]:
    """Return the paths of the photos that are shown without any others.

    Raises:
        ImageError: The package that has them is not installed; the message has the cure.
    """
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise ImageError(
            "source: must be given, as the photos shown without it come with the package scikit-image, which is not"
            " installed; name a folder of photos, or run: pip install 'degradekit[demo]'"
        )
    return [str(Path(spec.origin).parent / "data" / name) for name in SAMPLES]


def gallery_pages(
    photos: Sequence[Photo], operators: Sequence[str] | None = None, presets: Sequence[str] | None = None
) -> Iterator[Page]:
    """Yield the families of operators in the order of the catalogue, and the recipes by their fields.

    Args:
        photos: From `first_photos`; operators are shown on the first one's middle, recipes on all.
        operators: Their names; by default all. Those that are made of other operators, such as chains, are passed over.
        presets: Their names; by default all.
    """
    families: dict[str, list[type[Operator]]] = {}
    for op in catalogue.names() if operators is None else operators:
        operator_class = catalogue.find_operator(op)
        if not _holds_operators(operator_class):
            families.setdefault(operator_class.__module__.rpartition(".")[2], []).append(operator_class)
    for name, operator_classes in families.items():
        yield _family(name, operator_classes, photos[0].middle(_SIDE))
    for group, title in GROUPS.items():
        names = [name for name in (PRESETS if presets is None else presets) if PRESETS[name].group == group]
        if names:
            yield _recipes(f"presets-{group}", f"Presets: {title}", names, photos)


def draw_gallery(pages: Iterable[Page]) -> "PILImage.Image":
    """Draw all pages as one picture; what is left out stands at its end."""
    strips, left_out = [], []
    for page in pages:
        strips += page.strips()
        left_out += page.left_out
    if left_out:
        notes = [Row((), line, "" if index else "Left out") for index, line in enumerate(left_out)]
        strips += [draw_row(note, _SIDE, _COLUMNS) for note in notes]
    return in_columns(strips)


def write_gallery(folder: Path, pages: Iterable[Page]) -> list[Path]:
    """Write each page as JPEG files, and a README.md that shows them.

    Args:
        folder: A new or an empty one.
        pages: From `gallery_pages`.

    Returns:
        The files.

    Raises:
        DegradekitError: The folder has files already, or one cannot be written.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise ImageError(f"output: must be a new or an empty folder, as it is filled with files (got {str(folder)!r})")
    readme, files = _README, []
    for page in pages:
        readme += f"\n## {page.title}\n"
        jpegs = _jpegs(page.strips()) if page.rows else []
        for part, data in enumerate(jpegs, 1):
            path = folder / (f"{page.name}-{part}.jpg" if len(jpegs) > 1 else f"{page.name}.jpg")
            write_whole(path, data)
            files.append(path)
            readme += f"\n![{page.title}]({path.name})\n"
        readme += "".join(f"\nLeft out: {line}\n" for line in page.left_out)
    write_whole(folder / "README.md", readme.encode())
    return [*files, folder / "README.md"]


def _jpegs(strips: "list[PILImage.Image]") -> list[bytes]:
    """Encode rows as a JPEG, or as several of about as many rows if one is too large for a web page."""
    for parts in range(1, len(strips) + 1):
        ends = [len(strips) * part // parts for part in range(parts + 1)]
        jpegs = [_jpeg(stack(strips[start:end])) for start, end in pairwise(ends)]
        if max(map(len, jpegs)) <= _MAX_BYTES:
            break
    return jpegs


def _jpeg(picture: "PILImage.Image") -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=75, subsampling=0, optimize=True)
    return buffer.getvalue()


def _family(name: str, operator_classes: Sequence[type[Operator]], photo: Photo) -> Page:
    rows: list[Row] = []
    left_out: list[str] = []
    for operator_class in operator_classes:
        try:
            if operator_class.extra is not None:
                operator_class.extra.load(operator_class.op)
            rows += operator_rows(operator_class, photo)
        except DegradekitError as error:
            left_out.append(_reason(operator_class.op, error))
    return Page(name, ", ".join(each.op for each in operator_classes), rows, _SIDE, left_out)


def _recipes(page_name: str, title: str, names: Sequence[str], photos: Sequence[Photo]) -> Page:
    rows = [Row([photo.cell for photo in photos], "", title)]
    left_out: list[str] = []
    for name in names:
        try:
            recipe = preset(name)
            recipe.require_all()
            drawn = [
                recipe.sample((photo.hr.shape[0], photo.hr.shape[1]), seed=0, variant=variant, frame=photo.frame)
                for variant, photo in enumerate(photos)
            ]
        except DegradekitError as error:
            left_out.append(_reason(name, error))
            continue
        cells = [
            drawn_cell(f"{each.lr_size[1]} x {each.lr_size[0]}", each, photo)
            for each, photo in zip(drawn, photos, strict=True)
        ]
        rows.append(Row(cells, f"{name} x{recipe.lr_scale or 1}: {summary(name)}"))
    return Page(page_name, title, rows if len(rows) > 1 else [], WIDE_SIDE, left_out)


def _holds_operators(operator_class: type[Operator]) -> bool:
    """Return whether an operator is made of others, as a chain is."""
    return any(_mentions_operators(field.type) for field in fields(operator_class))


def _mentions_operators(annotation: Any) -> bool:
    is_operator = isinstance(annotation, type) and issubclass(annotation, Operator)
    return is_operator or any(map(_mentions_operators, get_args(annotation)))


def _reason(name: str, error: DegradekitError) -> str:
    return f"{name}: {str(error).removeprefix(f'{name}: ')}"
