"""What a kind of fuzzed thing is."""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Uses = Iterator[tuple[str, Callable[[], object]]]
"""What is done with a thing, by name; each is judged by itself."""


class Kind(ABC):
    """Makes damaged things of a kind, and uses them.

    Args:
        folder: An empty folder for whole things to begin with.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def make(self, draw: random.Random, folder: Path) -> Any:
        """Return a damaged thing.

        Args:
            draw: Decides everything about it.
            folder: An empty folder for its files.
        """

    @abstractmethod
    def uses(self, made: Any) -> Uses:
        """Yield all that is done with things of this kind."""
