"""Times the trainer: reading patches, and iterations of both stages in each precision, beside plain loops.

Usage: python benchmarks/training.py SHARDS [--device cuda] [--stages net gan] [--no-compile] [--vgg19 FILE]

Prints its table line by line, and writes it to benchmarks/results/training.md. Sizes are the paper's on a GPU, and such
as a CPU has memory for elsewhere; there, times are CPU time of one thread. Reading is timed in one process, batches put
together. All loops of a stage are timed in turn, see training_loops.py; ours move batches to the device and sharpen
targets too.
"""

import argparse
import math
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from degradekit_models.config import Config
from degradekit_models.loading import Batches, load_patches
from degradekit_models.patches import Patches
from degradekit_models.world import init_distributed, tuned_convolutions
from timing import HEADER, Clock, prepare, save, table_lines
from torch.utils.data import DataLoader, Dataset
from training_loops import Step, our_loops, plain_loops, second_stage

from degradekit.dataset import export

_COLUMNS = (
    "| an iteration | who | median | min to max | iterations/s | pairs/s | memory | peer / degradekit |",
    "|---|---|---|---|---|---|---|---|",
)


class PairedFolder(Dataset):
    """A dataset as BasicSR's PairedImageDataset: two PNGs, a random crop, a flip."""

    def __init__(self, folder: Path, patch: int, scale: int) -> None:
        self.names = sorted(path.name for path in (folder / "HR").iterdir())
        self.folder, self.patch, self.scale = folder, patch, scale

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        rng = np.random.default_rng(index)
        hr, lr = (cv2.imread(str(self.folder / part / self.names[index])) for part in ("HR", "LR"))
        small = self.patch // self.scale
        y, x = (int(rng.integers(0, side - small + 1)) for side in lr.shape[:2])
        hr = hr[y * self.scale : y * self.scale + self.patch, x * self.scale : x * self.scale + self.patch]
        lr = lr[y : y + small, x : x + small]
        if rng.random() < 0.5:
            hr, lr = hr[:, ::-1], lr[:, ::-1]
        return {
            name: torch.from_numpy(np.ascontiguousarray(image[..., ::-1].transpose(2, 0, 1))).float() / 255
            for name, image in (("hr", hr), ("lr", lr))
        }


def milliseconds(iterator, count: int, batch: int, clock: Clock) -> float:
    """Return the time that reading one patch takes."""
    next(iterator)
    started = clock()
    for _ in range(count):
        next(iterator)
    return 1e3 * (clock() - started) / (count * batch)


def endless(loader: DataLoader):
    while True:
        yield from loader


def timed(step: Step, device: torch.device, count: int) -> tuple[float, float]:
    """Return the milliseconds of an iteration, and the GB that it takes beside what is there before and after it."""
    clock = clock_of(device)
    _wait(device)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
    started = clock()
    for _ in range(count):
        step()
    _wait(device)
    taken = 1e3 * (clock() - started) / count
    return taken, (torch.cuda.max_memory_allocated(device) - before) / 1e9 if device.type == "cuda" else math.nan


def clock_of(device: torch.device) -> Clock:
    return time.process_time if device.type == "cpu" else time.perf_counter


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def read_in_turn(
    patches: Patches, plain: PairedFolder, batch: int, rounds: int, count: int, clock: Clock
) -> list[list[float]]:
    """Return the milliseconds of a patch from shards and from a folder, for each round."""
    results = []
    for _ in range(rounds):
        ours = load_patches(patches, Batches(0, count + 1, batch), 0, pin=False)
        theirs = endless(DataLoader(plain, batch, shuffle=True, drop_last=True))
        results.append([milliseconds(each, count, batch, clock) for each in (ours, theirs)])
    return results


def train_in_turn(
    row: str, loops: Sequence[tuple[str, Step]], device: torch.device, batch: int, rounds: int, count: int
) -> tuple[list[str], float]:
    """Return and print the lines of a stage, and the most pairs per second of ours."""
    lines, fastest = [], 0.0
    with tuned_convolutions():
        for name, step in loops:
            print(f"warming up: {name}", flush=True)
            for _ in range(2):
                step()
        results = [[timed(step, device, count) for _, step in loops] for _ in range(rounds)]
    for column, (name, _) in enumerate(loops):
        times = [one[column][0] for one in results]
        ratio = statistics.median(one[column][0] / one[0][0] for one in results)
        memory = max(one[column][1] for one in results)
        median = statistics.median(times)
        if name.startswith("degradekit"):
            fastest = max(fastest, 1e3 * batch / median)
        lines.append(
            f"| {row} | {name} | {median:.1f} ms | {min(times):.1f} to {max(times):.1f} | {1e3 / median:.2f}"
            f" | {1e3 * batch / median:.1f} | {'' if math.isnan(memory) else f'{memory:.1f} GB'}"
            f" | {f'{ratio:.2f}' if column else ''} |"
        )
        print(lines[-1], flush=True)
    return lines, fastest


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("shards")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--stages", nargs="+", choices=["net", "gan"], default=["net", "gan"])
    for name, what in (("blocks", "23 or 2"), ("features", "64 or 16"), ("patch", "256 or 64"), ("batch", "48 or 4")):
        parser.add_argument(f"--{name}", type=int, help=f"{what}, on a GPU or elsewhere")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, help="batches and iterations in each round: 20 or 2")
    parser.add_argument("--no-compile", action="store_true", help="leave compiled networks out")
    parser.add_argument("--vgg19", help="weights of VGG19; random numbers take as long")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    with tempfile.TemporaryDirectory() as temporary, init_distributed(Config(device=given.device)) as world:
        folder, is_gpu = Path(temporary), world.device.type == "cuda"
        if not is_gpu:
            prepare()
        sizes = {"blocks": (2, 23), "features": (16, 64), "patch": (64, 256), "batch": (4, 48)}
        config = Config(
            shards=(given.shards,), **{name: getattr(given, name) or both[is_gpu] for name, both in sizes.items()}
        )
        count = given.count or (2, 20)[is_gpu]
        patches = Patches(config.shards, config.patch, seed=0)
        export(given.shards, folder / "paired", "folder")
        plain = PairedFolder(folder / "paired" / "train", config.patch, patches.scale)
        reading = read_in_turn(patches, plain, config.batch, given.rounds, 5 * count, clock_of(world.device))
        lines = [*HEADER, *table_lines("a patch", ["degradekit, from shards", "PNG folder, plain dataset"], reading)]
        lines += ["", *_COLUMNS]
        batch = next(load_patches(patches, Batches(0, 1, config.batch), 0, pin=False))
        if is_gpu:
            batch = {name: values.pin_memory() for name, values in batch.items()}
        needed = []
        for stage in given.stages:
            staged = config if stage == "net" else second_stage(config, patches.scale, folder, given.vgg19)
            loops = [
                (name, step)
                for make in (our_loops, plain_loops)
                for name, step in make(staged, patches.scale, world.device, batch)
                if not (given.no_compile and "compiled" in name)
            ]
            row = f"{stage}, {config.batch} x {config.patch}, {config.features} features, {config.blocks} blocks"
            more, fastest = train_in_turn(row, loops, world.device, config.batch, given.rounds, count)
            lines += more
            readers = fastest * statistics.median(one[0] for one in reading) / 1e3
            needed.append(f"Reader processes that keep the fastest run of {stage} busy: {readers:.2f}.")
            print(needed[-1], flush=True)
        facts = [torch.cuda.get_device_name(world.device)] if is_gpu else ["CPU time of one thread"]
        lines += ["", *needed, *facts]
    save("training", lines)


if __name__ == "__main__":
    main()
