"""An inspection as text, and as one HTML page that needs no other file."""

import base64
from collections.abc import Iterable
from contextlib import suppress
from html import escape

from degradekit.dataset.inspecting import Histogram, Inspection
from degradekit.dataset.layout import SKIPPED
from degradekit.dataset.pictures import decode, encode, encoding_of
from degradekit.dataset.row import Row
from degradekit.dataset.training_target import explanation
from degradekit.degradation import Degradation
from degradekit.errors import ImageError
from degradekit.wording import byte_size, counted, printable
from degradekit.yaml_text import write

_BARS = " ▁▂▃▄▅▆▇█"
_SHOWN_LABELS = 8
_CHARACTER = 6
"""About the width of a character of a label, in units of a chart, which is 240 wide."""
_UPRIGHT = 20
"""Characters of an upright label, which is as long as a chart is high."""


def text(inspection: Inspection) -> str:
    """Return the inspection as text for the terminal."""
    rows = counted(inspection.rows_read, "row")
    lines = [f"{name:<22}{printable(str(value))}" for name, value in _facts(inspection)]
    lines += ["", f"drawn in {rows}, above what the recipe draws:"]
    for each in inspection.histograms:
        if each.is_constant:
            continue
        mark = "   differs" if each.differs else ""
        labels = [*each.labels[:_SHOWN_LABELS], *["..."] * (len(each.labels) > _SHOWN_LABELS)]
        ends = f"{each.low:g} .. {each.high:g}" if each.low is not None else printable(" ".join(labels))
        highest = max((*each.drawn, *each.expected)) or 1.0
        lines.append(f"{printable(each.name):<38} |{_bars(each.drawn, highest)}|  {ends}{mark}")
        lines.append(f"{'':<38} |{_bars(each.expected, highest)}|")
    constants = [(each.name, each.labels[0]) for each in inspection.histograms if each.is_constant]
    if constants:
        lines += ["", "of a single value:"]
        lines += [f"{printable(name):<38}  {printable(value)}" for name, value in constants]
    return "\n".join(lines) + "\n"


def html(inspection: Inspection) -> str:
    """Return the inspection as an HTML page with pictures."""
    facts = "".join(
        f"<tr><th>{_escaped(name)}</th><td>{_escaped(value)}</td></tr>" for name, value in _facts(inspection)
    )
    rows = "".join(map(_row, inspection.rows))
    rows_read = counted(inspection.rows_read, "row")
    keeps_both = "hr_usm" in inspection.plan.options.pictures
    pictures = "HR, sharpened HR and LR, from left to right" if keeps_both else "HR left, LR right"
    charts = "".join(_chart(each) for each in inspection.histograms if not each.is_constant)
    constants = "".join(
        f"<tr><th>{_escaped(each.name)}</th><td>{_escaped(each.labels[0])}</td></tr>"
        for each in inspection.histograms
        if each.is_constant
    )
    always = f"<h2>Parameters of a single value</h2><table>{constants}</table>" if constants else ""
    recipe = escape(write(inspection.plan.recipe_data))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{_escaped(inspection.location)} - degradekit</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>{_STYLE}</style></head><body>
