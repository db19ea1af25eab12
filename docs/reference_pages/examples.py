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
    """Return the Markdown of the first short block that calls something by its name; nothing where no block does."""
    call = re.compile(rf"(?<![\w\"'.]){name}\(|\b(dataset|recipes|presets|degradekit|degradekit_models)\.{name}\(")
    calling = [each for each in _examples(docs) if call.search(each.code)]
    for each in calling:
        if each.code.count("\n") <= _MOST_LINES:
            origin = f"An example from [{each.title}](../../{each.page}.md), where it follows on what stands above it:"
            return [origin, block("python", each.code)]
    return [f"An example is in [{calling[0].title}](../../{calling[0].page}.md)."] if calling else []


@cache
def _examples(docs: Path) -> list[Example]:
    """Return the blocks of the pages, in the order of the contents of docs/index.md."""
    names = re.findall(r"^[\w-]+$", (docs / "index.md").read_text("utf-8"), re.MULTILINE)
    pages = {name: (docs / f"{name}.md").read_text("utf-8") for name in names}
    return [
        Example(name, text.partition("\n")[0].removeprefix("# "), code)
        for name, text in pages.items()
        for code in _BLOCK.findall(text)
    ]
