"""The pages of the documentation, and the code in them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def page(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def blocks(document: str, *languages: str) -> list[tuple[str, str]]:
    """Return the language and the code of each block in one of the languages."""
    return [(language, code) for language, code in _BLOCK.findall(page(document)) if language in languages]


def block(document: str, words: str) -> str:
    """Return the code of the only block that has these words."""
    (code,) = (code for _, code in _BLOCK.findall(page(document)) if words in code)
    return code
