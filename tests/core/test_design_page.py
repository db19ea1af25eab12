"""The page about the design, which lists modules."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
LISTED = {
    name for block in re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL) for name in re.findall(r"[\w*]+\.py\b", block)
}


def test_every_module_that_the_page_names_exists():
    modules = {
        path.name
        for folder in ("degradekit", "degradekit_cli", "models", "docs")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert set(re.findall(r"\b[a-z_]+\.py\b", PAGE)) <= modules


@pytest.mark.parametrize(
    "package", ["degradekit", "degradekit/dataset", "degradekit/studio", "models/degradekit_models"]
)
def test_the_page_lists_every_module_of_a_package(package):
    unlisted = [module.name for module in (ROOT / package).glob("[!_]*.py") if not any(map(module.match, LISTED))]
    assert unlisted == []
