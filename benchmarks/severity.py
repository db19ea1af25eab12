"""Measures how bad the LRs of recipes are, so that a recipe is chosen by figures and not by its name.

Usage: python benchmarks/severity.py PHOTOS [--draws N] [--side PIXELS]

Each LR is compared with the antialiased bicubic reduction of its HR by their PSNR in RGB. Photos, crops and seeds are
the same for all recipes.
"""

import argparse
import math
from collections.abc import Iterator

import numpy as np

from degradekit import recipes
from degradekit.dataset.sources import scan
from degradekit.limits import MAX_PIXELS
from degradekit.operators.base import Operator
from degradekit.presets import preset
from degradekit.sheets import Photo, first_photos
from degradekit.types import Pixels

SCALE = 4
STRENGTHS = (1.0, 0.75, 0.5, 0.25, 0.1, 0.0)
PRESETS = (
    "bsrgan", "bsrgan-plus", "dasr", "gate", "stablesr", "pisasr", "resshift", "trainner-combo", "neosr",
    "resshift-test", "web-repost", "dasr-weak", "bsrgan-light", "trainner-redux",
)  # fmt: skip
QUANTILES = (0.5, 0.05, 0.95)


def contenders() -> Iterator[tuple[str, Operator]]:
    """Yield the recipes by the words of their rows."""
    harsh = preset("real-esrgan", scale=SCALE)
    for strength in STRENGTHS:
        yield f"`real-esrgan`, strength {strength:g}", recipes.at_strength(harsh, strength)
    for name in PRESETS:
        yield f"`{name}`", preset(name, scale=SCALE)


def scores(recipe: Operator, photos: list[Photo], draws: int) -> list[float]:
    """Return the PSNR of each LR, in dB."""
    clean = preset("bicubic", scale=SCALE)
    return [
        _psnr(photo.sample(recipe, 0, variant)(photo.hr), lr)
        for photo in photos
        for lr in [clean(photo.hr, seed=0)]
        for variant in range(draws)
    ]


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("photos", help="what `degradekit synth` takes")
    parser.add_argument("--draws", type=int, default=25, help="LRs of each photo")
    parser.add_argument("--side", type=int, default=480, help="pixels along a side of each photo's middle, at most")
    options = parser.parse_args()
    photos, _ = first_photos(scan(options.photos), 1000, SCALE, MAX_PIXELS, options.side)
    print(f"{len(photos)} photos, {options.draws} LRs of each, x{SCALE}\n")
    print("| recipe | PSNR to bicubic, dB: median | 5 to 95 % |\n|---|---|---|")
    for words, recipe in contenders():
        median, low, high = np.quantile(scores(recipe, photos, options.draws), QUANTILES)
        print(f"| {words} | {median:.1f} | {low:.1f} to {high:.1f} |", flush=True)


def _psnr(image: Pixels, reference: Pixels) -> float:
    error = float(np.mean((image.astype(float) - reference) ** 2))
    return 10 * math.log10(255**2 / error)


if __name__ == "__main__":
    main()
