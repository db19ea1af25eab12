"""The gallery, and `degradekit gallery` as a person types it."""

import functools
from typing import Annotated, ClassVar

import numpy as np
import pytest
from click.testing import CliRunner
from examples import LEAVES
from PIL import Image

from degradekit import DegradekitError, RecipeError, catalogue, gallery, register
from degradekit.extras import Extra
from degradekit.fields import IntegerSpan, Mix, Neutral, Span, Weights, Within, bounds
from degradekit.gallery import draw_gallery, gallery_pages, write_gallery
from degradekit.mistakes import validated
from degradekit.operators.base import Operator
from degradekit.operators.dither import QuantizeStep
from degradekit.presets import PRESETS
from degradekit.sheets import Photo, Row, draw_row, in_columns
from degradekit.types import Frame
from degradekit_cli.main import main

QUARTERS = (0, 0.25, 0.5, 0.75, 1)
DRAWN_FROM: list = []
"""The ranges of levels and factor of each draw of `Banded`."""


@validated(RecipeError)
class Banded(Operator):
    """Round by a factor of a number of levels. It shows what its fields are drawn from."""

    op: ClassVar[str] = "banded"

    kinds: Annotated[Mix, Weights("plain_kind", "refused", "other")] = "plain_kind"
    levels: Annotated[IntegerSpan, Within(3, 255, odd=True), Neutral(255)] = (3, 63)
    factor: Annotated[Span, Within(0, 3), Neutral(1)] = (0.5, 2.5)

    def __post_init__(self) -> None:
        if self.kinds.get("refused"):
            raise RecipeError("kinds: refused")

    def draw(self, rng, context):
        (low, high), factor = bounds(self.levels), bounds(self.factor)
        if "other" in self.kinds:
            return (QuantizeStep(rng.integer(10, 12)),)
        DRAWN_FROM.append(((low, high), factor))
        return (QuantizeStep(round(rng.odd(low, high) * rng.uniform(*factor)) + 2),)


@pytest.fixture
def small() -> Photo:
    """A smooth and small one."""
    levels = np.add.outer(np.arange(20), np.arange(24))[..., None] * np.array([5, 4, 3])
    return Photo("folder/small.png", levels.astype(np.uint8), Frame(0, 0, 20, 24))


@pytest.fixture
def registered(monkeypatch):
    """Operators of this file, known while a test runs."""
    monkeypatch.setattr(catalogue, "_registered", {})
    return register


def shown(page) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(row.heading, [(cell.title, " ".join(cell.lines)) for cell in row.cells[1:]]) for row in page.rows]


def test_ranges_go_from_mild_to_strong(small, registered):
    """A range that ends at its neutral value becomes one value, and one on both sides of it a part of itself."""
    registered(Banded)
    DRAWN_FROM.clear()
    (page,) = gallery_pages([small], ["banded"], [])
    (heading, cells), _ = shown(page)
    assert (heading, [title for title, _ in cells]) == ("plain kind", ["mild", "1/4", "1/2", "3/4", "strong"])
    spans = [
        ((levels, levels), (1 - 0.5 * t, 1 + 1.5 * t)) for levels, t in zip((63, 49, 33, 17, 3), QUARTERS, strict=True)
    ]
    assert list(dict.fromkeys(DRAWN_FROM)) == [spans[4], *spans[:4]]  # the strong end first, to choose a plain draw
    title = "banded: Round by a factor of a number of levels. It shows what its fields are drawn from."
    assert page.rows[0].title == title


def test_each_name_with_a_weight_has_a_row_and_what_has_no_range_shows_its_draws_once(small, registered):
    registered(Banded)
    (page,) = gallery_pages([small], ["banded"], [])
    headings = [heading for heading, _ in shown(page)]
    assert headings == ["plain kind", "other"]  # the refused kind has no row
    assert page.rows[1].title == ""
    _, draws = shown(page)[1]
    assert all(title.startswith("draw ") for title, _ in draws)
    assert 1 < len(draws) == len({words for _, words in draws}) <= 3


def test_pictures_are_those_of_the_words(small):
    (page,) = gallery_pages([small], ["quantize"], [])
    for cell, levels in zip(page.rows[0].cells[1:], (64, 50, 36, 22, 8), strict=True):
        assert cell.lines == (f"quantize to {levels} levels",)
        expected = QuantizeStep(levels)(small.hr.astype(np.float32) / np.float32(255))
        np.testing.assert_array_equal(cell.pixels, np.rint(expected * np.float32(255)))
    np.testing.assert_array_equal(page.rows[0].cells[0].pixels, small.hr)


