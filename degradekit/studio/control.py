"""How one field of an operator is edited, by its JSON Schema."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Kind = Literal["span", "number", "weights", "choice", "flag", "yaml"]

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


def control_of(path: str, name: str, field: Mapping[str, Any], value: Any, about: str) -> Control:
    """Return how a field is edited.

    Args:
        path: Its path.
        name: Its name.
        field: Its schema.
        value: What it has, as plain data.
        about: What it means, and its rule.
    """
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


def _rounded_up(value: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, ..."""
    unit = 10.0 ** math.floor(math.log10(value))
    return next(step * unit for step in (1, 2, 5, 10) if step * unit >= value)
