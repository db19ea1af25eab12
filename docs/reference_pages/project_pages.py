"""The pages at the top of the repository, as pages of the site."""

import re
from collections.abc import Iterator
from pathlib import Path

from reference_pages.markdown import Page

NAMES = "CHANGELOG", "CONTRIBUTING", "SECURITY"
"""The pages that are copied; README.md has the site's first page as its like."""
_FOLDER = "reference/project"


def project_pages(repository: Path) -> Iterator[Page]:
    """Yield the copies, with their links as they are from there."""
    for name in NAMES:
        text = (repository / f"{name}.md").read_text("utf-8")
        text = re.sub(r"\]\((?=docs/)", "](../../", text).replace("](../../docs/", "](../../")
        yield Page(f"project/{name.lower()}.md", re.sub(rf"\]\(({'|'.join(NAMES)})\.md", _lower, text))


def to_project_pages(text: str, up: str = "") -> str:
    """Return the text of a page of docs/ with its links to README.md and the copied pages as they are on the site.

    Args:
        text: Markdown.
        up: The path from the page to docs/.
    """
    text = text.replace("](../README.md", f"]({up}index.md")
    link = rf"\]\(\.\./({'|'.join(NAMES)})\.md"
    return re.sub(link, lambda name: f"]({up}{_FOLDER}/{name[1].lower()}.md", text)


def _lower(link: re.Match[str]) -> str:
    return f"]({link[1].lower()}.md"
