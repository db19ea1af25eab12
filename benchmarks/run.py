"""Compares the speed of degradekit's operators, whole chains and import with that of its peers.

Usage: python benchmarks/run.py [--rounds N] [--seconds S] [--only TEXT]   (or: make bench)

Each row of the table is one piece of work on the same 400 x 400 photo: an operator with fixed parameters, or a chain
with random ones at x4. Its contenders are degradekit, the same work written with NumPy, OpenCV and SciPy (straight.py),
and the libraries of the peer_*.py files that are installed; the others are reported and left out. timing.py explains
how the times are taken. The table is printed and written to benchmarks/results/run.md.
"""

import argparse
import subprocess
import sys

import cv2
import numpy as np
import straight
from timing import HEADER, Contender, prepare, sample, save, table_lines, time_in_turn

from degradekit import HighOrder
from degradekit.degradation import degrade_all
from degradekit.functional import filtering, jpeg, kernels, noise, normal, poisson, resizing, unsharp
from degradekit.functional.levels import to_float, to_pixels
from degradekit.operators.base import Operator
from degradekit.presets import preset

SIZE = (400, 400)
US = "degradekit"
Rows = dict[str, list[Contender]]


def chain(recipe: Operator, image: np.ndarray, variants: int = 1) -> Contender:
    """degradekit drawing and applying a recipe, as the dataset builder does for the variants of a tile."""

    def call(i: int) -> object:
        return degrade_all([recipe.sample(SIZE, seed=0, key=str(i), variant=v) for v in range(variants)], image)

    return Contender(US, call, variants)


def rows_without_peers(image: np.ndarray) -> Rows:
    """All rows, each with degradekit and, where there is one, the same work written with NumPy, OpenCV and SciPy."""
    rng = np.random.default_rng(0)
    pixels = to_pixels(image)
    means = pixels / 255 * 256
    sigma = np.float32(10 / 255)
    iso, sinc = kernels.generalized_gaussian(21, 2.0, 2.0, 0.0, 1.0), kernels.sinc(21, 1.5)
    plain = HighOrder(sharpen=None)
    rows = {
        "second order, USM, 4 variants": [
            chain(HighOrder(), image, 4),
            Contender("OpenCV + NumPy", lambda _: straight.second_order(rng, image)),
        ],
        "second order, USM, 1 variant": [chain(HighOrder(), image)],
        "second order, no USM": [
            chain(plain, image),
            Contender("OpenCV + NumPy", lambda _: straight.second_order(rng, image, usm=False)),
        ],
        "order 1, no USM": [chain(preset("classical"), image)],
        "bsrgan": [chain(preset("bsrgan"), image)],
        "Gaussian field": [
            Contender(US, lambda i: normal.standard_normal(image.shape, i)),
            Contender("NumPy float32", lambda _: rng.standard_normal(image.shape, np.float32)),
        ],
        "Poisson counts": [
            Contender(US, lambda i: poisson.poisson_counts(pixels, 256.0, i)),
            Contender("NumPy", lambda _: rng.poisson(means)),
        ],
        "Gaussian noise": [
            Contender(US, lambda i: noise.add_clipped(image, noise.gaussian_field(image.shape, 10, False, i))),
            Contender("NumPy", lambda _: np.clip(image + rng.standard_normal(image.shape, np.float32) * sigma, 0, 1)),
        ],
        "Poisson noise": [
            Contender(US, lambda i: noise.add_clipped(image, noise.poisson_field(image, 1.0, False, i))),
            Contender("NumPy", lambda _: straight.add_poisson(rng, image, 1.0)),
        ],
        "JPEG round trip": [
            Contender(US, lambda _: jpeg.jpeg(image, 60, "4:2:0")),
            Contender("OpenCV", lambda _: straight.jpeg(image, 60)),
        ],
        "USM": [
            Contender(US, lambda _: unsharp.unsharp_mask(image, 51, 0.5, 10.0)),
            Contender("OpenCV", lambda _: straight.sharpen(image)),
        ],
    }
    for name, kernel in (("Gaussian", iso), ("sinc", sinc)):
        dense = kernel.astype(np.float32)
        rows[f"blur, {name} 21 x 21"] = [
            Contender(US, lambda _, k=kernel: filtering.convolve(image, k)),
            Contender("OpenCV dense", lambda _, k=dense: straight.blur(image, k)),
        ]
    side = kernels.generalized_gaussian(21, 2.0, 2.0, 0.0, 1.0).sum(0).astype(np.float32)
    rows["blur, Gaussian 21 x 21"].append(
        Contender(
            "OpenCV separable", lambda _: cv2.sepFilter2D(image, -1, side, side, borderType=cv2.BORDER_REFLECT_101)
        )
    )
    for name, flag in zip(("area", "bilinear", "bicubic"), straight.FILTERS, strict=True):
        rows[f"resize to 230, {name}"] = [
            Contender(US, lambda _, f=name: resizing.resize(image, 230, 230, f)),
            Contender("OpenCV", lambda _, f=flag: cv2.resize(image, (230, 230), interpolation=f)),
        ]
    return rows


def import_lines(rounds: int) -> list[str]:
    """The lines of the table about starting Python and importing, in a process of its own each time."""
    lines = []
    for name, arguments in (
        ("from degradekit import HighOrder", ["-c", "from degradekit import HighOrder"]),
        ("degradekit --help", ["-m", "degradekit_cli", "--help"]),
        ("import numpy, cv2", ["-c", "import numpy, cv2"]),
    ):
        command = [sys.executable, *arguments]
        process = Contender("a process", lambda _, c=command: subprocess.run(c, check=True, stdout=subprocess.DEVNULL))
        lines += table_lines(f"`{name}`", [process.name], time_in_turn([process], rounds, seconds=0))
    return lines


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7, help="how often each contender has its turn")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long a contender is called in each round")
    parser.add_argument("--only", default="", help="measure only rows whose name contains this text")
    options = parser.parse_args()
    prepare()
    image = to_float(np.ascontiguousarray(sample()[: SIZE[0], : SIZE[1]]))
    rows = rows_without_peers(image)
    for name in ("basicsr", "albumentations", "kornia"):
        try:
            peers = __import__(f"peer_{name}").rows(image)
        except ImportError as error:
            print(f"{name} is left out, as it cannot be imported ({error})", file=sys.stderr)
            continue
        for row, contenders in peers.items():
            rows[row] += contenders
    lines = [*HEADER]
    for row, contenders in rows.items():
        if options.only in row:
            names = [contender.name for contender in contenders]
            lines += table_lines(row, names, time_in_turn(contenders, options.rounds, options.seconds))
    save("run", lines if options.only else lines + import_lines(options.rounds))


if __name__ == "__main__":
    main()
