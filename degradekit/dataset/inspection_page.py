"""An inspection as text, and as one HTML page that needs no other file."""

from collections.abc import Iterable
from contextlib import suppress

from degradekit.dataset.inspecting import Histogram, Inspection
from degradekit.dataset.layout import SKIPPED
from degradekit.dataset.pictures import decode, encode, encoding_of
from degradekit.dataset.row import Row
from degradekit.dataset.training_target import explanation
from degradekit.degradation import Degradation
from degradekit.errors import ImageError
from degradekit.pages import charts, data_url, render
from degradekit.wording import byte_size, counted, printable
from degradekit.yaml_text import write

_BARS = " ▁▂▃▄▅▆▇█"
_SHOWN_LABELS = 8


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
    keeps_both = "hr_usm" in inspection.plan.options.pictures
    return render(
        "inspection.html",
        title=inspection.location,
        facts=_facts(inspection),
        pictures="HR, sharpened HR and LR, from left to right" if keeps_both else "HR left, LR right",
        rows=[_shown_row(row) for row in inspection.rows],
        rows_read=counted(inspection.rows_read, "row"),
        charts=[(each.name, each.differs, _chart(each)) for each in inspection.histograms if not each.is_constant],
        constants=[(each.name, each.labels[0]) for each in inspection.histograms if each.is_constant],
        recipe=write(inspection.plan.recipe_data),
    )


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
    filtered = plan.left_out_by_filters(sum(report.pairs.values()))
    for reason, count in {**report.left_out, **report.counts, **filtered}.items():
        yield "not in it", f"{count}: {reason}"
    if report.skipped:
        yield "not in it", f"{len(report.skipped)}: could not be used, see {SKIPPED}"


def _bars(shares: Iterable[float], highest: float) -> str:
    return "".join(_BARS[max(1, round(share / highest * 8))] if share else _BARS[0] for share in shares)


def _shown_row(row: Row) -> dict[str, object]:
    """Return what a page shows of a row: pictures, caption, and the steps with the size after each."""
    degradation, tile = Degradation.from_json(row.degradation), row.tile
    resized = f" of the photo resized by {tile.factor:.3g}" if tile.factor != 1 else ""
    part = f"{tile.width} x {tile.height} at x {tile.x}, y {tile.y}{resized}"
    size, steps = degradation.size, []
    for index, step in enumerate(degradation.steps, 1):
        size = step.output_size(size)
        steps.append((index, step.op, step, f"{size[1]} x {size[0]}"))
    return {
        "pictures": [_picture_url(data) for data in (row.hr, row.hr_usm, row.lr) if data],
        "caption": f"{row.key}, {part}, variant {row.variant}",
        "steps": steps,
    }


def _picture_url(picture: bytes) -> str:
    encoding = encoding_of(picture)
    if encoding == "uncompressed png":
        with suppress(ImageError):  # it is damaged, and the page shows that
            picture = encode(decode(picture), "png")
    return data_url(picture, "webp" if encoding == "webp" else "png")


def _chart(each: Histogram) -> charts.Histogram:
    ends = None if each.low is None or each.high is None else (f"{each.low:.3g}", f"{each.high:.3g}")
    return charts.Histogram(each.drawn, {"expected": each.expected}, each.labels, ends)
