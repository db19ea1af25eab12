"""An epoch that all processes of a `DataLoader` see."""

from operator import index

import torch

from degradekit.errors import DatasetError, Mistake


class SharedEpoch:
    """An integer in shared memory: workers that live longer than an epoch, and hold copies of a dataset, see it too."""

    def __init__(self) -> None:
        self._value = torch.zeros((), dtype=torch.int64).share_memory_()

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
