"""What a kind of fuzzed input is."""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from small_datasets import two_pairs

Uses = Iterator[tuple[str, Callable[[], object]]]
"""What is done with an input, by name; each is judged by itself."""


def small_dataset(folder: Path) -> Path:
    """Return the dataset of a folder, which is built there when it is first asked for."""
    return folder / "shards" if (folder / "shards").exists() else two_pairs(folder)


class Kind(ABC):
    """Makes damaged things of a kind, and uses them.

    Args:
        folder: An empty folder for whole things to begin with.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def make(self, draw: random.Random, folder: Path) -> Any:
        """Return a damaged input.

        Args:
            draw: Decides everything about it.
            folder: An empty folder for its files.
        """

    @abstractmethod
    def uses(self, made: Any) -> Uses:
        """Yield all that is done with things of this kind."""
