"""Operators and fields of a recipe by their paths from it, such as `stages.1.noise.sigma`."""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

from degradekit.compose import Maybe
from degradekit.operators.base import Operator


def operators_by_path(recipe: Operator, path: str = "") -> dict[str, Operator]:
    """Return all operators of a recipe by their paths, with what is not given spelled out."""
    operator = recipe.spelled_out
    operators = {path: operator}
    for inner_path, inner in inner_operators(operator, path):
        operators |= operators_by_path(inner, inner_path)
    return operators


def inner_operators(operator: Operator, path: str) -> Iterator[tuple[str, Operator]]:
    """Yield the operators in the fields of one at a path, each with its own path."""
    for field in dataclasses.fields(operator):
        yield from _operators_in(getattr(operator, field.name), joined(path, field.name))


def _operators_in(value: Any, path: str) -> Iterator[tuple[str, Operator]]:
    if isinstance(value, Operator):
        yield path, value
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _operators_in(item, joined(path, index))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _operators_in(item, joined(path, name))


def split(path: str) -> tuple[str, str]:
    """Return the path of the operator and the name of the field in the path of a field."""
    operator_path, _, name = path.rpartition(".")
    return operator_path, name


def joined(path: str, name: object) -> str:
    """Return the path of a field of what is at a path."""
    return f"{path}.{name}" if path else str(name)


def is_inside(path: str, *outer_paths: str) -> bool:
    """Return whether a path is one of others, or leads on from one."""
    return any(path == outer or path.startswith(f"{outer}.") for outer in outer_paths)


def words_of(path: str, recipe: Operator) -> str:
    """Return what a path of a field means, such as `stage 2, noise: sigma` for `stages.1.noise.sigma`.

    Args:
        path: The path of a field of the recipe.
        recipe: The recipe.
    """
    operator_path, name = split(path)
    operator = operators_by_path(recipe).get(operator_path, recipe)
    while isinstance(operator, Maybe):
        operator = operator.child
    stage = re.match(r"stages\.(\d+)\.", path)
    part = f"stage {int(stage[1]) + 1}, " if stage else "last part, " if path.startswith("last.") else ""
    return f"{part}{operator.op}: {name}".replace("_", " ")


def with_value(operator: Operator, name: str, value: Any) -> Operator:
    """Return an operator with another value in a field.

    Raises:
        RecipeError: The value breaks a rule of the operator.
    """
    change: dict[str, Any] = {name: value}
    return dataclasses.replace(operator, **change)
