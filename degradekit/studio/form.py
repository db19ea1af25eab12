"""The form of a recipe, made from the JSON Schema of recipes: a section for each operator, a control for each field."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from degradekit import catalogue, recipes
from degradekit.errors import Mistake
from degradekit.field_docs import class_doc
from degradekit.operators.base import Operator
from degradekit.yaml_comments import about_fields

Kind = Literal["span", "number", "weights", "choice", "flag", "yaml"]

_HIDDEN = ("op", "name")
"""Fields without a control: what an operator is, and the name of its random stream."""
_STEPS = 200
"""The least steps of a slider of numbers that are not integers."""
_LEAST_INTEGERS = 10
"""The least length of a slider of integers."""


class Limits(NamedTuple):
    """The numbers that a field takes."""

    low: float
    high: float
    is_integer: bool
    odd: bool


@dataclass(frozen=True)
class Control:
    """How one field is edited.

    Attributes:
        path: The field, as `recipes.changed` takes it, such as `stages.0.compress.quality`.
        name: The name of the field.
        kind: What the field takes: [low, high], a number, weights of names, one of some names, true or false; or
            anything else, as YAML.
        value: What it has, as plain data.
        about: What it means, and its rule.
        limits: The limits of the numbers in a span or of a number; None for other kinds.
        names: The names that weights are given to, or that can be chosen; empty for other kinds.
        is_optional: Whether it may be null.
    """

    path: str
    name: str
    kind: Kind
    value: Any
    about: str
    limits: Limits | None = None
    names: tuple[str, ...] = ()
    is_optional: bool = False

    @property
    def slider(self) -> tuple[float, float, float]:
        """The ends of a slider and its step; it ends near the values, where the rule allows far more than is usual."""
        assert self.limits is not None
        low, high, is_integer, odd = self.limits
        values = [abs(value) for value in (self.value if isinstance(self.value, list) else [self.value]) if value]
        usual = _rounded_up(2 * max(values, default=1))
        if high > max(2 * usual, 1):
            low, high = max(low, -usual), usual
        if is_integer:
            return low, max(high, min(low + _LEAST_INTEGERS, self.limits.high)), 2 if odd else 1
        return low, high, 10.0 ** math.floor(math.log10((high - low) / _STEPS))


@dataclass(frozen=True)
class Section:
    """An operator of a recipe.

    Attributes:
        path: The path from the recipe; empty for the recipe itself.
        title: The path and the operator in words, such as `stage 2`.
        about: What the operator does.
        controls: The controls of its fields; the operators inside of it are sections of their own.
        depth: How many operators it is inside of.
        can_be_off: Whether the recipe may be without it.
    """

    path: str
    title: str
    about: str
    controls: tuple[Control, ...]
    depth: int
    can_be_off: bool


def sections_of(recipe: Operator) -> tuple[Section, ...]:
    """Return the form of a recipe, each operator before those inside of it."""
    return tuple(_sections(recipe.to_dict(), "", 0, False))


def field_of(mistake: Mistake, sections: Sequence[Section]) -> str:
    """Return the path of the control at which a mistake is shown, or of the section; empty where there is neither."""
    paths = {path for section in sections for path in (section.path, *(each.path for each in section.controls))}
    parts = mistake.where.replace("[", ".").replace("]", "").split(".")
    return next((path for end in range(len(parts), 0, -1) if (path := ".".join(parts[:end])) in paths), "")


def _sections(data: Mapping[str, Any], path: str, depth: int, can_be_off: bool) -> Iterator[Section]:
    """Yield the section of an operator and those of the operators in its fields; a maybe and its child share one."""
    definition, words = _definition(data["op"]), _words(data["op"])
    controls, inner = [], []
    for name, value in data.items():
        field = definition["properties"].get(name)
        at = f"{path}.{name}" if path else name
        if name in _HIDDEN or field is None or (not path and name == "scale"):
            continue
        operators = list(_operators(value, at))
        if operators:
            is_nullable = {"type": "null"} in field.get("anyOf", ())
            inner += [(*operator, is_nullable) for operator in operators]
        elif not _takes_operators(field):
            controls.append(_control(at, name, field, value, words.get(name, "")))
    about = class_doc(catalogue.find_operator(data["op"])).summary.replace("`", "")
    section = Section(path, _title(path, data), about, tuple(controls), depth, can_be_off)
    is_maybe = data["op"] == "maybe"
    below = [
        each for operator in inner for each in _sections(operator[0], operator[1], depth + 1 - is_maybe, operator[2])
    ]
    if is_maybe:
        child = below.pop(0)
        section = replace(section, title=child.title, about=child.about, controls=(*controls, *child.controls))
    yield section
    yield from below


def _operators(value: Any, path: str) -> Iterator[tuple[dict[str, Any], str]]:
    if isinstance(value, dict) and "op" in value:
        yield value, path
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _operators(item, f"{path}.{index}")


def _takes_operators(field: Mapping[str, Any]) -> bool:
    references = [field, *field.get("anyOf", ()), field.get("items", {})]
    return any("AnyOperator" in str(each.get("$ref")) for each in references)


def _control(path: str, name: str, field: Mapping[str, Any], value: Any, about: str) -> Control:
    members = list(field.get("anyOf", [field]))
    is_optional = {"type": "null"} in members
    members = [inner for each in members if each != {"type": "null"} for inner in each.get("anyOf", [each])]

    def control(kind: Kind, **others: Any) -> Control:
        return Control(path, name, kind, value, about, is_optional=is_optional, **others)

    for each in members:
        match each:
            case {"prefixItems": [{"minimum": _} as number, {"minimum": _}]}:
                return control("span", limits=_limits(number))
            case {"type": "object", "properties": names}:
                return control("weights", names=tuple(names))
            case {"enum": names} if len(members) == 1 or value in names:
                return control("choice", names=tuple(names))
            case {"type": "number" | "integer", "minimum": _, "maximum": _}:
                return control("number", limits=_limits(each))
            case {"type": "boolean"}:
                return control("flag")
    return control("yaml")


def _limits(number: Mapping[str, Any]) -> Limits:
    return Limits(number["minimum"], number["maximum"], number["type"] == "integer", "not" in number)


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


def _rounded_up(value: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, ..."""
    unit = 10.0 ** math.floor(math.log10(value))
    return next(step * unit for step in (1, 2, 5, 10) if step * unit >= value)


@cache
def _schema() -> dict[str, Any]:
    definitions: dict[str, Any] = recipes.schema()["$defs"]
    return definitions


def _definition(op: str) -> dict[str, Any]:
    definition: dict[str, Any] = _schema()[op]
    return definition


@cache
def _words(op: str) -> dict[str, str]:
    return about_fields(catalogue.find_operator(op))
