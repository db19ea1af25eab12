"""What an engine does: run independent tasks somewhere, and yield what they return."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from degradekit.dataset.probe import fingerprint
from degradekit.errors import DatasetError

R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")


class Task(Protocol[R_co]):
    """A picklable piece of work, about a shard."""

    @property
    def photos(self) -> int:
        """How much work it is, in the unit of the progress."""

    def run(self, on_photo: Callable[[], object]) -> R_co:
        """Do it, calling `on_photo` once for each unit."""


class Engine(ABC):
    """A context manager that holds the workers."""

    def __enter__(self) -> Self:
        """Start the workers."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop them."""
        self.stop()

    def stop(self) -> None:
        """Stop the workers, and return when none is at work any more."""
        return

    @abstractmethod
    def fingerprint(self) -> dict[str, Any]:
        """Of one of the workers; the others refuse to work if they differ."""

    @abstractmethod
    def run(
        self, tasks: Iterable[Task[R]], expected: dict[str, Any] | None, on_photos: Callable[[int], object]
    ) -> Iterator[R]:
        """Run tasks, and yield their results as they come, in no particular order.

        Args:
            tasks: Taken one by one, a few ahead of those that are running.
            expected: The fingerprint that every worker must have, or None where nothing is computed that it decides.
            on_photos: Called with the units of work done since the last call.

        Raises:
            DatasetError: A worker died, or computes differently.
        """


def refuse_another(expected: dict[str, Any] | None) -> None:
    """Let a worker with other libraries or other arithmetic say so instead of adding to a dataset.

    Raises:
        DatasetError: It differs.
    """
    if expected is None:
        return
    own = fingerprint()
    for library, version in expected["libraries"].items():
        if own["libraries"].get(library) != version:
            found = own["libraries"].get(library)
            raise DatasetError(f"worker: must have {library} {version} as the plan was made with (got {found})")
    if own["probe"] != expected["probe"]:
        raise DatasetError(
            "worker: computes other pixels than the plan was made with (the numerics probes differ)"
            f" (got {own['probe'][:12]} instead of {expected['probe'][:12]})"
        )
