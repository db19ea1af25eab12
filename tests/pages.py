"""The pages of the documentation, and the code in them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
LINKED = [*DOCUMENTS, "CHANGELOG.md", "SECURITY.md", "docs/reference/index.md", "docs/gallery/README.md"]
"""The pages whose links are checked."""
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ANY_BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def page(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def blocks(document: str, *languages: str) -> list[tuple[str, str]]:
    """Return the language and the code of each block in one of the languages."""
    return [(language, code) for language, code in _BLOCK.findall(page(document)) if language in languages]


def block(document: str, words: str) -> str:
    """Return the code of the only block that has these words."""
    (code,) = (code for _, code in _BLOCK.findall(page(document)) if words in code)
    return code


def links(document: str) -> list[str]:
    """Return the targets of the links and pictures on a page."""
    text = re.sub(r"`[^`]*`", "", _ANY_BLOCK.sub("", page(document)))
    return [inline or bare for inline, bare in re.findall(r"\]\(([^()\s]+)\)|<(https?:[^>]*)>", text)]


def anchors(document: str) -> set[str]:
    """Return the anchors that a code host and MyST-Parser give the headings of a page."""
    names: list[str] = []
    for heading in re.findall(r"^#{1,6} (.+)$", _ANY_BLOCK.sub("", page(document)), re.MULTILINE):
        name = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        names.append(f"{name}-{names.count(name)}" if name in names else name)
    return set(names)
