"""A small network trained on several streams of LRs, from the same weights, on the same tiles, crops and order."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from degradekit_models.metrics import levels, luma, psnr, ssim
from fidelity_statistics import standard_error
from torch import Tensor, nn
from torch.nn import functional as F

from degradekit.types import Pixels

Enlarge = Callable[[Tensor], Tensor]
PATCH, BATCH, RATE, LAST_RATE = 24, 16, 5e-4, 0.02
"""Side of a patch in LR pixels; patches of an iteration; learning rate at first; what is left of it in the end."""


class Scores(NamedTuple):
    """PSNR in dB and SSIM of the luma, one value for each LR."""

    psnr: list[float]
    ssim: list[float]


class SmallNetwork(nn.Module):
    """What is added to bicubic enlargement by 4: six residual blocks of 32 features, and a pixel shuffle."""

    def __init__(self, features: int = 32, blocks: int = 6, scale: int = 4) -> None:
        super().__init__()
        self.scale = scale
        self.first = nn.Conv2d(3, features, 3, padding=1)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(features, features, 3, padding=1), nn.ReLU(), nn.Conv2d(features, features, 3, padding=1)
            )
            for _ in range(blocks)
        )
        self.body = nn.Conv2d(features, features, 3, padding=1)
        self.last = nn.Conv2d(features, 3 * scale**2, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        assert self.last.bias is not None
        nn.init.zeros_(self.last.bias)

    def forward(self, lr: Tensor) -> Tensor:
        """Enlarge (N, 3, H, W) in [0, 1]."""
        first = deep = self.first(lr)
        for block in self.blocks:
            deep = deep + block(deep)
        return bicubic(lr, self.scale) + F.pixel_shuffle(self.last(first + self.body(deep)), self.scale)


def bicubic(lr: Tensor, scale: int = 4) -> Tensor:
    """Enlarge by bicubic interpolation."""
    return F.interpolate(lr, scale_factor=float(scale), mode="bicubic")


def train(lrs: Sequence[Pixels], hrs: Sequence[Pixels], iterations: Collection[int], seed: int) -> Enlarge:
    """Train a network on pairs by the L1 loss; all but the pixels of the LRs is decided by the seed."""
    torch.manual_seed(seed)
    network = SmallNetwork()
    rng = np.random.default_rng(seed)
    optimizer = torch.optim.Adam(network.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda i: LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * i / len(iterations))) / 2
    )
    for _ in iterations:
        patches = [_patch(lrs[index], hrs[index], rng) for index in rng.integers(0, len(lrs), BATCH)]
        lr, hr = (torch.stack([patch[part] for patch in patches]) for part in range(2))
        optimizer.zero_grad()
        F.l1_loss(network(lr), hr).backward()
        optimizer.step()
        schedule.step()
    return network.eval()


def _patch(lr: Pixels, hr: Pixels, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    scale = hr.shape[0] // lr.shape[0]
    side = min(PATCH, *lr.shape[:2])
    y, x = (int(rng.integers(0, length - side + 1)) for length in lr.shape[:2])
    hr = hr[y * scale : (y + side) * scale, x * scale : (x + side) * scale]
    return _tensor(lr[y : y + side, x : x + side]), _tensor(hr)


def _tensor(pixels: Pixels) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1))).float() / 255


@torch.no_grad()
def evaluate(enlarge: Enlarge, lrs: Sequence[Pixels], hrs: Sequence[Pixels], crop: int = 4) -> Scores:
    """Return the scores of each LR, borders cropped."""
    scores = Scores([], [])
    for lr, hr in zip(lrs, hrs, strict=True):
        one, other = (
            luma(levels(images)[..., crop:-crop, crop:-crop] / 255)
            for images in (enlarge(_tensor(lr)[None]), _tensor(hr)[None])
        )
        scores.psnr.append(psnr(one, other))
        scores.ssim.append(ssim(one, other))
    return scores


def score_lines(scores: Mapping[str, Mapping[str, Scores]]) -> list[str]:
    """Return the table of mean scores: a row for each network, a column for each stream that it was tested on."""
    tests = list(next(iter(scores.values())))
    lines = [f"| trained on | {' | '.join(f'tested on {test}' for test in tests)} |", f"|{'---|' * (len(tests) + 1)}"]
    for name, by_test in scores.items():
        cells = [f"{np.mean(by_test[test].psnr):.3f} / {np.mean(by_test[test].ssim):.4f}" for test in tests]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def difference_lines(scores: Mapping[str, Mapping[str, Scores]], pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Return the table of differences between networks, LR by LR."""
    lines = [
        "| difference | tested on | PSNR-Y, dB (SE) | SSIM-Y (SE) | LRs within 0.1 dB | largest |",
        f"|{'---|' * 6}",
    ]
    for one, other in pairs:
        for test in scores[one]:
            psnrs, ssims = (np.subtract(a, b) for a, b in zip(scores[one][test], scores[other][test], strict=True))
            cells = [
                f"{np.mean(psnrs):+.3f} ({standard_error(psnrs):.3f})",
                f"{np.mean(ssims):+.4f} ({standard_error(ssims):.4f})",
                f"{100 * np.mean(np.abs(psnrs) < 0.1):.0f} %",
                f"{psnrs[np.argmax(np.abs(psnrs))]:+.2f}",
            ]
            lines.append(f"| {one} - {other} | {test} | {' | '.join(cells)} |")
    return lines
