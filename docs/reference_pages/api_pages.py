"""Pages of the Python API, for Sphinx's autodoc to fill from docstrings."""

import sys
from collections.abc import Iterator
from importlib import import_module

from degradekit import catalogue
from reference_pages.markdown import Page, block, contents, joined

_OPERATORS = {target.partition(":")[2] for target in catalogue.BUILT_IN.values()}
"""Names of classes that have pages of their own."""
_MORE = {
    "degradekit": [
        "degradekit.operators.base.Operator",
        "degradekit.types.Frame",
        *(f"degradekit.matching.results.{name}" for name in ("FieldFit", "Agreement", "Difference", "Milder", "Twin")),
    ],
    "degradekit.dataset": [
        "degradekit.dataset.engines.base.Engine",
        "degradekit.dataset.inspecting.Histogram",
        "degradekit.dataset.manifest.Skipped",
        "degradekit.dataset.measurements.Measured",
        "degradekit.dataset.tiles.Tile",
    ],
}
"""What modules hand out or take, beside their public names."""
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


def api_pages() -> Iterator[Page]:
    """Yield a page for each public module, and the list of them."""
    introduction = "Operators have [pages of their own](../operators/index.md); all of them are an `Operator`."
    yield Page("api/index.md", joined(["# Python", introduction, contents(("module", "what it has"), _TITLES.items())]))
    for module, title in _TITLES.items():
        yield Page(f"api/{module}.md", joined([f"# {module}", f"{title}.", *map(_entry, public_names(module))]))


def public_names(module: str) -> list[str]:
    """Return the dotted names on the page of a module."""
    names = [name for name in import_module(module).__all__ if not name.startswith("_")]
    if module == "degradekit":
        names = [name for name in names if name not in _OPERATORS and name not in ("presets", "recipes")]
    return [*_MORE.get(module, []), *(f"{module}.{name}" for name in names)]


def _entry(dotted: str) -> str:
    module, _, name = dotted.rpartition(".")
    value = getattr(import_module(module), name)
    if isinstance(value, type):
        members = f"   :members: {_MEMBERS.get(name, '')}".rstrip()
        lines = [f".. autoclass:: {dotted}", members, "   :special-members: __call__"]
    elif callable(value):
        lines = [f".. autofunction:: {dotted}"]
    else:
        lines = [f".. py:data:: {dotted}", "", *(f"   {line}" for line in _words_of_data(module, name))]
    return joined([f"## {name}", block("{eval-rst}", "\n".join(lines))])


def _words_of_data(package: str, name: str) -> list[str]:
    """Return the docstring of data, which only the source of the module that makes it has."""
    from sphinx.pycode import ModuleAnalyzer

    for module in [package, *(each for each in sys.modules if each.startswith(f"{package}."))]:
        lines: list[str] | None = ModuleAnalyzer.for_module(module).find_attr_docs().get(("", name))
        if lines:
            return lines
    raise ValueError(f"{package}.{name}: data must have a docstring, as it is public")
