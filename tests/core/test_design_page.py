"""The page about the design, which lists modules."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "design.md").read_text(encoding="utf-8")
LISTED = {
    name for block in re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL) for name in re.findall(r"[\w*]+\.py\b", block)
}


def folder_of(package: str) -> Path:
    """Return the folder of a package where it is installed, which need not be a checkout."""
    (folder,) = find_spec(package).submodule_search_locations
    return Path(folder)


def test_every_module_that_the_page_names_exists():
    folders = [DOCS, *map(folder_of, ("degradekit", "degradekit_cli", "degradekit_models"))]
    modules = {path.name for folder in folders for path in folder.rglob("*.py")}
    assert set(re.findall(r"\b[a-z_]+\.py\b", PAGE)) <= modules


@pytest.mark.parametrize("package", ["degradekit", "degradekit.dataset", "degradekit.studio", "degradekit_models"])
def test_the_page_lists_every_module_of_a_package(package):
    unlisted = [module.name for module in folder_of(package).glob("[!_]*.py") if not any(map(module.match, LISTED))]
    assert unlisted == []
