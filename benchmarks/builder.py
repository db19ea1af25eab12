"""Times `synth` end to end: against the sum of its parts, two workers against two processes, memory, and reading back.

Usage: python benchmarks/builder.py [PHOTOS] [--rounds N] [--variants N]   (a folder; by default two sample photos,
enlarged to the size of DIV2K's)

Writes benchmarks/results/builder.md.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import pyarrow as pa
from timing import HEADER, prepare, sample, save, table_lines

from degradekit import HighOrder
from degradekit.dataset import LocalEngine, Options, synthesize
from degradekit.dataset.pictures import encode
from degradekit.dataset.sources import scan
from degradekit.degradation import degrade_all
from degradekit.functional.levels import to_float
from degradekit.picture_files import decode

PHOTO_SIZE = (2040, 1356)
RECIPE = HighOrder()
IN_PROCESS = LocalEngine(workers=0)
TIMELINE = """
import json, sys, time
from degradekit import HighOrder
from degradekit.dataset import LocalEngine, Options, Progress, synthesize

class Marks(Progress):
    def start(self, photos): self.begun = time.time()

if __name__ == "__main__":
    marks, started = Marks(), time.time()
    options = Options(variants=int(sys.argv[3]), shard_size=1)
    synthesize(sys.argv[1], sys.argv[2], HighOrder(), options, engine=LocalEngine(workers=2), progress=marks)
    print(json.dumps([started, marks.begun, time.time()]))
