"""Comments for the YAML of a recipe, made from the docstrings and the rules of its operators."""

import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import yaml

from degradekit import catalogue
from degradekit.fields import Between, Neutral, Weights, Within, marks_of

_WIDTH = 120


def with_comments(text: str) -> str:
    """Return a recipe's YAML text with comments: what each kind of operator is, and each of its fields.

    They stand at the first operator of each kind. A field's comment has its meaning and unit, and its rule.

    Args:
        text: Block style, a field on a line of its own, as `yaml_text.write` makes it.
    """
    root: Any = yaml.compose(text, yaml.SafeLoader)
    comments: dict[int, list[str]] = {}
    for line_index, words in _comments(root, set()):
        comments.setdefault(line_index, []).append(words)
    lines: list[str] = []
    for line_index, line in enumerate(text.splitlines()):
        indent = " " * (len(line) - len(line.lstrip())) + "# "
        for words in comments.get(line_index, []):
            lines += textwrap.wrap(
                words, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
            )
        lines.append(line)
    return "\n".join(lines) + "\n"


def _comments(node: yaml.Node, seen: set[str]) -> Iterator[tuple[int, str]]:
    """Yield the line before which each comment stands, and its words."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _comments(item, seen)
    if not isinstance(node, yaml.MappingNode):
        return
    op = next((value.value for key, value in node.value if key.value == "op"), None)
    about: dict[str, str] = {}
    if op is not None and op not in seen:
        seen.add(op)
        about = _about(catalogue.find_operator(op))
    for key, value in node.value:
        if key.value in about:
            yield key.start_mark.line, about[key.value]
        yield from _comments(value, seen)


def _about(operator_class: Any) -> dict[str, str]:
    """Return the words for each field, and those for the operator under `op`."""
    summary, *paragraphs = _paragraphs(operator_class)
    inherited = [paragraph for base in operator_class.__mro__[:0:-1] for paragraph in _paragraphs(base)]
    source = [paragraph for paragraph in paragraphs if paragraph.startswith("Source:")]
    about = {"op": " ".join([operator_class.op + ":", *" ".join([summary, *source]).split()])}
    texts = {}
    for names, words in _fields([*inherited, *paragraphs]):
        texts[names[0]] = f"{', '.join(names)}: {words}" if len(names) > 1 else words
    for name, marks in marks_of(operator_class).items():
        neutral = [f"Does the least at {mark.value:g}." for mark in marks if isinstance(mark, Neutral)]
        rules = [f"Rule: {mark.rule}." for mark in marks if isinstance(mark, Between | Weights | Within)]
        sentences = list(filter(None, [texts.get(name, ""), *neutral, *rules]))
        if sentences:
            about[name] = " ".join(sentences)
    return about


def _paragraphs(documented: Any) -> list[str]:
    return re.split(r"\n\n+", inspect.cleandoc(documented.__doc__ or ""))


def _fields(paragraphs: list[str]) -> Iterator[tuple[list[str], str]]:
    """Yield the names and the words of each entry under `Attributes`."""
    for paragraph in paragraphs:
        if not paragraph.startswith("Attributes:\n"):
            continue
        for entry in re.split(r"\n(?= {4}\w)", paragraph.removeprefix("Attributes:")):
            names, colon, words = " ".join(entry.split()).partition(": ")
            if colon:
                yield names.split(", "), words
