"""A field's JSON Schema in words: what may be written there."""

import re
from typing import Any

from degradekit.limits import MAX_WEIGHT

_NUMBER_OF = {2: "two", 3: "three", 4: "four"}
_ANGLES = {"3.14159": "pi", "6.28319": "2 pi"}


def in_words(schema: dict[str, Any]) -> str:
    """Return what a schema allows, as a phrase of Markdown."""
    phrase = _phrase(schema)
    return re.sub("|".join(_ANGLES), lambda angle: _ANGLES[angle[0]], phrase)


def _phrase(schema: dict[str, Any], many: bool = False) -> str:
    """Return the phrase for one value, or for many."""
    if "$ref" in schema:
        return _counted("stage" if schema["$ref"].endswith("AnyStage") else "operator", many)
    if "const" in schema:
        return "true" if schema["const"] is True else f"`{schema['const']}`"
    if "enum" in schema:
        return _listed([f"`{name}`" for name in schema["enum"]], "or")
    if "anyOf" in schema:
        return _any_of(schema, many)
    if schema["type"] == "array":
        return _array(schema, many)
    if schema["type"] == "object":
        return f"weights of {_listed([f'`{name}`' for name in schema['properties']], 'and')}"
    return _scalar(schema, many)


def _any_of(schema: dict[str, Any], many: bool) -> str:
    alternatives: list[dict[str, Any]] = schema["anyOf"]
    first = alternatives[0]
    _, span, rule = schema.get("description", "").partition("[low, high] with ")
    if span:
        return f"{first['prefixItems'][0]['type']}s `[low, high]` with {rule}"
    if first.get("type") == "object":
        return f"{_phrase(first)}, or one of these names"
    phrases = [_phrase(each, many) for each in alternatives]
    return f"{', '.join(phrases[:-1])}, or {phrases[-1]}" if "," in phrases[0] else _listed(phrases, "or")


def _array(schema: dict[str, Any], many: bool) -> str:
    name = "lists" if many else "a list"
    if "prefixItems" in schema:  # always of equal items
        parts = schema["prefixItems"]
        return f"{name} of {_NUMBER_OF[len(parts)]}, each {_phrase(parts[0])}"
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    count = f"{least} " if least == most else ""
    return f"{name} of {count}{_phrase(schema['items'], many=True)}{', at least one' if least == 1 else ''}"


def _scalar(schema: dict[str, Any], many: bool) -> str:
    kind = {"boolean": "true or false", "string": "text"}.get(schema["type"], schema["type"])
    if kind not in ("integer", "number"):
        return str(kind)
    low, high = schema.get("minimum"), schema.get("maximum")
    name = _counted(f"odd {kind}" if "not" in schema else kind, many)
    if low is None:
        return name
    return f"{name} >= {low:g}" if high in (None, MAX_WEIGHT) else f"{name} from {_figure(low)} to {_figure(high)}"


def _figure(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _counted(name: str, many: bool) -> str:
    return f"{name}s" if many else f"{'an' if name[0] in 'aeio' else 'a'} {name}"


def _listed(items: list[str], word: str) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"
