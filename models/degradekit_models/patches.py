"""Training patches: each is a function of the seed and its index alone, so a run can resume anywhere."""

import os
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from degradekit.errors import DatasetError
from degradekit.limits import MAX_PIXELS
from degradekit.wording import printable
from degradekit_models.mixtures import Mixture
from degradekit_models.own_pairs import OwnPairs
from degradekit_models.patch_sources import PatchSource, ShardTiles
from degradekit_models.sharpening import with_margin

Patch = dict[str, Tensor]


class Patches(Dataset[Patch]):
    """Random patches of random pairs: of tiles of shards, with a variant chosen for the epoch, and of own pairs.

    Args:
        shards: Folders or URLs of Parquet datasets.
        patch: Side of the HR patch in pixels, a multiple of the scale, at most the side of any HR.
        seed: Seed of everything that is drawn.
        flip: Mirror half of the patches.
        pairs: Own pairs: folders, lists or Hugging Face datasets, see `OwnPairs`. All data has one scale.
        data_weights: How many patches come from each of `shards` and then each of `pairs`, as a ratio; empty takes
            every tile and every own pair once per epoch.
        max_pixels: Refuse own pictures with more pixels.

    Attributes:
        sources: The shards and the own pairs.
        shares: The part of the patches that comes from each of them.
        scale: HR side / LR side.
        digests: Digests of the sources.
        notes: Lines for people about what is left out.

    Raises:
        DegradekitError: There is no data, its scales differ, an HR is smaller than a patch, or the weights do not fit.
    """

    def __init__(
        self,
        shards: Sequence[str | os.PathLike[str]],
        patch: int,
        seed: int,
        flip: bool = True,
        *,
        pairs: Sequence[str | os.PathLike[str]] = (),
        data_weights: Sequence[float] = (),
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        if not shards and not pairs:
            raise DatasetError("shards: must have at least one dataset, or pairs at least one source (got none)")
        tiles = [ShardTiles(location) for location in shards]
        scales = {source.scale for source in tiles}
        if len(scales) > 1:
            raise DatasetError(f"shards: must have one scale (got {', '.join(map(str, sorted(scales)))})")
        own: list[OwnPairs] = []
        scale = next(iter(scales), None)
        for text in pairs:
            own.append(OwnPairs(os.fspath(text), scale, max_pixels))
            scale = own[0].scale
        self.sources: list[PatchSource] = [*tiles, *own]
        self.scale = self.sources[0].scale
        self.digests = [source.digest for source in self.sources]
        self.notes = [note for source in own for note in source.notes]
        for source in self.sources:
            source.require_side(patch)
        self._mixture = Mixture(self.sources, data_weights, seed)
        self.shares = self._mixture.shares
        self.patch, self._flip = patch, flip

    def __len__(self) -> int:
        """Return the number of tiles and own pairs together."""
        return sum(map(len, self.sources))

    def __getitem__(self, index: int) -> Patch:
        """Return a patch.

        Args:
            index: Its index in the run, counted through all epochs.

        Returns:
            hr: (patch + 2 MARGIN, patch + 2 MARGIN, 3) uint8: the HR patch and what lies around it, mirrored at the
                HR's border, as `sharpen` needs it.
            lr: (patch / scale, patch / scale, 3) uint8.
            sharpening: (2,) float32, weight and threshold for `sharpen`, from the first step of a tile's record; zeros
                where that is another one, and for own pairs.

        Raises:
            DatasetError: The pair cannot be read, is another one than before the run, or was sharpened otherwise.
        """
        pair, rng = self._mixture.pair(index)
        side, small = self.patch, self.patch // self.scale
        height, width = pair.lr.shape[:2]
        y, x = rng.integer(0, height - small), rng.integer(0, width - small)
        lr = pair.lr[y : y + small, x : x + small]
        hr = with_margin(pair.hr, y * self.scale, x * self.scale, side)
        if self._flip and rng.coin(0.5):
            hr, lr = (np.asarray(cv2.flip(pixels, 1)) for pixels in (hr, lr))
        arrays = {"hr": hr, "lr": lr, "sharpening": pair.sharpening}
        return {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in arrays.items()}

    def __str__(self) -> str:
        """Return what is trained on, such as `1,360 tiles of shards/ (80 %), 24 pairs of mine/ (20 %)`."""
        texts = [f"{len(source):,} {source.unit} of {source.name}" for source in self.sources]
        if len(texts) > 1:
            texts = [f"{text} ({100 * share:.3g} %)" for text, share in zip(texts, self.shares, strict=True)]
        return printable(", ".join(texts))
