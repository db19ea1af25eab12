"""A page for each operator: what it does, its fields, its steps, an example, and pictures from mild to strong."""

import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any, cast

from pydantic import TypeAdapter

from degradekit import catalogue, recipes
from degradekit.errors import RecipeError
from degradekit.field_docs import class_doc
from degradekit.fields import Neutral, marks_of
from degradekit.gallery_rows import operator_rows
from degradekit.operators.base import Operator
from degradekit.sheets import Row
from degradekit.step import Step
from degradekit.yaml_text import write, write_inline
from reference_pages.draws import EXAMPLES, drawn_rows
from reference_pages.markdown import Page, block, code, contents, definitions, directive, joined, words
from reference_pages.pictures import Pictures
from reference_pages.schema_words import in_words
from reference_pages.units import unit_of

_SIDE = 160
"""Side of a picture, in pixels."""
_WITH_FOLDERS = {"kernel_folder": "kernels/", "noise_pool": "grain/"}
"""The folder in the examples of operators that need one, whose digest is of no use to a reader."""

_ABOUT_PICTURES = """\
A photo, and what the operator makes of it, from the mild end of its ranges to the strong one; some draws, if no range
has a mild end. What was drawn is below each picture. Pictures are enlarged without smoothing."""


def operator_pages(pictures: Pictures) -> Iterator[Page]:
    """Yield a page for each operator, and the list of them by family."""
    schemas = recipes.schema()["$defs"]
    lists = [
        joined([f"## {family}", contents(("operator", "what it does"), ((op, _summary(op)) for op in ops))])
        for family, ops in catalogue.FAMILIES.items()
    ]
    yield Page("operators/index.md", joined(["# Operators", _INTRODUCTION, *lists]))
    for family, ops in catalogue.FAMILIES.items():
        for op in ops:
            operator_class = catalogue.find_operator(op)
            strips = _strips(operator_class, pictures)
            yield Page(f"operators/{op}.md", operator_page(operator_class, family, schemas[op], strips))


_INTRODUCTION = """\
An operator is a distribution over degradations: a draw of it is one or several steps with fixed numbers. Each has a
page with its fields, what it leaves in records, an example, and pictures from mild to strong. Formulas and their
sources are [on one page](../../model.md)."""


def operator_page(operator_class: type[Operator], family: str, schema: dict[str, Any], strips: list[str]) -> str:
    """Return the Markdown of an operator's page.

    Args:
        operator_class: One of the catalogue.
        family: The heading of its family.
        schema: Its definition in the JSON Schema of recipes.
        strips: Its pictures, in Markdown.
    """
    doc = class_doc(operator_class)
    extra = operator_class.extra
    needs = f"It needs the extra `{extra.name}`: `pip install 'degradekit[{extra.name}]'`." if extra else ""
    return joined(
        [
            f"# {operator_class.op}",
            f"[Operators](index.md) / {family}",
            directive("py:class", _signature(operator_class), canonical=_path(operator_class)),
            words(doc.summary),
            *map(words, doc.details),
            needs,
            linked_sources(words(doc.source)),
            *(["## Pictures", _ABOUT_PICTURES, *strips] if strips else []),
            "## Fields",
            definitions(_fields(operator_class, schema)),
            "## Example",
            "In a recipe, with every field at its default; each may be left out, unless it has none:",
            block("yaml", _example(operator_class)),
            *_in_python(operator_class),
            *_records(operator_class),
        ]
    )


def linked_sources(source: str) -> str:
    """Return a source with its section of docs/model.md as a link."""
    pattern = r"docs/(\w+)\\?\.md, section ([A-Z][\w -]*?)(?=[;.,]|$)"

    def link(match: re.Match[str]) -> str:
        return f"[{match[2]}](../../{match[1]}.md#{match[2].lower().replace(' ', '-')})"

    return re.sub(pattern, link, source)


def _summary(op: str) -> str:
    return words(class_doc(catalogue.find_operator(op)).summary)


