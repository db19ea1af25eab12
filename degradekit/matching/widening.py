"""A recipe whose spans are wider, so that what lies a little outside of them is drawn too."""

from typing import Any

from degradekit.changes import changed
from degradekit.matching.fields import fields_of, operators_by_path, split
from degradekit.matching.spans import with_span
from degradekit.operators.base import Operator


def widened(recipe: Operator, factor: float) -> Operator:
    """Return a recipe whose spans are stretched about their middle.

    The spans are those of `fields_of`; of others, nobody could tell which draws lie outside of the recipe. The low end
    is divided by the factor at most, so that a span of factors or of strengths above 0 does not get there, and a rule
    of a field may stop an end earlier. Weights and probabilities stay.

    Args:
        recipe: Any operator.
        factor: How many times wider a span becomes, at least 1.
    """
    operators = operators_by_path(recipe)
    changes: dict[str, Any] = {}
    for field in fields_of(recipe):
        if field.kind != "span":
            continue
        path, name = split(field.path)
        middle, half = (field.low + field.high) / 2, factor * (field.high - field.low) / 2
        low = max(middle - half, field.low / factor) if field.low > 0 else middle - half
        operators[path] = with_span(operators[path], name, low, middle + half)
        changes[field.path] = getattr(operators[path], name)
    return changed(recipe, changes)
