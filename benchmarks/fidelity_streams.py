"""The streams of LR images that fidelity.py compares: basicsr's, degradekit's, and mixtures of both.

A stream is a function from a tile to its LR. basicsr's draws and arithmetic come from peer_basicsr.py, which drives its
public functions in the order of docs/model.md, section Chain. A record of degradekit can also be applied with some of
its steps computed by basicsr, so that one departure at a time is looked at with the same draws.
"""

import random
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple

import numpy as np
import peer_basicsr
import torch
from basicsr.data.degradations import (
    bivariate_Gaussian,
    bivariate_generalized_Gaussian,
    bivariate_plateau,
    circular_lowpass_kernel,
)
from basicsr.utils.img_process_util import filter2D, usm_sharp
from torch import Tensor
from torch.nn.functional import interpolate

from degradekit import JPEG, Degradation, HighOrder, Kernel, Noise, Stage
from degradekit.dataset.sources import scan
from degradekit.dataset.tiles import Grid
from degradekit.functional.levels import to_float, to_pixels
from degradekit.operators.base import Operator
from degradekit.operators.jpeg import JPEGStep
from degradekit.operators.kernel import KernelStep
from degradekit.operators.resize import ResizeStep
from degradekit.operators.sharpen import SharpenStep
from degradekit.operators.sinc import SincStep
from degradekit.picture_files import decode
from degradekit.step import Step
from degradekit.types import Image, Pixels

SCALE = 4
SAMPLE_PHOTOS = Path(__file__).parents[1] / "docs" / "sample_photos.py"

Part = Literal["filters", "jpeg", "grid"]
"""What basicsr computes: sharpening, blurs and resizes; JPEG, by its imitation; the first resize, on its own grid."""
DEPARTURES: tuple[Part, ...] = ("jpeg", "grid")
"""The two parts in which degradekit departs from basicsr on purpose."""


class Tile(NamedTuple):
    """An HR tile.

    Attributes:
        key: Names its draws.
        hr: (H, W, 3) 8-bit levels.
    """

    key: str
    hr: Pixels


Stream = Callable[[Tile], Pixels]


