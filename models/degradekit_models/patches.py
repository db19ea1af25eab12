"""Training patches from shards: each is a function of the seed and its index alone, so a run can resume anywhere."""

import os
import signal
import warnings
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
from degradekit.dataset.engines.local import processors
from degradekit.dataset.pairs import Pair
from degradekit.degradation import Degradation
from degradekit.errors import DatasetError, DegradekitError, Mistake, RecordError
from degradekit.functional.memory import keep_freed_memory
from degradekit.operators.sharpen import SharpenStep
from degradekit.rng import stream
from degradekit_models.sharpening import SIZE, with_margin

Patch = dict[str, Tensor]
_MOST_WORKERS = 4
"""More of them are rarely faster than the networks, and each holds batches in memory."""


class Patches(Dataset[Patch]):
    """Random patches of random tiles, every tile once in each epoch, with a variant chosen for the epoch.

    Args:
        datasets: Folders or URLs of Parquet datasets of one scale.
        patch: Side of the HR patch in pixels, a multiple of the scale, at most the side of a tile.
        seed: Seed of everything that is drawn.
        flip: Mirror half of the patches.

    Attributes:
        scale: HR side / LR side.
        digests: Digests of the datasets.

    Raises:
        DatasetError: There is no dataset, the scales differ, or a tile is smaller than a patch.
    """

    def __init__(self, datasets: Sequence[str | os.PathLike[str]], patch: int, seed: int, flip: bool = True) -> None:
        if not datasets:
            raise DatasetError("shards: must have at least one dataset (got none)")
        self._pairs = [Pairs(url, "train") for url in datasets]
        scales = {pairs.scale for pairs in self._pairs}
        if len(scales) > 1:
            raise DatasetError(f"shards: must have one scale (got {', '.join(map(str, sorted(scales)))})")
        self.scale = scales.pop()
        self.digests = [pairs.digest for pairs in self._pairs]
        self.patch, self._seed, self._flip = patch, seed, flip
        for pairs in self._pairs:
            key, (height, width) = pairs.smallest_tile()
            if min(height, width) < patch:
                which = f"{key!r} has one" if key else "these are"
                rule = f"must be at most the side of every HR tile; {which} of {width} x {height}"
                raise DatasetError(Mistake("patch", rule, patch))
        ends = np.cumsum([len(pairs) // pairs.variants for pairs in self._pairs])
        self._ends = [int(end) for end in ends]

    def __len__(self) -> int:
        """Return the number of tiles in an epoch."""
        return self._ends[-1]

    def __getitem__(self, index: int) -> Patch:
        """Return a patch.

        Args:
            index: Its index in the run, counted through all epochs.

        Returns:
            hr: (patch + 2 MARGIN, patch + 2 MARGIN, 3) uint8: the HR patch and what lies around it, mirrored at the
                tile's border, as `sharpen` needs it.
            lr: (patch / scale, patch / scale, 3) uint8.
            sharpening: (2,) float32, weight and threshold for `sharpen`, from the first step of the LR's record; zeros
                where that is another one.

        Raises:
            DatasetError: The tile is smaller than that of the plan, cannot be read, or was sharpened otherwise.
        """
        epoch, position = divmod(index, len(self))
        tile = int(_order(self._seed, epoch, len(self))[position])
        rng = stream(self._seed, f"patch {epoch}", tile)
        dataset = bisect_right(self._ends, tile)
        pairs = self._pairs[dataset]
        first = tile - (self._ends[dataset - 1] if dataset else 0)
        pair = pairs[first * pairs.variants + rng.integer(0, pairs.variants - 1)]
        side, small = self.patch, self.patch // self.scale
        height, width = pair.lr.shape[:2]
        if min(height, width) < small:
            tile_size = f"{pair.hr.shape[1]} x {pair.hr.shape[0]}"
            raise DatasetError(
                f"shards: {pair.key!r} has a tile of {tile_size}, which its plan does not have; verify the dataset"
            )
        y, x = rng.integer(0, height - small), rng.integer(0, width - small)
        lr = pair.lr[y : y + small, x : x + small]
        hr = with_margin(pair.hr, y * self.scale, x * self.scale, side)
        if self._flip and rng.coin(0.5):
            hr, lr = (np.asarray(cv2.flip(pixels, 1)) for pixels in (hr, lr))
        arrays = {"hr": hr, "lr": lr, "sharpening": _sharpening(pair)}
        return {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in arrays.items()}


class Batches:
    """The indices of the patches that this process takes, part by part.

    Args:
        start: Iteration to begin with, from 0.
        stop: Iteration to end before.
        batch: Patches per iteration in all processes and all parts together.
        accumulation_steps: Parts into which each process splits its share.
        rank, size: Index of this process, and how many there are.
    """

    def __init__(
        self, start: int, stop: int, batch: int, accumulation_steps: int = 1, rank: int = 0, size: int = 1
    ) -> None:
        self._iterations, self._batch, self._parts = range(start, stop), batch, accumulation_steps
        self._rank, self._size = rank, size

    def __iter__(self) -> Iterator[list[int]]:
        """Yield the indices of each part."""
        share = self._batch // self._size // self._parts
        for iteration in self._iterations:
            for part in range(self._parts):
                first = iteration * self._batch + (self._rank * self._parts + part) * share
                yield list(range(first, first + share))

    def __len__(self) -> int:
        return len(self._iterations) * self._parts


def load_patches(patches: Patches, batches: Batches, workers: int | None, pin: bool) -> Iterator[Patch]:
    """Yield batches of patches in order.

    Args:
        patches: Where they come from.
        batches: Which ones.
        workers: Processes that read; 0 reads in this one, and None takes one for each processor, at most 4.
        pin: Put them into pinned memory, from which CUDA devices copy while they compute.

    Raises:
        DatasetError: A patch cannot be read, or a reader process died.
    """
    count = min(processors(), _MOST_WORKERS) if workers is None else workers
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This DataLoader will create")  # more workers than processors, as asked for
        loader: DataLoader[Patch] = DataLoader(
            _BatchReader(patches), batch_sampler=batches, num_workers=count, pin_memory=pin,
            prefetch_factor=4 if count else None, collate_fn=_collate, worker_init_fn=_start_worker,
        )  # fmt: skip
    keep_freed_memory()
    try:
        for batch in loader:
            if isinstance(batch, DegradekitError):
                raise batch
            yield batch
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        raise DatasetError(f"workers: a reader process died; perhaps memory is short ({error})") from None


def _start_worker(_: int) -> None:
    """Let a worker end when the run ends it, not by the signals that ask the run to stop."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    keep_freed_memory()


class _BatchReader(Dataset[Patch]):
    """Reads whole batches of patches for a DataLoader.

    An error is returned as a value and raised by `load_patches`: where an exception leaves a worker process, torch puts
    the worker's traceback into its message, and people would have to look for the one line that they need.
    """

    def __init__(self, patches: Patches) -> None:
        self._patches = patches

    def __getitems__(self, indices: list[int]) -> list[Patch] | DegradekitError:
        try:
            return [self._patches[index] for index in indices]
        except DegradekitError as error:
            return error


def _collate(patches: list[Patch] | DegradekitError) -> Any:
    return patches if isinstance(patches, DegradekitError) else default_collate(patches)


@lru_cache(maxsize=2)
def _order(seed: int, epoch: int, count: int) -> Tensor:
    generator = torch.Generator().manual_seed(stream(seed, "epoch", epoch).seed())
    return torch.randperm(count, generator=generator)


def _sharpening(pair: Pair) -> NDArray[np.float32]:
    """Return weight and threshold of the sharpening that a record begins with, and zeros for other records.

    Only these steps are read: to check whole records for every patch would take longer than to cut the patch out.
    """
    try:
        steps = Degradation.target_from_json(pair.degradation).steps
    except RecordError as error:
        raise DatasetError(
            f"shards: the record of {pair.key!r} cannot be read: {error} (got {pair.degradation[:100]!r})"
        ) from None
    sharpening = [step for step in steps if isinstance(step, SharpenStep)]
    if not sharpening:
        return np.zeros(2, np.float32)
    first, *others = sharpening
    if others:
        raise DatasetError(
            Mistake("shards", f"the HR of {pair.key!r} must be sharpened once or not at all", len(sharpening))
        )
    if first.size != SIZE:
        rule = f"the HR of {pair.key!r} must be sharpened with {SIZE} taps or not at all"
        raise DatasetError(Mistake("shards", rule, first.size))
    return np.array([first.weight, first.threshold], np.float32)
