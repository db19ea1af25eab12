"""Recipes as files: YAML to operators and back, and the JSON Schema that editors complete them from.

A recipe is any operator; most are a HighOrder, or a Chain with a scale.
"""

import os
import re
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from degradekit import catalogue
from degradekit.changes import changed, differences, read_settings, rescaled, varied
from degradekit.extending import FILE_ENDINGS, Reader, is_file_name
from degradekit.limits import MAX_SCALE
from degradekit.mistakes import complete
from degradekit.operators.base import DEFINITION, Operator, to_plain
from degradekit.presets import NAMES, preset
from degradekit.strengths import at_strength
from degradekit.whole_files import write_whole

__all__ = [
    "at_strength",
    "changed",
    "differences",
    "dump",
    "dumps",
    "from_dict",
    "load",
    "loads",
    "named",
    "read_settings",
    "rescaled",
    "schema",
    "varied",
]


def load(path: str | Path, scale: int | None = None) -> Operator:
    """Read a YAML file, and the files that it extends.

    Args:
        path: A local file.
        scale: HR side / LR side, if it is not to be the file's: see `rescaled`. What extends a preset can have any.

    Raises:
        RecipeError: There is no such file, it is not YAML, or rules are broken: one mistake for each.
    """
    return Reader().read_file(Path(path), scale)


def loads(text: str) -> Operator:
    """Read YAML text; see `load`."""
    from degradekit.yaml_text import parse

    return from_dict(parse(text))


def from_dict(data: Any) -> Operator:
    """Make the operator that `Operator.to_dict` wrote, or that extends a preset; it reads no files.

    Raises:
        RecipeError: Rules are broken: one mistake for each.
    """
    return Reader().read(data)


def named(recipe: str, scale: int | None = None) -> Operator:
    """Return the preset of a name, or the recipe in a YAML file, whose name ends in .yaml or .yml.

    Args:
        recipe: The name, or the path.
        scale: HR side / LR side; None is the one that a preset was published for, and the file's own.

    Raises:
        RecipeError: There is no such recipe, or it breaks a rule.
    """
    if is_file_name(recipe):
        return load(recipe, scale)
    return preset(recipe, scale)


def resolved(recipe: Operator | str | os.PathLike[str], scale: int | None = None) -> Operator:
    """Return the recipe that an argument stands for: an operator itself, or what a name or a path names.

    Args:
        recipe: An operator, the name of a preset, or the path of a YAML file.
        scale: HR side / LR side; None is the recipe's own.

    Raises:
        RecipeError: There is no such recipe, or not for the scale.
    """
    if isinstance(recipe, os.PathLike):
        return load(Path(recipe), scale)
    if isinstance(recipe, str):
        return named(recipe, scale)
    return recipe if scale is None or not isinstance(recipe, Operator) else rescaled(recipe, scale)


def dump(recipe: Operator, path: str | Path) -> None:
    """Write a YAML file as a whole; see `dumps`.

    Raises:
        DegradekitError: The file cannot be written; one that was there before is kept.
    """
    write_whole(Path(path), dumps(recipe).encode("utf-8"))


def dumps(recipe: Operator, *, comments: bool = False) -> str:
    """Return YAML text with every field written out, from which `loads` makes an equal recipe.

    Args:
        recipe: Any operator.
        comments: Explain each field where an operator is the first of its kind.
    """
    from degradekit.yaml_comments import with_comments
    from degradekit.yaml_text import write

    text = write(recipe.to_dict())
    return with_comments(text) if comments else text


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
    definitions["Extension"] = {
        "type": "object",
        "description": "A preset or a file with other values in some fields, by their paths",
        "properties": {
            "extends": {"anyOf": [{"enum": list(NAMES)}, {"type": "string", "pattern": _FILE_NAME}]},
            "scale": {"type": "integer", "minimum": 1, "maximum": MAX_SCALE},
            "strength": {"type": "number", "minimum": 0, "maximum": 1},
        },
        "required": ["extends"],
    }
    extension = {"$ref": "#/$defs/Extension"}
    definitions["AnyOperator"] = {"anyOf": [*({"$ref": f"#/$defs/{op}"} for op in catalogue.names()), extension]}
    # Where nothing but a stage may stand, its `op` may be left out.
    definitions["AnyStage"] = {"anyOf": [definitions["stage"] | {"required": []}, extension]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "degradekit recipe",
        "$ref": "#/$defs/AnyOperator",
        "$defs": _with_references(definitions),
    }


_FILE_NAME = f"({'|'.join(map(re.escape, FILE_ENDINGS))})$"


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
