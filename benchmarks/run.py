"""Times degradekit against its peers, in turn, in one process, on one thread.

Usage: python benchmarks/run.py [--rounds N]   (or: make bench)

Writes a table to benchmarks/results/latest.md. A peer that is not installed is left out and said so.
"""

import argparse
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import skimage
import straight

from degradekit import HighOrder, Recipe
from degradekit.degradation import degrade_all
from degradekit.functional import codecs, filtering, kernels, noise, normal, poisson, resizing
from degradekit.functional.levels import to_float
from degradekit.functional.memory import keep_freed_memory
from degradekit.image import decode

HERE = Path(__file__).parent
SIZE = (400, 400)
Timed = tuple[str, Callable[[int], object], int]


def photo() -> np.ndarray:
    data = (Path(skimage.__file__).parent / "data" / "astronaut.png").read_bytes()
    return np.ascontiguousarray(decode(data)[: SIZE[0], : SIZE[1]])


def ours(recipe, variants: int, image: np.ndarray) -> Callable[[int], object]:
    return lambda i: degrade_all([recipe.sample(SIZE, seed=0, key=str(i), variant=v) for v in range(variants)], image)


def subjects(image: np.ndarray) -> dict[str, list[Timed]]:
    """By row of the table: who does it, how (given the round's number), and how many pairs or images that makes."""
    rng = np.random.default_rng(0)
    levels = np.rint(image * 255)
    means = levels / 255 * 256
    pixels = levels.astype(np.uint8)
    iso, sinc = kernels.generalized_gaussian(21, 2.0, 2.0, 0.0, 1.0), kernels.sinc(21, 1.5)

    def numpy_poisson(_: int) -> np.ndarray:
        return rng.poisson(means)

    rows: dict[str, list[Timed]] = {
        "second order, USM, 4 variants": [("degradekit", ours(HighOrder(), 4, image), 4)],
        "second order, USM, 1 variant": [("degradekit", ours(HighOrder(), 1, image), 1)],
        "second order, no USM": [("degradekit", ours(HighOrder(sharpen=None), 1, image), 1)],
        "order 1": [("degradekit", ours(Recipe.preset("classical"), 1, image), 1)],
        "bsrgan": [("degradekit", ours(Recipe.preset("bsrgan"), 1, image), 1)],
        "Gaussian field": [
            ("degradekit", lambda i: normal.standard_normal(image.shape, i), 1),
            ("NumPy float32", lambda _: rng.standard_normal(image.shape, np.float32), 1),
        ],
        "Poisson counts": [
            ("degradekit", lambda i: poisson.poisson_counts(pixels, 256.0, i), 1),
            ("NumPy", numpy_poisson, 1),
        ],
        "Poisson noise": [
            ("degradekit", lambda i: noise.poisson_field(image, 1.0, False, i), 1),
            ("NumPy", lambda i: (numpy_poisson(i) / 256 - means / 256).astype(np.float32), 1),
        ],
        "JPEG round trip": [
            ("degradekit", lambda _: codecs.jpeg(image, 60, "4:2:0"), 1),
            ("OpenCV", lambda _: straight.jpeg(rng, image), 1),
        ],
        "USM": [
            ("degradekit", lambda _: filtering.unsharp_mask(image, 51, 0.5, 10.0), 1),
            ("OpenCV", lambda _: straight.sharpen(image), 1),
        ],
    }
    for name, kernel in (("Gaussian", iso), ("sinc", sinc)):
        dense = kernel.astype(np.float32)
        rows[f"blur, {name} 21 x 21"] = [
            ("degradekit", lambda _, k=kernel: filtering.convolve(image, k), 1),
            ("OpenCV", lambda _, k=dense: straight.blur(image, k), 1),
        ]
    for name, flag in zip(("area", "bilinear", "bicubic"), straight.FILTERS, strict=True):
        rows[f"resize to 230, {name}"] = [
            ("degradekit", lambda _, f=name: resizing.resize(image, 230, 230, f), 1),
            ("OpenCV", lambda _, f=flag: cv2.resize(image, (230, 230), interpolation=f), 1),
        ]
    for row, usm in (("second order, USM, 4 variants", True), ("second order, no USM", False)):
        rows[row].append(("OpenCV + NumPy", lambda _, u=usm: straight.second_order(rng, image, usm=u), 1))
    try:
        import reference
        import torch
    except ImportError as error:
        print(f"left out: basicsr ({error})", file=sys.stderr)
    else:
        torch.set_num_threads(1)
        tensor = torch.from_numpy(image).permute(2, 0, 1)[None].contiguous()
        for row, usm in (("second order, USM, 4 variants", True), ("second order, no USM", False)):
            rows[row].append(("basicsr 1.4.2", lambda _, u=usm: reference.second_order(tensor, sharpen=u), 1))
    return rows


def milliseconds(call: Callable[[int], object], first: int, seconds: float) -> float:
    """The mean over as many calls as fit into the time."""
    started, calls = time.perf_counter(), 0
    while time.perf_counter() - started < seconds or not calls:
        call(first + calls)
        calls += 1
    return (time.perf_counter() - started) / calls * 1e3


def imports(rounds: int) -> list[tuple[str, float, float, float]]:
    found = []
    for name, arguments in (
        ("from degradekit import HighOrder", ["-c", "from degradekit import HighOrder"]),
        ("degradekit --help", ["-m", "degradekit_cli", "--help"]),
    ):
        times = []
        for _ in range(rounds):
            started = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
            times.append(time.perf_counter() - started)
        found.append((name, statistics.median(times), min(times), max(times)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5, help="of each subject in each round")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    keep_freed_memory()  # for all alike, as in the builder's workers
    image = to_float(photo())
    lines = [
        "| what (400 x 400, one thread) | who | ms, median | min to max | peer / degradekit |",
        "|---|---|---|---|---|",
    ]
    for row, timed in subjects(image).items():
        for _, call, _ in timed:
            call(0)
        rounds = [
            [milliseconds(call, 1000 * number, options.seconds) / per for _, call, per in timed]
            for number in range(options.rounds)
        ]
        for column, (who, _, _) in enumerate(timed):
            times = [each[column] for each in rounds]
            ratio = statistics.median(each[column] / each[0] for each in rounds)
            told = f"{ratio:.1f}" if column else ""
            lines.append(
                f"| {row} | {who} | {statistics.median(times):.2f} | {min(times):.2f} to {max(times):.2f} | {told} |"
            )
            print(lines[-1], flush=True)
    for name, median, low, high in imports(options.rounds):
        lines.append(f"| `{name}` | degradekit | {median * 1e3:.0f} | {low * 1e3:.0f} to {high * 1e3:.0f} | |")
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False, cwd=HERE
    )
    facts = [f"{name} {version(name)}" for name in ("degradekit", "numpy", "opencv-python", "numba", "pillow")]
    models = [line.split(":")[1].strip() for line in cpu_facts() if line.startswith("model name")]
    model = (models or [platform.machine()])[0]
    header = f"Commit {commit.stdout.strip()}, {model}, Python {platform.python_version()}, {', '.join(facts)}."
    target = HERE / "results" / "latest.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join([header, "", *lines, ""]), encoding="utf-8")
    print(target)


def cpu_facts() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


if __name__ == "__main__":
    main()
