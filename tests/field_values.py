"""Values that the rules of fields allow, read from the annotations of operators and steps."""

import dataclasses
import types
import typing
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

from hypothesis import strategies as st

from degradekit.errors import DegradekitError
from degradekit.fields import Between, FrozenWeights, IntegerSpan, Neutral, Weights, Within

_INTEGER_SPAN = get_args(IntegerSpan)[1]


def ends(annotation: Any, marks: tuple[Any, ...] = ()) -> list[Any]:
    """Return the extreme values that an annotation allows; none for a type without rules, such as text."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return ends(inner, (*marks, *more))
    if get_origin(annotation) in (typing.Union, types.UnionType):
        rules = {type(mark) for mark in marks}
        if rules & {Within, Weights}:
            return _ends_of(marks)
        return [value for member in get_args(annotation) for value in ends(member, marks)]
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if annotation is bool:
        return [False, True]
    if annotation is type(None):
        return [None]
    between = next((mark for mark in marks if isinstance(mark, Between)), None)
    if annotation in (int, float) and between is not None and between.maximum is not None:
        middle = (between.minimum + between.maximum) / 2
        numbers = [between.minimum, between.maximum, *((0,) if between.minimum < 0 < between.maximum else ())]
        tiny = [5e-324, 1e-30, 1e-6] if annotation is float and between.minimum == 0 and middle else []
        return [annotation(number) for number in numbers] + tiny
    return []


def _ends_of(marks: tuple[Any, ...]) -> list[Any]:
    weights = next((mark for mark in marks if isinstance(mark, Weights)), None)
    if weights is not None:
        return [FrozenWeights({name: 1.0}) for name in weights.names]
    within = next(mark for mark in marks if isinstance(mark, Within))
    number = int if _INTEGER_SPAN in marks else float
    low, high = number(within.minimum), number(within.maximum)
    if within.around is not None:
        middle = number(within.around)
        return [(low, high), (middle, middle), (low, middle), (middle, high)]
    neutral = [number(mark.value) for mark in marks if isinstance(mark, Neutral)]
    return [(low, high), *((value, value) for value in (low, high, *neutral))]


def ends_of_fields(validated: Any) -> dict[str, list[Any]]:
    """Return the extreme values of each field of an operator or a step that has some."""
    annotations = typing.get_type_hints(type(validated), include_extras=True)
    extremes = {field.name: ends(annotations[field.name]) for field in dataclasses.fields(validated)}
    return {name: values for name, values in extremes.items() if any(value is not None for value in values)}


def at_the_ends(validated: Any) -> Iterator[Any]:
    """Yield an operator or a step with each field at each of its extreme values, where the other fields allow it."""
    yield validated
    for name, values in ends_of_fields(validated).items():
        for value in values:
            try:
                yield dataclasses.replace(validated, **{name: value})
            except DegradekitError:  # such as a bound above another one
                continue


def any_value(extremes: list[Any]) -> st.SearchStrategy[Any]:
    """Return a strategy for a field with these extremes; a rule about more than one value may refuse some."""
    low, high = extremes[:2] if len(extremes) > 1 else (extremes * 2)
    if low is None:
        return st.none() | any_value(extremes[1:])
    if isinstance(low, FrozenWeights):
        names = st.sampled_from([name for weights in extremes for name in weights])
        weights = st.dictionaries(names, st.sampled_from([0.0, 1e-300, 0.3, 1.0, 1e300]), min_size=1)
        return weights.filter(lambda mix: sum(mix.values()) > 0)
    if isinstance(low, tuple):
        number = _number(*low)
        return st.sampled_from(extremes) | st.tuples(number, number).map(lambda pair: tuple(sorted(pair)))
    if isinstance(low, bool | str) or not isinstance(high, int | float):
        return st.sampled_from(extremes)
    return st.sampled_from(extremes) | _number(low, high)


def _number(low: float, high: float) -> st.SearchStrategy[Any]:
    """Small numbers come up often, and odd integers too, as some fields take no others."""
    if isinstance(low, int) and isinstance(high, int):
        some = st.integers(low, high) | st.integers(low, min(high, low + 20))
        return some | some.map(lambda value: min(value | 1, high))
    return st.floats(low, high) | st.floats(low, min(high, low + 4))
