"""Pages of the Python API, for Sphinx's autodoc to fill from docstrings."""

from collections.abc import Iterator

import degradekit
import degradekit.bench_sets
import degradekit.dataset
import degradekit.presets
import degradekit.recipes
import degradekit.statistics
from degradekit import catalogue
from degradekit.operators.base import Operator
from reference_pages.markdown import Page, block, contents, joined

_OPERATORS = {target.partition(":")[2] for target in catalogue.BUILT_IN.values()}
"""Names of classes that have pages of their own."""
_MORE = {"degradekit": ["degradekit.operators.base.Operator", "degradekit.types.Frame"]}
"""What modules hand out or ask for, beside their public names."""
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
    yield Page("api/index.md", joined(["# Python", introduction, contents(_TITLES)]))
    for module, title in _TITLES.items():
        yield Page(f"api/{module}.md", joined([f"# {module}", f"{title}.", *map(_entry, public_names(module))]))


def public_names(module: str) -> list[str]:
    """Return the dotted names on the page of a module."""
    names = [name for name in __import__(module, fromlist=["_"]).__all__ if not name.startswith("_")]
    if module == "degradekit":
        names = [name for name in names if name not in _OPERATORS and name not in ("presets", "recipes")]
    return [*_MORE.get(module, []), *(f"{module}.{name}" for name in names)]


def _entry(dotted: str) -> str:
    module, _, name = dotted.rpartition(".")
    value = getattr(__import__(module, fromlist=["_"]), name)
    if isinstance(value, type):
        hidden = {"Operator": "draw, readings, inner_operators, all_operators, extent"}.get(name, "")
        lines = [f".. autoclass:: {dotted}", "   :members:", *([f"   :exclude-members: {hidden}"] if hidden else [])]
    elif callable(value):
        lines = [f".. autofunction:: {dotted}"]
    else:
        lines = [f".. autodata:: {dotted}", "   :no-value:"]
    return joined([f"## {name}", block("{eval-rst}", "\n".join(lines))])


assert issubclass(Operator, object)