<h1>{_escaped(inspection.location)}</h1>
<table>{facts}</table>
<h2>Pairs</h2>
<p>{pictures}, enlarged without smoothing.</p>
<div class="rows">{rows}</div>
<h2>Drawn parameters</h2>
<p>Bars: {rows_read} of the dataset. Line: as many fresh draws from its recipe. The number after an
operator counts those of its kind in the chain; how often is how many of them a row has. A red title marks a difference
that chance alone would bring about in fewer than one of 10,000 datasets.</p>
<div class="charts">{charts}</div>
{always}
<h2>Recipe</h2>
<pre>{recipe}</pre>
</body></html>
"""


def _facts(inspection: Inspection) -> Iterable[tuple[str, object]]:
    report, plan = inspection.report, inspection.plan
    yield "photos", report.photos
    for split, count in report.pairs.items():
        yield f"pairs, {split}", f"{count}, {byte_size(report.bytes[split])}"
    yield "shards", f"{report.shards}, {report.format}"
    yield "scale", f"x{plan.scale}"
    yield "training target", explanation(plan.recipe_data, plan.options.training_target).replace("`", "")
    for name in ("tile", "step", "variants", "seed", "multiscale", "small"):
        yield name, getattr(plan.options, name)
    for name, count in inspection.recipes.items():
        yield "recipe", f"{name}: {count / inspection.rows_read:.1%} of {counted(inspection.rows_read, 'row')}"
    yield "packages", ", ".join(f"{name} {version}" for name, version in plan.fingerprint.packages.items())
    yield "numerics probe", plan.fingerprint.probe[:16]
    yield "digest", report.digest
    for reason, count in {**report.left_out, **report.counts}.items():
        yield "not in it", f"{count}: {reason}"
    if report.skipped:
        yield "not in it", f"{len(report.skipped)}: could not be used, see {SKIPPED}"


def _bars(shares: Iterable[float], highest: float) -> str:
    return "".join(_BARS[max(1, round(share / highest * 8))] if share else _BARS[0] for share in shares)


def _row(row: Row) -> str:
    degradation, tile = Degradation.from_json(row.degradation), row.tile
    pictures = "".join(f'<img src="{_data_url(data)}" alt="">' for data in (row.hr, row.hr_usm, row.lr) if data)
    part = f"{tile.width} x {tile.height} at x {tile.x}, y {tile.y}"
    resized = f" of the photo resized by {tile.factor:.3g}" if tile.factor != 1 else ""
    caption = f"<figcaption>{_escaped(row.key)}, {part}{resized}, variant {row.variant}</figcaption>"
    size, steps = degradation.size, ""
    for index, step in enumerate(degradation.steps, 1):
        size = step.output_size(size)
        cells = (index, step.op, step, f"{size[1]} x {size[0]}")
        steps += f"<tr>{''.join(f'<td>{_escaped(cell)}</td>' for cell in cells)}</tr>"
    return f'<figure><div>{pictures}</div>{caption}<table class="steps">{steps}</table></figure>'


def _data_url(picture: bytes) -> str:
    encoding = encoding_of(picture)
    if encoding == "uncompressed png":
        with suppress(ImageError):  # it is damaged, and the page shows that
            picture = encode(decode(picture), "png")
    kind = "webp" if encoding == "webp" else "png"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def _escaped(value: object) -> str:
    """Return text that is neither markup nor moves or hides anything on the page."""
    return escape(printable(str(value)))


def _chart(each: Histogram) -> str:
    """Return an SVG of at most 24 bars."""
    count, high = len(each.labels), max((*each.drawn, *each.expected)) or 1.0
    wide = 240 / max(count, 1)
    bars = "".join(
        f'<rect x="{index * wide:.1f}" y="{100 - share / high * 96:.1f}" width="{max(wide - 1, 1):.1f}"'
        f' height="{share / high * 96:.1f}"/>'
        for index, share in enumerate(each.drawn)
    )
    line = " ".join(
        f"{index * wide:.1f},{100 - share / high * 96:.1f} {(index + 1) * wide:.1f},{100 - share / high * 96:.1f}"
        for index, share in enumerate(each.expected)
    )
    different = ' class="differs"' if each.differs else ""
    return (
        f"<figure><figcaption{different}>{_escaped(each.name)}</figcaption>"
        f'<svg viewBox="0 0 240 120">{bars}<polyline points="{line}"/>{_labels(each, wide)}</svg></figure>'
    )


def _labels(each: Histogram, wide: float) -> str:
    """Return the labels of a chart whose bars are `wide`; words that are longer stand upright in their bars."""
    middles = [((index + 0.5) * wide, label) for index, label in enumerate(each.labels)]
    fit = len(middles) <= 6 and max(map(len, each.labels)) * _CHARACTER <= wide
    if each.low is None and not fit and len(middles) <= 24 and not all(map(_is_number, each.labels)):
        shown = ((x, label if len(label) <= _UPRIGHT else f"{label[: _UPRIGHT - 3]}...") for x, label in middles)
        return "".join(
            f'<text class="upright" transform="translate({x + 3:.0f} 98) rotate(-90)">{_escaped(label)}</text>'
            for x, label in shown
        )
    if each.low is not None:
        ticks = [(0.0, "start", f"{each.low:.3g}"), (240, "end", f"{each.high:.3g}")]
    elif fit:
        ticks = [(x, "middle", label) for x, label in middles]
    else:
        ticks = [(0.0, "start", each.labels[0]), (240, "end", each.labels[-1])]
    return "".join(
        f'<text x="{x:.0f}" y="114" text-anchor="{anchor}">{_escaped(label)}</text>' for x, anchor, label in ticks
    )


def _is_number(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True


_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #222 }
h1 { font-size: 1.5rem; overflow-wrap: anywhere } h2 { font-size: 1.15rem; margin-top: 2.5rem }
table { border-collapse: collapse } th { text-align: left; font-weight: 600; padding: .1rem 1.5rem .1rem 0 }
th, td { vertical-align: top } td { overflow-wrap: anywhere }
figure { margin: 0 } figcaption { font-size: .85rem; font-weight: 600; overflow-wrap: anywhere }
.differs { color: #b00020 }
.rows { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(30rem, 100%), 1fr)); gap: 2rem }
.rows div { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: .4rem }
.rows img { width: 100%; image-rendering: pixelated }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1.2rem }
svg { width: 100% } rect { fill: #9bb8d3 } polyline { fill: none; stroke: #c25500; stroke-width: 1.5 }
text { font-size: 10px; fill: #555 } .upright { font-size: 9px; fill: #222 }
.steps { width: 100%; margin-top: .4rem; font-size: .75rem; background: #f5f5f3 }
.steps td { padding: .1rem .4rem; white-space: nowrap }
.steps td:nth-child(3) { white-space: normal; width: 100% }
pre { font-size: .75rem; overflow-x: auto; background: #f5f5f3; padding: .6rem }
"""
