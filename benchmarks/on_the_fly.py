"""Measures what pairs on the fly cost, from photos, from tiles, and cut out of shards.

Usage: python benchmarks/on_the_fly.py PHOTOS [--rounds N] [--items N] [--workers N]

A time is the CPU time of one item on one thread, the least of some rounds, with tiles of 400 and patches of 256 pixels.
Of a `DataLoader` it is that of all processes together. The last table follows from the first: cores that are busy at a
number of iterations/s with batches of 48.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from time import process_time

import torch
from degradekit_models import OnTheFly, PairPatches
from degradekit_models.photos import open_photos
from torch.utils.data import DataLoader, Dataset

from degradekit.dataset import LocalEngine, Options, synthesize
from degradekit.limits import MAX_PIXELS
from degradekit.presets import preset

BATCH = 48
SHARPENING = preset("real-esrgan")
RECIPES = {
    "real-esrgan": SHARPENING,
    "real-esrgan without sharpening": replace(SHARPENING, sharpen=None),
    "bsrgan": preset("bsrgan"),
}


def milliseconds(call: Callable[[int], object], length: int, options: argparse.Namespace) -> float:
    """Return the least time of a call in some rounds, each with other items."""
    call(0)
    rounds = []
    for index in range(options.rounds):
        start = process_time()
        for item in range(index * options.items, (index + 1) * options.items):
            call(item % length)
        rounds.append(1000 * (process_time() - start) / options.items)
    return min(rounds)


def loaded(pairs: Dataset, workers: int) -> float:
    """Return the time of an item in batches from worker processes."""
    start, items = _cpu_time(), 0
    for batch in DataLoader(pairs, batch_size=BATCH, num_workers=workers, shuffle=True, drop_last=True):
        items += len(batch["lq"])
    return 1000 * (_cpu_time() - start) / items


def _cpu_time() -> float:
    usages = [getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("photos")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--items", type=int, default=48, help="items in a round")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        shards = str(Path(folder, "shards"))
        synthesize(options.photos, shards, SHARPENING, Options(step=400), engine=LocalEngine(workers=0))
        print("| photos | recipe | ms | pairs/s |\n|---|---|---|---|")

        def measure(name: str, what: str, call: Callable[[int], object], length: int) -> float:
            time = milliseconds(call, length, options)
            print(f"| {name} | {what} | {time:.1f} | {1000 / time:.0f} |", flush=True)
            return time

        costs = {}
        for name, source in (("photos", options.photos), ("tiles", shards)):
            opened = open_photos(source, "train", MAX_PIXELS)
            measure(name, "decoding alone", opened.__getitem__, len(opened))
            for what, recipe in RECIPES.items():
                pairs = OnTheFly(source, recipe, patches_per_photo=100)
                time = measure(name, what, pairs.__getitem__, len(pairs))
                costs.setdefault(name, time)
        labeled = OnTheFly(shards, SHARPENING, patches_per_photo=100, labels=True)
        measure("tiles", "real-esrgan with labels", labeled.__getitem__, len(labeled))
        for where in ("device", "cpu"):
            patches = PairPatches(shards, patches_per_tile=100, sharpen=where)
            measure("`PairPatches`", f"sharpened on the {where}", patches.__getitem__, len(patches))

        copies = -(-4 * BATCH // len(opened))
        in_loader = {
            "tiles": loaded(OnTheFly(shards, SHARPENING, patches_per_photo=copies), options.workers),
            "`PairPatches`": loaded(PairPatches(shards, patches_per_tile=copies), options.workers),
        }
        in_loader["photos"] = costs["photos"] + in_loader["tiles"] - costs["tiles"]
        print(
            "\n| cores at iterations/s |", *(f"{rate} |" for rate in (0.5, 1, 2, 4, 8)), "\n|---|---|---|---|---|---|"
        )
        for name, time in in_loader.items():
            print(f"| {name}, {time:.1f} ms |", *(f"{BATCH * rate * time / 1000:.2g} |" for rate in (0.5, 1, 2, 4, 8)))


if __name__ == "__main__":
    main()