"""
"""A script that prints when a build with two workers starts, has workers at work, and ends."""
PEAK = "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"  # of Linux


def enlarged_samples(folder: Path) -> None:
    for name in ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg"):
        large = cv2.resize(sample(name)[:, :, ::-1], PHOTO_SIZE, interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / Path(name).with_suffix(".png")), large)


def page(*pictures: bytes) -> bytes:
    """Pictures as a Parquet page compresses them."""
    return pa.Codec("zstd", compression_level=1).compress(b"".join(pictures))


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def parts(photos: Path, options: Options) -> tuple[dict[str, float], int]:
    """Seconds of each part, one after the other for every tile, and the number of pairs."""
    took = dict.fromkeys(("decode", "HR encode", "degrade", "LR encode"), 0.0)
    pairs = 0
    for source in scan(photos):
        result: dict = {}

        def timed(part: str, call: Callable, result: dict = result) -> None:
            took[part] += seconds(lambda: result.update({part: call()}))

        timed("decode", lambda s=source: decode(s.read()))
        photo, grid = result["decode"], options.grid(4)
        for tile in grid.tiles(photo.shape[:2]):
            hr = grid.cut(photo, tile)
            drawn = [
                RECIPE.sample(hr.shape[:2], seed=0, key=tile.key(source.key), variant=v, frame=tile.frame)
                for v in range(options.variants)
            ]
            timed("HR encode", lambda hr=hr: page(encode(hr, "uncompressed png")))
            timed("degrade", lambda hr=hr, drawn=drawn: degrade_all(drawn, to_float(hr)))
            timed("LR encode", lambda lrs=result["degrade"]: page(*(encode(lr, "uncompressed png") for lr in lrs)))
            pairs += len(drawn)
    return took, pairs


def commands(photos: list[Path], targets: list[Path], workers: int, variants: int) -> float:
    """Seconds that `synth` processes take which start together, one for each source."""
    for target in targets:
        shutil.rmtree(target, ignore_errors=True)

    options = ["--order", "2", "--variants", str(variants), "--workers", str(workers), "--shard-size", "1"]

    def run() -> None:
        started = [
            subprocess.Popen(
                [sys.executable, "-m", "degradekit_cli", "synth", str(source), str(target), *options],
                stdout=subprocess.DEVNULL,
            )
            for source, target in zip(photos, targets, strict=True)
        ]
        for process in started:
            if process.wait():
                raise SystemExit("synth failed")

    return seconds(run)


def timeline(photos: Path, folder: Path, variants: int) -> list[float]:
    """Seconds of a build with two workers: until they work, both at work, the last alone, and closing the dataset."""
    script, target = folder / "timeline.py", folder / "timeline"
    script.write_text(TIMELINE)
    shutil.rmtree(target, ignore_errors=True)
    command = [sys.executable, str(script), str(photos), str(target), str(variants)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    started, begun, ended = json.loads(output)
    *_, before, last = sorted(manifest.stat().st_mtime for manifest in target.glob("meta/shards/*.json"))
    return [begun - started, before - begun, last - before, ended - last]


def reading(shards: Path) -> list[str]:
    import datasets
    import pyarrow.parquet as pq

    rows = [
        (f"{who}, rows/s", rate)
        for who, rate in (
            ("datasets, streaming", read(datasets.load_dataset(str(shards), split="train", streaming=True))),
            ("datasets, from its cache", read(datasets.load_dataset(str(shards), split="train"))),
        )
    ]
    files = sorted(shards.glob("data/*.parquet"))
    started, count = time.perf_counter(), 0
    for file in files:
        for row in pq.read_table(file, columns=["hr", "lr"]).to_pylist():
            decode(row["hr"]["bytes"])
            decode(row["lr"]["bytes"])
            count += 1
    rows.append(("pyarrow and Pillow, rows/s", count / (time.perf_counter() - started)))
    return [f"| reading back, pictures decoded | {who} | {rate:.0f} | | |" for who, rate in rows]


def read(dataset) -> float:
    started, count = time.perf_counter(), 0
    for row in dataset:
        row["hr"].load()
        row["lr"].load()
        count += 1
    return count / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("photos", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--variants", type=int, default=4)
    given = parser.parse_args()
    prepare()
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        photos = given.photos or here / "photos"
        if given.photos is None:
            photos.mkdir()
            enlarged_samples(photos)
        options = Options(variants=given.variants, shard_size=1)
        halves = [here / "half0", here / "half1"]
        for index, source in enumerate(scan(photos)):
            halves[index % 2].mkdir(exist_ok=True)
            (halves[index % 2] / Path(source.location).name).symlink_to(source.location)
        share, workers, spent, phases = [], [], [], []
        for round_index in range(given.rounds + 1):  # the first to warm up
            took, pairs = parts(photos, options)
            shutil.rmtree(here / "one", ignore_errors=True)
            whole = seconds(lambda: synthesize(photos, here / "one", RECIPE, options, engine=IN_PROCESS))
            two = commands([photos], [here / "two"], 2, given.variants)
            apart = commands(halves, [here / "a", here / "b"], 0, given.variants)
            if round_index:
                share.append([whole / pairs * 1e3, sum(took.values()) / pairs * 1e3])
                spent.append([took[part] / pairs * 1e3 for part in took])
                workers.append([two, apart])
                phases.append(timeline(photos, here, given.variants))
        lines = [*HEADER, *table_lines("per pair", ["synth, one process", "sum of the parts"], share)]
        for column, part in enumerate(took):
            lines += table_lines("per pair, part", [part], [[each[column]] for each in spent])
        lines += table_lines(f"{pairs} pairs", ["synth --workers 2", "two processes of half each"], workers, "s")
        for column, phase in enumerate(("until both work", "both at work", "one idle at the end", "closing")):
            lines += table_lines("two workers", [phase], [[each[column]] for each in phases], "s")
        code = (
            "import sys; from degradekit import HighOrder;"
            "from degradekit.dataset import LocalEngine, Options, synthesize;"
            f"synthesize(sys.argv[1], sys.argv[2], HighOrder(), Options(variants={given.variants}), "
            "engine=LocalEngine(workers=0));" + PEAK
        )
        for times in (1, 2):  # the same photos twice, to see whether it grows
            many = here / f"times{times}"
            for copy in range(times):
                shutil.copytree(photos, many / str(copy))
            command = [sys.executable, "-c", code, str(many), str(here / f"memory{times}")]
            peak = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / 1024
            lines.append(f"| peak memory of a worker | {times} x the photos | {peak:.0f} MiB | | |")
            print(lines[-1])
        lines += reading(here / "one")
        print(*lines[-3:], sep="\n")
    save("builder", lines)


if __name__ == "__main__":
    main()
