"""Recipes as files: YAML to operators and back, and the JSON Schema that editors complete them from."""

import json
import math
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticCustomError

from degradekit.errors import RecipeError
from degradekit.operators import catalogue
from degradekit.operators.base import Operator, from_data, plain
from degradekit.operators.validation import DEFINITION, explain
from degradekit.presets import preset


class Recipe:
    """Reads and writes recipes. A recipe is any operator; most are a HighOrder, or a Sequence with a scale."""

    @staticmethod
    def load(path: str | Path) -> Operator:
        """Read a YAML file.

        Raises:
            RecipeError: No such file, no YAML, or mistakes: one line each with place, rule and value.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise RecipeError(f"{path}: cannot be read ({error.strerror})") from None
        except UnicodeDecodeError:
            raise RecipeError(f"{path}: must be UTF-8 text") from None
        try:
            return Recipe.loads(text)
        except RecipeError as error:
            raise RecipeError("\n".join(f"{path}: {line}" for line in str(error).splitlines())) from None

    @staticmethod
    def loads(text: str) -> Operator:
        """Read YAML text; raises as `load`."""
        from degradekit.yaml_text import parse

        return Recipe.from_dict(parse(text))

    @staticmethod
    def from_dict(data: Any) -> Operator:
        """Make the operator that `Operator.to_dict` wrote; raises as `load`."""
        if not isinstance(data, dict):
            raise RecipeError(f"a recipe must be a mapping with the field 'op' (got {_short(data)})")
        try:
            _refuse_odd_data(data, "")
            # Through JSON, so that only plain data counts, and a recipe from a file is one from memory.
            operator = from_data(json.loads(json.dumps(data, allow_nan=False)))
        except PydanticCustomError as error:
            context: Any = error.context
            raise RecipeError("\n".join(explain(context["cls"], context["errors"]))) from None
        except RecipeError:
            raise
        except (TypeError, ValueError, RecursionError) as error:
            raise RecipeError(str(error)) from None
        assert isinstance(operator, Operator)
        return operator

    @staticmethod
    def dumps(recipe: Operator) -> str:
        """YAML text with every field written out; `loads` gives an equal recipe back."""
        from degradekit.yaml_text import write

        return write(recipe.to_dict())

    @staticmethod
    def dump(recipe: Operator, path: str | Path) -> None:
        """Write a YAML file."""
        Path(path).write_text(Recipe.dumps(recipe), encoding="utf-8")

    @staticmethod
    def preset(name: str, scale: int = 4) -> Operator:
        """A shipped recipe for a scale.

        Raises:
            RecipeError: There is none of this name, or the scale breaks a rule.
        """
        return preset(name, scale)

    @staticmethod
    def schema() -> dict[str, Any]:
        """The JSON Schema (2020-12) of a recipe, over all operators that are installed."""
        definitions: dict[str, Any] = {}
        for op in catalogue.names():
            schema = TypeAdapter(catalogue.find(op)).json_schema(schema_generator=_SchemaGenerator)
            schema["properties"] = {"op": {"const": op}} | schema["properties"]
            schema["required"] = ["op", *schema.get("required", [])]
            definitions[op] = schema
        definitions["AnyOperator"] = {"anyOf": [{"$ref": f"#/$defs/{op}"} for op in catalogue.names()]}
        # A stage may leave its `op` out, where only a stage can stand.
        definitions["stage"]["required"].remove("op")
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "degradekit recipe",
            "$ref": "#/$defs/AnyOperator",
            "$defs": _with_references(definitions),
        }


class _SchemaGenerator(GenerateJsonSchema):
    """Writes default operators as their plain data."""

    def encode_default(self, dft: Any) -> Any:
        return plain(dft)


def _with_references(node: Any) -> Any:
    if isinstance(node, dict):
        if DEFINITION in node:
            return {"$ref": f"#/$defs/{node[DEFINITION]}"}
        return {key: _with_references(value) for key, value in node.items()}
    return [_with_references(item) for item in node] if isinstance(node, list) else node


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _refuse_odd_data(value: Any, place: str) -> None:
    """YAML has dates, sets, infinity and more; a recipe has none of them."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_odd_data(inner, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            _refuse_odd_data(inner, f"{place}[{number}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise RecipeError(f"{place}: must be a finite number (got {value})")
    elif not isinstance(value, bool | int | float | str | None):
        raise RecipeError(f"{place}: must be a number, text, a list or a mapping (got {type(value).__name__})")
