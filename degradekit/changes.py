"""Recipes made from others: with fields changed by their paths, and for another scale."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import zip_longest
from typing import Any

from degradekit.compose import OneOf
from degradekit.errors import NO_VALUE, Mistake, RecipeError
from degradekit.high_order import HighOrder
from degradekit.known_names import unknown_field
from degradekit.operators.base import Operator
from degradekit.strengths import at_strength

_NUMBERS = re.compile(r"[-+.\d]+(e[-+]?\d+)?(\s*,\s*[-+.\d]+(e[-+]?\d+)?)+", re.IGNORECASE)
"""Numbers with commas between them, which YAML takes for text."""

_SHOWN_CHARACTERS = 100
"""Characters of a value that a line about a difference shows."""


def changed(recipe: Operator, changes: Mapping[str, Any]) -> Operator:
    """Return a recipe with other values in some of its fields.

    Args:
        recipe: Any operator.
        changes: The new value of each field, by its path from the recipe: names of fields, and indices of lists, such
            as `stages.1.blur.child.sigma`. A path leads through published stages that are not given, too. Of two
            paths, the shorter one is changed first.

    Raises:
        RecipeError: There is no such field, or a value breaks its rule: one mistake for each.
    """
    root = _Change()
    for path, value in changes.items():
        change = root
        for part in re.sub(r"\[(\d+)\]", r".\1", path).split("."):
            change = change.inner.setdefault(part, _Change())
        change.value = value
    changed: Operator = root.apply(recipe)
    return changed


def varied(make: Callable[[int | None], Operator], changes: Mapping[str, Any]) -> Operator:
    """Return a recipe made for the `scale` among the changes, at the `strength` among them, with the other ones.

    Args:
        make: Returns the recipe for a scale, or for its own scale where this is None.
        changes: See `changed`.

    Raises:
        RecipeError: A change breaks a rule.
    """
    others = dict(changes)
    scale, strength = others.pop("scale", None), others.pop("strength", 1)
    return changed(at_strength(make(scale), strength), others)


def read_settings(texts: Iterable[str]) -> dict[str, Any]:
    """Return changes from texts such as `stages.0.compress.quality=50,95`: a path, and a value in YAML.

    Raises:
        RecipeError: A text is something else.
    """
    from degradekit.yaml_text import parse

    changes = {}
    for text in texts:
        path, equals, value = text.partition("=")
        if not (path and equals and value):
            rule = "must be PATH=VALUE, such as stages.0.compress.quality=50,95"
            raise RecipeError(Mistake("settings", rule, text))
        try:
            changes[path] = parse(f"[{value}]" if _NUMBERS.fullmatch(value.strip()) else value)
        except RecipeError as error:
            raise error.inside(path) from None
    return changes


@dataclass
class _Change:
    """What changes at a path: its value, fields inside of the value, or both."""

    value: Any = NO_VALUE
    inner: dict[str, "_Change"] = field(default_factory=dict)

    def apply(self, value: Any) -> Any:
        """Return a changed value."""
        if self.value is not NO_VALUE:
            value = self.value
        if not self.inner:
            return value
        if isinstance(value, Operator):
            return self._apply_to_operator(value)
        if isinstance(value, Mapping):
            return {**value, **self._applied({**dict.fromkeys(self.inner), **value})}
        if isinstance(value, list | tuple):
            items = {str(index): item for index, item in enumerate(value)}
            return list((items | self._applied(items)).values())
        rule = f"must be an operator, a list or a mapping, as the path goes on with {next(iter(self.inner))!r}"
        raise RecipeError(Mistake("", rule, value))

    def _apply_to_operator(self, operator: Operator) -> Operator:
        """Change all fields at once, as one may need another; parts of fields in what whole ones make of the rest."""
        whole = {name: change.value for name, change in self.inner.items() if not change.inner}
        parts = _Change(inner={name: change for name, change in self.inner.items() if change.inner})
        mistakes: tuple[Mistake, ...] = ()
        base = operator
        try:
            base = replace(operator, **whole)
        except RecipeError as error:
            mistakes = error.mistakes
        written = base.spelled_out
        try:
            changed = parts._applied({each.name: getattr(written, each.name) for each in fields(written)})
        except RecipeError as error:
            raise RecipeError(*mistakes, *error.mistakes) from None
        return replace(operator, **whole, **changed)

    def _applied(self, items: Mapping[str, Any]) -> dict[str, Any]:
        """Return the items that change."""
        new: dict[str, Any] = {}
        mistakes: list[Mistake] = []
        for name, change in self.inner.items():
            if name not in items:
                mistakes.append(_unknown(name, items))
                continue
            try:
                new[name] = change.apply(items[name])
            except RecipeError as error:
                mistakes += error.inside(f"[{name}]" if name.isdecimal() else name).mistakes
        if mistakes:
            raise RecipeError(*mistakes)
        return new


def _unknown(part: str, items: Mapping[str, Any]) -> Mistake:
    """Return the mistake that a path goes on with what is neither a field nor an index."""
    if all(map(str.isdecimal, items)):
        rule = f"must be followed by an index from 0 to {len(items) - 1}" if items else "must have items"
        return Mistake("", rule, part)
    return unknown_field(part, part, items)


def rescaled(recipe: Operator, scale: int) -> Operator:
    """Return a recipe for another scale.

    Args:
        recipe: A HighOrder, whose ranges hold for any scale; a OneOf of such; or one that has the scale already.
        scale: HR side / LR side.

    Raises:
        RecipeError: The recipe's ranges depend on its scale.
    """
    if scale == recipe.lr_scale:
        return recipe
    if isinstance(recipe, HighOrder):
        return replace(recipe, scale=scale)
    if isinstance(recipe, OneOf) and recipe.is_mixture:
        return replace(recipe, children=[rescaled(child, scale) for child in recipe.children])
    rule = "only a high_order recipe can be rescaled; write the scale into the recipe"
    raise RecipeError(Mistake("scale", rule, scale))


def differences(one: Operator, other: Operator) -> list[str]:
    """Return a line for each field that differs between two recipes: its path, the old value and the new one."""
    return [
        f"{path}: {_inline(old)} -> {_inline(new)}" for path, old, new in _differences(one.to_dict(), other.to_dict())
    ]


def _differences(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield the path and both values of what differs; one that is missing is NO_VALUE."""
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = [(name, one.get(name, NO_VALUE), other.get(name, NO_VALUE)) for name in {**one, **other}]
    elif _has_operators(one) and _has_operators(other):
        pairs = [(str(index), *pair) for index, pair in enumerate(zip_longest(one, other, fillvalue=NO_VALUE))]
    else:
        if one != other:
            yield path, one, other
        return
    for name, old, new in pairs:
        yield from _differences(old, new, f"{path}.{name}" if path else name)


def _has_operators(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _inline(value: Any) -> str:
    from degradekit.yaml_text import write_inline

    text = "absent" if value is NO_VALUE else write_inline(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 3] + "..."
