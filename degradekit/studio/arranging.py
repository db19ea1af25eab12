"""Operators added, replaced, wrapped, moved and removed, wherever the schema of recipes takes any operators."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from degradekit import catalogue
from degradekit.compose import Chain
from degradekit.studio.drafts import value_at
from degradekit.studio.schemas import definition, summary, takes_numbers, takes_operators

_OTHERS = "Other packages"
"""The family of operators that are not degradekit's."""


class Arrangement(NamedTuple):
    """Another arrangement of a recipe's operators.

    Attributes:
        changes: The new value of each field that changes, by its path.
        moved: The new path of each operator that moves, by its old one; None for one that goes.
        shown: The path of the operator that it is about, or of the field that this has left; None where both are gone.
    """

    changes: Mapping[str, Any]
    moved: Mapping[str, str | None]
    shown: str | None

    def path_after(self, path: str) -> str | None:
        """Return the new path of an operator; None where it goes."""
        for old, new in self.moved.items():
            if path == old or path.startswith(f"{old}."):
                return None if new is None else new + path.removeprefix(old)
        return path


def added(recipe: Mapping[str, Any], path: str, op: str) -> Arrangement:
    """Add an operator to an empty field, or to a list before the one at a path.

    Args:
        recipe: The recipe, as plain data.
        path: The path that the new operator gets.
        op: Its name, one of those in `offered`.
    """
    if (index := _index(path)) is None:
        return Arrangement({path: _made(op)}, {}, path)
    count = len(value_at(recipe, _around(path)))
    return _rearranged(recipe, path, [*range(index), None, *range(index, count)], _made(op))


def added_after(recipe: Mapping[str, Any], path: str, op: str) -> Arrangement:
    """Add an operator after the one at a path; where there is one alone, both become a chain."""
    if (index := _index(path)) is not None:
        return added(recipe, f"{_around(path)}.{index + 1}", op)
    both = [value_at(recipe, path), _made(op)]
    return Arrangement({path: {"op": Chain.op, "children": both}}, {path: f"{path}.children.0"}, f"{path}.children.1")


def replaced(path: str, op: str) -> Arrangement:
    """Replace the operator at a path with another one."""
    return Arrangement({path: _made(op)}, {}, path)


def wrapped(recipe: Mapping[str, Any], path: str, op: str) -> Arrangement:
    """Put the operator at a path into a new one, which is made of operators."""
    fields = definition(op)["properties"]
    name, is_list = next((name, fields[name].get("type") == "array") for name in _for_operators(op))
    inner = f"{path}.{name}.0" if is_list else f"{path}.{name}"
    return Arrangement({path: _made(op, value_at(recipe, path))}, {path: inner}, path)


def moved(recipe: Mapping[str, Any], path: str, by: int) -> Arrangement:
    """Move an operator in its list, by 1 or -1."""
    index = _index(path)
    assert index is not None
    order = list(range(len(value_at(recipe, _around(path)))))
    order[index], order[index + by] = order[index + by], order[index]
    return _rearranged(recipe, path, order)._replace(shown=f"{_around(path)}.{index + by}")


def removed(recipe: Mapping[str, Any], path: str) -> Arrangement:
    """Take an operator out."""
    if (index := _index(path)) is None:
        return Arrangement({path: None}, {path: None}, path)
    order = [each for each in range(len(value_at(recipe, _around(path)))) if each != index]
    return _rearranged(recipe, path, order)._replace(shown=None)


def offered(*, made_of_operators: bool) -> dict[str, dict[str, str]]:
    """Return what each operator that can be added does, by family and name; or each that others can be put into."""
    families = {family: [*ops] for family, ops in catalogue.FAMILIES.items()}
    families[_OTHERS] = [op for op in catalogue.names() if op not in catalogue.BUILT_IN]
    lists = {
        family: {op: summary(op) for op in ops if bool(_for_operators(op)) is made_of_operators and not _by_hand(op)}
        for family, ops in families.items()
    }
    return {family: ops for family, ops in lists.items() if ops}


def not_offered() -> list[str]:
    """Return the operators that need what only a person knows, such as a folder."""
    return [op for op in catalogue.names() if _by_hand(op)]


def _rearranged(
    recipe: Mapping[str, Any], path: str, order: Sequence[int | None], new: Mapping[str, Any] | None = None
) -> Arrangement:
    """Return a list in another order, in which None is a new operator; numbers that belong to its items follow them."""
    around = _around(path)
    items = value_at(recipe, around)
    changes = {around: [new if index is None else items[index] for index in order]}
    parent = around.rpartition(".")[0]
    owner = value_at(recipe, parent) if parent else recipe
    for name, field in definition(owner["op"])["properties"].items():
        numbers = owner.get(name)
        if takes_numbers(field) and numbers and len(numbers) == len(items):
            usual = sum(numbers) / len(numbers)
            at = f"{parent}.{name}" if parent else name
            changes[at] = [usual if index is None else numbers[index] for index in order]
    now = {old: order.index(old) if old in order else None for old in range(len(items))}
    moved = {f"{around}.{old}": None if new is None else f"{around}.{new}" for old, new in now.items()}
    return Arrangement(changes, moved, path)


def _made(op: str, inner: Any = None) -> dict[str, Any]:
    """Return an operator with its defaults; around another one, if it is made of operators."""
    data: dict[str, Any] = {"op": op}
    for name in _required(op):
        field = definition(op)["properties"][name]
        if takes_operators(field):
            data[name] = [inner] if field.get("type") == "array" else inner
        else:
            data[name] = (field["minimum"] + field["maximum"]) / 2
    return data


def _required(op: str) -> list[str]:
    return [name for name in definition(op).get("required", ()) if name != "op"]


def _for_operators(op: str) -> list[str]:
    """Return the fields in which an operator must be given others."""
    return [name for name in _required(op) if takes_operators(definition(op)["properties"][name])]


def _by_hand(op: str) -> bool:
    fields = (definition(op)["properties"][name] for name in _required(op))
    return any(not takes_operators(field) and not {"minimum", "maximum"} <= field.keys() for field in fields)


def _around(path: str) -> str:
    return path.rpartition(".")[0]


def _index(path: str) -> int | None:
    """Return the index at the end of a path; None for the path of a field."""
    last = path.rpartition(".")[2]
    return int(last) if last.isdecimal() else None
