"""A match as a page, as JSON, and as text for the terminal."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from degradekit.encoders import encode
from degradekit.matching.cautions import STANDING
from degradekit.matching.report_data import report_data
from degradekit.matching.results import Match, strengths_in_words
from degradekit.matching.writing import write_fitted
from degradekit.modes import Picture
from degradekit.pages import data_url, render
from degradekit.pages.charts import Histogram, Range
from degradekit.types import Pixels
from degradekit.wording import counted, printable, short_number

_VERDICTS = {
    "fitted": "the photos differ from the recipe in it by more than chance, and the fitted recipe has what they show",
    "unchanged": "the photos show it, and differ from the recipe in it by no more than chance",
    "weak": "what the photos show of it is not sure enough, or the recipe does not explain them; it stays as it is",
}
"""What each verdict means, those first that a reader looks for first."""
_UNSEEN = "not identifiable"
_TELLING = 12
"""Statistics that a page shows at once; the others are folded."""
_CHANCE = 0.5
"""The AUC of a classifier that does no better than chance."""
_TEXT_FIELDS, _TEXT_WARNINGS = 8, 4
"""Lines that fit onto a screen."""
_WIDE, _NARROW = 36, 15
"""Characters of the columns of the text."""


def html(match: Match, command: str = "") -> str:
    """Return a match as an HTML page that needs no other file.

    Args:
        match: What to show.
        command: The command line that made it, if there is one.
    """
    report = report_data(match, command)
    seen, unseen = _seen(report), [each for each in report["fields"] if each["verdict"] == _UNSEEN]
    statistics = [(each, _statistic_chart(each["histogram"])) for each in report["statistics"]]
    return render(
        "match.html",
        title=_title(report),
        report=report,
        comparisons=_comparisons(report),
        seen=[(each, _range(each), _field_chart(each)) for each in seen],
        unseen=unseen,
        verdicts={name: words for name, words in _VERDICTS.items() if name in {each["verdict"] for each in seen}},
        telling=statistics[:_TELLING],
        others=statistics[_TELLING:],
        suggestions=[each for each in report["statistics"] if each.get("suggestion")],
        twins=[(twin, _picture_url(twin.real), _picture_url(twin.synthetic)) for twin in match.twins],
        qualities=sorted(each for each in report["photos"]["header_qualities"].values() if each is not None),
        recipe=write_fitted(match),
    )


def to_json(match: Match, command: str = "") -> str:
    """Return a match as JSON: all that a page shows but its pictures, by the names of docs/matching.md.

    Args:
        match: What to write.
        command: The command line that made it, if there is one.
    """
    return json.dumps(report_data(match, command), indent=2, allow_nan=False) + "\n"


def text(match: Match) -> str:
    """Return the most important of a match as text for the terminal, no longer than a screen.

    Warnings that hold for every match are on the page alone.
    """
    report = report_data(match)
    lines = [report["summary"]]
    if agreement := report["agreement"]:
        distance, auc = agreement["energy_distance"], agreement["auc"]
        lines += [
            "",
            f"{'real photos against':<{_WIDE}}{'recipe':>{_NARROW}}{'fitted':>{_NARROW}}{'chance':>{_NARROW}}",
        ]
        for name, values in (
            ("energy distance", (distance["prior"], distance["fitted"], distance["chance"])),
            ("AUC of a classifier", (auc["prior"], auc["fitted"], _CHANCE)),
        ):
            lines.append(f"{name:<{_WIDE}}" + "".join(f"{short_number(value):>{_NARROW}}" for value in values))
    if seen := _seen(report):
        lines += ["", f"{'seen in the photos':<{_WIDE}}{'recipe':>{_NARROW}}{'fitted':>{_NARROW}}  verdict"]
    for each in seen[:_TEXT_FIELDS]:
        after = _range_text(each["fitted"]) if each["fitted"] != each["prior"] else ""
        before = f"{_range_text(each['prior']):>{_NARROW}}"
        lines.append(f"{each['path']:<{_WIDE}}{before}{after:>{_NARROW}}  {each['verdict']}")
    if len(seen) > _TEXT_FIELDS:
        lines.append(f"and {counted(len(seen) - _TEXT_FIELDS, 'other field')}")
    if unseen := len(report["fields"]) - len(seen):
        recipe = "milder recipe" if report["strengths"] else "recipe"
        lines.append(f"not identifiable in one LR, so as in the {recipe}: {counted(unseen, 'field')}")
    if report["strengths"]:
        lines.append(f"milder than the recipe: {strengths_in_words(report['strengths'])}")
    if report["agreement"] and not report["is_changed"]:
        lines.append("nothing is fitted: the recipe stays as it was")
    special = [warning for warning in report["warnings"] if warning not in (*STANDING, report["summary"])]
    lines += ["", *special[:_TEXT_WARNINGS]]
    return "\n".join(map(printable, lines)).rstrip() + "\n"


def _title(report: Mapping[str, Any]) -> str:
    photos = counted(len(report["photos"]["used"]), "real photo")
    if report["is_changed"]:
        return f"A recipe fitted to {photos}"
    return f"{photos} beside a recipe" if report["agreement"] else f"Statistics of {photos}"


def _seen(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the fields that can be seen, those first that are fitted."""
    return [each for verdict in _VERDICTS for each in report["fields"] if each["verdict"] == verdict]


