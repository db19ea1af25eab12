"""The peer basicsr 1.4.2: its functions, called as Real-ESRGAN's model calls them, in batches of 1 on one CPU thread.

docs/benchmarks.md says how to install it. `fidelity.py draws` checks that the chain gives the same bytes as basicsr's
own model. Where torchvision is missing, the one in stand_ins/ replaces it.
"""

import math
import random
import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent / "stand_ins"))  # behind torchvision, if it is there

import torchvision.transforms.functional

sys.modules["torchvision.transforms.functional_tensor"] = torchvision.transforms.functional  # gone since 0.17

import torch
from basicsr.data.degradations import (
    circular_lowpass_kernel,
    random_add_gaussian_noise_pt,
    random_add_poisson_noise_pt,
    random_mixed_kernels,
)
from basicsr.utils import DiffJPEG, USMSharp
from basicsr.utils.img_process_util import filter2D
from timing import Contender

KINDS = ["iso", "aniso", "generalized_iso", "generalized_aniso", "plateau_iso", "plateau_aniso"]
PROBABILITIES = [0.45, 0.25, 0.12, 0.03, 0.12, 0.03]
MODES = ["area", "bilinear", "bicubic"]
jpeger = DiffJPEG(differentiable=False)
usm = USMSharp()


def kernel(high: float) -> torch.Tensor:
    """Draw a kernel of a stage whose sigma goes up to `high`, padded to 21 x 21 as its data set does."""
    size = random.choice(range(7, 22, 2))
    if np.random.uniform() < 0.1:
        values = circular_lowpass_kernel(np.random.uniform(np.pi / (3 if size < 13 else 5), np.pi), size, pad_to=False)
    else:
        values = random_mixed_kernels(
            KINDS,
            PROBABILITIES,
            size,
            (0.2, high),
            (0.2, high),
            [-math.pi, math.pi],
            [0.5, 4],
            [1, 2],
            noise_range=None,
        )
    pad = (21 - size) // 2
    return torch.FloatTensor(np.pad(values, ((pad, pad), (pad, pad))))[None]


def resize(image: torch.Tensor, **size) -> torch.Tensor:
    """Resize by a random mode."""
    return torch.nn.functional.interpolate(image, mode=random.choice(MODES), **size)


def factor(low: float, high: float, up: float, down: float) -> float:
    """Draw a resize factor: up, down or 1."""
    direction = random.choices(["up", "down", "keep"], [up, down, 1 - up - down])[0]
    spans = {"up": (1, high), "down": (low, 1)}
    return np.random.uniform(*spans[direction]) if direction in spans else 1


def noise(image: torch.Tensor, sigma: list, scale: list) -> torch.Tensor:
    """Add Gaussian or Poisson noise."""
    if np.random.uniform() < 0.5:
        return random_add_gaussian_noise_pt(image, sigma_range=sigma, clip=True, rounds=False, gray_prob=0.4)
    return random_add_poisson_noise_pt(image, scale_range=scale, gray_prob=0.4, clip=True, rounds=False)


def jpeg(image: torch.Tensor) -> torch.Tensor:
    """Apply its imitation of JPEG."""
    return jpeger(torch.clamp(image, 0, 1), quality=image.new_zeros(1).uniform_(30, 95))


def kernels() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Draw the kernels of both stages, and the last sinc or an identity, in the order of its data set."""
    first, second = kernel(3.0), kernel(1.5)
    last = torch.zeros(1, 21, 21)
    last[0, 10, 10] = 1
    if np.random.uniform() < 0.8:
        values = circular_lowpass_kernel(np.random.uniform(np.pi / 3, np.pi), random.choice(range(7, 22, 2)), pad_to=21)
        last = torch.FloatTensor(values)[None]
    return first, second, last


@torch.no_grad()
def second_order(hr: torch.Tensor, scale: int = 4, sharpen: bool = True) -> torch.Tensor:
    """Degrade an HR of (1, 3, H, W) by the second-order chain."""
    height, width = hr.shape[2:]
    image = usm(hr) if sharpen else hr
    first, second, last = kernels()
    image = filter2D(image, first)
    image = resize(image, scale_factor=factor(0.15, 1.5, 0.2, 0.7))
    image = jpeg(noise(image, [1, 30], [0.05, 3]))
    if np.random.uniform() < 0.8:
        image = filter2D(image, second)
    f = factor(0.3, 1.2, 0.3, 0.4)
    image = resize(image, size=(int(height / scale * f), int(width / scale * f)))
    image = noise(image, [1, 25], [0.05, 2.5])
    if np.random.uniform() < 0.5:
        image = jpeg(filter2D(resize(image, size=(height // scale, width // scale)), last))
    else:
        image = filter2D(resize(jpeg(image), size=(height // scale, width // scale)), last)
    return torch.clamp((image * 255.0).round(), 0, 255) / 255.0


def rows(image: np.ndarray) -> dict[str, list[Contender]]:
    """Return its contenders, by the row of the table that they belong to."""
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None].contiguous()
    return {
        "second order, USM, 4 variants": [Contender("basicsr", lambda _: second_order(tensor))],
        "second order, no USM": [Contender("basicsr", lambda _: second_order(tensor, sharpen=False))],
        "USM": [Contender("basicsr", lambda _: usm(tensor))],
        "JPEG round trip": [Contender("basicsr", lambda _: jpeger(tensor, quality=torch.full((1,), 60.0)))],
    }
