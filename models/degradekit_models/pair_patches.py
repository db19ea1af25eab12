"""Patches of the pairs in shards, for trainers other than degradekit's own."""

import os
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from degradekit.errors import DatasetError, Mistake
from degradekit.functional.levels import to_float
from degradekit.operators.sharpen import SharpenStep
from degradekit.rng import stream
from degradekit_models.batch_parts import part_on_device
from degradekit_models.epochs import EpochDataset, position_of
from degradekit_models.patches import Patches
from degradekit_models.sharpening import MARGIN, SIZE
from degradekit_models.tensors import to_tensor


class PairPatches(EpochDataset):
    """Random patches of the pairs in Parquet datasets, each a function of the seed, the epoch and its index.

    Args:
        shards: Folders or URLs of Parquet datasets of one scale.
        patch: Side of the HR patch in pixels, a multiple of the scale, at most the side of a tile.
        seed: Seed of everything that is drawn.
        patches_per_tile: Items of each tile in an epoch. Trainers that do not call `set_epoch` need a large one.
        flip: Mirror half of the patches.
        rotate: Turn patches by a random multiple of a right angle.
        sharpen: Where the target is sharpened: `cpu`, or `device`, where `pairs_on_device` does it for a whole batch.

    Attributes:
        scale: HR side / LR side.
        tiles: How many there are.

    Raises:
        DatasetError: As `Patches`, or an argument breaks its rule.
    """

    def __init__(
        self,
        shards: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        patch: int = 256,
        seed: int = 0,
        patches_per_tile: int = 1,
        *,
        flip: bool = True,
        rotate: bool = False,
        sharpen: Literal["cpu", "device"] = "cpu",
    ) -> None:
        if patches_per_tile < 1:
            raise DatasetError(Mistake("patches_per_tile", "must be >= 1", patches_per_tile))
        if sharpen not in ("cpu", "device"):
            raise DatasetError(Mistake("sharpen", "must be 'cpu' or 'device'", sharpen))
        datasets = [shards] if isinstance(shards, str | os.PathLike) else shards
        self._patches = Patches(datasets, patch, seed, flip)
        self.scale = self._patches.scale
        if patch % self.scale:
            raise DatasetError(Mistake("patch", f"must be a multiple of the scale, {self.scale}", patch))
        self.tiles = len(self._patches)
        super().__init__(self.tiles * patches_per_tile)
        self._seed, self._rotate, self._on_cpu = seed, rotate, sharpen == "cpu"

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Return an item of the epoch.

        Returns:
            With `sharpen="cpu"`, `lq`, `gt` and `gt_usm` as in `OnTheFly`; otherwise what `pairs_on_device` takes.

        Raises:
            IndexError: There is no such item.
            DatasetError: It cannot be read.
        """
        position = self.epoch * len(self) + position_of(index, len(self))
        patch = self._patches[position]
        if self._rotate:
            quarters = stream(self._seed, "turned patch", position).integer(0, 3)
            patch |= {name: patch[name].rot90(quarters, (0, 1)) for name in ("hr", "lr")}
        return _on_cpu(patch) if self._on_cpu else patch


def pairs_on_device(batch: Mapping[str, Tensor], device: torch.device | str) -> dict[str, Tensor]:
    """Move a batch to a device and sharpen its targets there.

    Args:
        batch: Items of `PairPatches(..., sharpen="device")`, collated by torch.
        device: The device of the network.

    Returns:
        `lq`, `gt` and `gt_usm`, (N, 3, H, W) float32 RGB in [0, 1].
    """
    part = part_on_device(batch, device, torch.contiguous_format)
    return {"lq": part.lr, "gt": part.hr, "gt_usm": part.target}


def _on_cpu(patch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    lr, hr = (to_float(patch[name].numpy()) for name in ("lr", "hr"))
    weight, threshold = patch["sharpening"].tolist()
    sharp = np.clip(SharpenStep(SIZE, weight, threshold)(hr), 0, 1) if weight else hr
    inside = slice(MARGIN, -MARGIN)
    images = {"lq": lr, "gt": hr[inside, inside], "gt_usm": sharp[inside, inside]}
    return {name: to_tensor(image) for name, image in images.items()}
