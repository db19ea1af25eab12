"""The fields of a recipe that decide its draws, by their paths."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from degradekit.compose import Maybe, OneOf, Shuffle, sibling_names
from degradekit.fields import Weights, Within, bounds, marks_of, weights_of
from degradekit.high_order import HighOrder
from degradekit.matching.recipe_paths import inner_operators, joined
from degradekit.operators.base import Operator, Reading
from degradekit.step import Step

Kind: TypeAlias = Literal["span", "weights", "probability", "order"]
Drawn: TypeAlias = NDArray[np.float64] | NDArray[np.str_]
"""The value that each of N draws has for a field: float64 with NaN where the draw has none, as another kind was drawn,
or names with "" there."""


@dataclass(frozen=True)
class Field:
    """A field of a recipe that decides draws, and whose draws can be read off the steps.

    Attributes:
        path: The path from the recipe, as `degradekit.changes.changed` takes it, such as `stages.1.noise.sigma`; of an
            order that of `last`, or of the `children` of a shuffle.
        kind: `span`, from which numbers are drawn; `weights` of names, also those of the children of a `one_of`;
            `probability`, whose names are `no` and `yes`; or `order`, which of two parts comes last: of a `high_order`
            by the name of its field, `last` or `compress`, of a `shuffle` of two by their names in `ordered`.
        low, high: The ends of a span; 0 for other kinds.
        is_integer: Whether a span has integers only.
        names: What can be drawn; empty for a span.
        shares: How often each name is drawn; empty for a span.
    """

    path: str
    kind: Kind
    low: float = 0.0
    high: float = 0.0
    is_integer: bool = False
    names: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()


Events: TypeAlias = Mapping[str, tuple[Step, ...]]
"""The steps of each operator that was drawn, by its path, in the order of execution; of nested ones, inner ones come
first."""


@dataclass(frozen=True)
class ReadableField:
    """A field, and how to read its value off a draw.

    Attributes:
        field: The field.
        read: Returns its value in a draw; None where the draw has none.
    """

    field: Field
    read: Callable[[Events], float | str | None]


def fields_of(recipe: Operator) -> tuple[Field, ...]:
    """Return the fields that decide draws and whose values the steps show, in the order of the recipe.

    What is the same in all draws is left out: spans of one value, names without weight, parts that are never drawn.
    """
    return tuple(readable.field for readable in readable_fields(recipe))


def readable_fields(recipe: Operator, path: str = "") -> Iterator[ReadableField]:
    """Yield the fields of a recipe, or of a part of one at a path, with how to read them; see `fields_of`."""
    operator = recipe.spelled_out
    if isinstance(operator, Maybe):
        yield from _of_maybe(operator, path)
    elif isinstance(operator, OneOf):
        yield from _of_one_of(operator, path)
    else:
        yield from _own_fields(operator, path)
    for inner_path, inner in inner_operators(operator, path):
        if inner_path not in _never_drawn(operator, path):
            yield from readable_fields(inner, inner_path)
    if isinstance(operator, HighOrder | Shuffle):
        yield from _of_order(operator, path)


def _never_drawn(operator: Operator, path: str) -> set[str]:
    if isinstance(operator, Maybe) and operator.probability == 0:
        return {joined(path, "child")}
    if isinstance(operator, OneOf) and operator.weights:
        return {joined(path, f"children.{index}") for index, weight in enumerate(operator.weights) if weight == 0}
    return set()


def _of_maybe(maybe: Maybe, path: str) -> Iterator[ReadableField]:
    child = joined(path, "child")

    def read(events: Events) -> str | None:
        return ("yes" if child in events else "no") if path in events else None

    if (field := _probability(joined(path, "probability"), maybe.probability)) is not None:
        yield ReadableField(field, read)


def _of_one_of(one_of: OneOf, path: str) -> Iterator[ReadableField]:
    names = sibling_names(one_of.children)
    children = {joined(path, f"children.{index}"): name for index, name in enumerate(names)}

    def read(events: Events) -> str | None:
        return next((name for child, name in children.items() if child in events), None)

    weights = dict(zip(names, one_of.weights or (1.0,) * len(names), strict=True))
    if (field := _weighted(joined(path, "weights"), weights)) is not None:
        yield ReadableField(field, read)


def _of_order(operator: HighOrder | Shuffle, path: str) -> Iterator[ReadableField]:
    parts = parts_in_any_order(operator, path)
    if len(parts) != 2:
        return

    def read(events: Events) -> str | None:
        drawn = [parts[each] for each, steps in events.items() if each in parts and steps]
        return drawn[1] if len(drawn) == 2 else None

    # A shuffle that does not happen leaves the second part last.
    first = 0.5 if isinstance(operator, HighOrder) else operator.probability / 2
    order_path = joined(path, "last" if isinstance(operator, HighOrder) else "children")
    yield ReadableField(Field(order_path, "order", names=tuple(parts.values()), shares=(first, 1 - first)), read)


def parts_in_any_order(operator: HighOrder | Shuffle, path: str) -> dict[str, str]:
    """Return the names of the two parts of an operator at a path that come in any order, by their paths.

    Of a shuffle, these are all of its children; nothing is returned where there are not two, or in one order only.
    """
    if isinstance(operator, HighOrder):
        compress = joined(path, f"stages.{operator.order - 1}.compress")
        has_both = operator.last is not None and operator.stages[-1].compress is not None
        return {joined(path, "last"): "last", compress: "compress"} if has_both else {}
    is_free = operator.probability > 0 and operator.count is None and all(len(names) < 2 for names in operator.ordered)
    paths = [joined(path, f"children.{index}") for index in range(len(operator.children))]
    return dict(zip(paths, operator.names, strict=True)) if is_free and path and len(paths) == 2 else {}


def _own_fields(operator: Operator, path: str) -> Iterator[ReadableField]:
    readings = operator.readings()
    for name, marks in marks_of(type(operator)).items():
        field = _field(getattr(operator, name), name, marks, joined(path, name))
        if field is None:
            continue
        reading = readings[name] if name in readings else _reading_by_name(operator, name, field)
        if reading is not None:
            yield ReadableField(field, _reader(field, path, reading))


def _field(value: Any, name: str, marks: tuple[Any, ...], path: str) -> Field | None:
    if any(isinstance(mark, Within) for mark in marks) and value is not None:
        low, high = bounds(value)
        return Field(path, "span", low, high, isinstance(low, int)) if low < high else None
    if any(isinstance(mark, Weights) for mark in marks):
        return _weighted(path, weights_of(value))
    return _probability(path, value) if name.endswith(_COIN) else None


_COIN = "_probability"


def _weighted(path: str, weights: Mapping[str, float]) -> Field | None:
    positive = {name: weight for name, weight in weights.items() if weight > 0}
    total = sum(positive.values())
    shares = tuple(weight / total for weight in positive.values())
    return Field(path, "weights", names=tuple(positive), shares=shares) if len(positive) > 1 else None


def _probability(path: str, probability: float) -> Field | None:
    shares = (1 - probability, probability)
    return Field(path, "probability", names=("no", "yes"), shares=shares) if 0 < probability < 1 else None


def _reading_by_name(operator: Operator, name: str, field: Field) -> Reading | None:
    """Return how to read a field off the step's field of the same name, or of what the name is derived from."""
    names = [name] if field.kind == "span" else [name, _singular(name), name.removesuffix(_COIN)]
    known = {each.name for step_type in operator.step_types for each in dataclasses.fields(step_type)}  # type: ignore[arg-type] # steps are dataclasses, which `validated` makes
    attribute = next((each for each in names if each in known), None)
    kinds = {step_type.op.partition(".")[2] for step_type in operator.step_types}
    if attribute is None and not kinds & {*field.names}:
        return None

    def read(step: Step) -> Any:
        kind = step.op.partition(".")[2] if field.kind == "weights" else None
        return kind if attribute is None else getattr(step, attribute, kind)

    return read


def _singular(name: str) -> str:
    for plural, singular in (("ices", "ix"), ("ies", "y"), ("s", "")):
        if name.endswith(plural):
            return name.removesuffix(plural) + singular
    return name


def _reader(field: Field, path: str, reading: Reading) -> Callable[[Events], float | str | None]:
    def read(events: Events) -> float | str | None:
        values = (value for step in events.get(path, ()) if (value := reading(step)) is not None)
        if field.kind == "probability":
            return next(("yes" if value else "no" for value in values), None)
        if field.kind == "weights":
            return next((value for value in values if value in field.names), None)
        return next((value for value in values if isinstance(value, int | float)), None)

    return read
