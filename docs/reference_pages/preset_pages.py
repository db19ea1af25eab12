"""A page for each shipped recipe: its source, draws of it, and every number."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from degradekit.gallery_rows import drawn_cell
from degradekit.operators.base import Operator
from degradekit.presets import ALIASES, GROUPS, PRESETS, preset, summary
from degradekit.sheets import Row
from degradekit.yaml_text import write_inline
from reference_pages.markdown import Page, code, contents, joined, table, words
from reference_pages.pictures import Pictures
from reference_pages.preset_notes import preset_notes

_INTRODUCTION = """\
Recipes as they were published, each with its numbers and their source. [The shipped recipes](../../presets.md) compares
them, and has what they leave out."""
_ABOUT_DRAWS = "Photos, each beside one LR with every step in words, enlarged without smoothing."
_NUMBERS = """\
Each row belongs to the operator above it, whose path is in bold. Path and field together are what `--set` takes and
what `degradekit recipe diff` prints."""


def preset_pages(docs: Path, pictures: Pictures) -> Iterator[Page]:
    """Yield a page for each preset, and the list of them by what is trained with them."""
    notes = preset_notes((docs / "presets.md").read_text("utf-8"))
    lists = []
    for group, title in GROUPS.items():
        names = [name for name, each in PRESETS.items() if each.group == group]
        lists += [f"## {title}", contents(("preset", "what it is"), ((name, words(summary(name))) for name in names))]
        for name in names:
            yield Page(f"presets/{name}.md", preset_page(name, notes[name], _strips(name, pictures)))
    yield Page("presets/index.md", joined(["# Presets", _INTRODUCTION, *lists]))


def preset_page(name: str, notes: dict[str, str], strips: list[str]) -> str:
    """Return the Markdown of a preset's page.

    Args:
        name: In the table of presets.
        notes: The cells of its row in docs/presets.md, by the heads of their columns.
        strips: Its pictures, in Markdown.
    """
    recipe = preset(name)
    also = [code(alias) for alias, target in ALIASES.items() if target == name]
    from_the_table = [f"**{head[0].upper()}{head[1:]}:** {_rebased(cell)}" for head, cell in notes.items() if cell]
    return joined(
        [
            f"# {name}",
            words(summary(name)),
            f"Also called {', '.join(also)}." if also else "",
            f"Published for x{PRESETS[name].scale}, which is its default."
            f" `degradekit recipe show {name}` prints it with a comment on each field.",
            *from_the_table,
            *(["## Draws", _ABOUT_DRAWS, *strips] if strips else []),
            "## Numbers",
            _NUMBERS,
            table(("operator or field", "value"), _rows(recipe)),
        ]
    )


def _rebased(cell: str) -> str:
    """Return Markdown of docs/presets.md with its links as they are from a preset's page."""
    return re.sub(r"\]\((?=[\w-]+\.md)", "](../../", re.sub(r"\]\((?=#)", "](presets.md", cell))


def _strips(name: str, pictures: Pictures) -> list[str]:
    def rows() -> list[Row]:
        recipe = preset(name)
        recipe.require_all()
        cells = []
        for variant, photo in enumerate(pictures.photos):
            size = photo.hr.shape[0], photo.hr.shape[1]
            drawn = recipe.sample(size, seed=0, variant=variant, frame=photo.frame)
            cells += [photo.cell, drawn_cell(f"LR {drawn.lr_size[1]} x {drawn.lr_size[0]}", drawn, photo)]
        return [Row(cells)]

    return pictures.strips(f"preset-{name}", rows, "strip wide")


def _rows(recipe: Operator) -> Iterator[tuple[str, str]]:
    """Yield the rows of an operator and of those in it: its path, and its fields that hold no operators."""
    for path, data in operators_of(recipe.spelled_out.to_dict()):
        op = data["op"]
        yield f"**[{op}](../operators/{op}.md)**", f"**{code(path)}**" if path else "the recipe itself"
        for name, value in data.items():
            if name != "op" and not _has_operators(value):
                yield code(name), code(write_inline(value))


def operators_of(data: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the path and the plain data of each operator in plain data, from the outside in."""
    if isinstance(data, dict):
        if "op" in data:
            yield path, data
        for name, value in data.items():
            yield from operators_of(value, f"{path}.{name}".strip("."))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from operators_of(value, f"{path}.{index}")


def _has_operators(value: Any) -> bool:
    return next(operators_of(value), None) is not None
