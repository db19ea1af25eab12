"""Measures which fields of presets leave a trace in a single LR, by regressions that are tested on photos unseen.

Usage: python benchmarks/matching_fields.py HR [--presets NAME ...] [--draws 3000]

HR is the folder that the LRs are drawn from. Prints a table for each preset and writes them to
benchmarks/results/matching-fields.md: each field with its R2 or AUC, as a match scores it, and where it is seen. The
score is out of fold: no LR of an HR photo is predicted by a regression that has seen another of that photo. The draws
are kept by the cache of the matches; without it, a preset takes about two minutes on two processors.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from degradekit.matching.samples import RealCrops
    from degradekit.matching.views import View
    from degradekit.operators.base import Operator

PRESETS = ("real-esrgan", "bsrgan", "gfpgan")
"""A recipe of two stages, one of shuffled operators, and one for faces."""
WIDEN = 1.25
"""How much wider than a preset's ranges a match draws."""


def views(recipe: "Operator", photos: Path, count: int, seed: int, workers: int | None) -> "tuple[View, ...]":
    """Return what LRs of a recipe show of each of its fields."""
    from degradekit.dataset.sources import scan
    from degradekit.limits import MAX_PIXELS
    from degradekit.matching.fields import fields_of
    from degradekit.matching.simulating import simulate
    from degradekit.matching.spans import widened
    from degradekit.matching.surveying import crop_side, survey
    from degradekit.matching.views import views_of

    hr = survey(scan(str(photos)), MAX_PIXELS)
    side = crop_side((), hr.photos, recipe.lr_scale or 1)
    simulation = simulate(widened(recipe, WIDEN), hr, side, count, seed, workers=workers)
    return views_of(fields_of(recipe), simulation, no_photos(side))


def no_photos(side: int) -> "RealCrops":
    """Return crops of no real photo, as it is the draws alone that show what is seen."""
    import numpy as np

    from degradekit.matching.samples import RealCrops
    from degradekit.statistics import STATISTICS

    integers = np.empty(0, np.int64)
    return RealCrops(
        np.empty((0, len(STATISTICS))), integers, integers.reshape(0, 2), (), np.empty(0), side, unusable={}
    )


def preset_lines(name: str, recipe: "Operator", seen: "Sequence[View]") -> Iterator[str]:
    """Yield the table of a preset, those fields first that are seen best, with a line that counts them."""
    from matching_recovery import table

    from degradekit.matching.recipe_paths import words_of

    rows = [
        (
            f"`{view.field.path}`",
            words_of(view.field.path, recipe),
            f"{'R2' if view.field.kind == 'span' else 'AUC'} {view.score:.2f}",
            view.condition,
            "yes" if view.is_identifiable else "no",
        )
        for view in sorted(seen, key=lambda view: (not view.is_identifiable, view.field.kind != "span", -view.score))
    ]
    identifiable = sum(view.is_identifiable for view in seen)
    yield from (f"`{name}`: {identifiable} of {len(seen)} fields leave a trace.", "")
    yield from (*table(("field", "what it is", "score", "where", "identifiable"), rows), "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hr", type=Path, help="folder of HR photos to draw from")
    parser.add_argument("--presets", nargs="+", default=PRESETS, metavar="NAME", help="recipes, by their names")
    parser.add_argument("--draws", type=int, default=3000, help="draws of each preset (default: 3000)")
    parser.add_argument("--workers", type=int, help="processes (default: one for each processor)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the draws (default: 0)")
    given = parser.parse_args()

    from timing import save

    from degradekit.presets import preset

    started = time.monotonic()
    lines = [f"{given.draws} draws of each preset, seed {given.seed}.", ""]
    for name in given.presets:
        recipe = preset(name)
        seen = views(recipe, given.hr, given.draws, given.seed, given.workers)
        lines += preset_lines(name, recipe, seen)
    lines += [f"{(time.monotonic() - started) / 60:.0f} minutes."]
    print("\n".join(lines))
    save("matching-fields", lines)


if __name__ == "__main__":
    main()
