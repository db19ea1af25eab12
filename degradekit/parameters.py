"""What was drawn, as named parameters: the steps of a record, flattened."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

HOW_OFTEN = ": how often"
STEPS = "steps"
_SHOWN_ITEMS = 4
_NOT_DRAWN = ("op", "seed")


def drawn_parameters(steps: Iterable[dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Yield the name and the value of each parameter of the steps of a record, the seeds of noise left out.

    A name is the operator, its ordinal among those of its kind, and the field, such as `kernel 2: sigma_x`. Each item
    of a short list counts by itself, such as the gain of each channel.
    """
    seen: Counter[str] = Counter()
    for step in steps:
        op = step["op"]
        seen[op] += 1
        for name, value in _fields(step):
            yield f"{op} {seen[op]}: {name}", value


def step_counts(steps: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Return how often each operator's steps are among those of a record, by names such as `kernel: how often`."""
    return {f"{op}{HOW_OFTEN}": count for op, count in Counter(step["op"] for step in steps).items()}


def parameter_columns(steps: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the steps of a record are, and what was drawn, by the names of columns; the seeds are left out.

    `OPERATOR_N_FIELD` is a field of the N-th step of an operator, counted from 1 along the record, such as
    `jpeg_2_quality`. Operators have their names in recipes: a step `noise.gaussian` is one of `noise`, and what follows
    the dot is `noise_1_kind`. `steps` has the operators of all steps in order, separated by spaces.
    """
    counts: Counter[str] = Counter()
    order, columns = [], {}
    for step in steps:
        operator, _, kind = step["op"].partition(".")
        order.append(operator)
        counts[operator] += 1
        prefix = f"{operator}_{counts[operator]}_"
        if kind:
            columns[f"{prefix}kind"] = kind
        for name, value in step.items():
            if name not in _NOT_DRAWN and value is not None:
                columns[prefix + name] = value
    return {STEPS: " ".join(order)} | columns


def _fields(step: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in step.items():
        if name in _NOT_DRAWN:
            continue
        if isinstance(value, list | tuple) and len(value) <= _SHOWN_ITEMS:
            yield from ((f"{name}.{index}", item) for index, item in enumerate(value))
        else:
            yield name, value
