"""Pairs that are made while a network trains; each is a function of the seed, the epoch and its index only."""

import os
from collections.abc import Iterable

import numpy as np
from torch import Tensor

from degradekit import recipes
from degradekit.dataset import Options
from degradekit.dataset.degrading import require_scale, try_recipe
from degradekit.dataset.probe import recipe_probe
from degradekit.dataset.sources import Selection
from degradekit.dataset.tiles import Grid
from degradekit.degradation import target_steps
from degradekit.errors import DatasetError, Mistake
from degradekit.functional.levels import to_float, to_pixels
from degradekit.limits import MAX_PATCH, MAX_PIXELS
from degradekit.locations import Location
from degradekit.memory import keep_freed_memory
from degradekit.operators.base import Operator
from degradekit.rng import stream
from degradekit_models.epochs import EpochDataset, position_of
from degradekit_models.labels import LabelEncoder
from degradekit_models.photos import open_photos
from degradekit_models.tensors import to_tensor

_TRIAL_DRAWS = 50


class OnTheFly(EpochDataset):
    """Random patches of photos, whose LRs are made on demand.

    In an epoch, each photo gives `patches_per_photo` items, and each item has a tile, a degradation and a patch of its
    own. Items do not depend on the number of workers or on any global random generator.

    The constructor applies draws of the recipe. So a recipe that cannot work is refused, and the machine code of the
    steps is compiled once, before worker processes start; on a machine's first use that takes about ten seconds.

    Args:
        photos: What `synthesize` takes: folders, globs, lists, tar files, rows of Hugging Face datasets, a `Selection`;
            or a degradekit dataset, whose HR tiles are the photos. Only those of the split `split` are taken.
        recipe: An operator, the name of a preset, or the path of a YAML file.
        patch: Side of the HR patch in pixels, a multiple of the scale; None for whole tiles.
        tile: Side in pixels of what is cut from a photo and degraded, a multiple of the scale. A smaller photo is
            reflected at the bottom and right.
        seed: Seed of everything that is drawn.
        patches_per_photo: Items of each photo in an epoch. Trainers that do not call `set_epoch` need a large one.
        flip: Mirror half of the photos before they are degraded.
        rotate: Turn photos by a random multiple of a right angle before they are degraded.
        labels: Add `kernels` and `parameters` to the items.
        split: `train`, `validation` or `test`, by the folders' names as in `synthesize`.
        scale: HR side / LR side, for a recipe given by name or path; None is its own.
        max_pixels: Refuse photos with more pixels.

    Attributes:
        scale: HR side / LR side.
        photos: How many there are.
        sharpens: Whether the recipe sharpens the HR before all else, so that `gt_usm` differs from `gt`.
        parameter_names: A name for each element of `parameters`; empty without labels. See `LabelEncoder`.

    Raises:
        DatasetError: There are no photos, a file is empty or too large, or an argument breaks its rule.
        RecipeError: There is no such recipe, or it cannot degrade a tile.
    """

    def __init__(
        self,
        photos: Location | Iterable[Location] | Selection,
        recipe: Operator | str | os.PathLike[str],
        patch: int | None = 256,
        tile: int = 400,
        seed: int = 0,
        patches_per_photo: int = 1,
        *,
        flip: bool = True,
        rotate: bool = False,
        labels: bool = False,
        split: str = "train",
        scale: int | None = None,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        if scale is not None and isinstance(recipe, Operator):
            rule = "must be given only with a recipe's name or path; an operator has its own"
            raise DatasetError(Mistake("scale", rule, scale))
        self._recipe = recipes.resolved(recipe, scale)
        self.scale = require_scale(self._recipe)
        self._grid = Grid(_side("tile", tile, self.scale, MAX_PATCH), tile, self.scale)
        self.patch = tile if patch is None else _side("patch", patch, self.scale, tile)
        if patches_per_photo < 1:
            raise DatasetError(Mistake("patches_per_photo", "must be >= 1", patches_per_photo))
        try_recipe(self._recipe, Options(seed=seed, tile=tile))
        trials = (self._recipe.sample((tile, tile), seed=seed, variant=variant) for variant in range(_TRIAL_DRAWS))
        self.sharpens = any(target_steps(trial.steps) for trial in trials)
        self._photos = open_photos(photos, split, max_pixels)
        self.photos = len(self._photos)
        super().__init__(self.photos * patches_per_photo)
        self._seed, self._flip, self._rotate = seed, flip, rotate
        self._labels = LabelEncoder(self._recipe, (tile, tile)) if labels else None
        self.parameter_names = self._labels.parameter_names if self._labels else ()
        recipe_probe(self._recipe)
        keep_freed_memory()

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Return an item of the epoch.

        Returns:
            lq: (3, patch / scale, patch / scale) float32 RGB in [0, 1], of 8-bit levels: the LR.
            gt: (3, patch, patch), the same of the HR.
            gt_usm: (3, patch, patch) float32 in [0, 1]: what the LR was made from, which is the sharpened HR where the
                recipe sharpens it, and the HR elsewhere.
            kernels, parameters: With `labels` only, see `LabelEncoder.encode`. They describe the whole tile.

        Raises:
            IndexError: There is no such item.
            DatasetError: The photo cannot be read or decoded; no other is taken instead.
        """
        repetition, row = divmod(position_of(index, len(self)), self.photos)
        photo, epoch = self._photos[row], self.epoch
        name = f"{repetition}/{photo.key}"
        rng = stream(self._seed, f"on the fly/{name}", epoch)
        if self._flip and rng.coin(0.5):
            photo = photo.mirrored()
        if self._rotate:
            photo = photo.turned(rng.integer(0, 3))
        tile = photo.cut(rng, self._grid)
        size = (tile.pixels.shape[0], tile.pixels.shape[1])
        degradation = self._recipe.sample(size, seed=self._seed, key=name, variant=epoch, frame=tile.frame)

        hr = to_float(tile.pixels)
        shared = target_steps(degradation.steps)
        target = hr
        for step in shared:
            target = step(target)
        lr = target
        for step in degradation.steps[len(shared) :]:
            lr = step(lr)

        small = self.patch // self.scale
        y, x = (rng.integer(0, self._grid.side // self.scale - small) for _ in range(2))
        top, left = y * self.scale, x * self.scale
        item = {"lq": to_tensor(to_float(to_pixels(lr))[y : y + small, x : x + small])}
        for key, image in (("gt", hr), ("gt_usm", np.clip(target, 0, 1) if shared else hr)):
            item[key] = to_tensor(image[top : top + self.patch, left : left + self.patch])
        return item | (self._labels.encode(degradation) if self._labels else {})

    def photo_name(self, index: int) -> str:
        """Return the name of the photo that an item is made of, such as its path below the folder."""
        return self._photos.name(position_of(index, len(self)) % self.photos)

    def __setstate__(self, state: dict[str, object]) -> None:
        """Restore the dataset in a worker process that was spawned."""
        self.__dict__.update(state)
        keep_freed_memory()


def _side(name: str, side: int, scale: int, most: int) -> int:
    if side % scale or not scale <= side <= most:
        rule = f"must be a multiple of the scale, {scale}, and at most {most}"
        raise DatasetError(Mistake(name, rule, side))
    return side
