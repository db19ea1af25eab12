"""Shows where the time of a second-order pair goes: drawing, every step by its role, rounding, record and digests.

Usage: python benchmarks/parts.py [--degradations N] [--rounds N] [--no-sharpen]

Degradations of the same 400 x 400 photo at x4, four for each tile, are drawn and applied step by step, on one thread,
each step to the image that it gets in the chain. Every piece of work counts with its shortest time over the rounds, so
that other load of the machine is left out. What the variants of a tile share is done once for all of them.

The column `library` is a floor: what OpenCV and NumPy take for the same sizes, with 8-bit levels around a codec, every
blur as if it were separable, and every noise as if it were Gaussian. The tables are printed and written to
benchmarks/results/parts.md.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
import straight
from timing import prepare, sample, save

from degradekit import HighOrder
from degradekit.dataset.row import Row, pixel_digest
from degradekit.dataset.tiles import Tile
from degradekit.degradation import Degradation, degrade_all
from degradekit.functional.levels import to_float, to_pixels
from degradekit.step import Step
from degradekit.types import Image, Pixels

SIDE = 400
VARIANTS = 4
TILE = Tile(0, 0, SIDE, SIDE, SIDE, SIDE)
ROLES = {
    "kernel": ("first blur", "second blur", "", "last sinc"),
    "resize": ("first resize", "second resize", "last resize"),
    "noise": ("", "first noise", "second noise"),
    "jpeg": ("", "first JPEG", "second JPEG", "second JPEG"),
}
"""The role of a step, by its operator and the number of resizes before it."""
US, WHOLE, LIBRARY = "degradekit", "in one call", "library"


class Piece(NamedTuple):
    """One piece of work: its part of the pair, the kind of step, who does it, and its index among such pieces."""

    part: str
    kind: str
    who: str
    index: int


class Clock:
    """Keeps the shortest time of each piece of work over the rounds, in milliseconds."""

    def __init__(self) -> None:
        self.least: dict[Piece, float] = {}
        self._counts: dict[tuple[str, str, str], int] = {}

    def start_round(self) -> None:
        self._counts = defaultdict(int)

    def timed(self, part: str, call: Callable[..., Any], *arguments: Any, kind: str = "", who: str = US) -> Any:
        """Time a piece of work, and return its result."""
        started = time.perf_counter()
        result = call(*arguments)
        milliseconds = (time.perf_counter() - started) * 1e3
        piece = Piece(part, kind, who, self._counts[part, kind, who])
        self._counts[part, kind, who] += 1
        self.least[piece] = min(milliseconds, self.least.get(piece, milliseconds))
        return result


def make_pairs(recipe: HighOrder, photo: Pixels, tiles: Iterable[int], clock: Clock) -> None:
    """Make the pairs of all tiles once, piece by piece, and their degradations in one call too."""
    clock.start_round()
    for tile in tiles:
        image = clock.timed("HR to float", to_float, photo)
        drawn = [clock.timed("drawing", draw, recipe, str(tile), variant) for variant in range(VARIANTS)]
        clock.timed("degrade_all", degrade_all, drawn, image, who=WHOLE)
        hr_digest = clock.timed("HR digest", pixel_digest, photo)
        for variant, degradation in enumerate(drawn):
            lr = clock.timed("rounding", to_pixels, apply_steps(degradation, image, clock, not variant))
            record = clock.timed("record to JSON", degradation.to_json)
            clock.timed("LR digest", digest, Row(b"", b"", record, str(tile), TILE, variant, 4), hr_digest, lr)


def draw(recipe: HighOrder, key: str, variant: int) -> Degradation:
    return recipe.sample((SIDE, SIDE), seed=0, key=key, variant=variant)


def digest(row: Row, hr_digest: bytes, lr: Pixels) -> bytes:
    return row.digest(hr_digest, pixel_digest(lr))


def apply_steps(degradation: Degradation, image: Image, clock: Clock, is_first: bool) -> Image:
    resizes = 0
    for step in degradation.steps:
        before = image
        if step.op == "sharpen" and not is_first:  # which all variants share
            image = step(before)
            continue
        operator = step.op.partition(".")[0].replace("sinc", "kernel")
        part = ROLES[operator][resizes] if operator in ROLES else operator
        image = clock.timed(part, step, before, kind=kind_of(step))
        clock.timed(part, library_call(step, before), kind=kind_of(step), who=LIBRARY)
        resizes += operator == "resize"
    return image


def kind_of(step: Step) -> str:
    """Return the step's name, with the field on which its time depends most."""
    fields = ("family", "filter", "channels")
    return f"{step.op} {next((getattr(step, name) for name in fields if hasattr(step, name)), '')}".strip()


