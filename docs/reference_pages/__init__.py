"""A Sphinx extension that writes the pages of the reference before Sphinx reads the sources.

They follow from the code: operators, presets, commands, modules, the schema. None is committed.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reference_pages.markdown import Page

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDERS = "operators", "presets", "commands", "api", "schema"
"""Folders below docs/reference/ that hold nothing but pages that are written."""


def setup(app: "Sphinx") -> dict[str, Any]:
    """Have the pages written when Sphinx starts."""
    app.connect("builder-inited", _write_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _write_all(app: "Sphinx") -> None:
    docs = Path(app.srcdir)
    write_pages(docs / "reference", pages(docs, docs / "_build" / "pictures"))


def pages(docs: Path, picture_folder: Path) -> Iterator[Page]:
    """Yield all pages."""
    from reference_pages.api_pages import api_pages
    from reference_pages.command_pages import command_pages
    from reference_pages.operator_pages import operator_pages
    from reference_pages.pictures import Pictures
    from reference_pages.preset_pages import preset_pages
    from reference_pages.schema_page import schema_pages

    pictures = Pictures(picture_folder, "/_build/pictures")
    yield from operator_pages(docs, pictures)
    yield from preset_pages(docs, pictures)
    yield from command_pages()
    yield from schema_pages()
    yield from api_pages()


def write_pages(reference: Path, written: Iterator[Page]) -> None:
    """Write what has changed, so that Sphinx reads nothing else again, and remove pages that are no more."""
    kept = set()
    for page in written:
        path = reference / page.path
        kept.add(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text("utf-8") != page.text:
            path.write_text(page.text, "utf-8")
    for folder in FOLDERS:
        for path in (reference / folder).rglob("*"):
            if path.is_file() and path not in kept:
                path.unlink()
