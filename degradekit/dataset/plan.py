"""The plan: everything that decides a dataset's content, and nothing else."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any

from degradekit.dataset.sources import Source
from degradekit.errors import DatasetError
from degradekit.operators.base import Operator

FORMAT = 1
SPLITS = ("train", "validation", "test")
_LIBRARIES = ("degradekit", "numpy", "numba", "opencv-python", "pillow")


@dataclass(frozen=True)
class Options:
    """What a build is asked for, besides the photos and the recipe.

    Attributes:
        seed: Any integer.
        tile: Side of the HR tiles in pixels, rounded down to a multiple of the scale; 0 keeps photos whole.
        step: Distance between tiles; None is half a tile.
        variants: Degradations of each tile, 1 to 1000.
        shard_size: Photos in a shard.
    """

    seed: int = 0
    tile: int = 400
    step: int | None = None
    variants: int = 1
    shard_size: int = 8

    def resolve(self, scale: int) -> "Options":
        """The options with tile and step as they are used for a scale.

        Raises:
            DatasetError: A value breaks its rule.
        """
        if self.tile != 0 and self.tile < scale:
            raise DatasetError(f"tile: must be 0 or at least the scale, {scale} (got {self.tile})")
        if self.tile == 0 and self.step is not None:
            raise DatasetError(f"step: must not be given for whole photos, tile 0 (got {self.step})")
        tile = self.tile - self.tile % scale
        step = self.step if self.step is not None else max(1, tile // 2)
        if tile and not 1 <= step <= self.tile:
            raise DatasetError(f"step: must lie in 1..{self.tile}, the side of a tile (got {step})")
        if not 1 <= self.variants <= 1000:
            raise DatasetError(f"variants: must lie in 1..1000 (got {self.variants})")
        if self.shard_size < 1:
            raise DatasetError(f"shard_size: must be >= 1 (got {self.shard_size})")
        return Options(self.seed, tile, min(step, tile) if tile else None, self.variants, self.shard_size)


@dataclass(frozen=True)
class Shard:
    """One file of the dataset: the number among those of its split, and its photos."""

    split: str
    number: int
    of: int
    sources: tuple[Source, ...]

    @property
    def name(self) -> str:
        """The file's name without its extension, as `datasets` expects it."""
        return f"{self.split}-{self.number:05d}-of-{self.of:05d}"


@dataclass(frozen=True)
class Plan:
    """The recipe, the options and the photos, in an order that the file system has no part in."""

    recipe: Operator
    options: Options
    sources: tuple[Source, ...]
    probe: str

    @property
    def scale(self) -> int:
        """HR side / LR side."""
        return self.recipe.lr_scale or 1

    @cached_property
    def shards(self) -> tuple[Shard, ...]:
        """The files of the dataset; a photo never spans two."""
        shards: list[Shard] = []
        for split in SPLITS:
            photos = [source for source in self.sources if source.split == split]
            groups = _groups(photos, self.options.shard_size)
            shards += [Shard(split, number, len(groups), group) for number, group in enumerate(groups)]
        return tuple(shards)

    @cached_property
    def record(self) -> dict[str, Any]:
        """The plan as JSON-able data; equal records mean equal datasets."""
        options = self.options
        return {
            "format": FORMAT,
            "recipe": self.recipe.to_dict(),
            "scale": self.scale,
            "seed": options.seed,
            "tile": options.tile,
            "step": options.step,
            "variants": options.variants,
            "shard_size": options.shard_size,
            "libraries": {library: version(library) for library in _LIBRARIES},
            "probe": self.probe,
            "photos": {
                split: [source.key for source in self.sources if source.split == split]
                for split in SPLITS
                if any(source.split == split for source in self.sources)
            },
        }

    def dumps(self) -> str:
        """The record as JSON text."""
        return json.dumps(self.record, indent=1, ensure_ascii=False) + "\n"


def _groups(photos: Sequence[Source], size: int) -> list[tuple[Source, ...]]:
    return [tuple(photos[start : start + size]) for start in range(0, len(photos), size)]
