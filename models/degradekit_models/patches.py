"""Training patches from shards: each a function of the seed and its number alone, so a run can go on anywhere."""

import signal
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate

from degradekit.dataset import Pairs
from degradekit.dataset.pairs import Pair
from degradekit.degradation import Degradation
from degradekit.errors import DatasetError, DegradekitError
from degradekit.functional.memory import keep_freed_memory
from degradekit.operators.sharpen import SharpenStep
from degradekit.rng import stream
from degradekit.types import Pixels
from degradekit_models.sharpening import MARGIN, SIZE

Patch = dict[str, Tensor]


class Patches(Dataset[Patch]):
    """Random patches of random tiles, every tile once in each epoch, with a variant chosen for the epoch.

    Args:
        datasets: Folders or URLs of Parquet datasets of one scale.
        patch: Side of the HR patch in pixels, a multiple of the scale, at most a tile's.
        seed: Of everything that is drawn.
        flip: Mirror half of the patches.

    Attributes:
        scale: HR side / LR side.
        digests: Of the datasets.

    Raises:
        DatasetError: There is no dataset, or the scales differ; when patches are read, a tile is too small.
    """

    def __init__(self, datasets: Sequence[str], patch: int, seed: int, flip: bool = True) -> None:
        if not datasets:
            raise DatasetError("shards: must name at least one dataset (got none)")
        self._pairs = [Pairs(place, "train") for place in datasets]
        scales = {pairs.scale for pairs in self._pairs}
        if len(scales) > 1:
            raise DatasetError(f"shards: must have one scale (got {', '.join(map(str, sorted(scales)))})")
        self.scale = scales.pop()
        self.digests = [pairs.digest for pairs in self._pairs]
        self.patch, self._seed, self._flip = patch, seed, flip
        ends = np.cumsum([len(pairs) // pairs.variants for pairs in self._pairs])
        self._ends = [int(end) for end in ends]

    def __len__(self) -> int:
        """Tiles in an epoch."""
        return self._ends[-1]

    def __getitem__(self, number: int) -> Patch:
        """Patch number so and so of the run, counted through all epochs.

        Returns:
            hr: (patch + 2 margins, patch + 2 margins, 3) uint8: the HR patch and what lies around it, mirrored at the
                tile's border, as `sharpen` needs it.
            lr: (patch / scale, patch / scale, 3) uint8.
            sharpening: (2,) float32, weight and threshold for `sharpen`, as the LR's record begins; zeros where the LR
                was made from the HR as it is.

        Raises:
            DatasetError: The tile is smaller than a patch, cannot be read, or was sharpened with another Gaussian.
        """
        epoch, place = divmod(number, len(self))
        tile = int(_order(self._seed, epoch, len(self))[place])
        rng = stream(self._seed, f"patch {epoch}", tile)
        dataset = bisect_right(self._ends, tile)
        pairs = self._pairs[dataset]
        first = tile - (self._ends[dataset - 1] if dataset else 0)
        pair = pairs[first * pairs.variants + rng.integer(0, pairs.variants - 1)]
        side, small = self.patch, self.patch // self.scale
        height, width = pair.lr.shape[:2]
        if min(height, width) < small:
            raise DatasetError(
                f"patch: must be at most the side of every HR tile; {pair.key!r} has one of"
                f" {pair.hr.shape[1]} x {pair.hr.shape[0]} (got {side})"
            )
        y, x = rng.integer(0, height - small), rng.integer(0, width - small)
        lr = pair.lr[y : y + small, x : x + small]
        hr = _with_margin(pair.hr, y * self.scale, x * self.scale, side)
        if self._flip and rng.coin(0.5):
            hr, lr = (np.asarray(cv2.flip(pixels, 1)) for pixels in (hr, lr))
        found = {"hr": hr, "lr": lr, "sharpening": _sharpening(pair)}
        return {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in found.items()}


class Batches:
    """The numbers of the patches of each batch of this process, from an iteration on.

    Args:
        first: The iteration to begin with, from 0.
        last: The one to end before.
        batch: Patches of an iteration in all processes and all its parts.
        parts: Into how many parts each process splits its share, for gradient accumulation.
        rank, world: Of this process.
    """

    def __init__(self, first: int, last: int, batch: int, parts: int = 1, rank: int = 0, world: int = 1) -> None:
        self._first, self._last, self._batch, self._parts = first, last, batch, parts
        self._rank, self._world = rank, world

    def __iter__(self) -> Iterator[list[int]]:
        """Part by part."""
        share = self._batch // self._world // self._parts
        for iteration in range(self._first, self._last):
            for part in range(self._parts):
                start = iteration * self._batch + (self._rank * self._parts + part) * share
                yield list(range(start, start + share))

    def __len__(self) -> int:
        return (self._last - self._first) * self._parts


def load_patches(patches: Patches, batches: Batches, workers: int, pin: bool) -> Iterator[Patch]:
    """Batches of patches, in order, by worker processes; 0 reads in this one.

    Raises:
        DatasetError: A patch cannot be read, or a worker has ended.
    """
    loader: DataLoader[Patch] = DataLoader(
        _Batched(patches), batch_sampler=batches, num_workers=workers, pin_memory=pin,
        prefetch_factor=4 if workers else None, collate_fn=_collated, worker_init_fn=_begin,
    )  # fmt: skip
    keep_freed_memory()
    try:
        for found in loader:
            if isinstance(found, DegradekitError):
                raise found
            yield found
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        raise DatasetError(f"workers: one that reads patches has ended; memory may be short ({error})") from None


def _begin(_: int) -> None:
    """A worker ends when the run lets it, not by the signals that ask the run to stop."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    keep_freed_memory()


class _Batched(Dataset[Patch]):
    """Whole batches of patches, or the error of one: torch would wrap a worker's errors into their tracebacks."""

    def __init__(self, patches: Patches) -> None:
        self._patches = patches

    def __getitems__(self, numbers: list[int]) -> list[Patch] | DegradekitError:
        try:
            return [self._patches[number] for number in numbers]
        except DegradekitError as error:
            return error


def _collated(found: list[Patch] | DegradekitError) -> Any:
    return found if isinstance(found, DegradekitError) else default_collate(found)


@lru_cache(maxsize=2)
def _order(seed: int, epoch: int, count: int) -> Tensor:
    generator = torch.Generator().manual_seed(stream(seed, "epoch", epoch).seed())
    return torch.randperm(count, generator=generator)


def _sharpening(pair: Pair) -> NDArray[np.float32]:
    steps = Degradation.from_json(pair.degradation).steps
    step = steps[0] if steps else None
    if not isinstance(step, SharpenStep):
        return np.zeros(2, np.float32)
    if step.size != SIZE:
        raise DatasetError(f"shards: HR that is sharpened must be with {SIZE} taps (got {step.size} for {pair.key!r})")
    return np.array([step.weight, step.threshold], np.float32)


def _with_margin(hr: Pixels, y: int, x: int, side: int) -> Pixels:
    """A patch and `MARGIN` pixels on each side, mirrored about the edge pixels where the picture ends."""
    top, left = max(0, y - MARGIN), max(0, x - MARGIN)
    inside = hr[top : y + side + MARGIN, left : x + side + MARGIN]
    above, beside = top - (y - MARGIN), left - (x - MARGIN)
    full = side + 2 * MARGIN
    below, behind = full - above - inside.shape[0], full - beside - inside.shape[1]
    found: Any = cv2.copyMakeBorder(inside, above, below, beside, behind, cv2.BORDER_REFLECT_101)
    return np.asarray(found)
