"""The task of drawing LR crops of one photo, and measuring them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.dataset.progress import OnProgress
from degradekit.dataset.sources import Source
from degradekit.dataset.tiles import Tile
from degradekit.degradation import Degradation
from degradekit.errors import ImageError
from degradekit.functional.levels import to_float
from degradekit.matching.observing import Observer
from degradekit.operators.base import Operator
from degradekit.picture_files import decode
from degradekit.rng import stream
from degradekit.statistics import measure_crop
from degradekit.types import Pixels, Size


class DrawnCrop(NamedTuple):
    """A crop that was drawn and measured.

    Attributes:
        statistics: (K,) float64, one value for each of `degradekit.statistics.STATISTICS`.
        corner: (top, left) of its tile in the photo.
        values: The value of each field of the recipe, by its path.
        last: The path of the operator that the last step is of.
    """

    statistics: NDArray[np.float64]
    corner: tuple[int, int]
    values: Mapping[str, float | str]
    last: str


@dataclass(frozen=True)
class DrawnCrops:
    """The crops that a task has drawn of a photo, or why the photo cannot be used.

    Attributes:
        photo: The index of the photo.
        variants: Which of the photo's draws these are.
        crops: One for each; none if the photo cannot be used.
        reason: Why it cannot; empty if it can.
    """

    photo: int
    variants: range
    crops: Sequence[DrawnCrop] = ()
    reason: str = ""


@dataclass(frozen=True)
class DrawCrops:
    """The task of drawing some of the crops of one photo.

    Attributes:
        recipe: What to draw from.
        photo: The index of the photo.
        source: Reads the photo.
        variants: Which of the photo's draws to make.
        side: Side of a crop in pixels.
        seed: The seed of all draws.
        max_pixels: The photo cannot be used if it has more pixels.
    """

    recipe: Operator
    photo: int
    source: Source
    variants: range
    side: int
    seed: int
    max_pixels: int

    @property
    def photos(self) -> int:
        """Number of draws, the unit of progress."""
        return len(self.variants)

    def run(self, on_progress: OnProgress) -> DrawnCrops:
        """Draw and measure."""
        crops: list[DrawnCrop] = []
        try:
            for lr, corner, values, last in self.draws():
                crops.append(DrawnCrop(measure_crop(lr), corner, values, last))
                on_progress(len(crops))
        except ImageError as error:
            return DrawnCrops(self.photo, self.variants, reason=str(error))
        return DrawnCrops(self.photo, self.variants, crops)

    def draws(self) -> Iterator[tuple[Pixels, tuple[int, int], Mapping[str, float | str], str]]:
        """Yield the LR of each draw, the corner of its tile, the values of its fields, and what its last step is of.

        Raises:
            ImageError: The photo is damaged, or smaller than its header has it.
        """
        photo = decode(self.source.read(), self.max_pixels)
        height, width = photo.shape[:2]
        if min(height, width) < self.tile_side:
            raise ImageError(f"has {width} x {height} pixels, fewer than its header declares")
        for variant in self.variants:
            (top, left), degradation, values, last = self.drawn(variant, (height, width))
            hr = np.ascontiguousarray(photo[top : top + self.tile_side, left : left + self.tile_side])
            yield degradation.to_pixels(to_float(hr)), (top, left), values, last

    @property
    def tile_side(self) -> int:
        """Side of an HR tile in pixels."""
        return self.side * (self.recipe.lr_scale or 1)

    @cached_property
    def _observer(self) -> Observer:
        return Observer(self.recipe)

    def drawn(self, variant: int, size: Size) -> tuple[tuple[int, int], Degradation, Mapping[str, float | str], str]:
        """Return the corner of a draw's tile, the degradation, the values of its fields, and what its last step is of.

        Args:
            variant: The index of the draw among those of the photo.
            size: (height, width) of the photo.
        """
        key, (height, width) = self.source.key, size
        rng = stream(self.seed, f"tile of {key}", variant)
        corner = rng.integer(0, height - self.tile_side), rng.integer(0, width - self.tile_side)
        tile = Tile(*corner, self.tile_side, self.tile_side, height, width)
        degradation, values, last = self._observer.sample(
            (self.tile_side, self.tile_side), seed=self.seed, key=tile.key(key), variant=variant, frame=tile.frame
        )
        return corner, degradation, values, last
