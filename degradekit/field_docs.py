"""What the docstring of a validated class has: its summary, the meaning and unit of each field, and the source."""

import inspect
import re
from collections.abc import Iterator
from typing import NamedTuple


class FieldDoc(NamedTuple):
    """The words of an entry under `Attributes`, which may be about several fields."""

    names: tuple[str, ...]
    meaning: str


class ClassDoc(NamedTuple):
    """The parts of a docstring, each without line breaks.

    Attributes:
        summary: The first paragraph.
        details: The other paragraphs in words.
        fields: The fields of the class, those of base classes first.
        source: Where formulas and numbers are from, with the word `Source:`; empty where there is none.
    """

    summary: str
    details: tuple[str, ...]
    fields: tuple[FieldDoc, ...]
    source: str


def class_doc(validated_class: type) -> ClassDoc:
    """Return the parts of a class's docstring, and the fields in those of its base classes."""
    summary, *others = _paragraphs(validated_class)
    sources = [_line(each) for each in others if each.startswith("Source:")]
    details = [_line(each) for each in others if not re.match(r"(Source|Attributes|Args|Returns|Raises):", each)]
    entries = [entry for base in validated_class.__mro__[::-1] for entry in _entries(base)]
    return ClassDoc(_line(summary), tuple(details), tuple(entries), " ".join(sources))


def _paragraphs(documented: type) -> list[str]:
    return re.split(r"\n\n+", inspect.cleandoc(documented.__doc__ or ""))


def _entries(documented: type) -> Iterator[FieldDoc]:
    for paragraph in _paragraphs(documented):
        if not paragraph.startswith("Attributes:\n"):
            continue
        for entry in re.split(r"\n(?= {4}\w)", paragraph.removeprefix("Attributes:")):
            names, colon, words = _line(entry).partition(": ")
            if colon:
                yield FieldDoc(tuple(names.split(", ")), words)


def _line(text: str) -> str:
    return " ".join(text.split())
