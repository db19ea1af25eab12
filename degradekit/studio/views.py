"""What the studio shows of a draw, as HTML; whatever stands in it is escaped."""

from collections.abc import Mapping
from typing import NamedTuple

from degradekit.dataset.inspecting import Histogram
from degradekit.pages import charts, render
from degradekit.pages.charts import Range
from degradekit.studio.distributions import DRAWS, histograms
from degradekit.studio.draws import Draw, DrawnStep, Enlarge, Filter, enlarged, wall
from degradekit.studio.exports import FILE_NAME, command, full_yaml, python, short_yaml
from degradekit.studio.photos import StudioPhoto
from degradekit.studio.pictures import PictureStore
from degradekit.studio.real_lrs import RealLRs
from degradekit.studio.session import Session
from degradekit.studio.stored_rows import StoredRows
from degradekit.types import Pixels
from degradekit.wording import counted, short_number

WALL = 24
"""Draws of a wall."""
_ROWS = 24
"""Pairs of a dataset that are shown at once."""
_BEYOND = 0.005
"""How far values may lie beyond black and white before the film strip shows it."""


class Panel(NamedTuple):
    """A picture with its title."""

    title: str
    size: str
    url: str


def panels(store: PictureStore, draws: Mapping[str, Draw], method: Filter | Enlarge) -> str:
    """Return HR, LR and enlarged LR side by side, a row for each recipe.

    Args:
        store: Keeps the pictures.
        draws: One draw of each recipe on the same crop, by its name; the name is empty where there is one only.
        method: How LRs are enlarged.
    """
    how = method if isinstance(method, str) else "weights"
    shown = []
    for name, draw in draws.items():
        by = f", {name}" if name else ""
        larger = enlarged(draw.lr, draw.degradation.scale, method)
        pictures = {"HR": draw.hr, f"LR{by}": draw.lr, f"{how}{by}": larger}
        shown += [_panel(store, title, pixels) for title, pixels in pictures.items()]
    height, width = next(iter(draws.values())).hr.shape[:2]
    return render("studio_panels.html", panels=shown, ratio=f"{width} / {height}")


def film_strips(store: PictureStore, draws: Mapping[str, Draw]) -> str:
    """Return the film strip of each recipe; see `panels`."""
    return "".join(film_strip(store, draw, name) for name, draw in draws.items())


def film_strip(store: PictureStore, draw: Draw, title: str = "") -> str:
    """Return the picture after every step, with its parameters."""
    height, width = draw.hr.shape[:2]
    frames = [_frame(store, number, step) for number, step in enumerate(draw.steps, 1)]
    first = {"number": 0, "op": "HR", "text": "the crop", "url": store.put(draw.hr), "size": f"{width} x {height}"}
    return render(
        "studio_strip.html",
        title=title,
        frames=[first | {"parameters": (), "kernel": None}, *frames],
        ratio=f"{width} / {height}",
    )


def _frame(store: PictureStore, number: int, step: DrawnStep) -> dict[str, object]:
    height, width = step.pixels.shape[:2]
    beyond = ""
    if step.low < -_BEYOND or step.high > 1 + _BEYOND:
        beyond = f", values {step.low:.2f} to {step.high:.2f}"
    kernel = step.kernel
    return {
        "number": number,
        "op": step.step.op,
        "text": str(step.step),
        "url": store.put(step.pixels),
        "size": f"{width} x {height}{beyond}",
        "parameters": [(name, _shown(value)) for name, value in step.parameters],
        "kernel": None if kernel is None else _panel(store, f"kernel, {kernel.shape[1]} x {kernel.shape[0]}", kernel),
    }


def _panel(store: PictureStore, title: str, pixels: Pixels) -> Panel:
    return Panel(title, f"{pixels.shape[1]} x {pixels.shape[0]}", store.put(pixels))


