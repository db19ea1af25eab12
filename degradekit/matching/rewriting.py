"""A recipe with what a match has fitted."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from degradekit.changes import changed
from degradekit.compose import Chain, Maybe, OneOf, Shuffle, sibling_names
from degradekit.errors import Mistake, RecipeError
from degradekit.high_order import HighOrder
from degradekit.matching.fields import parts_in_any_order
from degradekit.matching.pieces import Piece, pieces_of, rounded_end, rounded_shares
from degradekit.matching.recipe_paths import is_inside, operators_by_path, split, with_value
from degradekit.matching.results import FieldFit
from degradekit.matching.spans import with_span
from degradekit.operators.base import Operator

FITTED, PRESET = "fitted", "preset"
"""The names of the two recipes of a mixture, which its records have."""


def with_fits(recipe: Operator, fits: Sequence[FieldFit]) -> Operator:
    """Return a recipe with the fits whose verdict is `fitted`; see `changes_of`."""
    return changed(recipe, changes_of(recipe, fits))


def mixed(fitted: Operator, preset: Operator, share: float) -> OneOf:
    """Return the mixture of a fitted recipe with the one that it started from.

    A network that is trained on a closely fitted recipe is better on photos like those, and worse on others.

    Args:
        fitted: The fitted recipe.
        preset: The recipe that it started from.
        share: How often the fitted one is drawn, 0 to 1.

    Raises:
        RecipeError: The share is not between 0 and 1.
    """
    if not 0 <= share <= 1:
        raise RecipeError(Mistake("share", "must be between 0 and 1", share))
    return OneOf((replace(fitted, name=FITTED), replace(preset, name=PRESET)), weights=(share, round(1 - share, 9)))


def changes_of(recipe: Operator, fits: Sequence[FieldFit]) -> dict[str, Any]:
    """Return the values that the fits whose verdict is `fitted` give to fields, by their paths.

    A span gets other ends, rounded, and as near to the fitted ones as the rules of its operator allow. Where values are
    far from being spread over it as the recipe's are, the operator becomes a `one_of` of copies that have a part of the
    span each, which is the form of "Crafting Training Degradation Distribution" (Zhang et al., ICML 2023).
    Weights and probabilities become the fitted shares, in hundredths. The order of a `high_order` is written into its
    `last`.
    """
    fitted = [fit for fit in fits if fit.verdict == "fitted"]
    operators, changes = operators_by_path(recipe), {}
    for fit in sorted(fitted, key=lambda fit: fit.field.kind == "span"):  # as directions decide what factors may be
        if fit.field.kind != "order":
            path, name = split(fit.field.path)
            operators[path] = _with_fit(operators[path], name, fit)
            changes[fit.field.path] = getattr(operators[path], name)
    for fit in fitted:
        if fit.field.kind == "span":
            changes = _with_pieces(recipe, changes, fit)
    for fit in fitted:
        if fit.field.kind == "order":
            changes = _with_order(recipe, changes, fit)
    return changes


def _with_fit(operator: Operator, name: str, fit: FieldFit) -> Operator:
    if fit.field.kind == "span":
        width = fit.high - fit.low
        return with_span(operator, name, rounded_end(fit.low, width), rounded_end(fit.high, width))
    return with_value(operator, name, _new_shares(operator, fit))


def _new_shares(operator: Operator, fit: FieldFit) -> Any:
    """Return what the field of weights or of a probability becomes; names that it leaves out stay without weight."""
    shares = dict(zip(fit.field.names, rounded_shares(fit.fitted), strict=True))
    if fit.field.kind == "probability":
        return shares["yes"]
    return (
        [shares.get(name, 0.0) for name in sibling_names(operator.children)] if isinstance(operator, OneOf) else shares
    )


def _with_pieces(recipe: Operator, changes: dict[str, Any], fit: FieldFit) -> dict[str, Any]:
    """Return changes in which a span's operator is a `one_of` of copies, if evidence and rules are for it."""
    path, name = split(fit.field.path)
    operators = operators_by_path(changed(recipe, changes))
    operator, pieces = operators[path], pieces_of(fit)
    if len(pieces) < 2 or isinstance(operator, OneOf) or operator.inner_operators() or _keeps_its_kind(operators, path):
        return changes
    others = {each: value for each, value in changes.items() if split(each)[0] != path}
    try:
        plain = replace(operator, name=None)  # as names are unique among siblings
        copies = [with_value(plain, name, span) for span in _parts_of_span(pieces, operator, name)]
        one_of = OneOf(copies, weights=rounded_shares(tuple(piece.share for piece in pieces)), name=operator.name)
        changed(recipe, others | {path: one_of})
    except RecipeError:
        return changes
    return others | {path: one_of}


def _keeps_its_kind(operators: Mapping[str, Operator], path: str) -> bool:
    """Return whether an operator cannot become one of another kind, as it is the recipe, or is called by its kind."""
    if not path:
        return True
    outer_path = max((each for each in operators if not each or path.startswith(f"{each}.")), key=len)
    outer = operators[outer_path]
    if isinstance(outer, Maybe):  # which has the kind of its child
        return outer.name is None and _keeps_its_kind(operators, outer_path)
    return isinstance(outer, Shuffle) and bool(outer.ordered) and operators[path].name is None


def _parts_of_span(pieces: list[Piece], operator: Operator, name: str) -> list[tuple[float, float]]:
    """Return the spans of the pieces, which together are the one that the operator has; of integers, none is in two."""
    low, high = getattr(operator, name)
    if isinstance(low, int):
        firsts = [math.ceil(piece.low) for piece in pieces[1:]]
        return list(zip([low, *firsts], [*(first - 1 for first in firsts), high], strict=True))
    inner = [rounded_end(piece.low, high - low) for piece in pieces[1:]]
    return list(zip([low, *inner], [*inner, high], strict=True))


def _with_order(recipe: Operator, changes: dict[str, Any], fit: FieldFit) -> dict[str, Any]:
    """Return changes in which two parts stand in a `one_of` of both orders, with weights, or in the only order.

    Those of a HighOrder, which by itself has both orders equally often, are then all in its `last`.
    """
    outer_path, _ = split(fit.field.path)
    operators = operators_by_path(changed(recipe, changes))
    outer = operators[outer_path]
    assert isinstance(outer, HighOrder | Shuffle)
    parts = parts_in_any_order(outer, outer_path)
    first, second = (operators[path] for path in parts)
    shares = rounded_shares(fit.fitted)  # of the first part's being last, and of the second's
    orders = Chain((second, first)), Chain((first, second))
    ordered: Operator = orders[shares.index(1)] if 1 in shares else OneOf(orders, weights=shares)
    if isinstance(outer, HighOrder):
        parts_become: dict[str, Any] = dict(zip(parts, (ordered, None), strict=True))
    elif not _keeps_its_kind(operators, outer_path):
        parts_become = {outer_path: replace(ordered, name=outer.name)}
    else:
        return changes
    return {path: value for path, value in changes.items() if not is_inside(path, *parts_become)} | parts_become
