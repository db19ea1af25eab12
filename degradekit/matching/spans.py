"""Operators and recipes with other spans, within the rules of their fields."""

from itertools import product
from typing import Any

from degradekit.changes import changed
from degradekit.errors import RecipeError
from degradekit.fields import Neutral, Within, marks_of, nearest_allowed
from degradekit.matching.fields import fields_of
from degradekit.matching.recipe_paths import operators_by_path, split, with_value
from degradekit.operators.base import Operator


def with_span(operator: Operator, name: str, low: float, high: float) -> Operator:
    """Return an operator with another span in a field, or with the nearest one that its rules allow.

    Ends are brought into the limits of the field, and of integers they are rounded. Where a rule about several fields
    forbids the span, as a factor must reach 1 where `up` is among the directions, an end lies at the value that does
    least, or where the operator has it.

    Args:
        operator: The operator.
        name: A field that holds a span.
        low: The low end that is wanted.
        high: The high end that is wanted, >= low.
    """
    own_low, own_high = getattr(operator, name)
    lows, highs = _legal_ends(operator, name, low, own_low), _legal_ends(operator, name, high, own_high)
    for span in product(lows, highs):
        try:
            return with_value(operator, name, span)
        except RecipeError:  # of a rule about several fields
            continue
    return operator


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


def _legal_ends(operator: Operator, name: str, wanted: float, own: float) -> list[float]:
    """Return what an end may be, the best first: what is wanted, the value that does least, the operator's own."""
    operator_type: type = type(operator)
    marks = marks_of(operator_type)[name]
    rule = next(mark for mark in marks if isinstance(mark, Within))
    wanted = nearest_allowed(wanted, rule, integer=isinstance(own, int))
    neutral = [mark.value for mark in marks if isinstance(mark, Neutral) and _lies_between(mark.value, wanted, own)]
    return [wanted, *(type(own)(value) for value in neutral), own]


def _lies_between(value: float, one: float, other: float) -> bool:
    return min(one, other) < value < max(one, other)
