"""Times the operators, the whole chains and the import of degradekit against their peers, in turn, on one thread.

Usage: python benchmarks/run.py [--rounds N] [--only TEXT]   (or: make bench)

Writes benchmarks/results/operators.md. A peer that is not installed is left out and said so.
"""

import argparse
import subprocess
import sys

import cv2
import numpy as np
import straight
from timing import HEADER, Timed, in_turn, prepare, sample, save, table_lines

from degradekit import HighOrder
from degradekit.degradation import degrade_all
from degradekit.functional import codecs, filtering, kernels, noise, normal, poisson, resizing
from degradekit.functional.levels import to_float, to_pixels
from degradekit.presets import preset

SIZE = (400, 400)
Rows = dict[str, list[Timed]]


def chain(name: str, recipe, image: np.ndarray, variants: int = 1) -> Timed:
    def call(i: int) -> object:
        return degrade_all([recipe.sample(SIZE, seed=0, key=str(i), variant=v) for v in range(variants)], image)

    return Timed(name, call, variants)


def ours(image: np.ndarray) -> Rows:
    """Ours, and what NumPy and OpenCV have for it."""
    rng = np.random.default_rng(0)
    pixels = to_pixels(image)
    means = pixels / 255 * 256
    sigma = np.float32(10 / 255)
    iso, sinc = kernels.generalized_gaussian(21, 2.0, 2.0, 0.0, 1.0), kernels.sinc(21, 1.5)
    us, plain = "degradekit", HighOrder(sharpen=None)
    rows = {
        "second order, USM, 4 variants": [
            chain(us, HighOrder(), image, 4),
            Timed("OpenCV + NumPy", lambda _: straight.second_order(rng, image)),
        ],
        "second order, USM, 1 variant": [chain(us, HighOrder(), image)],
        "second order, no USM": [
            chain(us, plain, image),
            Timed("OpenCV + NumPy", lambda _: straight.second_order(rng, image, usm=False)),
        ],
        "order 1, no USM": [chain(us, preset("classical"), image)],
        "bsrgan": [chain(us, preset("bsrgan"), image)],
        "Gaussian field": [
            Timed(us, lambda i: normal.standard_normal(image.shape, i)),
            Timed("NumPy float32", lambda _: rng.standard_normal(image.shape, np.float32)),
        ],
        "Poisson counts": [
            Timed(us, lambda i: poisson.poisson_counts(pixels, 256.0, i)),
            Timed("NumPy", lambda _: rng.poisson(means)),
        ],
        "Gaussian noise": [
            Timed(us, lambda i: noise.add_clipped(image, noise.gaussian_field(image.shape, 10, False, i))),
            Timed("NumPy", lambda _: np.clip(image + rng.standard_normal(image.shape, np.float32) * sigma, 0, 1)),
        ],
        "Poisson noise": [
            Timed(us, lambda i: noise.add_clipped(image, noise.poisson_field(image, 1.0, False, i))),
            Timed("NumPy", lambda _: straight.add_poisson(rng, image, 1.0)),
        ],
        "JPEG round trip": [
            Timed(us, lambda _: codecs.jpeg(image, 60, "4:2:0")),
            Timed("OpenCV", lambda _: straight.jpeg(image, 60)),
        ],
        "USM": [
            Timed(us, lambda _: filtering.unsharp_mask(image, 51, 0.5, 10.0)),
            Timed("OpenCV", lambda _: straight.sharpen(image)),
        ],
    }
    for name, kernel in (("Gaussian", iso), ("sinc", sinc)):
        dense = kernel.astype(np.float32)
        rows[f"blur, {name} 21 x 21"] = [
            Timed(us, lambda _, k=kernel: filtering.convolve(image, k)),
            Timed("OpenCV dense", lambda _, k=dense: straight.blur(image, k)),
        ]
    side = kernels.generalized_gaussian(21, 2.0, 2.0, 0.0, 1.0).sum(0).astype(np.float32)
    rows["blur, Gaussian 21 x 21"].append(
        Timed("OpenCV separable", lambda _: cv2.sepFilter2D(image, -1, side, side, borderType=cv2.BORDER_REFLECT_101))
    )
    for name, flag in zip(("area", "bilinear", "bicubic"), straight.FILTERS, strict=True):
        rows[f"resize to 230, {name}"] = [
            Timed(us, lambda _, f=name: resizing.resize(image, 230, 230, f)),
            Timed("OpenCV", lambda _, f=flag: cv2.resize(image, (230, 230), interpolation=f)),
        ]
    return rows


def imports(rounds: int) -> list[str]:
    lines = []
    for name, arguments in (
        ("from degradekit import HighOrder", ["-c", "from degradekit import HighOrder"]),
        ("degradekit --help", ["-m", "degradekit_cli", "--help"]),
        ("import numpy, cv2", ["-c", "import numpy, cv2"]),
    ):
        command = [sys.executable, *arguments]
        timed = Timed("a process", lambda _, c=command: subprocess.run(c, check=True, stdout=subprocess.DEVNULL))
        lines += table_lines(f"`{name}`", ["a process"], in_turn([timed], rounds, 0))
    return lines


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each subject in each round")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    options = parser.parse_args()
    prepare()
    image = to_float(np.ascontiguousarray(sample()[: SIZE[0], : SIZE[1]]))
    rows = ours(image)
    for name in ("basicsr", "albumentations", "kornia"):
        try:
            peers = __import__(f"peer_{name}").rows(image)
        except ImportError as error:
            print(f"left out: {name} ({error})", file=sys.stderr)
            continue
        for row, timed in peers.items():
            rows[row] += timed
    lines = [*HEADER]
    for row, timed in rows.items():
        if options.only in row:
            names = [each.who for each in timed]
            lines += table_lines(row, names, in_turn(timed, options.rounds, options.seconds))
    save("operators", lines if options.only else lines + imports(options.rounds))


if __name__ == "__main__":
    main()