def _strips(operator_class: type[Operator], pictures: Pictures) -> list[str]:
    def rows() -> list[Row]:
        if operator_class.extra is not None:
            operator_class.extra.load(operator_class.op)
        try:
            return operator_rows(operator_class, pictures.photos[0].middle(_SIDE))
        except RecipeError:  # it is made of others, needs a folder, or changes no pixel of this photo
            return drawn_rows(operator_class.op, pictures.photos[0].middle(_SIDE))

    return pictures.strips(operator_class.op, rows)


def _signature(operator_class: type[Operator]) -> str:
    parameters = [
        each.name if each.default is MISSING and each.default_factory is MISSING else f"{each.name}={_default(each)}"
        for each in fields(operator_class)
        if not each.kw_only
    ]
    return f"degradekit.{operator_class.__name__}({', '.join(parameters)}, *, name=None)"


def _path(operator_class: type[Operator]) -> str:
    return f"{operator_class.__module__}.{operator_class.__name__}"


def _default(each: Any) -> str:
    return repr(each.default) if each.default is not MISSING else "..."


def _fields(operator_class: type[Operator], schema: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    meanings = {name: doc.meaning for doc in class_doc(operator_class).fields for name in doc.names}
    marks_by_name = marks_of(operator_class)
    marks_by_name["name"] = marks_by_name.pop("name")  # it is the last one that matters
    for name, marks in marks_by_name.items():
        field_schema = schema["properties"][name]
        default = code(write_inline(field_schema["default"])) if "default" in field_schema else "none, it must be given"
        neutral = [f"Does the least at {mark.value:g}." for mark in marks if isinstance(mark, Neutral)]
        allowed = " ".join([f"{in_words(field_schema)}.", *neutral])
        meaning = re.sub(r"\bNone\b", "null", meanings.get(name, ""))
        yield _term(name, meaning), [words(meaning), f"Default: {default}. Allowed: {allowed}"]


def _term(name: str, meaning: str) -> str:
    """Return a field's name with its unit."""
    unit = unit_of(meaning)
    return f"{code(name)} ({words(unit)})" if unit else code(name)


def _example(operator_class: type[Operator]) -> str:
    op = operator_class.op
    if op in _WITH_FOLDERS:
        values = {each.name: each.default for each in fields(operator_class) if each.default is not MISSING}
        values = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
        values = {name: value for name, value in values.items() if name not in ("digest", "name")}
        return write({"op": op, "folder": _WITH_FOLDERS[op]} | values)
    return recipes.dumps(EXAMPLES[op] if op in EXAMPLES else operator_class())


def _in_python(operator_class: type[Operator]) -> list[str]:
    """Return how the operator is used alone, but for those that need others or a folder."""
    if operator_class.op in EXAMPLES or operator_class.op in _WITH_FOLDERS:
        return []
    name = operator_class.__name__
    lines = f"from degradekit import {name}\n\ndegraded = {name}()(image, seed=7)  # an array or a PIL image"
    return ["In Python, alone:", block("python", lines)]


def _records(operator_class: type[Operator]) -> list[str]:
    if not operator_class.step_types:
        return ["## In records", "It leaves the steps of the operators in it, and none of its own."]
    parts = ["## In records", "A draw is written as steps with these parameters."]
    for step_type in operator_class.step_types:
        parts += [f"### `{step_type.op}`", words(class_doc(step_type).summary), definitions(_parameters(step_type))]
    return parts


def _parameters(step_type: type[Step]) -> Iterator[tuple[str, list[str]]]:
    """Yield the parameters of a step, each with its meaning and its values."""
    meanings = {name: doc.meaning for doc in class_doc(step_type).fields for name in doc.names}
    properties = TypeAdapter(step_type).json_schema()["properties"]
    for each in fields(cast(Any, step_type)):
        schema = properties[each.name]
        meaning = meanings.get(each.name, "")
        yield _term(each.name, meaning), [words(meaning), f"Values: {in_words(schema)}."]
