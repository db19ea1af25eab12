"""What a report shows of a match, as plain data: page, JSON and text are all made of this."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from degradekit.extras import installed_version
from degradekit.matching.fields import Field, fields_of
from degradekit.matching.milder import changes_between
from degradekit.matching.recipe_paths import operators_by_path, split, words_of
from degradekit.matching.results import Agreement, Difference, FieldFit, Match
from degradekit.operators.base import Operator
from degradekit.statistics import STATISTICS, Statistic
from degradekit.wording import short_number

_PACKAGES = ("degradekit", "numba", "numpy", "opencv-python", "pillow", "scipy")
_BINS = 24
_TAILS = (0.5, 99.5)
"""Percentiles of all values beyond which they are in the first and the last bin."""


def report_data(match: Match, command: str = "") -> dict[str, Any]:
    """Return what a report shows, the same for equal matches.

    Args:
        match: What was learned.
        command: The command line that made it, if there is one.
    """
    real = match.real
    former = {field.path: field for field in fields_of(match.preset)}
    used = [real.names[index] for index in np.unique(real.photos).tolist()]
    return {
        "summary": match.summary,
        "is_fitted": match.is_fitted,
        "is_changed": match.recipe != match.preset,
        "agreement": match.agreement and _agreement(match.agreement, match.recipe != match.preset),
        "strengths": dict(match.milder.strengths) if match.milder else {},
        "milder": _milder(match),
        "fields": [_field(fit, former[fit.field.path], match.preset) for fit in match.fields],
        "statistics": _statistics(match),
        "twins": [
            {"photo": twin.photo, "is_explained": twin.is_explained, "distance": rounded(twin.distance)}
            for twin in match.twins
        ],
        "photos": {
            "used": used,
            "crops": len(real.statistics),
            "side": real.side,
            "header_qualities": {
                name: rounded(quality) for name, quality in zip(real.names, real.qualities.tolist(), strict=True)
            },
            "unusable": dict(real.unusable),
        },
        "hr_photos": {
            "used": list(match.prior.names) if match.prior else [],
            "unusable": dict(match.prior.unusable) if match.prior else {},
        },
        "draws": {
            "prior": len(match.prior.statistics) if match.prior else 0,
            "fitted": len(match.fitted.statistics) if match.fitted else 0,
        },
        "warnings": list(match.warnings),
        "scale": match.scale,
        "seed": match.seed,
        "versions": {package: installed_version(package) for package in _PACKAGES},
        "command": command,
        "preset": match.preset.to_dict(),
        "recipe": match.recipe.to_dict(),
    }


def rounded(value: float) -> float | None:
    """Return a number with the four digits that are shown of it; None for none."""
    return float(f"{value:.4g}") if math.isfinite(value) else None


def _all_rounded(values: Sequence[float]) -> list[float | None]:
    return [rounded(value) for value in values]


def _agreement(agreement: Agreement, is_changed: bool) -> dict[str, Any]:
    return {
        "is_explained": agreement.is_explained,
        "sentences": list(_sentences(agreement, is_changed)),
        "energy_distance": {
            "prior": rounded(agreement.energy_prior),
            "fitted": rounded(agreement.energy_fitted),
            "chance": rounded(agreement.energy_real),
        },
        "auc": {
            "prior": rounded(agreement.auc_prior),
            "fitted": rounded(agreement.auc_fitted),
            "content": rounded(agreement.auc_content),
        },
    }


def _sentences(agreement: Agreement, is_changed: bool) -> Iterator[str]:
    """Yield in words what the numbers of an agreement mean, as far as they are known."""
    before, after, content = (
        f"{100 * auc:.0f}" for auc in (agreement.auc_prior, agreement.auc_fitted, agreement.auc_content)
    )
    if math.isfinite(agreement.auc_fitted):
        former = f"; with the recipe before the fit, in {before}" if is_changed else ""
        yield (
            f"Shown a real photo and one of the {'fitted ' * is_changed}recipe, a classifier picks the real one in"
            f" {after} of 100 pairs{former}; 50 is chance."
        )
    if math.isfinite(agreement.auc_content):
        yield (
            "Scenes alone make a difference too: LRs that the same recipe makes of two halves of the HR photos are"
            f" separated in at most {content} of 100 pairs, for 9 of 10 random ways to halve them."
        )
    if math.isfinite(agreement.energy_fitted):
        former = f"{short_number(agreement.energy_prior)} from the recipe before the fit and " if is_changed else ""
        yield (
            f"The energy distance is 0 for two sets that are alike. Real photos are {former}"
            f"{short_number(agreement.energy_fitted)} from the {'fitted one' if is_changed else 'recipe'}."
        )
    if math.isfinite(agreement.energy_real):
        yield (
            f"Random halves of the real photos are less than {short_number(agreement.energy_real)} from each other in"
            " 19 of 20 splits, which is chance."
        )


def _milder(match: Match) -> list[dict[str, Any]]:
    """Return the values in which the milder recipe differs from the one that the match started from."""
    former = operators_by_path(match.preset)
    changes = changes_between(match.preset, match.base)
    return [
        {"path": path, "prior": _ends(getattr(former[split(path)[0]], split(path)[1])), "milder": _ends(value)}
        for path, value in changes.items()
    ]


def _ends(value: Any) -> list[float | None]:
    return _all_rounded(sorted({value[0], value[1]}) if isinstance(value, tuple) else (value,))


def _field(fit: FieldFit, former: Field, preset: Operator) -> dict[str, Any]:
    """Return what is known of a field: what both recipes have, and what the photos look like.

    Args:
        fit: The fit.
        former: The field in the recipe that the match started from, which that of the fit may be a milder one of.
        preset: The recipe that the match started from.
    """
    field = fit.field
    is_fitted = fit.verdict == "fitted"
    data: dict[str, Any] = {
        "path": field.path,
        "words": "which comes last" if field.kind == "order" else words_of(field.path, preset),
        "kind": field.kind,
        "verdict": fit.verdict,
        "score": rounded(fit.score),
        "score_name": "R2" if field.kind == "span" else "AUC",
        "photos": fit.photos,
        "photos_needed": fit.photos_needed,
        "condition": fit.condition,
    }
    unfolded = {
        "prior": _all_rounded(fit.prior or field.shares),
        "fitted": _all_rounded(fit.fitted),
        "errors": _all_rounded(fit.errors),
    }
    if field.kind == "span":
        own = (field.low, field.high)
        data["prior"] = _all_rounded((former.low, former.high))
        data["fitted"] = _all_rounded((fit.low, fit.high) if is_fitted else own)
        data["errors"] = _all_rounded((fit.low_error, fit.high_error)) if is_fitted else []
        data["unfolded"] = {"edges": _all_rounded(fit.edges)} | unfolded
    else:
        data["prior"] = _by_name(field.names, field.shares)
        data["fitted"] = _by_name(field.names, fit.fitted if is_fitted else field.shares)
        data["errors"] = _by_name(field.names, fit.errors) if is_fitted else {}
        data["unfolded"] = {"names": list(field.names)} | unfolded
    return data


def _by_name(names: Sequence[str], shares: Sequence[float]) -> dict[str, float | None]:
    return dict(zip(names, _all_rounded(shares), strict=True))


def _statistics(match: Match) -> list[dict[str, Any]]:
    """Return every statistic, the most telling first."""
    columns = {statistic.name: index for index, statistic in enumerate(STATISTICS)}
    compared: Mapping[str, Difference] = {}
    if match.agreement:
        compared = {each.name: each for each in match.agreement.differences}
    samples = {"real": match.real.statistics}
    made = {"prior": match.prior, "fitted": match.fitted if match.recipe != match.preset else None}
    samples |= {role: simulation.statistics for role, simulation in made.items() if simulation}
    order = [*compared, *(name for name in columns if name not in compared)]
    return [
        _statistic(
            STATISTICS[columns[name]],
            {role: values[:, columns[name]] for role, values in samples.items()},
            compared.get(name),
        )
        for name in order
    ]


def _statistic(
    statistic: Statistic, samples: Mapping[str, NDArray[np.float64]], difference: Difference | None
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": statistic.name,
        "meaning": statistic.meaning,
        "unit": statistic.unit,
        "source": statistic.source,
        "medians": {role: rounded(float(np.median(values))) for role, values in samples.items() if len(values)},
        "histogram": _histogram(samples),
    }
    if difference:
        data |= {
            "distance": {"prior": rounded(difference.prior), "fitted": rounded(difference.fitted)},
            "auc": rounded(difference.auc),
            "is_outside": difference.is_outside,
            "suggestion": difference.suggestion,
        }
    return data


def _histogram(samples: Mapping[str, NDArray[np.float64]]) -> dict[str, Any]:
    """Return edges of bins, and the share of each bin among the values of each role."""
    everything = np.concatenate(list(samples.values()))
    if not len(everything):
        return {"edges": []} | {role: [] for role in samples}
    low, high = (float(value) for value in np.percentile(everything, _TAILS))
    edges = np.linspace(low, high if high > low else low + 1, _BINS + 1)
    shares = {
        role: _all_rounded((np.histogram(np.clip(values, low, high), edges)[0] / max(len(values), 1)).tolist())
        for role, values in samples.items()
    }
    return {"edges": _all_rounded(edges.tolist())} | shares
