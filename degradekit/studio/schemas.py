"""What the JSON Schema of recipes has on operators and their fields."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from degradekit import catalogue, recipes
from degradekit.field_docs import class_doc


def definition(op: str) -> dict[str, Any]:
    """Return the schema of an operator."""
    schema: dict[str, Any] = _schema()[op]
    return schema


def summary(op: str) -> str:
    """Return what an operator does, in a line."""
    return class_doc(catalogue.find_operator(op)).summary.replace("`", "")


def takes_operators(field: Mapping[str, Any]) -> bool:
    """Return whether any operators may stand in a field."""
    references = [field, *field.get("anyOf", ()), field.get("items", {})]
    return any("AnyOperator" in str(each.get("$ref")) for each in references)


def takes_numbers(field: Mapping[str, Any]) -> bool:
    """Return whether a field takes a list of any number of numbers."""
    kinds = [field, *field.get("anyOf", ())]
    return any(each.get("items", {}).get("type") == "number" for each in kinds)


def takes_null(field: Mapping[str, Any]) -> bool:
    """Return whether a field may be null."""
    return {"type": "null"} in field.get("anyOf", ())


@cache
def _schema() -> dict[str, Any]:
    definitions: dict[str, Any] = recipes.schema()["$defs"]
    return definitions
