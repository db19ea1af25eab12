"""Compares the speed of every operator of the catalogue with that of other libraries.

Usage: python benchmarks/operators.py [--rounds N] [--seconds S] [--only TEXT]   (or: make bench)

Each row is a step of typical_steps.py on the same 400 x 400 photo, called as it is in a degradation; a step of the
catalogue without a row is named and makes the command fail. Its peers are in step_peers.py, peer_albumentations.py and
peer_kornia.py; those that are not installed are reported and left out. timing.py explains how the times are taken:
these are the process's CPU time, in which other work on the machine counts little, as no step waits. The table is
printed and written to benchmarks/results/operators.md.
"""

import argparse
import statistics
import sys
from time import process_time

import numpy as np
from timing import Contender, prepare, sample, save, time_in_turn
from typical_steps import SIDE, missing, typical_steps

from degradekit.functional.levels import to_float
from degradekit.step import Step

HEADER = ("| step | degradekit, ms | min to max | who else: ms (theirs / degradekit's) |", "|---|---|---|---|")


def peers_of(image: np.ndarray, steps: dict[str, Step]) -> dict[str, list[Contender]]:
    """Return the other contenders of each row."""
    peers: dict[str, list[Contender]] = {row: [] for row in steps}
    for name in ("step_peers", "peer_albumentations", "peer_kornia"):
        try:
            module = __import__(name)
        except ImportError as error:
            print(f"{name} is left out, as it cannot be imported ({error})", file=sys.stderr)
            continue
        offered = module.rows(image, steps) if name == "step_peers" else module.step_rows(image, steps)
        for row, contenders in offered.items():
            peers[row] += contenders
    return peers


def line(row: str, contenders: list[Contender], rounds: list[list[float]]) -> str:
    """Return a row's line: degradekit's time, its range, and each peer's time and ratio."""
    ours = [times[0] for times in rounds]
    others = []
    for column, contender in enumerate(contenders[1:], 1):
        ratio = statistics.median(times[column] / times[0] for times in rounds)
        median = statistics.median(times[column] for times in rounds)
        others.append(f"{contender.name}: {median:.2f} ({ratio:.2f})")
    text = f"{statistics.median(ours):.2f} | {min(ours):.2f} to {max(ours):.2f} | {'; '.join(others)} |"
    return f"| {row} | {text}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7, help="how often each contender has its turn")
    parser.add_argument("--seconds", type=float, default=0.2, help="how long a contender is called in each round")
    parser.add_argument("--only", default="", help="measure only rows whose name contains this text")
    options = parser.parse_args()
    prepare()
    image = to_float(np.ascontiguousarray(sample()[:SIDE, :SIDE]))
    steps = typical_steps()
    lines = [*HEADER]
    for row, peers in peers_of(image, steps).items():
        if options.only in row:
            contenders = [Contender("degradekit", lambda _, step=steps[row]: step(image)), *peers]
            lines.append(line(row, contenders, time_in_turn(contenders, options.rounds, options.seconds, process_time)))
            print(lines[-1], flush=True)
    save("operators", lines)
    if without := missing(steps):
        sys.exit(f"typical_steps.py has no row for: {', '.join(without)}")


if __name__ == "__main__":
    main()
