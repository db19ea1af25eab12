"""Recipes as files: YAML to operators and back, and the JSON Schema that editors complete them from.

A recipe is any operator; most are a HighOrder, or a Chain with a scale.
"""

import math
import reprlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from degradekit import catalogue
from degradekit.errors import Mistake, RecipeError
from degradekit.high_order import HighOrder
from degradekit.limits import MAX_INTEGER, MAX_YAML_DEPTH, MAX_YAML_NODES
from degradekit.mistakes import complete
from degradekit.operators.base import DEFINITION, Operator, operator_from_dict, to_plain
from degradekit.whole_files import write_whole


def load(path: str | Path) -> Operator:
    """Read a YAML file.

    Raises:
        RecipeError: There is no such file, it is not YAML, or rules are broken: one mistake for each.
    """
    from degradekit.yaml_text import read

    data = read(path, RecipeError)
    try:
        return from_dict(data)
    except RecipeError as error:
        raise error.in_file(str(path)) from None


def loads(text: str) -> Operator:
    """Read YAML text; see `load`."""
    from degradekit.yaml_text import parse

    return from_dict(parse(text))


def from_dict(data: Any) -> Operator:
    """Make the operator that `Operator.to_dict` wrote.

    Raises:
        RecipeError: Rules are broken: one mistake for each.
    """
    if not isinstance(data, dict):
        raise RecipeError(f"a recipe must be a mapping with the field 'op' (got {reprlib.repr(data)})")
    operator = operator_from_dict(_PlainData().copy(data))
    assert isinstance(operator, Operator)
    return operator


def dump(recipe: Operator, path: str | Path) -> None:
    """Write a YAML file as a whole; see `dumps`.

    Raises:
        DegradekitError: The file cannot be written; one that was there before is kept.
    """
    write_whole(Path(path), dumps(recipe).encode("utf-8"))


def dumps(recipe: Operator) -> str:
    """Return YAML text with every field written out, from which `loads` makes an equal recipe."""
    from degradekit.yaml_text import write

    return write(recipe.to_dict())


def rescaled(recipe: Operator, scale: int) -> Operator:
    """Return a recipe for another scale.

    Args:
        recipe: A HighOrder, whose ranges hold for any scale; or one that has the scale already.
        scale: HR side / LR side.

    Raises:
        RecipeError: The recipe's ranges depend on its scale.
    """
    if scale == recipe.lr_scale:
        return recipe
    if not isinstance(recipe, HighOrder):
        rule = "only a high_order recipe can be rescaled; write the scale into the recipe"
        raise RecipeError(Mistake("scale", rule, scale))
    return replace(recipe, scale=scale)


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a recipe, over all operators that are known."""
    definitions: dict[str, Any] = {}
    for op in catalogue.names():
        operator_class = catalogue.find_operator(op)
        complete(operator_class)
        definition = TypeAdapter(operator_class).json_schema(schema_generator=_SchemaGenerator)
        definition["properties"] = {"op": {"const": op}} | definition["properties"]
        definition["required"] = ["op", *definition.get("required", [])]
        definitions[op] = definition
    definitions["AnyOperator"] = {"anyOf": [{"$ref": f"#/$defs/{op}"} for op in catalogue.names()]}
    # Where nothing but a stage may stand, its `op` may be left out.
    definitions["AnyStage"] = definitions["stage"] | {"required": []}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "degradekit recipe",
        "$ref": "#/$defs/AnyOperator",
        "$defs": _with_references(definitions),
    }


class _SchemaGenerator(GenerateJsonSchema):
    """Writes default operators as their plain data."""

    def encode_default(self, dft: Any) -> Any:
        return to_plain(dft)


def _with_references(node: Any) -> Any:
    if isinstance(node, dict):
        if DEFINITION in node:
            return {"$ref": f"#/$defs/{node[DEFINITION]}"}
        return {key: _with_references(value) for key, value in node.items()}
    return [_with_references(item) for item in node] if isinstance(node, list) else node


class _PlainData:
    """Copies data, so that a recipe from memory is one from a file, and refuses what would not be in one.

    That is what Python and YAML have and a recipe has not, such as dates, sets and infinity, and more of it than
    `degradekit.limits` allows, such as a list that contains itself.
    """

    def __init__(self) -> None:
        self._values = 0

    def copy(self, value: Any, where: str = "", depth: int = 0) -> Any:
        self._values += 1
        if self._values > MAX_YAML_NODES:
            raise RecipeError(f"a recipe must have at most {MAX_YAML_NODES:,} values")
        if depth > MAX_YAML_DEPTH:
            raise RecipeError(f"a recipe must nest lists and mappings at most {MAX_YAML_DEPTH} deep")
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, dict):
            for name in value:
                if not isinstance(name, str):
                    raise RecipeError(Mistake(where, "fields must be text", name))
            return {
                name: self.copy(item, f"{where}.{name}" if where else name, depth + 1) for name, item in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.copy(item, f"{where}[{index}]", depth + 1) for index, item in enumerate(value)]
        if isinstance(value, float) and not math.isfinite(value):
            raise RecipeError(Mistake(where, "must be a finite number", value))
        if isinstance(value, int) and abs(value) > MAX_INTEGER:
            raise RecipeError(Mistake(where, "must be an integer of at most 63 bits", value))
        if not isinstance(value, bool | int | float | str | None):
            raise RecipeError(Mistake(where, "must be a number, text, a list or a mapping", value))
        return value
