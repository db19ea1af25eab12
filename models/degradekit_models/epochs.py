"""Datasets whose items differ from epoch to epoch, also in worker processes that outlive an epoch."""

from operator import index

import torch
from torch import Tensor
from torch.utils.data import Dataset

from degradekit.errors import DatasetError, Mistake


class EpochDataset(Dataset[dict[str, Tensor]]):
    """A dataset with an epoch, which lies in shared memory: persistent workers hold copies of the dataset and see it.

    Args:
        length: The number of items in an epoch.
    """

    def __init__(self, length: int) -> None:
        self._length = length
        self._epoch = torch.zeros((), dtype=torch.int64, device="cpu")  # neosr makes CUDA the default device
        self._epoch.share_memory_()  # type: ignore[no-untyped-call] # torch has no types for it

    def __len__(self) -> int:
        """Return the number of items in an epoch."""
        return self._length

    @property
    def epoch(self) -> int:
        """The epoch whose items are returned."""
        return int(self._epoch)

    def set_epoch(self, epoch: int) -> None:
        """Return the items of another epoch from now on, also in worker processes that are running.

        Raises:
            DatasetError: It is not an integer >= 0.
        """
        try:
            value = index(epoch)
        except TypeError:
            value = -1
        if not 0 <= value < 2**63:
            raise DatasetError(Mistake("epoch", "must be an integer >= 0", epoch))
        self._epoch.fill_(value)


def position_of(item: int, length: int) -> int:
    """Return the position of an item, whose index may be negative to count from the end.

    Raises:
        IndexError: There is no such item.
    """
    position = index(item)
    if not -length <= position < length:
        raise IndexError(f"index: must be between -{length} and {length - 1} (got {item})")
    return position % length
