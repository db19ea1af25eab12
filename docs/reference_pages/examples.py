"""Examples of the reference: blocks of the pages that people read, which the tests run."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from reference_pages.markdown import block

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_MOST_LINES = 20


class Example(NamedTuple):
    """A block, and the page that has it: its name in docs/ without the extension, and its title."""

    page: str
    title: str
    code: str


def example_of(name: str, docs: Path) -> list[str]:
    """Return the Markdown of the shortest block that calls something by its name; nothing where no block does."""
    call = re.compile(rf"(?<![\w\"'])(\w+\.)?{name}\(")
    calling = [each for each in _examples(docs) if call.search(each.code)]
    if not calling:
        return []
    shortest = min(calling, key=lambda each: each.code.count("\n"))
    if shortest.code.count("\n") > _MOST_LINES:
        return [f"An example is in [{shortest.title}](../../{shortest.page}.md)."]
    origin = f"An example from [{shortest.title}](../../{shortest.page}.md), where it follows on what stands above it:"
    return [origin, block("python", shortest.code)]


@cache
def _examples(docs: Path) -> list[Example]:
    pages = {path.stem: path.read_text("utf-8") for path in sorted(docs.glob("*.md"))}
    return [
        Example(name, text.partition("\n")[0].removeprefix("# "), code)
        for name, text in pages.items()
        for code in _BLOCK.findall(text)
    ]