def choose_tiles(photos: str | None, count: int, side: int, seed: int) -> list[Tile]:
    """Cut photos into tiles as the dataset builder does, and choose some of them at random.

    Args:
        photos: A folder; None takes the sample photos of `make demo`.
        count: Number of tiles. Where there are fewer, all are taken again under other keys, and so with other draws.
        side: Side of a tile in pixels; 0 for whole photos, in order.
        seed: Seed of the choice.
    """
    if photos is None:
        with TemporaryDirectory() as folder:
            subprocess.run([sys.executable, str(SAMPLE_PHOTOS), folder], check=True)
            return choose_tiles(folder, count, side, seed)
    grid = Grid(side, side // 2, SCALE)
    tiles = []
    for source in scan(photos):
        photo = decode(source.read())
        tiles += [Tile(tile.key(source.key), grid.cut(photo, tile)) for tile in grid.tiles(photo.shape[:2])]
    if side:
        tiles = [tiles[index] for index in np.random.default_rng(seed).permutation(len(tiles))]
    rounds = range(-(-count // len(tiles)))
    return [Tile(f"{tile.key} #{index}", tile.hr) for index in rounds for tile in tiles][:count]


def sharpened(tile: Tile) -> Pixels:
    """Return the HR that both degrade, sharpened by basicsr's function over OpenCV and rounded to 8 bits."""
    return to_pixels(usm_sharp(to_float(tile.hr)))


def reference(seed: int) -> Stream:
    """Return basicsr's stream, the reference."""

    def degrade(tile: Tile) -> Pixels:
        seed_basicsr(seed, tile.key)
        sharp = usm_sharp(to_float(tile.hr))
        return to_pixels(to_image(peer_basicsr.second_order(to_tensor(sharp), SCALE, sharpen=False)))

    return degrade


def ours(seed: int, recipe: Operator | None = None, parts: Collection[Part] = ()) -> Stream:
    """Return degradekit's stream, with some of the steps computed by basicsr."""
    chosen = recipe or HighOrder(scale=SCALE)

    def degrade(tile: Tile) -> Pixels:
        drawn = chosen.sample(tile.hr.shape[:2], seed=seed, key=tile.key)
        return to_pixels(apply_with(drawn, to_float(tile.hr), parts))

    return degrade


def seed_basicsr(seed: int, key: str) -> None:
    """Seed the three generators that basicsr draws from."""
    number = int.from_bytes(blake2b(f"{seed} {key}".encode(), digest_size=4).digest(), "little")
    random.seed(number)
    np.random.seed(number)
    torch.manual_seed(number)


def faulty(fault: str) -> HighOrder:
    """Return the recipe with a fault planted in it, to see what the comparison would notice."""
    stages = {
        "noise x 0.9": [
            Stage(noise=Noise(sigma=(0.9, 27.0), scale=(0.045, 2.7))),
            Stage(noise=Noise(sigma=(0.9, 22.5), scale=(0.045, 2.25))),
        ],
        "noise x 0.5": [
            Stage(noise=Noise(sigma=(0.5, 15.0), scale=(0.025, 1.5))),
            Stage(noise=Noise(sigma=(0.5, 12.5), scale=(0.025, 1.25))),
        ],
        "quality 40..95": [Stage(compress=JPEG(quality=(40, 95)))] * 2,
        "second blur always": [Stage(), Stage(blur=Kernel(sigma=(0.2, 1.5)))],
    }
    return HighOrder(scale=SCALE, stages=stages[fault])


@torch.no_grad()
def apply_with(degradation: Degradation, image: Image, parts: Collection[Part]) -> Image:
    """Apply a record, with some of its steps computed by basicsr; noise is always degradekit's.

    Args:
        degradation: The record.
        image: (H, W, 3) float32 in [0, 1].
        parts: What basicsr computes.

    Returns:
        (h, w, 3) float32, neither clipped nor rounded.
    """
    first_resize: Sequence[Step] = [step for step in degradation.steps if isinstance(step, ResizeStep)][:1]
    for step in degradation.steps:
        if "grid" in parts and any(step is first for first in first_resize):
            image = _resize(image, step, on_own_grid=True)
        elif "jpeg" in parts and isinstance(step, JPEGStep):
            image = imitate_jpeg(image, step.quality)
        elif "filters" in parts and isinstance(step, SharpenStep):
            image = usm_sharp(image)
        elif "filters" in parts and isinstance(step, ResizeStep):
            image = _resize(image, step, on_own_grid=False)
        elif "filters" in parts and isinstance(step, KernelStep | SincStep):
            image = to_image(filter2D(to_tensor(image), torch.from_numpy(np.float32(basicsr_kernel(step)))[None]))
        else:
            image = step(image)
    return image


def imitate_jpeg(image: Image, quality: float) -> Image:
    """Compress an image by basicsr's imitation of JPEG."""
    with torch.no_grad():
        return to_image(peer_basicsr.jpeger(to_tensor(image).clamp(0, 1), quality=torch.full((1,), float(quality))))


def basicsr_kernel(step: KernelStep | SincStep) -> Any:
    """Return basicsr's kernel for the parameters of a step."""
    if isinstance(step, SincStep):
        return circular_lowpass_kernel(step.cutoff, step.size)
    isotropic = not step.family.endswith("aniso")
    values = step.size, step.sigma_x, step.sigma_y, step.theta
    if step.family.startswith("generalized"):
        return bivariate_generalized_Gaussian(*values, step.beta, isotropic=isotropic)
    if step.family.startswith("plateau"):
        return bivariate_plateau(*values, step.beta, isotropic=isotropic)
    return bivariate_Gaussian(*values, isotropic=isotropic)


def _resize(image: Image, step: Step, on_own_grid: bool) -> Image:
    assert isinstance(step, ResizeStep)
    size: dict[str, Any] = {"size": (step.height, step.width)}
    return to_image(
        interpolate(to_tensor(image), mode=step.filter, **({"scale_factor": step.factor} if on_own_grid else size))
    )


def to_tensor(image: Image) -> Tensor:
    """Return (H, W, 3) as (1, 3, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None]


def to_image(tensor: Tensor) -> Image:
    """Return (1, 3, H, W) as (H, W, 3)."""
    return np.ascontiguousarray(tensor[0].permute(1, 2, 0).numpy(), dtype=np.float32)