def library_call(step: Any, image: Image) -> Callable[[], object]:
    """Return work like that of a step, as OpenCV and NumPy do it."""
    operator = step.op.partition(".")[0]
    if operator == "sharpen":
        return lambda: straight.sharpen(image)
    if operator in ("kernel", "sinc"):
        side = np.full(step.size, 1 / step.size, np.float32)
        return lambda: cv2.sepFilter2D(image, -1, side, side, borderType=cv2.BORDER_REFLECT_101)
    if operator == "resize":
        flag = dict(zip(("area", "bilinear", "bicubic"), straight.FILTERS, strict=True))[step.filter]
        return lambda: cv2.resize(image, (step.width, step.height), interpolation=flag)
    if operator == "noise":
        field = np.empty((*image.shape[:2], 1 if step.channels == "gray" else 3), np.float32)
        return lambda: np.clip(image + cv2.randn(field, 0, 0.1).reshape(field.shape), 0, 1)
    pixels, options = to_pixels(image), [cv2.IMWRITE_JPEG_QUALITY, step.quality]
    return lambda: cv2.imdecode(cv2.imencode(".jpg", pixels, options)[1], cv2.IMREAD_COLOR)


def table(clock: Clock, column: str, pairs: int) -> Iterator[str]:
    """Yield a table of the times by one of the attributes of a piece."""
    times: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for piece, milliseconds in clock.least.items():
        if getattr(piece, column):
            times[getattr(piece, column)][piece.who].append(milliseconds)
    whole = sum(milliseconds for piece, milliseconds in clock.least.items() if piece.who == US)
    yield f"| {column} | times a pair | ms each | ms a pair | share | library, ms a pair |"
    yield "|---|---|---|---|---|---|"
    for name, by in times.items():
        if us := by[US]:
            library = f"{sum(by[LIBRARY]) / pairs:.3f}" if by[LIBRARY] else ""
            figures = f"{sum(us) / len(us):.3f} | {sum(us) / pairs:.3f} | {sum(us) / whole:.1%}"
            yield f"| {name} | {len(us) / pairs:.2f} | {figures} | {library} |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--degradations", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--no-sharpen", action="store_true", help="leave out the sharpening of the HR")
    options = parser.parse_args()
    prepare()
    recipe = HighOrder(sharpen=None) if options.no_sharpen else HighOrder()
    photo = np.ascontiguousarray(sample()[:SIDE, :SIDE])
    clock, tiles = Clock(), range(options.degradations // VARIANTS)
    for _ in range(options.rounds):
        make_pairs(recipe, photo, tiles, clock)
    pairs = len(tiles) * VARIANTS
    who = {who: sum(ms for piece, ms in clock.least.items() if piece.who == who) / pairs for who in (US, WHOLE)}
    lines = [
        f"{pairs} pairs: {who[US]:.3f} ms each, the sum of the parts; {who[WHOLE]:.3f} ms in degrade_all",
        "",
        *table(clock, "part", pairs),
        "",
        *table(clock, "kind", pairs),
    ]
    print(*lines, sep="\n")
    save("parts", lines)


if __name__ == "__main__":
    main()
