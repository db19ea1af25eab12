"""Pieces of Markdown pages, as MyST-Parser reads them."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Page(NamedTuple):
    """A page to write: its path below `docs/reference/`, and its text."""

    path: str
    text: str


def joined(parts: Iterable[str]) -> str:
    """Return a page's text of its paragraphs, headings and blocks; empty ones are left out."""
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def words(text: str) -> str:
    """Return text with what would be markup escaped, but for code between backticks."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([\\*_<>\[\]|$#{}~])", r"\\\1", part) for part in parts)


def code(text: str) -> str:
    """Return text as code within a line."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}"


def block(language: str, text: str) -> str:
    """Return a code block, or a directive, with a fence longer than any in its text."""
    longest = max((len(fence) for fence in re.findall(r"^`{3,}", text, re.MULTILINE)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def directive(name: str, argument: str, text: str = "", **options: str) -> str:
    """Return a directive of Sphinx."""
    lines = [f":{option}: {value}".rstrip() for option, value in options.items()]
    return block(f"{{{name}}} {argument}".rstrip(), "\n".join([*lines, "", text] if text else lines))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a cell is Markdown already."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def definitions(entries: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Return terms with the paragraphs that explain each."""
    lines = []
    for term, paragraphs in entries:
        lines += [term, *(f"{':  ' if not index else '   '} {text}\n" for index, text in enumerate(paragraphs))]
    return "\n".join(lines)


def contents(heads: Sequence[str], pages: Iterable[tuple[str, str]]) -> str:
    """Return a table of pages, which then also stand in the navigation.

    Args:
        heads: Of its columns.
        pages: The name of each, which is that of its file, and what it is about in Markdown.
    """
    rows = [(f"[{name}]({name}.md)", about) for name, about in pages]
    names = "\n".join(name.partition("]")[0][1:] for name, _ in rows)
    return joined([directive("toctree", "", names, hidden=""), table(heads, rows)])
