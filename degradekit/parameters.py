"""What was drawn, as named parameters: the steps of a record, flattened."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

HOW_OFTEN = ": how often"
_SHOWN_ITEMS = 4


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


def _fields(step: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in step.items():
        if name in ("op", "seed"):
            continue
        if isinstance(value, list | tuple) and len(value) <= _SHOWN_ITEMS:
            yield from ((f"{name}.{index}", item) for index, item in enumerate(value))
        else:
            yield name, value
