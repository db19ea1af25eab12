"""How much narrower than the preset's a field must be, and in how many photos, for a match to fit it.

Usage: python benchmarks/matching_power.py HR PHOTOS [--counts 60 200] [--sets 6] [--draws 3000]

HR is the folder that a match learns from, PHOTOS the one whose photos `real-esrgan` degrades; they should have no photo
in common. Of each field that can be seen, a quarter of the range at either end or its middle fifth is hidden from the
match, or one name in 95 % of the draws. Sets of LRs with it are chosen among draws of the preset. Prints a table and
writes it to benchmarks/results/matching-power.md; about half an hour on two processors.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from matching_recipes import Values
    from numpy.typing import NDArray

    from degradekit.matching.fields import Field
    from degradekit.matching.results import FieldFit
    from degradekit.matching.samples import RealCrops, Simulation
    from degradekit.matching.views import View

PARTS = {"lowest quarter": (0.0, 0.25), "middle fifth": (0.4, 0.6), "highest quarter": (0.75, 1.0)}
SHARE = 0.95
"""How often a name is drawn that is drawn most."""
WIDEN = 1.25


@dataclass(frozen=True)
class Narrowing:
    """A field that is narrower than the preset's.

    Attributes:
        path: The field; empty for the preset itself.
        words: How it is narrower.
        weights: (N,) what each draw of the preset counts.
    """

    path: str
    words: str
    weights: "NDArray[np.float64]"


@dataclass
class Tally:
    """What became of sets of one size.

    Attributes:
        recovered: Sets in which the field came near the truth.
        moved: Sets in which another field moved, and should not have.
        needed: The photos that the last match asked for; None for none.
    """

    recovered: int = 0
    moved: int = 0
    needed: int | None = None


def narrowings(field: "Field", drawn: "Values") -> Iterator[Narrowing]:
    """Yield the ways in which a field is made narrower, by what each draw of the preset has."""
    import numpy as np

    if field.kind == "span":
        known = np.isfinite(drawn)
        for words, parts in PARTS.items():
            low, high = (field.low + part * (field.high - field.low) for part in parts)
            inside = known & (drawn >= low) & (drawn <= high)
            yield Narrowing(field.path, words, np.where(known, inside * known.sum() / inside.sum(), 1.0))
        return
    for chosen in field.names:
        changes = {
            name: (1 - SHARE) + SHARE * (name == chosen) / share
            for name, share in zip(field.names, field.shares, strict=True)
        }
        yield Narrowing(field.path, f"{chosen} in 95 %", np.array([changes.get(name, 1.0) for name in drawn]))


def sampled(drawn: "Values", weights: "NDArray[np.float64]") -> "Values":
    """Return what a field is in many draws that count as the weights do."""
    import numpy as np
    from matching_recipes import DRAWS

    rng = np.random.default_rng(0)
    return drawn[rng.choice(len(drawn), DRAWS, p=weights / weights.sum())]


def fitted(fit: "FieldFit", own: "Values") -> "Values":
    """Return what a field is in many draws of the fitted recipe, from those of the preset."""
    import numpy as np

    field = fit.field
    if fit.verdict != "fitted":
        return own
    if field.kind == "span":
        scaled: Values = fit.low + (own - field.low) / (field.high - field.low) * (fit.high - fit.low)
        return scaled
    counts = np.diff(np.rint(np.cumsum([0, *fit.fitted]) * len(own))).astype(int)
    return np.repeat(np.array(field.names), counts)


def tally(
    each: Narrowing,
    size: int,
    sets: int,
    seen: "Sequence[View]",
    learned: "Simulation",
    every: "RealCrops",
    drawn: "Mapping[str, Values]",
) -> Tally:
    """Match sets of LRs in which one field is narrower.

    Args:
        each: The field.
        size: LRs in a set.
        sets: How many sets.
        seen: What all LRs show of each field.
        learned: What matches learn from.
        every: All LRs, each as a photo of its own.
        drawn: What each field is in all LRs.
    """
    import numpy as np
    from matching_recovery import MOST_LEFT, MOST_MOVED, NARROWED, distance, moved

    from degradekit.matching.field_fits import fit_views
    from degradekit.matching.scenes import scenes_of

    result = Tally()
    alike = np.ones(len(each.weights))
    own = {view.field.path: sampled(drawn[view.field.path], alike) for view in seen}
    truth = {view.field.path: sampled(drawn[view.field.path], each.weights) for view in seen}
    before = {view.field.path: distance(view.field, own[view.field.path], truth[view.field.path]) for view in seen}
    for index in range(sets):
        rng = np.random.default_rng([size, index])
        chosen = rng.choice(len(each.weights), size, p=each.weights / each.weights.sum())
        views = [replace(view, real_cells=view.real_cells[chosen]) for view in seen]
        scenes = scenes_of(learned, replace(every, statistics=every.statistics[chosen], photos=chosen))
        fits = fit_views(views, learned.photos, chosen, 0, scenes)
        for fit in fits:
            path = fit.field.path
            if path == each.path:
                left = distance(fit.field, fitted(fit, own[path]), truth[path])
                result.recovered += left <= MOST_LEFT * before[path]
                result.needed = fit.photos_needed
        result.moved += any(
            moved(fit) > MOST_MOVED and before[fit.field.path] <= NARROWED and fit.field.path != each.path
            for fit in fits
        )
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hr", help="folder of HR photos that a match learns from")
    parser.add_argument("photos", help="folder of other HR photos, which are degraded")
    parser.add_argument("--counts", type=int, nargs="+", default=[60, 200], help="LRs in a set (default: 60 200)")
    parser.add_argument("--sets", type=int, default=6, help="sets of each kind and count (default: 6)")
    parser.add_argument("--draws", type=int, default=3000, help="draws of each folder (default: 3000)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the draws (default: 0)")
    given = parser.parse_args()

    import numpy as np
    from matching_recipes import PRESET, SCALE
    from matching_recovery import table
    from timing import save
    from tqdm import tqdm

    from degradekit.dataset.sources import scan
    from degradekit.limits import MAX_PIXELS
    from degradekit.matching.fields import fields_of
    from degradekit.matching.samples import RealCrops
    from degradekit.matching.simulating import simulate
    from degradekit.matching.spans import widened
    from degradekit.matching.surveying import crop_side, survey
    from degradekit.matching.views import views_of

    hr, photos = (survey(scan(folder), MAX_PIXELS) for folder in (given.hr, given.photos))
    side = min(crop_side((), known.photos, SCALE) for known in (hr, photos))
    learned = simulate(widened(PRESET, WIDEN), hr, side, given.draws, given.seed)
    degraded = simulate(PRESET, photos, side, given.draws, given.seed + 1)
    rows = np.arange(len(degraded.statistics))
    no_headers = np.full(len(rows), np.nan)
    every = RealCrops(degraded.statistics, rows, degraded.corners, tuple(map(str, rows)), no_headers, side, {})
    seen = [view for view in views_of(fields_of(PRESET), learned, every) if view.is_identifiable]
    hidden = [Narrowing("", "the preset itself", np.ones(len(rows)))]
    hidden += [each for view in seen for each in narrowings(view.field, degraded.drawn[view.field.path])]
    lines = []
    for each in tqdm(hidden, mininterval=10):
        tallies = [tally(each, size, given.sets, seen, learned, every, degraded.drawn) for size in given.counts]
        needed = next((f"{of_size.needed:,}" for of_size in tallies if of_size.needed is not None), "-")
        recovered = [f"{of_size.recovered} of {given.sets}" if each.path else "-" for of_size in tallies]
        moved = [f"{of_size.moved} of {given.sets}" for of_size in tallies]
        lines.append((f"`{each.path}`" if each.path else "-", each.words, needed, *recovered, *moved))
    header = ("field", "narrowed to", "photos needed", *(f"recovered, {size} LRs" for size in given.counts))
    header += tuple(f"another field moved, {size} LRs" for size in given.counts)
    result = table(header, lines)
    print("\n".join(result))
    save("matching-power", result)


if __name__ == "__main__":
    main()
