"""Trains a small network on LRs of a preset, of a recipe fitted to a hidden one's photos, and of the hidden one.

Usage: python benchmarks/matching_training.py HR PHOTOS TEST [OPTIONS]   (with --help)

The match draws from HR and sees LRs that the hidden recipe makes of PHOTOS. The networks are trained on tiles of HR,
and tested on LRs that the hidden recipe makes of TEST; no two of the three folders should have a photo in common. All
networks of a seed have the same first weights, tiles, patches and order. The gain of a recipe is its PSNR minus the
preset's, on the same LR and with the same seed; there is a standard error over photos, and one over seeds. Prints the
table and writes it to benchmarks/results/matching-training.md. Takes about 25 minutes on one processor, the match's
draws not counted.
"""

import argparse
import math
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from degradekit.types import Pixels

T = TypeVar("T")
TILE_SIDE = 256
QUIET_SECONDS = 10
"""Time between two lines of progress."""
MIX = 0.7
"""Share of the fitted recipe where it is mixed with the preset."""
TESTED_FROM, TRAINED_FROM = 10_000, 20_000
"""Where the indices of LRs begin, from which the hidden recipe draws, so that no LR has the draw of another."""
HIDDEN = "several fields"


class Gain(NamedTuple):
    """How much better one recipe is than another, in dB, with its standard errors over photos and over seeds."""

    mean: float
    error_of_photos: float
    error_of_seeds: float


def gain_over(better: NDArray[np.float64], worse: NDArray[np.float64], photos: NDArray[np.int64]) -> Gain:
    """Compare two recipes by their PSNRs, (seeds, LRs), where LRs of the same photo count as one."""
    gains = better - worse
    by_photo = [gains[:, photos == photo].mean() for photo in np.unique(photos)]
    return Gain(float(gains.mean()), _standard_error(by_photo), _standard_error(gains.mean(axis=1)))


def _progress(items: Sequence[T], name: str) -> Collection[T]:
    return tqdm(items, name, mininterval=QUIET_SECONDS)


def _standard_error(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else math.nan


def choose_tiles(photos: Path, count: int, seed: int) -> tuple[list[Pixels], NDArray[np.int64]]:
    """Cut tiles at random, equally many of each photo, and return them with the index of each one's photo."""
    from degradekit.dataset.sources import scan
    from degradekit.picture_files import decode

    rng = np.random.default_rng(seed)
    sources = list(scan(str(photos)))
    indices = np.sort(np.arange(count) % len(sources))
    tiles = []
    for index, times in zip(*np.unique(indices, return_counts=True), strict=True):
        photo = decode(sources[index].read())
        for _ in range(times):
            y, x = (int(rng.integers(0, side - TILE_SIDE + 1)) for side in photo.shape[:2])
            tiles.append(np.ascontiguousarray(photo[y : y + TILE_SIDE, x : x + TILE_SIDE]))
    return tiles, indices


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hr", type=Path, help="folder of HR photos to match with and to train on")
    parser.add_argument("photos", type=Path, help="folder of photos whose LRs the match sees")
    parser.add_argument("test", type=Path, help="folder of photos to test on")
    parser.add_argument("--hidden", default=HIDDEN, help=f"hidden recipe, as in matching.py (default: {HIDDEN})")
    parser.add_argument("--count", type=int, default=60, help="LRs that the match sees (default: 60)")
    parser.add_argument("--draws", type=int, default=3000, help="draws of the match (default: 3000)")
    parser.add_argument("--tiles", type=int, default=600, help="pairs to train on (default: 600)")
    parser.add_argument("--test-tiles", type=int, default=96, help="pairs to test on (default: 96)")
    parser.add_argument("--iterations", type=int, default=800, help="iterations of each network (default: 800)")
    parser.add_argument("--seeds", type=int, default=3, help="networks of each recipe (default: 3)")
    given = parser.parse_args()

    from fidelity_training import Enlarge, bicubic, evaluate, train
    from matching_recipes import PRESET, SCALE, by, hidden_recipes, write_lrs
    from matching_recovery import table
    from timing import prepare, save

    import degradekit
    from degradekit.matching.rewriting import mixed

    prepare()
    started = time.monotonic()
    hidden = next(each for each in hidden_recipes() if each.name == given.hidden)
    with TemporaryDirectory() as folder:
        lrs = Path(folder) / "lrs"
        write_lrs(hidden, given.photos, lrs, given.count, seed=0)
        match = degradekit.match(lrs, given.hr, PRESET, scale=SCALE, draws=given.draws)
    recipes = {"preset": PRESET, "fitted": match.recipe, f"fitted {MIX} and preset": mixed(match.recipe, PRESET, MIX)}
    degrade = {name: by(recipe) for name, recipe in recipes.items()} | {"hidden": hidden.degrade}
    tiles, _ = choose_tiles(given.hr, given.tiles, seed=1)
    tested, photos = choose_tiles(given.test, given.test_tiles, seed=2)
    test_lrs = [hidden.degrade(hr, TESTED_FROM + index) for index, hr in enumerate(tested)]

    def score(enlarge: Enlarge) -> list[float]:
        return evaluate(enlarge, test_lrs, tested).psnr

    scores = {"(bicubic)": np.array([score(bicubic)] * given.seeds)}
    for name in degrade:
        trained = [degrade[name](hr, TRAINED_FROM + index) for index, hr in enumerate(_progress(tiles, name))]
        networks = [
            train(trained, tiles, _progress(range(given.iterations), f"{name}, seed {seed}"), seed)
            for seed in range(given.seeds)
        ]
        scores[name] = np.array([score(network) for network in networks])
    rows = []
    for name, psnrs in scores.items():
        gain = gain_over(psnrs, scores["preset"], photos)
        errors = f"{gain.error_of_photos:.3f}", f"{gain.error_of_seeds:.3f}"
        rows.append((name, f"{psnrs.mean():.3f}", *((f"{gain.mean:+.3f}", *errors) if name != "preset" else ("",) * 3)))
    lines = [
        f"Hidden recipe `{hidden.name}`: {given.count} LRs matched, {len(tiles)} pairs to train on, {len(tested)} of"
        f" {len(np.unique(photos))} photos to test on, {given.iterations} iterations, {given.seeds} seeds.",
        "",
        *table(("trained on", "PSNR-Y, dB", "gain over preset, dB", "SE over photos", "SE over seeds"), rows),
        "",
        f"{(time.monotonic() - started) / 60:.0f} minutes.",
    ]
    print("\n".join(lines))
    save("matching-training", lines)


if __name__ == "__main__":
    main()
