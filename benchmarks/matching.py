"""Matches the preset `real-esrgan` with photos of recipes that it is not shown, and compares fit and truth.

Usage: python benchmarks/matching.py HR PHOTOS [--count 60] [--draws 3000] [--only NAME ...]

HR is the folder that a match draws from, PHOTOS the one whose photos the hidden recipes degrade; they should have no
photo in common. Prints two tables, of hidden recipes and of their fields, and writes them to
benchmarks/results/matching.md. The preset is simulated once, and kept by the cache of the matches; the whole takes
about half an hour on two processors.
"""

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

QUIET_SECONDS = 10
"""Time between two lines of progress."""
FEW = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hr", type=Path, help="folder of HR photos that the match draws from")
    parser.add_argument("photos", type=Path, help="folder of other HR photos, which the hidden recipes degrade")
    parser.add_argument("--count", type=int, default=60, help="LRs of each hidden recipe (default: 60)")
    parser.add_argument("--draws", type=int, default=3000, help="draws of a match (default: 3000)")
    parser.add_argument("--workers", type=int, help="processes (default: one for each processor)")
    parser.add_argument("--seed", type=int, default=0, help="seed of tiles and matches (default: 0)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="hidden recipes, by their names in the table")
    given = parser.parse_args()

    import numpy as np
    from matching_recipes import PRESET, SCALE, hidden_recipes, write_lrs
    from matching_recovery import Outcome, field_lines, summary_lines
    from timing import save

    import degradekit

    started = time.monotonic()
    chosen = [hidden for hidden in hidden_recipes() if not given.only or hidden.name in given.only]
    outcomes, qualities = [], {}

    def match(photos: Path) -> degradekit.Match:
        return degradekit.match(
            photos, given.hr, PRESET, scale=SCALE, draws=given.draws, seed=given.seed, workers=given.workers
        )

    with TemporaryDirectory() as folder:
        for index, hidden in enumerate(tqdm(chosen, mininterval=QUIET_SECONDS)):
            lrs = Path(folder) / str(index)
            qualities[hidden.name] = write_lrs(hidden, given.photos, lrs, given.count, given.seed)
            outcomes.append(Outcome.of(hidden, match(lrs)))
        few = Path(folder) / "few"
        write_lrs(chosen[0], given.photos, few, FEW, given.seed)
        refused = match(few)
    lines = [f"{given.count} LRs of each hidden recipe, {given.draws} draws.", "", *summary_lines(outcomes)]
    lines += ["", *field_lines(outcomes), ""]
    for outcome in outcomes:
        if not outcome.hidden.is_inside:
            lines += [f"- {outcome.hidden.name}: {outcome.match.agreement.summary}"]
    lines += [""]
    for outcome in outcomes:
        if true := qualities[outcome.hidden.name]:
            errors = np.abs(np.subtract(outcome.match.real.qualities, true))
            lines += [f"Qualities in the headers of `{outcome.hidden.name}`: at most {max(errors):.2g} from the truth."]
    lines += [f"{FEW} LRs: {'fitted' if refused.is_fitted else 'not fitted, statistics only'}."]
    lines += [f"{(time.monotonic() - started) / 60:.0f} minutes."]
    print("\n".join(lines))
    save("matching", lines)


if __name__ == "__main__":
    main()
