"""Batches of training patches in order, read by worker processes."""

import signal
import warnings
from collections.abc import Generator, Iterator
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, default_collate

from degradekit.errors import DatasetError, DegradekitError
from degradekit.memory import keep_freed_memory
from degradekit.processors import processors
from degradekit_models.patches import Patch, Patches

_MOST_WORKERS = 4
"""More of them are rarely faster than the networks, and each holds batches in memory."""


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


def load_patches(patches: Patches, batches: Batches, workers: int | None, pin: bool) -> Generator[Patch, None, None]:
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
            generator=torch.Generator(),  # or it would draw a seed from the run's own, which a resumed run does again
        )  # fmt: skip
        iterator = iter(loader)  # which warns too
    keep_freed_memory()
    try:
        for batch in iterator:
            if isinstance(batch, DegradekitError):
                raise batch
            yield batch
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        raise DatasetError(f"workers: a reader process died; perhaps memory is short ({error})") from None
    finally:
        del iterator  # which ends the workers, also while somebody holds the error and this frame with it


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
