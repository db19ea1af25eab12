"""The form of a recipe, made from the JSON Schema of recipes: a section for each operator, a control for each field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from degradekit import catalogue
from degradekit.errors import Mistake
from degradekit.operators.base import Operator
from degradekit.studio.control import Control, control_of
from degradekit.studio.schemas import definition, summary, takes_null, takes_operators
from degradekit.yaml_comments import about_fields

_HIDDEN = ("op", "name")
"""Fields without a control: what an operator is, and the name of its random stream."""


class AllowedEdits(NamedTuple):
    """What can be done with an operator where it is.

    Attributes:
        can_be_replaced: Whether any other operator may stand there.
        can_be_removed: Whether the recipe may be without it.
        can_move_up, can_move_down: Whether there is an operator before it, and after it, in the same list.
    """

    can_be_replaced: bool = False
    can_be_removed: bool = False
    can_move_up: bool = False
    can_move_down: bool = False


class EmptyField(NamedTuple):
    """A field that takes an operator and has none.

    Attributes:
        path: Its path.
        name: Its name, such as `blur`.
        depth: How many operators it is inside of.
    """

    path: str
    name: str
    depth: int


@dataclass(frozen=True)
class Section:
    """An operator of a recipe.

    Attributes:
        path: The path from the recipe; empty for the recipe itself.
        title: The path and the operator in words, such as `stage 2`.
        about: What the operator does.
        controls: The controls of its fields; the operators inside of it are sections of their own.
        depth: How many operators it is inside of.
        edits: What can be done with it there.
        end: The path that an operator gets which is added at the end of its list; empty for one without a list.
        empty_fields: The fields without an operator between it and the next section.
    """

    path: str
    title: str
    about: str
    controls: tuple[Control, ...]
    depth: int
    edits: AllowedEdits
    end: str = ""
    empty_fields: tuple[EmptyField, ...] = ()


def sections_of(recipe: Operator) -> tuple[Section, ...]:
    """Return the form of a recipe, each operator before those inside of it."""
    return tuple(_sections(recipe.to_dict(), "", 0, AllowedEdits()))


def field_of(mistake: Mistake, sections: Sequence[Section]) -> str:
    """Return the path of the control at which a mistake is shown, or of the section; empty where there is neither."""
    paths = {path for section in sections for path in (section.path, *(each.path for each in section.controls))}
    parts = mistake.where.replace("[", ".").replace("]", "").split(".")
    return next((path for end in range(len(parts), 0, -1) if (path := ".".join(parts[:end])) in paths), "")


def _sections(data: Mapping[str, Any], path: str, depth: int, edits: AllowedEdits) -> list[Section]:
    """Return the section of an operator and those of the operators in its fields; a maybe and its child share one."""
    fields, words, is_maybe = definition(data["op"])["properties"], _words(data["op"]), data["op"] == "maybe"
    controls, below = [], [Section(path, _title(path, data), summary(data["op"]), (), depth, edits)]
    for name, value in data.items():
        field, at = fields.get(name), f"{path}.{name}" if path else name
        if name in _HIDDEN or field is None or (not path and name == "scale"):
            continue
        operators, is_free = list(_operators(value, at)), takes_operators(field)
        if not (operators or is_free):
            controls.append(control_of(at, name, field, value, words.get(name, "")))
        for index, (operator, where) in enumerate(operators):
            inner = _allowed_edits(field, index, len(operators)) if is_free else AllowedEdits()
            below += _sections(operator, where, depth + 1 - is_maybe, inner)
        if is_free and isinstance(value, list):
            below[0] = replace(below[0], end=f"{at}.{len(value)}")
        elif is_free and value is None:
            below[-1] = replace(below[-1], empty_fields=(*below[-1].empty_fields, EmptyField(at, name, depth + 1)))
    section, *below = below
    if is_maybe:
        child, *below = below
        section = replace(section, title=child.title, about=child.about, end=child.end, empty_fields=child.empty_fields)
        controls += child.controls
    return [replace(section, controls=tuple(controls)), *below]


def _allowed_edits(field: Mapping[str, Any], index: int, count: int) -> AllowedEdits:
    """Return what can be done with one of the operators in a field; a null that is the default is no empty field."""
    if field.get("type") == "array":
        return AllowedEdits(True, count > field.get("minItems", 0), index > 0, index < count - 1)
    return AllowedEdits(True, takes_null(field) and field.get("default") is not None)


def _operators(value: Any, path: str) -> Iterator[tuple[dict[str, Any], str]]:
    if isinstance(value, dict) and "op" in value:
        yield value, path
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _operators(item, f"{path}.{index}")


def _title(path: str, data: Mapping[str, Any]) -> str:
    """Return the title of an operator, such as `blur: kernel`, `stage 2`, or `2.1: jpeg` in lists."""
    words = [""]
    parts = path.split(".") if path else []
    for name, index in pairwise([*parts, ""]):
        if name.isdecimal() or name == "child":
            continue
        number = str(int(index) + 1) if index.isdecimal() else ""
        if name == "children":
            is_number = words[-1].replace(".", "").isdecimal()
            words.append(f"{words[-1]}.{number}" if is_number else number)
        else:
            words.append(f"{name.removesuffix('s')} {number}" if number else name)
    where, op = words[-1], data["op"]
    name = f" ({data['name']})" if data.get("name") else ""
    is_said = op in where.split(" ")
    return f"{where}{name}" if is_said else f"{where}: {op}{name}" if where else f"{op}{name}"


@cache
def _words(op: str) -> dict[str, str]:
    return about_fields(catalogue.find_operator(op))
