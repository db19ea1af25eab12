"""A Sphinx extension that writes the pages of the reference before Sphinx reads the sources.

They follow from the code: operators, presets, commands, modules, the schema, the examples. None is committed.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reference_pages.docstrings import skip_names_of_tuples, split_entries
from reference_pages.markdown import Page
from reference_pages.project_pages import project_pages, to_project_pages

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDERS = "operators", "presets", "commands", "api", "schema", "project", "examples"
"""Folders below docs/reference/ that hold nothing but pages that are written."""


def setup(app: "Sphinx") -> dict[str, Any]:
    """Have the pages written when Sphinx starts."""
    app.connect("builder-inited", _write_all)
    app.connect("source-read", _to_pages)
    app.connect("autodoc-skip-member", skip_names_of_tuples)
    app.connect("autodoc-process-docstring", split_entries, priority=100)  # before napoleon
    _name_attributes()
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _write_all(app: "Sphinx") -> None:
    docs = Path(app.srcdir)
    write_pages(docs / "reference", pages(docs, docs / "_build" / "pictures"))


def _to_pages(app: "Sphinx", name: str, source: list[str]) -> None:
    """Let links from docs/ to pages beside it lead to their copies."""
    source[0] = to_project_pages(source[0], "../" * name.count("/"))


def _name_attributes() -> None:
    """Head the fields of a class with the word that docstrings have."""
    from sphinx.domains.python import PyObject

    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"


def pages(docs: Path, picture_folder: Path) -> Iterator[Page]:
    """Yield all pages."""
    from reference_pages.api_pages import api_pages
    from reference_pages.command_pages import command_pages
    from reference_pages.example_pages import example_pages
    from reference_pages.operator_pages import operator_pages
    from reference_pages.pictures import Pictures
    from reference_pages.preset_pages import preset_pages
    from reference_pages.schema_page import schema_pages

    pictures = Pictures(picture_folder, "/_build/pictures")
    yield from operator_pages(pictures)
    yield from preset_pages(docs, pictures)
    yield from command_pages()
    yield from schema_pages()
    yield from project_pages(docs.parent)
    yield from example_pages(docs)
    yield from api_pages(docs)


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
