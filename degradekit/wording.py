"""Text for people: names from files, counts and sizes, written the same everywhere."""

import re

_SPACES = "\u00a0\u2007\u202f\u3000"
"""Spaces that are no line ends and hide nothing, as they stand in names of files."""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$:])")


def printable(text: str) -> str:
    """Return text that moves no cursor and hides nothing: whatever is not printable is escaped, line ends too.

    Names of photos and values in files may be chosen by anybody; unescaped, they could clear a terminal, change the
    order in which a line is shown, or forge the next line.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in _SPACES else _escaped(each) for each in text)


def printable_lines(text: str) -> str:
    """Return text of several lines as `printable` does, but for the ends of its lines."""
    return "\n".join(map(printable, text.split("\n")))


def markdown(text: str) -> str:
    """Return text as Markdown that shows it as it is, on one line."""
    return _MARKDOWN.sub(r"\\\1", printable(text))


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, such as `1 photo` or `1200 photos`."""
    return f"{count} {noun}{'s' * (count != 1)}"


def short_number(value: float | None) -> str:
    """Return a number with three digits, or with all before its point; None is one that is not known."""
    if value is None:
        return "unknown"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def byte_size(count: int) -> str:
    """Return a number of bytes in the unit that suits it, such as `138.2 MB`."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return counted(count, "byte")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
