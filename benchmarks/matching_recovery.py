"""How near a match comes to what the hidden recipe draws, field by field."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matching_recipes import DRAWS, LAST, QUALITY, Hidden, Values, draws
from scipy.stats import wasserstein_distance

from degradekit.matching.fields import Field
from degradekit.matching.results import FieldFit, Match
from degradekit.matching.rewriting import with_fits

LEAST_R2, LEAST_AUC = 0.3, 0.65
"""Of fields that are seen well enough for their recovery to be asked for."""
MOST_LEFT, MOST_MOVED = 0.4, 0.15
"""What may be left of a narrowed field's distance to the truth; how far other fields may move, in their range."""
NARROWED = 0.08
"""Distance of the truth to the preset from which on a field counts as narrowed, in its range."""


@dataclass(frozen=True)
class Recovery:
    """A field of the preset in the hidden recipe, and what the match has made of it.

    Attributes:
        fit: The match's.
        truth: The draws of the hidden recipe, if known.
        before, after: Distance of the preset's and of the fitted recipe's draws to the truth, in the field's range:
            Wasserstein-1 of numbers, and half the sum of the differences of the shares of names; NaN if not known.
        moved: How far the end or share that has moved the most has moved, in the field's range.
    """

    fit: FieldFit
    truth: Values | None
    before: float
    after: float
    moved: float

    @property
    def is_fitted(self) -> bool:
        """Whether the match has moved it."""
        return self.fit.verdict == "fitted"

    @property
    def is_narrowed(self) -> bool:
        """Whether the hidden recipe draws this field otherwise than the preset."""
        return self.before > NARROWED

    @property
    def is_seen(self) -> bool:
        """Whether the field is seen well enough for its recovery to be asked for."""
        return self.fit.score >= (LEAST_R2 if self.fit.field.kind == "span" else LEAST_AUC)

    @property
    def is_right(self) -> bool:
        """Whether it is recovered where it is narrowed and seen, and stays where it is not narrowed."""
        if self.is_narrowed:
            return not self.is_seen or self.after <= MOST_LEFT * self.before
        return self.moved <= MOST_MOVED


@dataclass(frozen=True)
class Outcome:
    """What a match has made of the photos of a hidden recipe."""

    hidden: Hidden
    match: Match
    recoveries: Sequence[Recovery]

    @classmethod
    def of(cls, hidden: Hidden, match: Match) -> "Outcome":
        """Compare all fields of the preset."""
        before, after = draws(match.preset), fitted_draws(match)
        return cls(hidden, match, [_recovery(fit, hidden.truth, before, after) for fit in match.fields])

    @property
    def wrong(self) -> list[Recovery]:
        """What the acceptance forbids.

        Inside of the preset: narrowed fields that are seen and not recovered, and others that move. Elsewhere: fields
        that move away from a known truth, and any that are fitted where the recipe does not explain the photos, but for
        what is read off the files.
        """
        if self.hidden.is_inside:
            return [each for each in self.recoveries if not each.is_right]
        assert self.match.agreement is not None
        is_read_alone = not self.match.agreement.is_explained
        return [
            each
            for each in self.recoveries
            if each.after > each.before + NARROWED
            or (is_read_alone and each.is_fitted and each.fit.field.path not in (QUALITY, LAST))
        ]


def fitted_draws(match: Match) -> dict[str, Values]:
    """Return what each field of the preset is in many draws of the fitted recipe.

    Where spans are written in parts, as a `one_of` of operators, the parts count together. Shares are those of the fit,
    and the recipe is drawn without a fitted order, which would move operators to other paths.
    """
    drawn = draws(with_fits(match.preset, [fit for fit in match.fields if fit.field.kind != "order"]))
    return {fit.field.path: _fitted_values(fit, drawn) for fit in match.fields}


def _fitted_values(fit: FieldFit, drawn: Mapping[str, Values]) -> Values:
    if fit.field.kind != "span":
        shares = fit.fitted if fit.verdict == "fitted" else fit.field.shares
        counts = np.diff(np.rint(np.cumsum([0, *shares]) * DRAWS)).astype(int)
        return np.repeat(np.array(fit.field.names), counts)
    operator, _, name = fit.field.path.rpartition(".")
    part = re.compile(rf"{re.escape(operator)}(\.children\.\d+)?\.{name}")
    parts = [values[np.isfinite(values)] for path, values in drawn.items() if part.fullmatch(path)]
    values = np.concatenate(parts) if parts else np.array([])
    return values if values.size else np.array([fit.low, fit.high])  # of one value, or never drawn


