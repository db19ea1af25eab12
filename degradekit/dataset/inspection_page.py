"""An inspection as one HTML page that needs no other file."""

from contextlib import suppress

from degradekit.dataset.inspecting import Histogram, Inspection
from degradekit.dataset.inspection_text import facts
from degradekit.dataset.pictures import decode, encode, encoding_of
from degradekit.dataset.row import Row
from degradekit.degradation import Degradation
from degradekit.errors import ImageError
from degradekit.pages import charts, data_url, render
from degradekit.wording import counted
from degradekit.yaml_text import write


def html(inspection: Inspection) -> str:
    """Return the inspection as an HTML page with pictures."""
    keeps_both = "hr_usm" in inspection.plan.options.pictures
    return render(
        "inspection.html",
        title=inspection.location,
        facts=facts(inspection),
        pictures="HR, sharpened HR and LR, from left to right" if keeps_both else "HR left, LR right",
        rows=[_shown_row(row) for row in inspection.rows],
        rows_read=counted(inspection.rows_read, "row"),
        why_differing=inspection.why_differing,
        charts=[(each.name, each.differs, _chart(each)) for each in inspection.histograms if not each.is_constant],
        constants=[(each.name, each.labels[0]) for each in inspection.histograms if each.is_constant],
        recipe=write(inspection.plan.recipe_data),
    )


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
