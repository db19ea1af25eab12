"""What the studio shows of a draw, as HTML; whatever stands in it is escaped."""

from collections.abc import Mapping
from typing import NamedTuple

from degradekit.pages import render
from degradekit.studio.draws import Draw, DrawnStep, Enlarge, Filter, enlarged
from degradekit.studio.pictures import PictureStore
from degradekit.types import Pixels
from degradekit.wording import short_number

_BEYOND = 0.005
"""How far values may lie beyond black and white before the film strip shows it."""


class Panel(NamedTuple):
    """A picture with its title."""

    title: str
    size: str
    url: str


def panels(store: PictureStore, draws: Mapping[str, Draw], method: Filter | Enlarge) -> str:
    """Return HR, LR and enlarged LR side by side; the HR once where several recipes are drawn.

    Args:
        store: Keeps the pictures.
        draws: One draw of each recipe on the same crop, by its name; the name is empty where there is one only.
        method: How LRs are enlarged.
    """
    shown = [_panel(store, "HR", next(iter(draws.values())).hr)]
    how = method if isinstance(method, str) else "weights"
    for name, draw in draws.items():
        suffix = f", {name}" if name else ""
        shown.append(_panel(store, f"LR{suffix}", draw.lr))
        shown.append(_panel(store, f"LR enlarged, {how}{suffix}", enlarged(draw.lr, draw.degradation.scale, method)))
    height, width = next(iter(draws.values())).hr.shape[:2]
    return render("studio_panels.html", panels=shown, ratio=f"{width} / {height}")


def film_strip(store: PictureStore, draw: Draw) -> str:
    """Return the picture after every step, with its parameters."""
    height, width = draw.hr.shape[:2]
    frames = [_frame(store, number, step) for number, step in enumerate(draw.steps, 1)]
    first = {"number": 0, "op": "HR", "text": "the crop", "url": store.put(draw.hr), "size": f"{width} x {height}"}
    return render(
        "studio_strip.html", frames=[first | {"parameters": (), "kernel": None}, *frames], ratio=f"{width} / {height}"
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