class Comparison(NamedTuple):
    """What real photos are compared with, and how well they agree; a meter shows a number as a share of its width."""

    name: str
    css_class: str
    distance: float | None
    distance_meter: float
    auc: float | None
    auc_meter: float


def _comparisons(report: Mapping[str, Any]) -> list[Comparison]:
    agreement = report["agreement"]
    if agreement is None:
        return []
    distances, aucs = agreement["energy_distance"], agreement["auc"]
    longest = max(filter(None, distances.values()), default=1.0)
    before = "the recipe before the fit" if report["is_changed"] else "the recipe"
    rows = [(before, "prior", distances["prior"], aucs["prior"])]
    if report["is_changed"]:
        rows.append(("the fitted recipe", "fitted", distances["fitted"], aucs["fitted"]))
    rows.append(("other real photos: chance", "real", distances["chance"], _CHANCE))
    return [
        Comparison(name, css_class, distance, max((distance or 0) / longest, 0), auc, max(2 * (auc or 0) - 1, 0))
        for name, css_class, distance, auc in rows
    ]


def _range(field: Mapping[str, Any]) -> Range | None:
    if field["kind"] != "span":
        return None
    return Range(tuple(field["prior"]), tuple(field["fitted"]), field["errors"])


def _field_chart(field: Mapping[str, Any]) -> Histogram | None:
    """Return what a field looks like in the photos, over the recipe; None where nothing is known of that."""
    unfolded = field["unfolded"]
    shares, prior, errors = (_drawable(unfolded[name]) for name in ("fitted", "prior", "errors"))
    if not shares:
        return None
    lines = {"prior": prior} if prior else {}
    edges = _drawable(unfolded.get("edges", ()))
    ends = (short_number(edges[0]), short_number(edges[-1])) if edges else None
    return Histogram(shares, lines, unfolded.get("names", ()), ends, edges, errors)


def _statistic_chart(histogram: Mapping[str, Any]) -> Histogram:
    edges = histogram["edges"]
    lines = {name: _drawable(histogram[name]) for name in ("prior", "fitted") if name in histogram}
    ends = (short_number(edges[0]), short_number(edges[-1])) if edges else ("", "")
    return Histogram(_drawable(histogram["real"]), lines, ends=ends)


def _drawable(values: Iterable[float | None]) -> list[float]:
    return [value or 0.0 for value in values]


def _range_text(value: Any) -> str:
    """Return the ends of a span, or the names with their shares."""
    if isinstance(value, Mapping):
        name, share = max(value.items(), key=lambda item: item[1] or 0)
        return f"{name} {share or 0:.0%}"
    return f"{short_number(value[0])} .. {short_number(value[1])}"


def _picture_url(pixels: Pixels) -> str:
    return data_url(encode(".png", Picture(pixels)), "png")