def _recovery(
    fit: FieldFit, truth: Mapping[str, Values], before: Mapping[str, Values], after: Mapping[str, Values]
) -> Recovery:
    path = fit.field.path
    known = truth.get(path)
    first, then = (np.nan if known is None else distance(fit.field, of[path], known) for of in (before, after))
    return Recovery(fit, known, first, then, moved(fit))


def moved(fit: FieldFit) -> float:
    field = fit.field
    if fit.verdict != "fitted":
        return 0.0
    if field.kind == "span":
        return max(abs(fit.low - field.low), abs(fit.high - field.high)) / (field.high - field.low)
    return float(np.abs(np.subtract(fit.fitted, fit.prior)).max())


def distance(field: Field, one: Values, other: Values) -> float:
    """Return how far apart two distributions of a field are, in its range."""
    if field.kind == "span":
        one, other = (values[np.isfinite(values)] for values in (one, other))
        return float(wasserstein_distance(one, other)) / (field.high - field.low)
    return float(np.abs(shares(field, one) - shares(field, other)).sum() / 2)


def shares(field: Field, values: Values) -> Values:
    """Return how often each name was drawn."""
    drawn = values[values != ""]
    return np.array([np.mean(drawn == name) for name in field.names])


def summary_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the table of hidden recipes."""
    rows = []
    for outcome in outcomes:
        agreement = outcome.match.agreement
        assert agreement is not None
        narrowed = [each for each in outcome.recoveries if each.is_narrowed and each.is_seen]
        others = [each.moved for each in outcome.recoveries if outcome.hidden.is_inside and not each.is_narrowed]
        rows.append(
            (
                outcome.hidden.name,
                "yes" if agreement.is_explained else "no",
                *(f"{auc:.2f}" for auc in (agreement.auc_prior, agreement.auc_fitted, agreement.auc_content)),
                f"{sum(each.is_right for each in narrowed)} of {len(narrowed)}" if narrowed else "-",
                f"{100 * max(others):.0f} %" if others else "-",
                _paths(each for each in outcome.recoveries if each.is_fitted),
                _paths(outcome.wrong),
            )
        )
    header = (
        "hidden recipe",
        "explained",
        "AUC preset",
        "AUC fitted",
        "AUC content",
        "recovered",
        "others moved",
        "fitted",
        "wrong",
    )
    return table(header, rows)


def field_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the table of the fields that are narrowed or fitted."""
    rows = []
    for outcome in outcomes:
        for each in outcome.recoveries:
            fit, field = each.fit, each.fit.field
            if each.is_narrowed or each.is_fitted:
                rows.append(
                    (
                        outcome.hidden.name,
                        f"`{field.path}`",
                        f"{fit.score:.2f}",
                        fit.verdict,
                        "not known" if each.truth is None else _range(field, each.truth),
                        _written(field, field.low, field.high, field.shares),
                        _written(field, fit.low, fit.high, fit.fitted) if each.is_fitted else "the preset's",
                        *("" if np.isnan(value) else f"{value:.3f}" for value in (each.before, each.after)),
                        f"{100 * each.after / each.before:.0f} %" if each.is_narrowed else "",
                    )
                )
    header = (
        "hidden recipe",
        "field",
        "R2 or AUC",
        "verdict",
        "truth",
        "preset",
        "fitted",
        "distance, preset",
        "distance, fitted",
        "left",
    )
    return table(header, rows)


def _paths(recoveries: Iterable[Recovery]) -> str:
    return ", ".join(f"`{each.fit.field.path}`" for each in recoveries) or "-"


def _range(field: Field, values: Values) -> str:
    if field.kind == "span":
        drawn = values[np.isfinite(values)]
        return _written(field, float(drawn.min()), float(drawn.max()), ())
    return _written(field, 0, 0, tuple(shares(field, values)))


def _written(field: Field, low: float, high: float, of_names: Sequence[float]) -> str:
    if field.kind == "span":
        return f"{low:.3g} to {high:.3g}"
    return ", ".join(f"{name} {share:.2f}" for name, share in zip(field.names, of_names, strict=True))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table in Markdown."""
    return [f"| {' | '.join(cells)} |" for cells in (header, ("---",) * len(header), *rows)]
