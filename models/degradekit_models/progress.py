"""Notifications about how far a run is."""

from collections.abc import Callable


class Progress:
    """Ignores all notifications; override the methods for what you want to show.

    Only the first process of a run notifies.
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"  # in signatures, as the default

    def prepare(self, task: str) -> None:
        """Take the next task of the preparation, such as `reading the datasets`."""

    def start(self, iteration: int, iterations: int) -> None:
        """Take the iteration after which the run starts or resumes, and its last one, before training begins."""

    def advance(self, describe: Callable[[], str]) -> None:
        """Take the end of an iteration.

        Args:
            describe: Returns losses and memory in words. It waits for the device, so call it rarely.
        """

    def start_validation(self, pairs: int) -> None:
        """Take the number of pairs to validate on, before the first."""

    def advance_validation(self) -> None:
        """Take the end of one pair of a validation."""

    def end_validation(self) -> None:
        """Take the end of a validation, also of one that was stopped."""

    def stop(self) -> None:
        """Take a request to stop the run. A signal handler calls this, so it may interrupt any other code."""


SILENT = Progress()