def test_what_cannot_be_shown_is_left_out_with_the_reason(small, registered):
    @registered
    @validated(RecipeError)
    class Rare(Banded):
        """Need a package."""

        op: ClassVar[str] = "rare"
        extra: ClassVar[Extra] = Extra("rare", "degradekit_gone", "gone")

    @registered
    @validated(RecipeError)
    class Needy(Operator):
        """Need a value."""

        op: ClassVar[str] = "needy"
        levels: IntegerSpan

        def draw(self, rng, context):
            return ()

    pages = list(gallery_pages([small], ["rare", "needy", "crop", "chain"], []))
    assert [page.rows for page in pages] == [[], []]
    rare, needy, crop = (line for page in pages for line in page.left_out)
    assert rare.startswith("rare: needs the package gone; install it with: pip install 'degradekit[rare]'")
    assert needy == "needy: levels: must be given"
    assert crop == "crop: none of its draws changes the photo"
    only_notes = draw_gallery(pages)
    assert only_notes.width > only_notes.height


def test_recipes_are_shown_by_field_on_every_photo(small):
    groups = dict.fromkeys(f"presets-{PRESETS[name].group}" for name in ("bicubic", "gfpgan"))
    pages = list(gallery_pages([small, small.middle(8)], [], ["bicubic", "gfpgan"]))
    assert [page.name for page in pages] == list(groups)
    originals, bicubic = pages[0].rows
    assert [cell.title for cell in originals.cells] == ["HR", "HR"]
    assert bicubic.heading.startswith("bicubic x4: ")
    assert [cell.title for cell in bicubic.cells] == ["6 x 5", "2 x 2"]


def test_columns_are_about_as_high_as_all_of_them_are_wide():
    strips = [draw_row(Row((), f"row {n}", f"title {n}"), 100, 5) for n in range(60)]
    paper = in_columns(strips)
    assert 0.5 < paper.width / paper.height < 2
    assert paper.width % strips[0].width == 0


@pytest.mark.slow
def test_a_folder_gets_files_for_web_pages_and_a_page_that_shows_them(small, tmp_path, monkeypatch):
    pages = [*gallery_pages([small], ["quantize", "palette"], ["bicubic"])]
    files = write_gallery(tmp_path / "whole", pages)
    assert [file.name for file in files] == ["dither.jpg", "palette.jpg", "presets-photos.jpg", "README.md"]
    limit = max(file.stat().st_size for file in files) - 1
    monkeypatch.setattr(gallery, "_MAX_BYTES", limit)
    parts = write_gallery(tmp_path / "parts", pages)
    assert len(parts) > len(files)
    assert all(file.stat().st_size <= limit for file in parts)
    readme = (tmp_path / "parts" / "README.md").read_text()
    for file in parts[:-1]:
        assert readme.count(f"({file.name})") == 1
        with Image.open(file) as picture:
            picture.load()
    with pytest.raises(DegradekitError, match="output: must be a new or an empty folder"):
        write_gallery(tmp_path / "parts", pages)


@pytest.fixture
def few(monkeypatch):
    """Show little, as all of it takes half a minute."""
    monkeypatch.setattr(
        gallery, "gallery_pages", functools.partial(gallery.gallery_pages, operators=["quantize"], presets=["bicubic"])
    )


def run(*arguments: object):
    return CliRunner().invoke(main, ["gallery", *map(str, arguments)])


@pytest.mark.usefixtures("few")
def test_the_command_writes_a_picture_or_a_folder(photos, tmp_path):
    done = run(photos, "-o", tmp_path / "gallery.png")
    with Image.open(tmp_path / "gallery.png") as sheet:
        assert (done.exit_code, done.output) == (0, f"{tmp_path}/gallery.png: {sheet.width} x {sheet.height}\n")
    done = run("-o", tmp_path / "pages")
    assert (done.exit_code, done.output) == (0, f"{tmp_path}/pages: 3 files; {tmp_path}/pages/README.md shows them\n")
    assert {file.name for file in (tmp_path / "pages").iterdir()} == {"dither.jpg", "presets-photos.jpg", "README.md"}


@pytest.mark.usefixtures("few")
def test_a_mistake_is_explained(photos, tmp_path, monkeypatch):
    done = run(photos, "-o", tmp_path / "gallery.gif")
    assert done.exit_code == 2
    assert "--output: must end in .png or .jpg, or name a folder, without an extension" in done.output
    done = run(photos, "-o", photos / "chelsea.png")
    assert (done.exit_code, "--output: must not be one of the photos" in done.output) == (2, True)
    done = run(photos, "-o", photos)
    assert (done.exit_code, "error: --output: must be a new or an empty folder" in done.output) == (1, True)
    monkeypatch.setattr(gallery, "find_spec", lambda _: None)
    done = run("-o", tmp_path / "gallery.png")
    assert done.exit_code == 1
    assert done.output == (
        "error: source: must be given, as the photos shown without it come with the package scikit-image, which is not"
        " installed; name a folder of photos, or run: pip install 'degradekit[demo]'\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_every_operator_and_every_recipe_can_be_shown(small):
    pages = list(gallery_pages([small]))
    rows = {row.title.partition(":")[0] for page in pages for row in page.rows if row.title}
    left_out = {line.partition(":")[0] for page in pages for line in page.left_out}
    assert {operator.op for operator in LEAVES.values() if not operator.inner_operators()} <= rows | left_out
    recipes = {row.heading.partition(" x")[0] for page in pages for row in page.rows}
    assert set(PRESETS) <= recipes | left_out
