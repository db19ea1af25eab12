"""Fits of the fields of a recipe that no photo has seen."""

from dataclasses import replace

import numpy as np

from degradekit.matching.fields import Field, fields_of
from degradekit.matching.results import FieldFit
from degradekit.operators.base import Operator


def fit_of(field: Field, low: float = 0.0, high: float = 0.0, fitted: tuple[float, ...] = (), error: float = 0.02):
    """Return a fit of a field, with as many bins of equal width as there are fitted shares."""
    fit = FieldFit(field, "fitted", 0.9, 40, fitted=fitted, errors=(error,) * len(fitted), low=low, high=high)
    if field.kind != "span" or not fitted:
        return replace(fit, prior=field.shares)
    edges = tuple(np.linspace(field.low, field.high, len(fitted) + 1).tolist())
    return replace(fit, edges=edges, prior=(1 / len(fitted),) * len(fitted))


def field_at(recipe: Operator, path: str) -> Field:
    return next(field for field in fields_of(recipe) if field.path == path)