def _shown(value: object) -> str:
    text = short_number(value) if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def parameters(session: Session) -> str:
    """Return histograms of what the recipe draws, and of the recipe that it is compared with.

    Raises:
        RecipeError: There is no photo, or a recipe draws what is refused.
    """
    other, words = session.compared_with()
    crop = session.crop()
    size = (crop.pixels.shape[0], crop.pixels.shape[1])
    drawn = histograms(session.recipe, other, size, crop.frame, session.seed)
    return render(
        "studio_parameters.html",
        draws=DRAWS,
        other=words,
        charts=[(each.name, each.differs, _chart(each)) for each in drawn if not each.is_constant],
        constants=[(each.name, each.labels[0]) for each in drawn if each.is_constant],
    )


def wall_of_draws(store: PictureStore, session: Session) -> str:
    """Return the LRs of many seeds.

    Raises:
        RecipeError: As `parameters`.
    """
    crop, seeds = session.crop(), range(session.seed, session.seed + WALL)
    cells = [
        {"seed": seed, "url": store.put(lr)} for seed, lr in zip(seeds, wall(crop, session.recipe, seeds), strict=True)
    ]
    height, width = crop.pixels.shape[:2]
    return render("studio_wall.html", cells=cells, ratio=f"{width} / {height}")


def beside_real(store: PictureStore, session: Session, real: RealLRs) -> str:
    """Return real low-quality photos, draws of the recipe, and the statistics of both.

    Raises:
        DegradekitError: As `parameters`; or an LR is too small to be measured.
    """
    seeds = range(session.seed, session.seed + WALL)
    made = wall(session.crop(), session.recipe, seeds)
    compared = [(each, Range(each.real[::2], each.made[::2], (0.0, 0.0))) for each in real.compared(made)]
    first = [pair for pair in compared if pair[0].is_first]
    others = [pair for pair in compared if not pair[0].is_first]
    return render(
        "studio_real.html",
        real=[_panel(store, photo.name, photo.pixels) for photo in real.photos],
        made=[_panel(store, f"seed {seed}", lr) for seed, lr in zip(seeds, made, strict=True)],
        groups=[("What people look for", first), (counted(len(others), "other statistic"), others)],
    )


def no_photo() -> str:
    """Return how to get a photo, where there is none."""
    return render("studio_no_photo.html")


def no_real_photos() -> str:
    """Return what the real photos are for, where there are none."""
    return render("studio_no_real.html", draws=WALL)


def exports(session: Session) -> str:
    """Return the recipe as a file, a command line and Python code, to be copied.

    Raises:
        RecipeError: The draft breaks a rule.
    """
    draft = session.draft
    texts = [
        ("Recipe file", FILE_NAME, short_yaml(draft)),
        ("Command line", "", command(draft)),
        ("Python", "", python(draft, session.seed)),
        ("Recipe file with every field, explained", FILE_NAME, full_yaml(draft)),
    ]
    return render("studio_export.html", texts=texts)


def _chart(each: Histogram) -> charts.Histogram:
    ends = None if each.low is None or each.high is None else (f"{each.low:.3g}", f"{each.high:.3g}")
    return charts.Histogram(each.drawn, {"expected": each.expected}, each.labels, ends)


def stored_rows(store: PictureStore, rows: StoredRows, where: str) -> str:
    """Return the LRs of pairs of a dataset that meet a condition, those of many all over them.

    Raises:
        DatasetError: The condition cannot be used, or a pair cannot be read.
    """
    matching = rows.matching(where)
    cells = []
    for row in matching[:: max(1, len(matching) // _ROWS)][:_ROWS]:
        pair = rows.pair(row)
        height, width = pair.lr.shape[:2]
        cells.append(
            {
                "ordinal": row.ordinal,
                "name": f"{pair.tile.key(pair.key)}, variant {pair.variant}",
                "steps": row.values["steps"],
                "url": store.put(pair.lr),
                "ratio": f"{width} / {height}",
            }
        )
    return render("studio_rows.html", cells=cells, matching=len(matching), read=len(rows.rows), total=rows.total)


def overview(store: PictureStore, photo: StudioPhoto) -> str:
    """Return the whole photo, on which a click moves the crop."""
    height, width = photo.pixels.shape[:2]
    return render("studio_overview.html", panel=Panel(photo.name, f"{width} x {height}", store.put(photo.overview())))
