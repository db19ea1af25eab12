"""What an engine does: run independent tasks somewhere, and yield what they return."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Protocol, Self, TypeVar

from degradekit.dataset.plan import Fingerprint
from degradekit.dataset.progress import OnProgress
from degradekit.errors import DatasetError
from degradekit.operators.base import Operator
from degradekit.storage import Folder

R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")
Check = Callable[[], None]
"""Raises a DatasetError in a worker that would make other pixels."""


class Task(Protocol[R_co]):
    """A picklable piece of work on a shard."""

    @property
    def photos(self) -> int:
        """Number of photos, the unit of progress."""

    def run(self, on_progress: OnProgress) -> R_co:
        """Do it, calling `on_progress` after each small piece of work, where it may be stopped."""


class Engine(ABC):
    """Where tasks are run; a description, which `start` brings to life."""

    @property
    @abstractmethod
    def in_process(self) -> bool:
        """Whether tasks run in this process, and so see its memory."""

    def refuse_memory(self, target: Folder) -> None:
        """Refuse a target in the memory of this process where tasks run in others.

        Raises:
            DatasetError: The target is one.
        """
        if target.location.startswith("memory://") and not self.in_process:
            raise DatasetError(
                f"target: memory belongs to this process; build there with workers=0 (got {target.location!r})"
            )

    @abstractmethod
    def start(self, most_tasks: int) -> "Workers":
        """Return workers for at most this many tasks, a context manager that starts and stops them."""


class Workers(ABC):
    """The workers of an engine."""

    def __enter__(self) -> Self:
        """Start the workers."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the workers."""
        self.stop()

    def stop(self) -> None:
        """Stop the workers, and return when none is running any more."""
        return

    @abstractmethod
    def fingerprint(self, recipe: Operator) -> Fingerprint:
        """Return the fingerprint of one of the workers.

        Raises:
            DatasetError: The workers cannot load an operator of the recipe.
        """

    @abstractmethod
    def run(self, tasks: Iterable[Task[R]], check: Check | None, advance: Callable[[float], object]) -> Iterator[R]:
        """Run tasks, and yield their results as they come, in no particular order.

        Args:
            tasks: Taken one by one, a few ahead of those that are running.
            check: Called in every worker before a task, where pixels are made.
            advance: Called with the number of photos worked on since the last call, with fractions.

        Raises:
            DatasetError: A worker died, or fails the check.
        """
