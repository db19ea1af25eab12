"""Comments for YAML, made from the docstrings and the rules of the classes whose data it holds."""

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from degradekit import catalogue
from degradekit.field_docs import class_doc
from degradekit.fields import Between, Neutral, Weights, Within, marks_of

_WIDTH = 120


def with_comments(text: str) -> str:
    """Return a recipe's YAML text with comments: what each kind of operator is, and each of its fields.

    They stand at the first operator of each kind. A field's comment has its meaning and unit, and its rule.

    Args:
        text: Block style, a field on a line of its own, as `yaml_text.write` makes it.
    """
    return _inserted(text, _comments(_root(text), set()))


def with_comments_of(validated_class: type, text: str) -> str:
    """Return the YAML text of a mapping with a comment on each field of a class: its meaning and unit, and its rule.

    Args:
        validated_class: Made by `validated`, with the fields in its docstring under `Attributes`.
        text: Block style, a field on a line of its own, as `yaml_text.write` makes it.
    """
    about = about_fields(validated_class)
    keys = [key for key, _ in _root(text).value if key.value in about]
    return _inserted(text, ((key.start_mark.line, about[key.value]) for key in keys))


def _root(text: str) -> Any:
    return yaml.compose(text, yaml.SafeLoader)


def _inserted(text: str, located: Iterable[tuple[int, str]]) -> str:
    """Return text with comments before some of its lines, of which each has its index and its words."""
    comments: dict[int, list[str]] = {}
    for line_index, words in located:
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
    doc = class_doc(operator_class)
    words = " ".join(filter(None, [f"{operator_class.op}:", doc.summary, doc.source]))
    return {"op": words} | about_fields(operator_class)


def about_fields(validated_class: type) -> dict[str, str]:
    """Return the words for each field of a class made by `validated`: its meaning and unit, and its rule."""
    about, texts = {}, {}
    for names, meaning in class_doc(validated_class).fields:
        texts[names[0]] = f"{', '.join(names)}: {meaning}" if len(names) > 1 else meaning
    for name, marks in marks_of(validated_class).items():
        neutral = [f"Does the least at {mark.value:g}." for mark in marks if isinstance(mark, Neutral)]
        rules = [f"Rule: {mark.rule}." for mark in marks if isinstance(mark, Between | Weights | Within)]
        meaning = re.sub(r"\bNone\b", "null", texts.get(name, ""))
        sentences = list(filter(None, [meaning, *neutral, *rules]))
        if sentences:
            about[name] = " ".join(sentences)
    return about
