"""The strength of a recipe: its ranges moved toward doing nothing."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from degradekit.errors import Mistake, RecipeError
from degradekit.fields import Between, Neutral, Within, marks_of, nearest_allowed
from degradekit.operators.base import Operator


def at_strength(recipe: Operator, strength: float) -> Operator:
    """Return a recipe whose ranges lie nearer to doing nothing.

    Both ends of each range move to neutral + strength * (end - neutral), where neutral is the value at which the
    operator changes an image least; integers are rounded, and what a field's rule forbids becomes the nearest that it
    allows. Probabilities and weights stay, so that draws of the same seed choose the same operators.

    Args:
        recipe: Any operator.
        strength: 1 leaves the recipe as it is, and 0 brings it as close to doing nothing as its ranges can.

    Raises:
        RecipeError: The strength is not between 0 and 1.
    """
    if isinstance(strength, bool) or not isinstance(strength, int | float) or not 0 <= strength <= 1:
        raise RecipeError(Mistake("strength", "must be a number between 0 and 1", strength))
    return recipe if strength == 1 else _moved(recipe, lambda _: strength)


def at_strengths(recipe: Operator, strengths: Mapping[str, float]) -> Operator:
    """Return a recipe in which operators of some kinds have a strength of their own; see `at_strength`.

    Args:
        recipe: Any operator.
        strengths: The strength of each kind, by its `op`, such as `noise`; others stay as they are.
    """
    moved: Operator = _moved(recipe, lambda kind: strengths.get(kind, 1))
    return moved


def _moved(value: Any, strength_of: Callable[[str], float]) -> Any:
    """Move the ranges of all operators in a field, each by the strength of its kind."""
    if isinstance(value, Operator):
        value = value.spelled_out
        operator_class: Any = type(value)
        marks = marks_of(operator_class)
        old = {field.name: getattr(value, field.name) for field in fields(value)}
        strength = strength_of(value.op)
        new = {name: _moved_field(each, marks[name], strength, strength_of) for name, each in old.items()}
        return replace(value, **{name: each for name, each in new.items() if each is not old[name]})
    if isinstance(value, tuple) and any(isinstance(each, Operator) for each in value):
        return tuple(_moved(each, strength_of) for each in value)
    if isinstance(value, Mapping) and any(isinstance(each, Operator) for each in value.values()):
        return {name: _moved(each, strength_of) for name, each in value.items()}
    return value


def _moved_field(value: Any, marks: tuple[Any, ...], strength: float, strength_of: Callable[[str], float]) -> Any:
    neutral = next((mark for mark in marks if isinstance(mark, Neutral)), None)
    if neutral is None or value is None:
        return _moved(value, strength_of)
    if strength == 1:
        return value
    ends = value if isinstance(value, tuple) else (value,)
    if neutral.ranges_only and ends[0] == ends[-1]:
        return value
    rule = next((mark for mark in marks if isinstance(mark, Between | Within)), Between(-float("inf")))
    moved = tuple(
        nearest_allowed(neutral.value + strength * (end - neutral.value), rule, integer=isinstance(end, int))
        for end in ends
    )
    return moved if isinstance(value, tuple) else moved[0]
