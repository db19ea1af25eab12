"""A page for each script and notebook of docs/examples, which the tests run."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from reference_pages.markdown import Page, block, contents, joined

_INTRODUCTION = "Whole programs to start from. They lie in `docs/examples/`, and the tests run them."


def example_pages(docs: Path) -> Iterator[Page]:
    """Yield the pages, and the list of them."""
    folder = docs / "examples"
    summaries = {}
    for script in sorted(folder.glob("*.py")):
        text = script.read_text("utf-8")
        about = ast.get_docstring(ast.parse(text)) or ""
        summaries[script.stem] = about.partition("\n")[0]
        yield Page(f"examples/{script.stem}.md", joined([f"# {script.name}", about, block("python", text)]))
    for notebook in sorted(folder.glob("*.ipynb")):
        first, *others = _cells(notebook)
        title, _, about = first.partition("\n\n")
        summaries[notebook.stem] = f"A notebook. {about.partition('. ')[0]}."
        download = f"{{download}}`{notebook.name} <../../examples/{notebook.name}>` opens in Jupyter."
        yield Page(f"examples/{notebook.stem}.md", joined([title, download, about, *others]))
    lists = contents(("file", "what it does"), summaries.items())
    yield Page("examples/index.md", joined(["# Examples", _INTRODUCTION, lists]))


def _cells(notebook: Path) -> list[str]:
    """Return the cells of a notebook in Markdown."""
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(notebook.read_text("utf-8"))["cells"]]
    return [source if kind == "markdown" else block("python", source) for kind, source in cells]
