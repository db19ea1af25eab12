"""An inspection as text of one screen, and as plain data."""

import json
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, zip_longest

from degradekit.dataset.inspecting import Histogram, Inspection
from degradekit.dataset.layout import SKIPPED
from degradekit.dataset.options import Options
from degradekit.dataset.training_target import explanation
from degradekit.wording import byte_size, counted, printable

_WIDTH, _HEIGHT = 80, 22
"""Columns and lines of a report: with the command before and the prompt after it, a screen."""
_NAME, _CHART = 34, 24
_LABEL = 11
_MOST_REASONS = 2
_BARS = " ▁▂▃▄▅▆▇█"


def text(inspection: Inspection) -> str:
    """Return the inspection as text for the terminal, no longer than a screen."""
    lines: list[str] = []
    for name, value in _short_facts(inspection):
        words = textwrap.wrap(printable(value), _WIDTH - _LABEL, break_on_hyphens=False) or [""]
        lines += [f"{name:<{_LABEL}}{words[0]}", *(" " * _LABEL + line for line in words[1:])]
    varying = [each for each in inspection.histograms if not each.is_constant]
    differing = [each for each in varying if each.differs]
    rows = counted(inspection.rows_read, "row")
    verdict = "none differs from what the recipe draws"
    if differing:
        verb = "differs" if len(differing) == 1 else "differ"
        verdict = f"{len(differing)} of {len(varying)} {verb} from what the recipe draws"
    lines += ["", f"parameters drawn in {rows}; {verdict}:"]
    lines += [f"({inspection.why_differing})"] if inspection.why_differing else []
    charts = [_drawn(each) for each in differing] + [[_chart(each, each.drawn)] for each in _taking_turns(varying)]
    shown = 0
    for chart in charts:
        if len(lines) + len(chart) > _HEIGHT - 2:
            break
        lines += chart
        shown += 1
    if len(varying) > shown:
        lines.append(f"and {counted(len(varying) - shown, 'other')}")
    return "\n".join(lines) + "\n"


def to_json(inspection: Inspection) -> str:
    """Return all numbers of the inspection as JSON."""
    report, plan = inspection.report, inspection.plan
    histograms = [vars(each) | {"differs": each.differs} for each in inspection.histograms]
    data = {
        "location": inspection.location,
        "photos": report.photos,
        "pairs": dict(report.pairs),
        "bytes": dict(report.bytes),
        "shards": report.shards,
        "format": report.format,
        "scale": plan.scale,
        "recipe": plan.recipe_data,
        "recipes": dict(inspection.recipes),
        "left_out": _left_out(inspection),
        "noted": dict(report.counts),
        "skipped": len(report.skipped),
        "packages": dict(plan.fingerprint.packages),
        "numerics_probe": plan.fingerprint.probe,
        "digest": report.digest,
        "rows_read": inspection.rows_read,
        "parameters": histograms,
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def facts(inspection: Inspection) -> Iterator[tuple[str, str]]:
    """Yield what is known of a dataset besides its rows, each as a name and its words."""
    report, plan = inspection.report, inspection.plan
    splits = (f"{split} {count} ({byte_size(report.bytes[split])})" for split, count in report.pairs.items())
    yield "photos", str(report.photos)
    yield "pairs", ", ".join(splits)
    yield "made", f"x{plan.scale}, {_tiles(plan.options)}"
    yield "stored", f"{counted(report.shards, 'shard')}, {report.format}"
    for name, count in inspection.recipes.items():
        yield "recipe", f"{name}: {count / inspection.rows_read:.1%} of {counted(inspection.rows_read, 'row')}"
    yield "target", explanation(plan.recipe_data, plan.options.training_target).replace("`", "")
    for reason, count in _left_out(inspection).items():
        yield "left out", f"{count}: {reason}"
    for reason, count in report.counts.items():
        yield "noted", f"{count}: {reason}"
    if report.skipped:
        yield "skipped", f"{counted(len(report.skipped), 'photo')} that could not be used, see {SKIPPED}"
    yield "packages", ", ".join(f"{name} {version}" for name, version in plan.fingerprint.packages.items())
    yield "numerics", plan.fingerprint.probe[:16]
    yield "digest", report.digest


def _left_out(inspection: Inspection) -> dict[str, int]:
    report = inspection.report
    return {**report.left_out, **inspection.plan.left_out_by_filters(sum(report.pairs.values()))}


def _tiles(options: Options) -> str:
    whole = "whole photos" if options.tile == 0 else f"tiles of {options.tile} x {options.tile}, {options.step} apart"
    resized = ", also of photos made smaller" if options.multiscale else ""
    small = {"pad": "", "skip": ", none of smaller photos", "keep": ", smaller photos whole"}[options.small]
    return f"{whole}{resized}{small}, {counted(options.variants, 'variant')} of each, seed {options.seed}"


def _short_facts(inspection: Inspection) -> Iterator[tuple[str, str]]:
    """Yield the facts that fit on a screen: of several of one name the first ones, without long names."""
    counts: defaultdict[str, int] = defaultdict(int)
    for name, value in facts(inspection):
        counts[name] += 1
        if name not in ("packages", "numerics") and counts[name] <= _MOST_REASONS:
            yield name, value if name == "target" else textwrap.shorten(value, 130)
    for name, count in counts.items():
        if count > _MOST_REASONS:
            yield name, f"and {count - _MOST_REASONS} more"


def _taking_turns(histograms: Sequence[Histogram]) -> Iterator[Histogram]:
    """Yield the parameters that do not differ: the first one of each operator, the second one of each, and so on."""
    by_operator: defaultdict[str, list[Histogram]] = defaultdict(list)
    for each in histograms:
        if not each.differs:
            by_operator[each.name.split(" ")[0].rstrip(":")].append(each)
    return (each for each in chain.from_iterable(zip_longest(*by_operator.values())) if each is not None)


def _drawn(each: Histogram) -> list[str]:
    """Return the lines of a parameter that differs: what was drawn, and what the recipe draws."""
    expected = f"{'  what the recipe draws':<{_NAME}}|{_bars(each, each.expected)}|"
    return [_chart(each, each.drawn), expected]


def _chart(each: Histogram, shares: Sequence[float]) -> str:
    name = printable(each.name)
    name = name if len(name) < _NAME else f"{name[: _NAME - 4]}..."
    if each.low is not None and each.high is not None:
        ends = f"{each.low:.3g} .. {each.high:.3g}"
    else:
        ends = printable(" ".join(each.labels))
    line = f"{name:<{_NAME}}|{_bars(each, shares)}|  {ends}"
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..."


def _bars(each: Histogram, shares: Iterable[float]) -> str:
    highest = max((*each.drawn, *each.expected)) or 1.0
    bars = (_BARS[max(1, round(share / highest * 8))] if share else _BARS[0] for share in islice(shares, _CHART))
    return "".join(bars)
