"""Times the trainer: reading patches against a plain folder of PNGs, and iterations against the plain fp32 loop.

Usage: python benchmarks/training.py SHARDS [--device cuda] [--blocks 23] [--features 64] [--batch 48]

Writes benchmarks/results/training.md. Stage `net`. Reading is timed in one process, batches put together. The plain
loop has the same network, loss, optimizer and average, in fp32 with contiguous tensors, and gets its targets ready;
ours moves batches to the device and sharpens targets too.
"""

import argparse
import copy
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from degradekit_models.config import Config
from degradekit_models.generator import RRDBNet
from degradekit_models.loading import Batches, load_patches
from degradekit_models.patches import Patches
from degradekit_models.run import Run
from degradekit_models.world import init_distributed
from timing import HEADER, save, table_lines
from torch.utils.data import DataLoader, Dataset

from degradekit.dataset import export


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


def milliseconds(iterator, count: int, batch: int) -> float:
    """Return the time that reading one patch takes."""
    next(iterator)
    started = time.perf_counter()
    for _ in range(count):
        next(iterator)
    return 1e3 * (time.perf_counter() - started) / (count * batch)


def endless(loader: DataLoader):
    while True:
        yield from loader


def iterations(step, device: torch.device, count: int) -> float:
    """Return the number of iterations per second."""
    step()
    _wait(device)
    started = time.perf_counter()
    for _ in range(count):
        step()
    _wait(device)
    return count / (time.perf_counter() - started)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def plain_step(config: Config, scale: int, device: torch.device, lr: torch.Tensor, hr: torch.Tensor):
    network = RRDBNet(scale, config.features, config.blocks).to(device)
    average = copy.deepcopy(network)
    optimizer = torch.optim.Adam(network.parameters(), 2e-4, betas=(0.9, 0.99))

    def step() -> None:
        optimizer.zero_grad()
        torch.nn.functional.l1_loss(network(lr), hr).backward()
        optimizer.step()
        with torch.no_grad():
            for old, new in zip(average.parameters(), network.parameters(), strict=True):
                old.mul_(config.ema_decay).add_(new, alpha=1 - config.ema_decay)

    return step


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("shards")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--blocks", type=int, default=23)
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--patch", type=int, default=256)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=10, help="batches and iterations in each round")
    given = parser.parse_args()
    config = Config(
        shards=(given.shards,), blocks=given.blocks, features=given.features, patch=given.patch, batch=given.batch,
        device=given.device,
    )  # fmt: skip
    patches = Patches(config.shards, config.patch, seed=0)
    reading, training = [], []
    with tempfile.TemporaryDirectory() as folder, init_distributed(config) as world:
        export(given.shards, Path(folder) / "paired", "folder")
        plain = PairedFolder(Path(folder) / "paired" / "train", config.patch, patches.scale)
        run = Run(config, patches.scale, world)
        batch = next(load_patches(patches, Batches(0, 1, config.batch), 0, pin=False))
        lr, hr = (batch[name].permute(0, 3, 1, 2).contiguous().to(world.device).float() / 255 for name in ("lr", "hr"))
        naive = plain_step(config, patches.scale, world.device, lr, hr[..., 50:-50, 50:-50].contiguous())
        forever = iter(lambda: batch, None)
        for _ in range(given.rounds):
            ours = load_patches(patches, Batches(0, given.count + 1, config.batch), 0, pin=False)
            theirs = endless(DataLoader(plain, config.batch, shuffle=True, drop_last=True))
            reading.append([milliseconds(each, given.count, config.batch) for each in (ours, theirs)])
            training.append(
                [1e3 / iterations(step, world.device, given.count) for step in (lambda: run.step(forever), naive)]
            )
        lines = [*HEADER, *table_lines("a patch", ["degradekit, from shards", "PNG folder, plain dataset"], reading)]
        name = f"an iteration, {config.batch} x {config.patch}, {config.blocks} blocks"
        lines += table_lines(name, [f"degradekit, {'bf16' if world.bf16 else 'fp32'}", "plain loop, fp32"], training)
        if world.device.type == "cuda":
            lines.append(f"| peak memory | | {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB | | |")
            print(lines[-1])
    save("training", lines)


if __name__ == "__main__":
    main()
