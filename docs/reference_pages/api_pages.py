"""Pages of the Python API, for Sphinx's autodoc to fill from docstrings."""

import sys
from collections.abc import Iterator
from importlib import import_module
from inspect import cleandoc
from pathlib import Path

from degradekit import catalogue
from reference_pages.api_sections import SECTIONS
from reference_pages.examples import example_of
from reference_pages.markdown import Page, block, contents, joined, table, words

_OPERATORS = {target.partition(":")[2] for target in catalogue.BUILT_IN.values()}
"""Names of classes that have pages of their own."""
_MEMBERS = {"Operator": "sample, to_dict, require_all, lr_scale"}
"""Members that are shown, where the others are for authors of operators."""
_TITLES = {
    "degradekit": "Degradations, errors, and what makes them",
    "degradekit.recipes": "Recipes as files and plain data",
    "degradekit.presets": "The shipped recipes by name",
    "degradekit.dataset": "Datasets: build, read, check, convert",
    "degradekit.statistics": "Statistics of photos",
    "degradekit.bench_sets": "Test sets",
    "degradekit_models": "Pairs as torch datasets",
}


def api_pages(docs: Path) -> Iterator[Page]:
    """Yield a page for each public module, and the list of them."""
    introduction = "Operators have [pages of their own](../operators/index.md); all of them are an `Operator`."
    yield Page("api/index.md", joined(["# Python", introduction, contents(("module", "what it has"), _TITLES.items())]))
    for module, title in _TITLES.items():
        yield Page(f"api/{module}.md", joined([f"# {module}", f"{title}.", *_sections(module, docs)]))


def names_on_page(module: str) -> dict[str, list[str]]:
    """Return the dotted names on the page of a module, by headings.

    Raises:
        ValueError: A public name of the module has no heading.
    """
    sections = SECTIONS[module]
    listed = {name for names in sections.values() for name in names}
    missing = {name for name in import_module(module).__all__ if not name.startswith("_")} - listed
    if module == "degradekit":
        missing -= {*_OPERATORS, "presets", "recipes"}
    if missing:
        raise ValueError(f"{module}: api_sections.py must have {', '.join(sorted(missing))}")
    return {heading: [f"{module}.{name}" for name in names] for heading, names in sections.items()}


def _sections(module: str, docs: Path) -> Iterator[str]:
    for heading, names in names_on_page(module).items():
        yield f"## {heading}"
        rows = [(f"{{py:obj}}`{_last(name)} <{name}>`", words(_summary(name))) for name in names]
        yield table(("name", "what it is"), rows)
        for name in names:
            yield from _entry(name)
            yield from example_of(_last(name), docs)


def _last(dotted: str) -> str:
    return dotted.rpartition(".")[2]


def _summary(dotted: str) -> str:
    module, _, name = dotted.rpartition(".")
    value = getattr(import_module(module), name)
    lines = cleandoc(value.__doc__ or "").split("\n\n")[0] if callable(value) else _words_of_data(module, name)[0]
    return " ".join(lines.split()).partition(". ")[0].removesuffix(".") + "."


def _entry(dotted: str) -> Iterator[str]:
    module, _, name = dotted.rpartition(".")
    value = getattr(import_module(module), name)
    if isinstance(value, type):
        members = f"   :members: {_MEMBERS.get(name, '')}".rstrip()
        lines = [f".. autoclass:: {dotted}", members, "   :special-members: __call__"]
    elif callable(value):
        lines = [f".. autofunction:: {dotted}"]
    else:
        lines = [f".. py:data:: {dotted}", "", *(f"   {line}" for line in _words_of_data(module, name))]
    yield f"### {name}"
    yield block("{eval-rst}", "\n".join(lines))


def _words_of_data(package: str, name: str) -> list[str]:
    """Return the docstring of data, which only the source of the module that makes it has."""
    from sphinx.pycode import ModuleAnalyzer

    for module in [package, *(each for each in sys.modules if each.startswith(f"{package}."))]:
        lines: list[str] | None = ModuleAnalyzer.for_module(module).find_attr_docs().get(("", name))
        if lines:
            return lines
    raise ValueError(f"{package}.{name}: data must have a docstring, as it is public")
