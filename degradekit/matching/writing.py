"""A fitted recipe as the text of a file, which is short and lists what was fitted."""

from collections import Counter
from dataclasses import fields
from textwrap import wrap
from typing import Any

from degradekit.errors import RecipeError
from degradekit.matching.fields import Field, fields_of
from degradekit.matching.milder import changes_between
from degradekit.matching.recipe_paths import is_inside
from degradekit.matching.results import Match, strengths_in_words
from degradekit.matching.rewriting import FITTED, PRESET, changes_of, mixed, with_fits
from degradekit.operators.base import Operator, to_plain
from degradekit.presets import PRESETS, preset
from degradekit.wording import counted, printable
from degradekit.yaml_text import write

_KEPT = {
    "not identifiable": "leave no trace in an LR",
    "unchanged": "differ from the photos by no more than chance",
    "weak": "are seen too weakly to be fitted",
}


def write_fitted(match: Match, *, name: str = "", share: float = 1.0) -> str:
    """Return the YAML of the fitted recipe, with a heading that lists the fitted fields and their former values.

    A recipe that started from a preset is written as that with changes (`extends`), so that the numbers which come from
    photos stand by themselves. Another one is written in full: it may be in a file, which may move.

    Args:
        match: The match.
        name: What the recipe is called in the heading, such as the name of its file; by default that of the preset.
        share: How often the fitted recipe is drawn; otherwise it is the one that it started from.

    Raises:
        RecipeError: The share is not between 0 and 1.
    """
    base = _equal_preset(match.preset)
    changes = _changes(match)
    if share == 1 or not match.is_fitted:
        data = _plain(match.preset, base, changes, with_fits(match.base, match.fields))
    else:
        mixture = mixed(match.recipe, match.preset, share)
        fitted, former = mixture.children
        children = [
            _plain(match.preset, base, {"name": FITTED} | changes, fitted),
            _plain(match.preset, base, {"name": PRESET}, former),
        ]
        data = mixture.to_dict() | {"children": children}
    return _heading(match, name or base or "a recipe", share) + write(data)


def _changes(match: Match) -> dict[str, Any]:
    """Return what differs from the preset: what makes it milder, but for what the fits change, and the fits."""
    fitted = changes_of(match.base, match.fields)
    milder = changes_between(match.preset, match.base)
    return {path: value for path, value in milder.items() if not is_inside(path, *fitted)} | fitted


def _plain(preset: Operator, base: str, changes: dict[str, Any], recipe: Operator) -> dict[str, Any]:
    if not base:
        return recipe.to_dict()
    scale = {} if preset.lr_scale == PRESETS[base].scale else {"scale": preset.lr_scale}
    return {"extends": base} | scale | {path: _brief(value) for path, value in changes.items()}


def _brief(value: Any) -> Any:
    """Return plain data without the fields of operators that are as they would be anyway."""
    if isinstance(value, tuple):
        return [_brief(item) for item in value]
    if not isinstance(value, Operator):
        return to_plain(value)
    values: dict[str, Any] = {field.name: getattr(value, field.name) for field in fields(value)}
    for name in list(values):
        rest = {each: values[each] for each in values if each != name}
        try:
            values = rest if type(value)(**rest) == value else values
        except RecipeError:  # of a field that must be given
            continue
    return {"op": value.op} | {name: _brief(each) for name, each in values.items()}


def _equal_preset(recipe: Operator) -> str:
    """Return the name of the preset that a recipe is, "" if it is none."""
    for each in PRESETS:
        try:
            if recipe.lr_scale is not None and preset(each, recipe.lr_scale) == recipe:
                return each
        except RecipeError:  # of a scale that this preset does not have
            continue
    return ""


def _heading(match: Match, name: str, share: float) -> str:
    photos = counted(len(match.real.names), "photo")
    if not match.is_fitted:
        return f"# {printable(name)} as it is: degradekit match had {photos}, which are too few for a fit.\n"
    fitted = [fit for fit in match.fields if fit.verdict == "fitted"]
    is_changed = match.recipe != match.preset
    lines = [f"{name}, fitted to {photos} by degradekit match."]
    if not is_changed:
        lines = [f"{name} as it is: degradekit match has fitted nothing to {photos}."]
    if share < 1:
        lines += [f"{share:.0%} of the draws are from the fitted recipe, the others from {name} itself."]
    lines += [match.agreement.summary] if match.agreement else []
    if match.milder:
        lines += [f"Fitted from {name} with {strengths_in_words(match.milder.strengths)}."]
    lines += [
        f"Fitted: {len(fitted)} of {counted(len(match.fields), 'field')}{', which were before:' if fitted else '.'}"
    ]
    former = {field.path: field for field in fields_of(match.preset)}
    for fit in fitted:
        lines.append(f"- {fit.field.path}: {_former(former[fit.field.path])} (by {counted(fit.photos, 'photo')})")
    kept = Counter[str](fit.verdict for fit in match.fields)
    others = [f"{kept[verdict]} {words}" for verdict, words in _KEPT.items() if kept[verdict]]
    before = "those of the milder recipe" if match.milder else "as before"
    lines += [f"Other fields are {before}: {', '.join(others)}."] if others else []
    wrapped = (part for line in lines for part in wrap(printable(line), 108, subsequent_indent="  "))
    return "".join(f"# {line}\n" for line in wrapped)


def _former(field: Field) -> str:
    if field.kind == "span":
        return f"{field.low:g} to {field.high:g}"
    return ", ".join(f"{name} {share:.2g}" for name, share in zip(field.names, field.shares, strict=True))
