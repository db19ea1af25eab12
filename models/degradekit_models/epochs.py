"""An epoch that all processes of a `DataLoader` see, and the items in it."""

from operator import index

import torch

from degradekit.errors import DatasetError, Mistake


class SharedEpoch:
    """An integer in shared memory: workers that live longer than an epoch, and hold copies of a dataset, see it too."""

    def __init__(self) -> None:
        self._value = torch.zeros((), dtype=torch.int64, device="cpu")  # neosr makes CUDA the default
        self._value.share_memory_()  # type: ignore[no-untyped-call] # torch has no types for it

    def __int__(self) -> int:
        return int(self._value)

    def set(self, epoch: int) -> None:
        """Set the epoch in all processes.

        Raises:
            DatasetError: It is not an integer >= 0.
        """
        try:
            value = index(epoch)
        except TypeError:
            value = -1
        if not 0 <= value < 2**63:
            raise DatasetError(Mistake("epoch", "must be an integer >= 0", epoch))
        self._value.fill_(value)


def position_of(item: int, length: int) -> int:
    """Return the position of an item that is counted from either end.

    Raises:
        IndexError: There is no such item.
    """
    position = index(item)
    if not -length <= position < length:
        raise IndexError(f"index: must be between -{length} and {length - 1} (got {item})")
    return position % length
