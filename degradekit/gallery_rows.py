"""The gallery's rows of an operator: its kinds, each from mild to strong."""

from dataclasses import fields
from typing import Any

import numpy as np

from degradekit.degradation import Degradation
from degradekit.errors import RecipeError
from degradekit.fields import Neutral, Weights, Within, bounds, marks_of, nearest_allowed, weights_of
from degradekit.functional.levels import to_float
from degradekit.operators.base import Operator
from degradekit.sheets import Cell, Photo, Row

_STRENGTHS = {"mild": 0.0, "1/4": 0.25, "1/2": 0.5, "3/4": 0.75, "strong": 1.0}
_MAX_KINDS = 6
"""Kinds of an operator that are shown: those of the largest weights."""
_TRIED_VARIANTS = 6


def operator_rows(operator_class: type[Operator], photo: Photo) -> list[Row]:
    """Return a row for each name of the field that tells kinds apart, or the only row of an operator without one."""
    summary = (operator_class.__doc__ or "").strip().partition("\n")[0].replace("`", "")
    title = f"{operator_class.op}: {summary}"
    field, names = _kinds(operator_class())  # whose call says what must be given, as a folder
    rows: list[Row] = []
    for name in names:
        cells = _cells(operator_class, {field: name} if name else {}, photo)
        if any(not np.array_equal(cell.pixels, photo.hr) for cell in cells):
            rows.append(Row([photo.cell, *cells], name.replace("_", " "), "" if rows else title))
    if not rows:
        raise RecipeError("none of its draws changes the photo")
    return rows


def _kinds(operator: Operator) -> tuple[str, tuple[str, ...]]:
    """Return `kinds`, or else the first field that is drawn among several names by default, and its names."""
    marked = ((name, mark) for name, marks in marks_of(type(operator)).items() for mark in marks)
    rules = {name: mark.names for name, mark in marked if isinstance(mark, Weights)}
    for name, names in sorted(rules.items(), key=lambda rule: rule[0] != "kinds"):
        weights = weights_of(getattr(operator, name))
        if name == "kinds" or len(weights) > 1:
            return name, tuple(sorted(names, key=lambda each: -weights.get(each, 0.0))[:_MAX_KINDS])
    return "", ("",)


def _cells(operator_class: type[Operator], fixed: dict[str, Any], photo: Photo) -> list[Cell]:
    """Return what is drawn from mild to strong, or some draws of what has no such range; none where it is refused."""
    size = photo.hr.shape[0], photo.hr.shape[1]
    try:
        operator = operator_class(**fixed)
    except RecipeError:  # the name does not go together with the defaults of other fields
        return []
    try:
        by_strength = {
            title: operator_class(**fixed, **_at_strength(operator, strength)) for title, strength in _STRENGTHS.items()
        }
        variant = _plainest_variant(by_strength["strong"], photo)
        drawn = {title: each.sample(size, seed=0, variant=variant) for title, each in by_strength.items()}
    except RecipeError:  # a range cannot be one value alone, as of a resize that may go up and down
        drawn = {}
    if len(set(drawn.values())) < 2:
        drawn = {f"draw {v}": operator.sample(size, seed=0, variant=v) for v in range(len(_STRENGTHS))}
    first_titles = {degradation: title for title, degradation in reversed(drawn.items())}
    return [drawn_cell(title, each, photo) for title, each in drawn.items() if first_titles[each] == title]


def _at_strength(operator: Operator, strength: float) -> dict[str, Any]:
    """Return the values of the fields with a neutral one: at 0 they do the least that is drawn, at 1 the most.

    A range on both sides of its neutral value becomes a part of itself, so that the colors or axes for which it is
    drawn more than once differ; any other range becomes one of its values.
    """
    values: dict[str, Any] = {}
    for field in fields(operator):
        marks = marks_of(type(operator))[field.name]
        neutral = next((mark.value for mark in marks if isinstance(mark, Neutral)), None)
        rule = next((mark for mark in marks if isinstance(mark, Within)), None)
        span: Any = getattr(operator, field.name)
        if neutral is None or rule is None or span is None:
            continue
        low, high = bounds(span)
        if low < neutral < high and isinstance(low, float):
            values[field.name] = neutral + strength * (low - neutral), neutral + strength * (high - neutral)
            continue
        mild, strong = min(max(neutral, low), high), max(high, low, key=lambda end: abs(end - neutral))
        value = mild + strength * (strong - mild)
        values[field.name] = nearest_allowed(value, rule, integer=isinstance(low, int))
    return values


def _plainest_variant(operator: Operator, photo: Photo) -> int:
    """Return which of a few draws changes the photo most, as one of a range on both sides of neutral may do nothing."""
    size, image = (photo.hr.shape[0], photo.hr.shape[1]), to_float(photo.hr)
    changes = [
        float(np.abs(lr.astype(np.float32) - photo.hr).mean()) if lr.shape == photo.hr.shape else 0.0
        for lr in (operator.sample(size, seed=0, variant=v).to_pixels(image) for v in range(_TRIED_VARIANTS))
    ]
    return changes.index(max(changes))


def drawn_cell(title: str, drawn: Degradation, photo: Photo) -> Cell:
    """Return the LR of a photo, with its steps in words."""
    return Cell(drawn.to_pixels(to_float(photo.hr)), title, tuple(str(step) for step in drawn.steps))
